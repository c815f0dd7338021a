import type { SimilarText } from "@lumiverse/core/provider";
import { type JsonPath, JsonSample } from "./json-sample.ts";

/**
 * Parses the JSON texts of a stream. Most events of a stream differ from the one before in a few strings and numbers only: the delta, a sequence number,
 * padding. A text that equals its predecessor around them is not parsed again. The result is always what `JSON.parse` returns, except that objects which did
 * not change may be those of an earlier result; readers must not change them.
 */
export class SimilarJson {
  /** What was parsed last, if it differs from earlier texts in some strings and integers alone. */
  similar: SimilarText | undefined;
  #template: Template | undefined;
  #previous = "";
  /** Texts that were parsed as a whole. */
  #parsed = 0;
  /** Comparisons that may still be made. Each use of a template earns a part of one back, so that a stream of dissimilar events does not pay for them. */
  #comparisons = MOST_COMPARISONS;

  /** @throws SyntaxError as `JSON.parse` does */
  parse(text: string): unknown {
    return this.similar?.text === text || this.match(text) !== undefined ? this.#template?.value() : this.#parseWhole(text);
  }

  /** Describes a text that differs from earlier ones in some strings and integers alone. */
  match(text: string): SimilarText | undefined {
    this.similar = this.#template?.match(text) === true ? this.#template : undefined;
    if (this.similar !== undefined && this.#comparisons < MOST_COMPARISONS) this.#comparisons += 0.25;
    return this.similar;
  }

  #parseWhole(text: string): unknown {
    const parsed: unknown = JSON.parse(text);
    if (this.#parsed++ >= SHORT_STREAM && this.#comparisons >= 1) this.#compare(text, parsed);
    return parsed;
  }

  #compare(packetSlice: string, value: unknown): void {
    if (packetSlice.length > LONGEST || typeof value !== "object" || value === null) return;
    // A slice of a string keeps the whole string in memory, which can be a packet of 64 KB.
    const text = JSON.parse(JSON.stringify(packetSlice)) as string;
    if (this.#previous !== "") {
      this.#comparisons--;
      const holes = differences(this.#previous, text);
      const paths = holes.length > 0 ? pathsOf(text, holes) : [];
      if (paths.length > 0 && paths.length === holes.length) this.#template = new Template(text, value, holes, paths);
    }
    this.#previous = text;
  }
}

/** Texts at the beginning of a stream that are not compared, because it may end before a comparison has paid off. */
const SHORT_STREAM = 4;
const MOST_COMPARISONS = 8;
/** Longer texts are not compared. */
const LONGEST = 4000;
/** Longer integers are not exact. */
const MOST_DIGITS = 15;

/** A string or an integer that varies in a JSON text: the place of its characters, without quotation marks. */
interface Hole {
  start: number;
  end: number;
  isString: boolean;
}

/** A JSON text with holes. */
class Template implements SimilarText {
  text = "";
  readonly paths: readonly JsonPath[];
  readonly values: (string | number)[];
  readonly starts: number[];
  readonly ends: number[];
  /** The text before each hole. */
  readonly #before: readonly string[];
  readonly #after: string;
  readonly #isString: readonly boolean[];
  readonly #sample: JsonSample;

  constructor(text: string, sample: object, holes: readonly Hole[], paths: readonly JsonPath[]) {
    this.#before = holes.map(({ start }, i) => text.slice(holes[i - 1]?.end ?? 0, start));
    this.#after = text.slice(holes.at(-1)?.end ?? 0);
    this.#isString = holes.map(({ isString }) => isString);
    this.paths = paths;
    this.values = holes.map(() => "");
    this.starts = holes.map(({ start }) => start);
    this.ends = holes.map(({ end }) => end);
    this.#sample = new JsonSample(sample, paths);
  }

