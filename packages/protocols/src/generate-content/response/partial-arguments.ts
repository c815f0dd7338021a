import { isObject, type JsonObject } from "@lumiverse/core/provider";

type Key = string | number;

/**
 * Tool-call arguments that arrive as values at JSON paths (`{jsonPath: "$.a[0].b", stringValue: "…", willContinue: true}`), written as JSON text that grows.
 * A value for a container that is already closed cannot be appended; then `close` returns the complete text instead.
 */
export class PartialArguments {
  /** The first text of every call, emitted at once: a call that is cut off before its first value must not look like a call without arguments. */
  static readonly begin: string = "{";
  readonly #leaves: { path: Key[]; value: unknown }[] = [];
  #at: Key[] = [];
  #inString = false;
  #outOfOrder = false;
  readonly #written: Set<string> = new Set();

  /** Adds one piece and returns the JSON text to append. */
  add(piece: JsonObject): string {
    const { jsonPath, willContinue } = piece;
    const path = pathOf(typeof jsonPath === "string" ? jsonPath : "$");
    const value = pieceValue(piece);
    const last = this.#leaves[this.#leaves.length - 1];
    const continues = last !== undefined && typeof last.value === "string" && typeof value === "string" && samePath(last.path, path);
    if (continues) last.value += value;
    else this.#leaves.push({ path, value });
    if (this.#outOfOrder) return "";
    if (continues && this.#inString) {
      const text = JSON.stringify(value).slice(1, -1);
      if (willContinue === true) return text;
      this.#inString = false;
      return `${text}"`;
    }
    const moved = this.#moveTo(path);
    if (moved === undefined) {
      this.#outOfOrder = true;
      return "";
    }
    const json = JSON.stringify(value);
    const quote = this.#inString ? '"' : "";
    this.#inString = typeof value === "string" && willContinue === true;
    return quote + moved + (this.#inString ? json.slice(0, -1) : json);
  }

  /** Returns the text that closes the JSON. `replacement`, where given, replaces everything written before. */
  close(): { text: string; replacement: string | undefined } {
    if (this.#outOfOrder) return { text: "", replacement: toJson(this.#leaves) };
    let text = this.#inString ? '"' : "";
    for (let depth = this.#at.length - 1; depth > 0; depth--) text += typeof this.#at[depth] === "number" ? "]" : "}";
    return { text: `${text}}`, replacement: undefined };
  }

  /** The text between the last value and the next one: it closes and opens containers. Undefined when the path cannot be reached by appending. */
  #moveTo(path: Key[]): string | undefined {
    const at = this.#at;
    let shared = 0;
    while (shared < path.length && shared < at.length && path[shared] === at[shared]) shared++;
    // A value where a container is, or a container where a value is.
    if (shared === path.length || (at.length > 0 && shared === at.length) || typeof path[0] === "number") return undefined;
    let text = "";
    if (at.length > 0) {
      const here = path[shared];
      const before = at[shared];
      if (typeof here !== typeof before) return undefined;
      if (typeof here === "number" ? here !== Number(before) + 1 : this.#written.has(JSON.stringify(path.slice(0, shared + 1))))
        return undefined;
      this.#written.add(JSON.stringify(at.slice(0, shared + 1)));
      for (let depth = at.length - 1; depth > shared; depth--) text += typeof at[depth] === "number" ? "]" : "}";
      text += ",";
    }
    for (let depth = shared; depth < path.length; depth++) {
      const key = path[depth];
      const opens = depth > shared || (at.length === 0 && depth > 0);
      if (typeof key !== "number") text += `${opens ? "{" : ""}${JSON.stringify(key)}:`;
      else if (opens && key !== 0) return undefined;
      else if (opens) text += "[";
    }
    this.#at = path;
    return text;
  }
}

function pieceValue(piece: JsonObject): unknown {
  const { stringValue, numberValue, boolValue } = piece;
  if (typeof stringValue === "string") return stringValue;
  if (typeof numberValue === "number") return numberValue;
  return typeof boolValue === "boolean" ? boolValue : null;
}

/** Deeper paths are no arguments of a tool, and JSON of such a depth overflows the stack. */
const MAX_DEPTH = 200;

/** `$.a.b[0]['c d']` as a list of keys. */
function pathOf(text: string): Key[] {
  const keys: Key[] = [];
  for (const match of text.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/g)) {
    if (keys.length === MAX_DEPTH) return [text];
    const [, name, index, single, double] = match;
    keys.push(index !== undefined ? Number(index) : (name ?? single ?? double ?? "").replace(/\\(.)/g, "$1"));
  }
  return keys;
}
function samePath(a: readonly Key[], b: readonly Key[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

/** The values as one JSON object. */
function toJson(leaves: readonly { path: Key[]; value: unknown }[]): string {
  // Without a prototype, `__proto__` is a key like any other.
  const root: JsonObject = Object.create(null) as JsonObject;
  for (const { path, value } of leaves) {
    let into: JsonObject | unknown[] = root;
    for (let i = 0; i < path.length; i++) {
      // Arrays have number keys and objects string keys. If the vendor mixes them up, the step becomes an ordinary key.
      const container = into as JsonObject;
      const step = path[i];
      // An index far beyond the end would fill the list with empty values.
      const key = String(Array.isArray(into) && typeof step === "number" ? Math.min(step, into.length) : step);
      if (i === path.length - 1) {
        const before = container[key];
        container[key] = typeof before === "string" && typeof value === "string" ? before + value : value;
        break;
      }
      const next = container[key];
      if (!isObject(next) && !Array.isArray(next))
        container[key] = typeof path[i + 1] === "number" ? [] : (Object.create(null) as JsonObject);
      into = container[key] as JsonObject; // a list is indexed by numbers as text
    }
  }
  return JSON.stringify(root);
}
