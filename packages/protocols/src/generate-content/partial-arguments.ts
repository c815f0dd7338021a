import { isObject, type JsonObject } from "@lumiverse/core";

type Key = string | number;

/**
 * Arguments that arrive as values at JSON paths (`{jsonPath: "$.a[0].b", stringValue: "…", willContinue: true}`) written on as JSON text, so that a
 * caller sees them grow. A path that goes back into what is already closed can't be written on; then the whole is written anew at the end.
 */
export class PartialArguments {
  /** What the text begins with, said at once: a call that is cut off before its first value must not pass for one without arguments. */
  static readonly begin: string = "{";
  readonly #leaves: { path: Key[]; value: unknown }[] = [];
  #at: Key[] = [];
  #inString = false;
  #outOfOrder = false;
  readonly #written: Set<string> = new Set();

  /** Takes one piece in; returns the JSON text that it adds. */
  add(piece: JsonObject): string {
    const { jsonPath, willContinue } = piece;
    const path = pathOf(typeof jsonPath === "string" ? jsonPath : "$");
    const value = leafOf(piece);
    const last = this.#leaves[this.#leaves.length - 1];
    const continues = last !== undefined && typeof last.value === "string" && typeof value === "string" && same(last.path, path);
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

  /** What closes the text; `whole` replaces it where it could not be written in one go. */
  close(): { text: string; whole: string | undefined } {
    if (this.#outOfOrder) return { text: "", whole: rebuilt(this.#leaves) };
    let text = this.#inString ? '"' : "";
    for (let depth = this.#at.length - 1; depth > 0; depth--) text += typeof this.#at[depth] === "number" ? "]" : "}";
    return { text: `${text}}`, whole: undefined };
  }

  /** From the last value to the place of the next: closes what is left, opens what is entered. Undefined: the text can't get there. */
  #moveTo(path: Key[]): string | undefined {
    const at = this.#at;
    let shared = 0;
    while (shared < path.length && shared < at.length && path[shared] === at[shared]) shared++;
    // A value where a container stands, or the reverse.
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

function leafOf(piece: JsonObject): unknown {
  const { stringValue, numberValue, boolValue } = piece;
  if (typeof stringValue === "string") return stringValue;
  if (typeof numberValue === "number") return numberValue;
  return typeof boolValue === "boolean" ? boolValue : null;
}

/** `$.a.b[0]['c d']` as keys. */
function pathOf(text: string): Key[] {
  const keys: Key[] = [];
  for (const match of text.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/g)) {
    const [, name, index, single, double] = match;
    keys.push(index !== undefined ? Number(index) : (name ?? single ?? double ?? "").replace(/\\(.)/g, "$1"));
  }
  return keys;
}
function same(a: readonly Key[], b: readonly Key[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

function rebuilt(leaves: readonly { path: Key[]; value: unknown }[]): string {
  // Without prototypes: a key named `__proto__` is a key like any other.
  const root: JsonObject = Object.create(null) as JsonObject;
  for (const { path, value } of leaves) {
    let into: JsonObject | unknown[] = root;
    for (let i = 0; i < path.length; i++) {
      // An array takes number keys and an object strings; a path that mixes them up is the vendor's mistake and ends up as a key.
      const container = into as JsonObject;
      const step = path[i];
      // An index far beyond the end would write a list of blanks.
      const key = String(Array.isArray(into) && typeof step === "number" ? Math.min(step, into.length) : step);
      if (i === path.length - 1) {
        const before = container[key];
        container[key] = typeof before === "string" && typeof value === "string" ? before + value : value;
        break;
      }
      const next = container[key];
      if (!isObject(next) && !Array.isArray(next))
        container[key] = typeof path[i + 1] === "number" ? [] : (Object.create(null) as JsonObject);
      into = container[key] as JsonObject;
    }
  }
  return JSON.stringify(root);
}
