/** Reads JSON values in the forms in which hosts write them: empty fields, numbers as text, lone elements, envelopes. */
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

/** JSON as text, to quote in an error. Long JSON would have to be cut, and half a secret could not be found in it. */
export function quoted(json: unknown): string {
  const text = String(JSON.stringify(json));
  return text.length > 300 ? `JSON of ${text.length} characters` : text;
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

/** A token count as a vendor reports it. Undefined for anything that is not a finite number of at least 0. Some gateways send numbers as text. */
export function tokenCount(value: unknown): number | undefined {
  const count = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isFinite(count) && count >= 0 ? count : undefined;
}

/** The field that has a piece of text, by the names that hosts give it. */
const TEXT_FIELDS = ["text", "thinking", "summary", "content"] as const;
/** Deeper values are no text of an answer. */
const MOST_LEVELS = 6;

/** A piece of text. Cloudflare Workers AI sends a token such as `6` or `true` as a JSON number or boolean (cloudflare/ai#651). */
export function pieceOf(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

/** The text of a value that is text, a number, an object with text, or a list of these. `""` when there is none. */
export function textIn(value: unknown, level: number = 0): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (level > MOST_LEVELS) return "";
  if (Array.isArray(value)) return value.map((one) => textIn(one, level + 1)).join("");
  if (isObject(value))
    for (const field of TEXT_FIELDS) {
      const text = textIn(value[field], level + 1);
      if (text !== "") return text;
    }
  return "";
}

/** An answer without the envelope that some gateways put it into. `field` is the one that an answer has. */
export function unwrapped(json: unknown, field: string): unknown {
  if (isObject(json) && json[field] === undefined)
    for (const name of ["data", "response", "result"]) {
      const inner = json[name];
      if (isObject(inner) && inner[field] !== undefined) return inner;
    }
  return json;
}
