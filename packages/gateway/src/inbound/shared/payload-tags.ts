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
const PAYLOAD_FIELDS: ReadonlySet<string> = new Set(["signature", "data", "encrypted_content", "thoughtSignature", "thought_signature"]);

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

/** Where the messages of a protocol hold payloads. `*`: every item of a list. */
export type PayloadPaths = readonly (readonly string[])[];

/** A message with a tag before each of its payloads; the same message where it has none. */
export function withTag(message: JsonObject, paths: PayloadPaths, tag: string): JsonObject {
  let tagged: unknown = message;
  for (const path of paths) tagged = tagAlong(tagged, path, 0, tag);
  return tagged as JsonObject; // an object becomes an object
}

function tagAlong(value: unknown, path: readonly string[], depth: number, tag: string): unknown {
  if (depth === path.length) return typeof value === "string" && value !== "" ? tag + value : value;
  const key = path[depth] ?? "";
  if (key === "*") {
    if (!Array.isArray(value)) return value;
    let items: unknown[] | undefined;
    value.forEach((item: unknown, at) => {
      const tagged = tagAlong(item, path, depth + 1, tag);
      // Most messages have no payload, so nothing is copied before the first one.
      if (tagged !== item) (items ??= [...value])[at] = tagged;
    });
    return items ?? value;
  }
  if (!isObject(value) || value[key] === undefined) return value;
  const inner = tagAlong(value[key], path, depth + 1, tag);
  return inner === value[key] ? value : { ...value, [key]: inner };
}
