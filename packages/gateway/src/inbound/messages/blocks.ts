/** Content blocks one after the other: the protocol closes a block before the next one begins, and neutral parts may overlap. */
import type { JsonObject } from "@lumiverse/core";

interface OpenBlock {
  start: JsonObject;
  /** Deltas that wait until the block is the first one. */
  deltas: JsonObject[];
  ended: boolean;
  /** A text or a thought ends when another block begins. */
  yields: boolean;
}

export class BlockSequence {
  /** Blocks by the index of their part, in the order in which they began. The first one is being sent. */
  readonly #blocks: Map<number, OpenBlock> = new Map();
  #started = false;
  /** The number of the block that is being sent. */
  #position = 0;

  /** True while a block of a part can take deltas. */
  isOpen(part: number): boolean {
    return this.#blocks.get(part)?.ended === false;
  }

  open(part: number, start: JsonObject, yields: boolean): JsonObject[] {
    for (const block of this.#blocks.values()) if (block.yields) block.ended = true;
    // A block of this part that has ended is sent under a key of its own.
    const earlier = this.#blocks.get(part);
    if (earlier !== undefined) this.#rekey(part);
    this.#blocks.set(part, { start, deltas: [], ended: false, yields });
    return this.#send();
  }

  /** Keeps the order of the blocks while one of them gets another key. */
  #rekey(part: number): void {
    const entries = [...this.#blocks];
    this.#blocks.clear();
    for (const [key, block] of entries) this.#blocks.set(key === part ? -1 - part : key, block);
  }

  delta(part: number, delta: JsonObject): JsonObject[] {
    const block = this.#blocks.get(part);
    if (block === undefined || block.ended) return [];
    block.deltas.push(delta);
    return this.#send();
  }

  end(part: number): JsonObject[] {
    const block = this.#blocks.get(part);
    if (block !== undefined) block.ended = true;
    return this.#send();
  }

  /** A block that is complete at once. */
  whole(part: number, start: JsonObject, deltas: readonly JsonObject[]): JsonObject[] {
    const out = this.open(part, start, false);
    for (const delta of deltas) out.push(...this.delta(part, delta));
    out.push(...this.end(part));
    return out;
  }

  endAll(): JsonObject[] {
    for (const block of this.#blocks.values()) block.ended = true;
    return this.#send();
  }

  #send(): JsonObject[] {
    const out: JsonObject[] = [];
    for (const [part, block] of this.#blocks) {
      if (!this.#started) out.push({ type: "content_block_start", index: this.#position, content_block: block.start });
      this.#started = true;
      for (const delta of block.deltas) out.push({ type: "content_block_delta", index: this.#position, delta });
      block.deltas = [];
      if (!block.ended) break;
      out.push({ type: "content_block_stop", index: this.#position });
      this.#blocks.delete(part);
      this.#started = false;
      this.#position++;
    }
    return out;
  }
}
