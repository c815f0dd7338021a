import { type CheckedCall, type Failure, LumiverseError } from "@lumiverse/core/provider";
import { readErrorOptions } from "../shared/errors.ts";
import { statedStatus, unwrapEnvelope } from "../shared/failure-envelopes.ts";
import { openaiErrors } from "../shared/openai-errors.ts";
import { templateErrors } from "../shared/template-errors.ts";
import type { ResponsesDialect } from "./dialect.ts";

/** What a refused request means, or a failure that was reported inside an answer. Never throws. */
export function readFailure(failure: Failure, call: CheckedCall, dialect: ResponsesDialect): LumiverseError {
  // A failure inside an answer has no status, but some hosts write it into the error's code.
  const stated = failure.status < 400 ? statedStatus(failure.json) : undefined;
  const error = readErrorOptions(unwrapEnvelope(stated === undefined ? failure : { ...failure, status: stated }), {
    rules: [...(dialect.errors ?? []), ...openaiErrors],
    commonRules: templateErrors,
  });
  if (stated !== undefined) error.status = failure.status;
  // The vendor's own statement about retries counts more than the error code.
  const shouldRetry = failure.headers.get("x-should-retry");
  if (shouldRetry === "true" || shouldRetry === "false") error.retryable = shouldRetry === "true";
  // Without a version in the path, that is the likelier mistake, and core has a hint for it.
  if (error.code === "not-found" && /\/v\d/.test(call.baseURL?.pathname ?? ""))
    error.hint ??= "This host may not serve the Responses API: try Chat Completions (with OpenAI: the setting api)";
  return new LumiverseError(error);
}
