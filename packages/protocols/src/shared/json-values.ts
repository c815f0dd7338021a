import { definedFields, isObject, type JsonObject } from "@lumiverse/core/provider";

/** True for a text that is not empty. Servers that send every field of their type send empty values in the unused ones. */
export function isFilledText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** The value, if it is a text that is not empty. */
export function filledText(value: unknown): string | undefined {
  return isFilledText(value) ? value : undefined;
}

/** True for a value that is not empty. Servers that send every field of their type send zeros or empty values in the unused ones. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) {
    for (const key in value) if (isFilled(value[key])) return true;
    return false;
  }
  return value !== undefined && value !== null && value !== "" && value !== 0 && value !== false;
}

/** True for an object with one field at most. It runs once per delta, most of which are a piece of text and nothing else. */
export function hasOneField(object: JsonObject): boolean {
  let fields = 0;
  for (const _ in object) if (++fields > 1) return false;
  return true;
}

/** The fields of these names that an object has. */
export function pickFields(object: JsonObject, names: readonly string[]): JsonObject {
  return definedFields(Object.fromEntries(names.map((name) => [name, object[name]])));
}

/** The value at a dotted path, such as `x_groq.usage`. Undefined when a step is missing. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split(".")) value = isObject(value) ? value[key] : undefined;
  return value;
}

/** True for a whole JSON text. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
