import type { ErrorCode, JsonObject, LumiverseError } from "@lumiverse/core";
import { errorText, type OverflowWording } from "./error-text.ts";

/** OpenAI's types of errors. https://platform.openai.com/docs/guides/error-codes */
const TYPES: { readonly [C in ErrorCode]?: string } = {
  authentication: "authentication_error",
  permission: "permission_error",
  "insufficient-balance": "insufficient_quota",
  "rate-limit": "rate_limit_error",
  "context-overflow": "invalid_request_error",
  "content-filter": "invalid_request_error",
  "invalid-request": "invalid_request_error",
  unsupported: "invalid_request_error",
  "model-not-found": "invalid_request_error",
  "not-found": "invalid_request_error",
};

/** Codes by which OpenAI's clients recognise an error. */
const CODES: { readonly [C in ErrorCode]?: string } = {
  authentication: "invalid_api_key",
  "insufficient-balance": "insufficient_quota",
  "rate-limit": "rate_limit_exceeded",
  "context-overflow": "context_length_exceeded",
  "content-filter": "content_filter",
  "model-not-found": "model_not_found",
};

/** Some clients read the code, others the message. */
const OVERFLOW: OverflowWording = {
  known: /maximum context length|context window/i,
  words: "The maximum context length of this model is exceeded",
};

/** An error in OpenAI's shape, for Chat Completions and for Responses. */
export function openaiError(error: LumiverseError): JsonObject {
  const { code, field } = error;
  return {
    error: {
      message: errorText(error, OVERFLOW),
      type: TYPES[code] ?? "server_error",
      param: field ?? null,
      code: CODES[code] ?? code.replaceAll("-", "_"),
    },
  };
}