  /** True for a text that differs in the holes alone. */
  match(text: string): boolean {
    let at = 0;
    for (let i = 0; i < this.#before.length; i++) {
      const before = this.#before[i] ?? "";
      // V8 compares two strings ten times as fast as `startsWith` does.
      if (text.slice(at, at + before.length) !== before) return false;
      at += before.length;
      const end = this.#isString[i] === true ? this.#readString(text, at, i) : this.#readInteger(text, at, i);
      if (end < 0) return false;
      this.starts[i] = at;
      this.ends[i] = end;
      at = end;
    }
    if (text.slice(at) !== this.#after) return false;
    this.text = text;
    return true;
  }

  /** The value of the text that was matched last. */
  value(): object {
    return this.#sample.with(this.values);
  }

  /** Reads a string up to its quotation mark, and returns where that is. -1: there is none. */
  #readString(text: string, start: number, hole: number): number {
    let hasEscapes = false;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        const value = hasEscapes ? unescaped(text.slice(start, at)) : text.slice(start, at);
        if (value === undefined) return -1;
        this.values[hole] = value;
        return at;
      }
      if (code === BACKSLASH) {
        hasEscapes = true;
        at++;
      } else if (code < SPACE) return -1;
    }
    return -1;
  }

  /** Reads an integer without a sign, and returns where it ends. What follows it is not a digit, because the text there must match. */
  #readInteger(text: string, start: number, hole: number): number {
    let value = 0;
    let at = start;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === start || at - start > MOST_DIGITS || (at - start > 1 && text.charCodeAt(start) === ZERO)) return -1;
    this.values[hole] = value;
    return at;
  }
}

function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string; // a string literal
  } catch {
    return undefined;
  }
}

/** The strings and integers of the second text that differ from the first. None where anything else differs. Both are JSON. */
function differences(previous: string, text: string): Hole[] {
  const holes: Hole[] = [];
  /** Where the same character stands in the previous text, from here. */
  let shift = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isSame = code === previous.charCodeAt(at + shift);
    const isString = code === QUOTE;
    if (isSame && !isString) continue;
    let start = isString ? at + 1 : at;
    while (!isString && /[-+.\w]/.test(text.charAt(start - 1))) start--;
    const value = valueAt(text, start, isString);
    const old = valueAt(previous, start + shift, isString);
    const end = start + value.length;
    // An integer that ends before this place does not differ here.
    if (isString ? !isSame : !(isInteger(value) && isInteger(old) && Math.max(value.length, old.length) > at - start)) return [];
    if (value !== old) holes.push({ start, end, isString });
    shift += old.length - value.length;
    // After the number, or the quotation mark.
    at = isString ? end : end - 1;
  }
  return text.length + shift === previous.length ? holes : [];
}

/** The rest of a string, or a number or word, without quotation marks. */
function valueAt(text: string, start: number, isString: boolean): string {
  return (isString ? /^[^"\\]*(?:\\.[^"\\]*)*/ : /^[-+.\w]*/).exec(text.slice(start))?.[0] ?? "";
}

function isInteger(text: string): boolean {
  return /^(?:0|[1-9]\d{0,14})$/.test(text); // `MOST_DIGITS` at most
}

/** The paths of values of a JSON text. Fewer if one of them is a key. None if an object repeats a key, because then a place has two texts. */
function pathsOf(text: string, holes: readonly Hole[]): JsonPath[] {
  const paths: JsonPath[] = [];
  /** The open containers: the keys of an object so far, or the index in an array. */
  const stack: ({ keys: Set<string> } | { index: number })[] = [];
  const path: (string | number)[] = [];
  for (const { 0: token, index: start } of text.matchAll(TOKEN)) {
    const container = stack.at(-1);
    if (token === "{") {
      stack.push({ keys: new Set() });
      path.push("");
    } else if (token === "[") {
      stack.push({ index: 0 });
      path.push(0);
    } else if (token === "}" || token === "]") {
      stack.pop();
      path.pop();
    } else if (token === ",") {
      if (container !== undefined && "index" in container) path[path.length - 1] = ++container.index;
    } else if (token.endsWith(":") && container !== undefined && "keys" in container) {
      const key = String(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)));
      // Setting a member of this name would set the prototype.
      if (container.keys.has(key) || key === "__proto__") return [];
      container.keys.add(key);
      path[path.length - 1] = key;
    } else if (holes[paths.length]?.start === start + (token.startsWith('"') ? 1 : 0)) paths.push([...path]);
  }
  return paths;
}

/** A bracket, a comma, a key with its colon, a string, or a number. */
const TOKEN = /[{}[\],]|"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|-?\d[\d.eE+-]*/g;
const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const ZERO = 48;
