import type { ErrorCode, JsonObject, LumiverseError } from "@lumiverse/core";
import type { WrittenBody } from "../protocol.ts";
import { errorHeaders, statusOf } from "../shared/error-status.ts";
import { errorText, type OverflowWording } from "../shared/error-text.ts";
import { vendorFailure } from "../shared/vendor-messages.ts";

/** Google's status words. https://cloud.google.com/apis/design/errors */
const STATUS: { readonly [C in ErrorCode]?: string } = {
  authentication: "UNAUTHENTICATED",
  permission: "PERMISSION_DENIED",
  "insufficient-balance": "FAILED_PRECONDITION",
  "rate-limit": "RESOURCE_EXHAUSTED",
  overloaded: "UNAVAILABLE",
  "context-overflow": "INVALID_ARGUMENT",
  "content-filter": "INVALID_ARGUMENT",
  "invalid-request": "INVALID_ARGUMENT",
  unsupported: "INVALID_ARGUMENT",
  "model-not-found": "NOT_FOUND",
  "not-found": "NOT_FOUND",
  timeout: "DEADLINE_EXCEEDED",
  aborted: "CANCELLED",
};

const OVERFLOW: OverflowWording = {
  known: /input token count.{0,40} exceeds the maximum/i,
  words: "The input token count exceeds the maximum number of tokens allowed",
};

export function generateContentError(error: LumiverseError): JsonObject {
  const { code, retryAfterMs } = error;
  return {
    error: {
      code: statusOf(error),
      message: errorText(error, OVERFLOW),
      status: STATUS[code] ?? "INTERNAL",
      ...(retryAfterMs === undefined
        ? {}
        : { details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${Math.ceil(retryAfterMs / 1000)}s` }] }),
    },
  };
}

export function writeGenerateContentError(error: LumiverseError): WrittenBody {
  return { status: statusOf(error), headers: errorHeaders(error), body: vendorFailure(error) ?? generateContentError(error) };
}
