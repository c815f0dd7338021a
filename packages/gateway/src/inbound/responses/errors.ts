import type { LumiverseError } from "@lumiverse/core";
import type { WrittenBody } from "../protocol.ts";
import { errorHeaders, statusOf } from "../shared/error-status.ts";
import { openaiError } from "../shared/openai-error.ts";
import { vendorFailure } from "../shared/vendor-messages.ts";

/** An error of Responses: OpenAI's shape, as in Chat Completions. */
export function writeResponsesError(error: LumiverseError): WrittenBody {
  return { status: statusOf(error), headers: errorHeaders(error), body: vendorFailure(error) ?? openaiError(error) };
}
