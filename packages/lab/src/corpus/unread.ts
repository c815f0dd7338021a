/**
 * Finds the fields of an answer that the library does not read. During one dedicated read, `JSON.parse` returns proxies for the answer's frames, which record the
 * paths that are read. A field that is not read in any frame is reported by its path.
 */
import type { JsonObject } from "@lumiverse/core/provider";

/** Fields that are not read on purpose: the reason by path pattern (dots, `[]` for items, `*` for one segment, a final `.**` for a subtree). */
export type Ignored = Readonly<Record<string, string>>;

/** An active tracker of reads. */
export interface Tracker {
  /** Paths with a value other than null that were not read, outermost first. */
  unread(): string[];
  restore(): void;
}

/** Replaces `JSON.parse` until `restore` is called. Only one tracker can be active, because the global is shared. */
export function trackReads(frames: readonly string[]): Tracker {
  const original = JSON.parse;
  const own = new Set(frames.map((frame) => frame.trim()));
  const read = new Set<string>();
  const present = new Map<string, string>();
  JSON.parse = (text, reviver) => {
    const value: unknown = original(text, reviver);
    if (reviver !== undefined || typeof text !== "string" || !own.has(text.trim())) return value;
    collect(value, "", present);
    return wrap(value, "", read);
  };
  return {
    restore() {
      JSON.parse = original;
    },
    unread() {
      const missing: string[] = [];
      for (const [path, parent] of present) if (!read.has(path) && (parent === "" || read.has(parent))) missing.push(path);
      return missing;
    },
  };
}

/** The JSON texts of an answer: the data of each SSE event, or the whole body. */
export function framesOf(body: string): string[] {
  const text = body.replace(/^\uFEFF/, "");
  if (!/^(?:data|event|id|retry|:)/m.test(text) || /^\s*[[{]/.test(text)) return [text, ...text.split("\n")];
  return text.split(/\r\n\r\n|\n\n|\r\r/).map((block) =>
    block
      .split(/\r\n|\n|\r/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5).replace(/^ /, ""))
      .join("\n"),
  );
}

/** The largest number of blanks that make neighbouring events of a stream different. */
const MOST_BLANKS = 1000;

/**
 * The same answer, with a different number of blanks after each event of a stream. A reader copies what an event shares with the event before it, without parsing
 * it again. The copy touches all fields, so they would count as read.
 */
export function withoutEqualEvents(body: string): string {
  let events = 0;
  return body.replace(/^data:.*\}(?=\r?$)/gm, (line) => line + " ".repeat(events++ % MOST_BLANKS));
}

/** True if a pattern of the list matches the path. */
export function isIgnored(path: string, ignored: Ignored): boolean {
  for (const pattern of Object.keys(ignored)) if (fits(pattern, path)) return true;
  return false;
}
function fits(pattern: string, path: string): boolean {
  const want = segments(pattern);
  const have = segments(path);
  for (const [i, piece] of want.entries()) {
    if (piece === "**") return true;
    if (have[i] === undefined || (piece !== "*" && piece !== have[i])) return false;
  }
  return want.length === have.length;
}
/** Splits `a[].b` into `a`, `[]` and `b`. */
function segments(path: string): string[] {
  return path
    .replaceAll("[]", ".[]")
    .split(".")
    .filter((piece) => piece !== "");
}

function collect(value: unknown, at: string, present: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") collect(item, `${at}[]`, present);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) continue;
    const path = at === "" ? key : `${at}.${key}`;
    if (!present.has(path)) present.set(path, at.replace(/(?:\[\])+$/, ""));
    collect(inner, path, present);
  }
}

function wrap<T>(value: T, at: string, read: Set<string>): T {
  if (typeof value !== "object" || value === null) return value;
  const list = Array.isArray(value);
  // A list is an object with indexes as keys.
  return new Proxy(value as JsonObject, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      if (typeof key === "symbol" || (list && !/^\d+$/.test(key)) || !Object.hasOwn(target, key)) return inner;
      const path = list ? `${at}[]` : at === "" ? key : `${at}.${key}`;
      if (!list) read.add(path);
      return wrap(inner, path, read);
    },
  }) as T; // a proxy has the type of its target
}
