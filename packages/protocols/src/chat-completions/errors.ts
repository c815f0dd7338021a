/** Which bodies and chunks are failures, and what they mean. */
import { type Failure, isObject, LumiverseError } from "@lumiverse/core/provider";
import { type ErrorRule, readErrorOptions } from "../shared/errors.ts";
import { isBareFailure, isFailureEnvelope, unwrapEnvelope } from "../shared/failure-envelopes.ts";
import { isFilled } from "../shared/json-values.ts";
import { templateErrors } from "../shared/template-errors.ts";
import type { Dialect } from "./dialect.ts";

/** Texts that mean the same on most hosts. Tried after the host's own table. */
const COMMON_RULES: readonly ErrorRule[] = [
  ...templateErrors,
  {
    status: 400,
    text: ["use 'max_completion_tokens'", "use max_completion_tokens", 'use "max_completion_tokens"', "use `max_completion_tokens`"],
    is: "invalid-request",
    hint: 'Set maxTokensField to "max_completion_tokens" where the provider has this setting',
  },
  { status: [400, 404], text: ["model not found", "unknown model", "invalid model", "model does not exist"], is: "model-not-found" },
];

/** What a refused request means: by the host's own table, then by the common rules, then by the status. Never throws. */
export function readFailure(
  failure: Pick<Failure, "status" | "text" | "json"> & { headers?: Headers },
  dialect: Pick<Dialect, "errors" | "explainError">,
): LumiverseError {
  const error = readErrorOptions(unwrapEnvelope(failure), {
    rules: dialect.errors ?? [],
    commonRules: COMMON_RULES,
  });
  dialect.explainError?.({ error, json: failure.json });
  return new LumiverseError(error);
}

/** True when a body or chunk is a failure. An answer has `choices`; a failure has an `error` that says something, or its fields at the top level. */
export function isFailure(json: unknown): boolean {
  if (typeof json === "string") return true; // SiliconFlow: "Invalid token"
  if (!isObject(json)) return false;
  if (isFilled(json["error"]) || isFailureEnvelope(json)) return true;
  if (Array.isArray(json["choices"]) && json["choices"].length > 0) return false;
  // A chunk of usage may be a typed object, but it has no message.
  return isBareFailure(json) || (json["type"] !== undefined && isFilled(json["message"] ?? json["msg"] ?? json["errors"]));
}
