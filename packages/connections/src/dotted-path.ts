/** Values in objects by dotted path, such as `routing.sort`. */
import type { JsonObject } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** The value at a path. Undefined when there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split(".")) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

/** A copy with a value at a path. Objects on the way are made where they are missing. Undefined removes the value that is there. */
export function withValue(object: JsonObject, path: string, value: unknown): JsonObject {
  const [key = "", ...rest] = path.split(".");
  const { [key]: inner, ...others } = object;
  if (rest.length === 0) return value === undefined ? others : { ...object, [key]: value };
  if (value === undefined && !isObject(inner)) return object;
  return { ...object, [key]: withValue(isObject(inner) ? inner : {}, rest.join("."), value) };
}
