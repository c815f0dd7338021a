import { isObject } from "@lumiverse/core/provider";

/** True for a value that is not empty. Servers that send every field of their type send zeros or empty values in the unused ones. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) {
    for (const key in value) if (isFilled(value[key])) return true;
    return false;
  }
  return value !== undefined && value !== null && value !== "" && value !== 0 && value !== false;
}
