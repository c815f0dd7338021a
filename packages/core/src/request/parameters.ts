import { isObject, type JsonObject } from "../chat/json.ts";
import type { Note } from "../chat/note.ts";

/** Keys that would change an object's prototype instead of its data. */
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Merges raw parameters into a body: objects merge deeply, arrays and scalars replace. Each one is noted by its field in the vendor's spelling. */
export function mergeParameters(body: JsonObject, parameters: JsonObject | undefined, notes: Note[], at = ""): void {
  for (const [key, value] of Object.entries(parameters ?? {})) {
    if (value === undefined || PROTOTYPE_KEYS.has(key)) continue;
    const field = at === "" ? key : `${at}.${key}`;
    const present = body[key];
    if (isObject(value) && isObject(present)) {
      // A copy, because the object may belong to the caller or be a shared constant.
      const merged = { ...present };
      body[key] = merged;
      mergeParameters(merged, value, notes, field);
      continue;
    }
    const message =
      present === undefined ? `parameters.${field} was sent as given.` : `parameters.${field} replaced the request's own value.`;
    notes.push({ kind: "parameter", field, message });
    body[key] = value;
  }
}
