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

/** Arguments that some hosts announce before the real ones. */
export function isPlaceholder(text: string): boolean {
  return /^\s*(?:\{\s*\}|null)\s*$/.test(text);
}
