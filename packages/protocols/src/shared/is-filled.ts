import { isObject } from "@lumiverse/core/provider";

/** True for a value that says something. Servers that write every field of their own type fill the unused ones with zeros. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) {
    for (const key in value) if (isFilled(value[key])) return true;
    return false;
  }
  return value !== undefined && value !== null && value !== "" && value !== 0 && value !== false;
}
