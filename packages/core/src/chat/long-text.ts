/** Characters after which the open piece is flattened into a block. */
const BLOCK = 1024;

/**
 * A text that grows by small pieces. V8 keeps a node of about thirty bytes for every concatenated piece until the string is flattened; flattening block by
 * block keeps a long answer at the size of its characters (measured by the `memory` group of the benchmark).
 */
export class LongText {
  length = 0;
  #blocks: string[] = [];
  #open = "";

  add(piece: string): void {
    this.length += piece.length;
    this.#open += piece;
    if (this.#open.length >= BLOCK) this.#flatten();
  }

  #flatten(): void {
    // Reading one character makes V8 flatten the string; other engines ignore it.
    this.#open.charCodeAt(0);
    this.#blocks.push(this.#open);
    this.#open = "";
  }

  toString(): string {
    if (this.#blocks.length === 0) return this.#open;
    const text = this.#blocks.join("") + this.#open;
    text.charCodeAt(0);
    // Keep the joined text, so that a second look does not join everything again.
    this.#blocks = [text];
    this.#open = "";
    return text;
  }
}
