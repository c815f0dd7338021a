/** Google's token count. https://ai.google.dev/api/tokens */
import type { JsonObject } from "@lumiverse/core";
import type { ClientRequest, ParsedRequest } from "../protocol.ts";
import { bodyObject, object } from "../shared/fields.ts";
import { parseGenerateContent } from "./parse.ts";

/** A request whose tokens are to be counted: contents alone, or a whole request in `generateContentRequest`. */
export function parseGenerateContentCount(client: ClientRequest): ParsedRequest {
  const body = bodyObject(client.body);
  const whole = object(body["generateContentRequest"], "generateContentRequest");
  return parseGenerateContent({ ...client, body: whole ?? body });
}

export function generateContentTokenCount(tokens: number): JsonObject {
  return { totalTokens: tokens };
}
