import { isObject } from "@lumiverse/core/provider";
import { isFilledText } from "./json-values.ts";

/** The elements of a list. Some hosts send a lone element without its list, or the list as an object by index, as PHP and Lua write it. */
export function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return isFilledText(value) ? [value] : [];
  return isByIndex(value) ? Object.values(value) : [value];
}

/** True for an object whose keys are indexes. */
export function isByIndex(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const key in value) return /^\d+$/.test(key);
  return false;
}

/** An index, which some hosts send as text. Undefined when there is none. */
export function indexOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
