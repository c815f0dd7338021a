import type { ChatResponse, JsonObject } from "@lumiverse/core";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import { openVendorMessages, taggerOf, type VendorMessageFields } from "./vendor-messages.ts";

/** Makes the body of an unstreamed answer from the neutral response of a vendor that speaks another protocol. */
type BuildBody = (parsed: ParsedRequest, response: ChatResponse, head: AnswerHead) => JsonObject;

/** The body of an unstreamed answer: the vendor's own with the content of the response, where the vendor speaks the client's protocol. */
export function answerBody(
  parsed: ParsedRequest,
  response: ChatResponse,
  head: AnswerHead,
  fields: VendorMessageFields,
  build: BuildBody,
): JsonObject {
  const own = vendorBody(parsed, response, head, fields);
  if (own !== undefined) return own;
  const body = build(parsed, response, head);
  return taggerOf(head, fields)?.(body) ?? body;
}

/** Undefined where the vendor speaks another protocol. */
function vendorBody(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead, fields: VendorMessageFields): JsonObject | undefined {
  if (response.vendorFields === undefined) return undefined;
  const messages = openVendorMessages(parsed, head, fields);
  messages.addResponse(response);
  return messages.rest()[0]?.fields;
}
