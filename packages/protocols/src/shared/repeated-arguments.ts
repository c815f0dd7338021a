/** Arguments of tool calls that arrive twice. */
import { isObject } from "@lumiverse/core/provider";
import { isJson } from "./json-values.ts";

/** The arguments of one call as its deltas arrive. Some hosts send them once more in full at the end, or the whole text so far with every delta. */
export class ArgumentText {
  /** All deltas joined. */
  text = "";
  #last = "";
  /** The longest text so far, while every delta has repeated the one before it. */
  #snapshot: string | undefined;

  add(delta: string): void {
    if (delta === "") return;
    if (this.text === "") this.#snapshot = delta;
    else if (this.#snapshot !== undefined) this.#snapshot = delta.startsWith(this.#snapshot) ? delta : undefined;
    this.text += delta;
    this.#last = delta;
  }

  /** The arguments without what was sent twice. Undefined when the text stands as it is. */
  repaired(): string | undefined {
    if (this.text === "" || isJson(this.text)) return undefined;
    const before = this.text.slice(0, this.text.length - this.#last.length);
    const candidates = [
      this.#snapshot,
      // The complete text once more, or an empty object in front of it or behind it.
      before === this.#last || isPlaceholder(before) ? this.#last : undefined,
      isPlaceholder(this.#last) ? before : undefined,
      this.text.startsWith("{}") ? this.text.slice(2) : undefined,
      this.text.startsWith("null") ? this.text.slice(4) : undefined,
    ];
    return candidates.find((text) => text !== undefined && isJson(text));
  }
}

/** Arguments that some hosts announce before the real ones. Longer texts are not searched, because this is asked once per event. */
export function isPlaceholder(text: string): boolean {
  return text.length < 100 && /^\s*(?:\{\s*\}|null)\s*$/.test(text);
}

/** JSON with sorted keys, to compare the arguments of two calls. Text that is not JSON is returned as it is, and no text as an empty object. */
export function canonicalJson(text: string): string {
  if (text.trim() === "") return "{}";
  try {
    return JSON.stringify(JSON.parse(text, sortKeys) ?? {});
  } catch {
    return text;
  }
}

function sortKeys(_key: string, value: unknown): unknown {
  // Without a prototype, `__proto__` is a key like any other.
  if (!isObject(value)) return value;
  const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) sorted[key] = value[key];
  return sorted;
}
