import { type CheckedCall, type ErrorCode, type Failure, LumiverseError, statusCode } from "@lumiverse/core/provider";
import { type ErrorRule, type FailureText, readErrorOptions } from "../shared/errors.ts";
import { unwrapEnvelope } from "../shared/failure-envelopes.ts";
import { openaiErrors } from "../shared/openai-errors.ts";
import { templateErrors } from "../shared/template-errors.ts";
import type { ResponsesDialect } from "./dialect.ts";

/** The words of `unwrapEnvelope` that OpenAI does not use, and exceptions of chat templates. */
const COMMON_RULES: readonly ErrorRule[] = [
  ...templateErrors,
  { code: "insufficient_balance", is: "insufficient-balance" },
  { code: "authentication_error", is: "authentication" },
];

/** What a refused request means, or a failure that was reported inside an answer. Never throws. */
export function readFailure(failure: Failure, call: CheckedCall, dialect: ResponsesDialect): LumiverseError {
  const error = readErrorOptions(unwrapEnvelope(failure), {
    rules: [...(dialect.errors ?? []), ...openaiErrors],
    commonRules: COMMON_RULES,
    otherwise: codeOfFailure,
  });
  // The vendor's own statement about retries counts more than the error code.
  const shouldRetry = failure.headers.get("x-should-retry");
  if (shouldRetry === "true" || shouldRetry === "false") error.retryable = shouldRetry === "true";
  if (error.code === "not-found" && call.baseURL !== undefined)
    error.hint ??= "This host may not serve the Responses API: try Chat Completions (with OpenAI: the setting api)";
  return new LumiverseError(error);
}

/** By the status. A failure inside a stream has none, but some hosts write it into the error's code. */
function codeOfFailure({ status, words, message }: FailureText): ErrorCode {
  if (status >= 400) return statusCode(status, message);
  for (const word of words) {
    const number = Number(word);
    if (number >= 400 && number < 600) return statusCode(number);
  }
  return words.includes("invalid_request_error") ? "invalid-request" : "server";
}
