/** Wakes a reader that is slower than what arrives: once for all that has arrived since it last woke. */
export class Arrival {
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();
  #ended = false;

  announce(): void {
    this.#waiting.resolve();
  }

  /** Says that nothing more arrives. */
  end(): void {
    this.#ended = true;
    this.#waiting.resolve();
  }

  /** Waits until something arrives. Returns false when nothing more arrives. */
  async next(): Promise<boolean> {
    await this.#waiting.promise;
    this.#waiting = Promise.withResolvers();
    if (this.#ended) this.#waiting.resolve();
    return !this.#ended;
  }
}
