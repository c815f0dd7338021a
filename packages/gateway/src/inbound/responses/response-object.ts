import type { ChatResponse, JsonObject, LumiverseError, SourcePart } from "@lumiverse/core";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import { openaiError } from "../shared/openai-error.ts";
import { refusalText } from "../shared/refusal.ts";
import { responsesUsage } from "./usage.ts";

/** The response object, with the fields that it repeats of its request. https://platform.openai.com/docs/api-reference/responses/object */
export function responseObject(
  { model, answer }: ParsedRequest,
  { id, createdAt }: AnswerHead,
  state: { status: string; output: readonly JsonObject[]; response?: ChatResponse; error?: LumiverseError },
): JsonObject {
  const { status, output, response, error } = state;
  const reason = response === undefined ? undefined : incompleteReason(response);
  const failure = error === undefined ? undefined : openaiError(error)["error"];
  return {
    id: `resp_${id}`,
    object: "response",
    created_at: Math.floor(createdAt / 1000),
    status: reason === undefined ? status : "incomplete",
    background: false,
    error: failure ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: null,
    truncation: "disabled",
    ...answer,
    usage: response === undefined ? null : responsesUsage(response.usage),
  };
}

/**
 * A refusal is a part of a completed answer here (https://platform.openai.com/docs/guides/structured-outputs#refusals). One without words would look like an
 * ordinary end, so it counts as filtered.
 */
function incompleteReason(response: ChatResponse): string | undefined {
  switch (response.finishReason) {
    case "length":
    case "context-overflow":
    // The turn goes on in the next request, so it is not complete.
    case "pause":
      return "max_output_tokens";
    case "content-filter":
      return "content_filter";
    case "refusal":
      return refusalText(response) === "" ? "content_filter" : undefined;
    default:
      return undefined;
  }
}

/** A source as an annotation of the text that cites it. */
export function annotationOf({ url = "", title = "", start = 0, end = 0 }: SourcePart): JsonObject {
  return { type: "url_citation", url, title, start_index: start, end_index: end };
}
