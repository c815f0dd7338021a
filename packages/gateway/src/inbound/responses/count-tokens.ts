/** OpenAI's token count. https://platform.openai.com/docs/api-reference/responses/input-tokens */
import type { JsonObject } from "@lumiverse/core";

/** The answer. The request is a Responses request, which `parse` reads. */
export function responsesTokenCount(tokens: number): JsonObject {
  return { object: "response.input_tokens", input_tokens: tokens };
}
