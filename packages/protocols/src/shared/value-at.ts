import { isObject } from "@lumiverse/core/provider";

/** The value at a dotted path, such as `x_groq.usage`. Undefined when a step is missing. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split(".")) value = isObject(value) ? value[key] : undefined;
  return value;
}
