/** What every wire needs and no wire owns, with each call. */
import type { JsonObject, Note } from "./chat.ts";
import type { Failure } from "./provider.ts";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Raw parameters into a body: objects merge deeply, arrays and scalars replace. Each shows in the notes by its wire field.
 * `__proto__` and its like are refused silently by being own data properties only.
 */
export function mergeParameters(body: JsonObject, parameters: JsonObject | undefined, notes: Note[], at = ""): void {
  for (const key of Object.keys(parameters ?? {})) {
    const value = parameters?.[key];
    if (value === undefined || key === "__proto__" || key === "constructor" || key === "prototype") continue;
    const field = at === "" ? key : `${at}.${key}`;
    const present = body[key];
    if (isObject(value) && isObject(present)) {
      // A copy, so that neither the caller's object nor a shared constant is written to.
      const merged = { ...present };
      body[key] = merged;
      mergeParameters(merged, value, notes, field);
      continue;
    }
    notes.push({
      kind: "parameter",
      field,
      message: present === undefined ? `parameters.${field} was sent as given` : `parameters.${field} replaced what the request said`,
    });
    body[key] = value;
  }
}

/** Lone surrogates make a body that vendors refuse as no JSON. Signed payloads must not pass through here. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** Is this failure body a page and no answer? */
export function isHtml(failure: Pick<Failure, "text">): boolean {
  return /^\s*<(?:!doctype|html|head|body)/i.test(failure.text);
}

/** A deterministic id of `length` letters and digits: the same neutral id gives the same wire id in every request, so that caches still hit. */
export function shortId(id: string, length: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  let out = "";
  // FNV-1a, continued over the output so that any length is filled.
  let hash = 0x811c9dc5;
  for (let round = 0; out.length < length; round++) {
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
    hash = Math.imul(hash ^ (round + 1), 0x01000193) >>> 0;
    for (let h = hash, n = 0; n < 5 && out.length < length; n++, h = Math.floor(h / 62)) out += letters[h % 62];
  }
  return out;
}
