/** Failures in a vendor's own envelope, which arrive with HTTP 200: `{ base_resp: { status_code, status_msg } }`, `{ error_code, error_msg }`. */
import {
  definedFields,
  type ErrorCode,
  errorMessage,
  type Failure,
  isObject,
  type JsonObject,
  LumiverseError,
  ownValue,
} from "@lumiverse/core/provider";
import { isFilled, isFilledText } from "./json-values.ts";

/** MiniMax's codes: https://platform.minimax.io/docs/api-reference/errorcode */
const BASE_RESP: Readonly<Record<string, ErrorCode>> = {
  1000: "server",
  1001: "timeout",
  1002: "rate-limit",
  1004: "authentication",
  1008: "insufficient-balance",
  1013: "server",
  1024: "server",
  1026: "content-filter",
  1027: "content-filter",
  1033: "server",
  1039: "rate-limit",
  1041: "rate-limit",
  1042: "invalid-request",
  2013: "invalid-request",
  2045: "rate-limit",
  2049: "authentication",
  2056: "rate-limit",
};
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = { server: 500, timeout: 408, "invalid-request": 400 };

/** The code and message of an envelope. Undefined when there is none, or when it reports success (code 0). */
function envelope(json: JsonObject): { code: string; message: string } | undefined {
  const base = json["base_resp"];
  const [code, message] = isObject(base) ? [base["status_code"], base["status_msg"]] : [json["error_code"], json["error_msg"]];
  if ((typeof code !== "number" && typeof code !== "string") || code === 0 || code === "" || code === "0") return undefined;
  return { code: String(code), message: isFilledText(message) ? message : `the host reported the failure ${code}` };
}

/** True for an envelope that reports a failure. */
export function isFailureEnvelope(json: JsonObject): boolean {
  return envelope(json) !== undefined;
}

/** The error that an envelope reports. Undefined when there is none. */
export function envelopeError(json: unknown, status: number): LumiverseError | undefined {
  const found = isObject(json) ? envelope(json) : undefined;
  if (found === undefined) return undefined;
  const { code: vendorCode, message } = found;
  return new LumiverseError({ code: ownValue(BASE_RESP, vendorCode) ?? "server", message, status, vendorCode });
}

/** The failure with its envelope as an `error` object, which error tables read. */
export function unwrapEnvelope<F extends Pick<Failure, "status" | "text" | "json">>(failure: F): F {
  const found = isObject(failure.json) ? envelope(failure.json) : undefined;
  if (found === undefined) return failure;
  const meaning = ownValue(BASE_RESP, found.code);
  return {
    ...failure,
    status: failure.status >= 400 ? failure.status : ((meaning === undefined ? undefined : STATUS[meaning]) ?? failure.status),
    json: {
      error: {
        code: found.code,
        message: found.message,
        ...definedFields({ type: meaning }),
      },
    },
  };
}

/** The fields in which gateways and web frameworks state a status or a code next to a message. */
const STATUS_FIELDS = ["status_code", "statusCode", "code", "status"] as const;

/** True for a failure without an `error` field, as gateways and web frameworks write it: `{ code, message }`, `{ detail }`, `{ errors: […] }`, `{ success: false }`. */
export function isBareFailure(json: JsonObject): boolean {
  if (isFilled(json["detail"])) return true;
  if ([json["object"], json["status"]].includes("error") || json["success"] === false) return true;
  if (isFilled(json["errors"])) return Array.isArray(json["errors"]);
  return STATUS_FIELDS.some((field) => isFilled(json[field])) && errorMessage(json) !== undefined;
}

/** The HTTP status that a failure inside a successful answer states in its own body. Undefined when it states none. */
export function statedStatus(json: unknown): number | undefined {
  if (isObject(json) && isFailureEnvelope(json)) return undefined;
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : json;
  if (!isObject(error)) return undefined;
  for (const field of STATUS_FIELDS) {
    const value = error[field];
    const status = typeof value === "string" ? Number(value) : value;
    if (typeof status === "number" && status >= 400 && status < 600) return status;
  }
  return undefined;
}

/** A failure that is wrapped in a list, as Google's endpoints do. Everything else is returned as it is. */
export function unlisted(json: unknown): unknown {
  const first: unknown = Array.isArray(json) && json.length === 1 ? json[0] : undefined;
  return isObject(first) && (isFilled(first["error"]) || isBareFailure(first)) ? first : json;
}
