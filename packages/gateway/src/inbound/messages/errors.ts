import type { ErrorCode, JsonObject, LumiverseError } from "@lumiverse/core";
import type { WrittenBody } from "../protocol.ts";
import { errorHeaders, statusOf } from "../shared/error-status.ts";
import { errorText, type OverflowWording } from "../shared/error-text.ts";
import { vendorFailure } from "../shared/vendor-messages.ts";

/** Anthropic's types of errors. https://platform.claude.com/docs/en/api/errors */
const TYPES: { readonly [C in ErrorCode]?: string } = {
  authentication: "authentication_error",
  permission: "permission_error",
  "insufficient-balance": "billing_error",
  "rate-limit": "rate_limit_error",
  overloaded: "overloaded_error",
  "context-overflow": "invalid_request_error",
  "content-filter": "invalid_request_error",
  "invalid-request": "invalid_request_error",
  unsupported: "invalid_request_error",
  "model-not-found": "not_found_error",
  "not-found": "not_found_error",
  timeout: "timeout_error",
};

/** Claude Code compacts the conversation after the first, and lowers the output limit after the second. */
const OVERFLOW: OverflowWording = { known: /prompt is too long|exceed context limit: \d/i, words: "prompt is too long" };

/** Anthropic's own status for an overloaded model. */
const OVERLOADED = 529;

export function messagesError(error: LumiverseError): JsonObject {
  const { code, requestId } = error;
  return {
    type: "error",
    error: { type: TYPES[code] ?? "api_error", message: errorText(error, OVERFLOW) },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

export function writeMessagesError(error: LumiverseError): WrittenBody {
  const failure = vendorFailure(error);
  const status = failure === undefined && error.code === "overloaded" ? OVERLOADED : statusOf(error);
  return { status, headers: errorHeaders(error), body: failure ?? messagesError(error) };
}
