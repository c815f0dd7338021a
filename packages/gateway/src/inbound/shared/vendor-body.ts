import type { ChatResponse, JsonObject } from "@lumiverse/core";
import type { VendorMessages } from "./vendor-messages.ts";

/** The vendor's own body of an unstreamed answer, with the content of the response. Undefined where the vendor speaks another protocol. */
export function vendorBody(response: ChatResponse, openVendor: () => VendorMessages): JsonObject | undefined {
  if (response.vendorFields === undefined) return undefined;
  const messages = openVendor();
  messages.addResponse(response);
  return messages.rest()[0]?.fields;
}
