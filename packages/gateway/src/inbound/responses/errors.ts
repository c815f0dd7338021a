import type { LumiverseError } from "@lumiverse/core";
import type { WrittenBody } from "../protocol.ts";
import { errorHeaders, statusOf } from "../shared/error-status.ts";
import { openaiError } from "../shared/openai-error.ts";
import { vendorFailure } from "../shared/vendor-messages.ts";

/** An error of Responses: OpenAI's shape, as in Chat Completions. A vendor's response that failed is an answer with that status in it. */
export function writeResponsesError(error: LumiverseError): WrittenBody {
  const failure = vendorFailure(error);
  const isAnswer = failure?.["object"] === "response" && error.status === 200;
  return { status: isAnswer ? 200 : statusOf(error), headers: errorHeaders(error), body: failure ?? openaiError(error) };
}
