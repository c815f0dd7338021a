/** Failures that hosts report inside an answer with HTTP 200, whatever the protocol. */
import { type ErrorCode, isObject } from "@lumiverse/core/provider";

/** True for a value that says something. Servers that write every field of their own type fill the unused ones with zeros. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) {
    for (const key in value) if (isFilled(value[key])) return true;
    return false;
  }
  return value !== undefined && value !== null && value !== "" && value !== 0 && value !== false;
}

/** A failure in MiniMax's envelope: `base_resp: { status_code: 1004, status_msg }`, where the code 0 is success. */
export function baseResponseFailure(json: unknown): { code: ErrorCode; word: string; message: string } | undefined {
  const envelope = isObject(json) ? json["base_resp"] : undefined;
  if (!isObject(envelope) || !isFilled(envelope["status_code"])) return undefined;
  const word = String(envelope["status_code"]);
  const message = envelope["status_msg"];
  return {
    code: (Object.hasOwn(STATUS_CODES, word) ? STATUS_CODES[word] : undefined) ?? "server",
    word,
    message: typeof message === "string" && message !== "" ? message : `the host reported status ${word} without a message`,
  };
}

/** https://platform.minimax.io/docs/api-reference/errorcode */
const STATUS_CODES: Readonly<Record<string, ErrorCode>> = {
  1001: "timeout",
  1002: "rate-limit",
  1004: "authentication",
  1008: "insufficient-balance",
  1026: "content-filter",
  1027: "content-filter",
  1039: "rate-limit",
  1041: "rate-limit",
  1042: "invalid-request",
  2013: "invalid-request",
  2049: "authentication",
  2056: "rate-limit",
};
