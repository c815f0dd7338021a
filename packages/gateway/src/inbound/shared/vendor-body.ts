import type { ChatResponse, JsonObject } from "@lumiverse/core";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import { openVendorMessages, type VendorMessageFields } from "./vendor-messages.ts";

/** The vendor's own body of an unstreamed answer, with the content of the response. Undefined where the vendor speaks another protocol. */
export function vendorBody(
  parsed: ParsedRequest,
  response: ChatResponse,
  head: AnswerHead,
  fields: VendorMessageFields,
): JsonObject | undefined {
  if (response.vendorFields === undefined) return undefined;
  const messages = openVendorMessages(parsed, head, fields);
  messages.addResponse(response);
  return messages.rest()[0]?.fields;
}
