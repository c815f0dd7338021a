/**
 * The tag in front of what a vendor signed or encrypted: it says which deployment issued it. Vendors accept such a payload only from the account that received
 * it, and the client of a list of targets cannot know which one answered.
 */
import type { JsonObject } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/**
 * The beginning of a tag. Tags have letters and digits alone, and their length is a multiple of four: Gemini's clients decode signatures as base64 and encode them
 * again, in either alphabet.
 */
export const TAG_MARK = "lvOrigin";

const TAG = /^lvOrigin[0-9a-f]{32}/;

/** The tag at the beginning of a text. `damaged`: what begins like a tag and is none. */
export function tagAt(text: string): string | "damaged" | undefined {
  return text.startsWith(TAG_MARK) ? (TAG.exec(text)?.[0] ?? "damaged") : undefined;
}

/** The fields that hold payloads, in every protocol. */
const PAYLOAD_FIELDS: ReadonlySet<string> = new Set([
  "signature",
  "data",
  "encrypted_content",
  "encrypted_index",
  "encrypted_stdout",
  "thoughtSignature",
  "thought_signature",
]);

/** What a client sent back, with other payloads in it. The same value where none changes. Bodies are limited in depth, so the recursion is too. */
export function mapPayloads(value: unknown, change: (payload: string) => string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapPayloads(item, change));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  let changed: JsonObject | undefined;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    const next = typeof inner === "string" ? (PAYLOAD_FIELDS.has(key) ? change(inner) : inner) : mapPayloads(inner, change);
    if (next === inner) continue;
    changed ??= { ...value };
    changed[key] = next;
  }
  return changed ?? value;
}

/** Where the messages of a protocol hold payloads: `true` stands for one, and `*` for every item of a list. */
export type PayloadPlaces = true | { readonly [key: string]: PayloadPlaces };

/** A message with a tag before each of its payloads; the same message where it has none. */
export function withTag(message: JsonObject, places: PayloadPlaces, tag: string): JsonObject {
  return tagged(message, places, tag) as JsonObject; // an object becomes an object
}

/** Most messages have no payload, so nothing is copied before the first one. */
function tagged(value: unknown, places: PayloadPlaces, tag: string): unknown {
  if (places === true) return typeof value === "string" && value !== "" ? tag + value : value;
  if (Array.isArray(value)) return taggedItems(value, places["*"], tag);
  if (!isObject(value)) return value;
  let copy: JsonObject | undefined;
  for (const key in places) {
    const inner = value[key];
    const place = places[key];
    if (inner === undefined || place === undefined) continue;
    const next = tagged(inner, place, tag);
    if (next !== inner) (copy ??= { ...value })[key] = next;
  }
  return copy ?? value;
}

function taggedItems(items: readonly unknown[], places: PayloadPlaces | undefined, tag: string): readonly unknown[] {
  if (places === undefined) return items;
  let copy: unknown[] | undefined;
  items.forEach((item, at) => {
    const next = tagged(item, places, tag);
    if (next !== item) (copy ??= [...items])[at] = next;
  });
  return copy ?? items;
}
