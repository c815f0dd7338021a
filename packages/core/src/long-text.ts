/**
 * A text that grows by small pieces. V8 keeps a node of some thirty bytes for each piece of a sum, for as long as the sum lives; here pieces become flat
 * blocks, so that a long answer takes what its letters take.
 */
export class LongText {
  length = 0;
  #blocks: string[] = [];
  #pieces: string[] = [];

  add(piece: string): void {
    this.length += piece.length;
    if (this.#pieces.push(piece) < PIECES) return;
    this.#blocks.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  toString(): string {
    // Looked at in mid-stream, it must not join everything again for each look.
    const text = this.#blocks.join("") + this.#pieces.join("");
    this.#blocks = [text];
    this.#pieces = [];
    return text;
  }
}

const PIECES = 256;
