import { isObject, ReportedFailure } from "@lumiverse/core";

/** An error event, or an error that came as a body with HTTP 200; `errors.ts` says what it means. Undefined when it is none. */
export function failureIn(json: unknown): ReportedFailure | undefined {
  if (!isObject(json) || (json["type"] !== "error" && (json["error"] === undefined || json["error"] === null))) return undefined;
  return new ReportedFailure({ status: 200, text: "", json });
}
