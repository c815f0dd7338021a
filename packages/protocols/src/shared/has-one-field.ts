import type { JsonObject } from "@lumiverse/core/provider";

/** True for an object with one field at most. It runs once per delta, most of which are a piece of text and nothing else. */
export function hasOneField(object: JsonObject): boolean {
  let fields = 0;
  for (const _ in object) if (++fields > 1) return false;
  return true;
}
