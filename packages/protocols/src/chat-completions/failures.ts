/** Which frames and bodies are failures; what they mean is read in `errors.ts`, which loads when there is one. */
import { isObject } from "@lumiverse/core";

/** The status that an error inside a 200 carries in its own body, if it carries one. */
export function innerStatus(json: unknown): number | undefined {
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : json;
  if (!isObject(error)) return undefined;
  for (const value of [error["status_code"], error["code"], error["status"]]) {
    const status = typeof value === "string" ? Number(value) : value;
    if (typeof status === "number" && status >= 400 && status < 600) return status;
  }
  return undefined;
}

/** Is this body or frame a failure? An answer has `choices`; failures have a truthy `error`, or say so flatly. */
export function isFailure(json: unknown): boolean {
  if (typeof json === "string") return true; // SiliconFlow: "Invalid token"
  if (!isObject(json)) return false;
  const error = json["error"];
  if (error !== undefined && error !== null && error !== false && error !== "") return true;
  if (Array.isArray(json["choices"])) return false;
  const flat = json["code"] !== undefined || json["type"] !== undefined || json["status"] !== undefined || json["object"] === "error";
  return json["detail"] !== undefined || (flat && (json["message"] ?? json["msg"] ?? json["errors"] ?? null) !== null);
}
