/**
 * A text that grows by small pieces. V8 keeps a node of some thirty bytes for each piece of a sum, for as long as the sum lives; here the sum is made flat
 * block by block, so that a long answer takes what its letters take.
 */
export class LongText {
  #blocks: string[] = [];
  #open = "";

  add(piece: string): void {
    this.#open += piece;
    if (this.#open.length >= BLOCK) this.#close();
  }

  #close(): void {
    // Reading a letter makes V8 write the sum out flat; elsewhere it does nothing.
    this.#open.charCodeAt(0);
    this.#blocks.push(this.#open);
    this.#open = "";
  }

  toString(): string {
    if (this.#blocks.length === 0) return this.#open;
    // Looked at in mid-stream, it must not join everything again for each look.
    const text = this.#blocks.join("") + this.#open;
    text.charCodeAt(0);
    this.#blocks = [text];
    this.#open = "";
    return text;
  }
}

const BLOCK = 8192;
