/** Tells a slower reader that something has arrived, once however much it was. */
export class Arrival {
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();
  #ended = false;

  announce(): void {
    this.#waiting.resolve();
  }

  /** Nothing more arrives. */
  end(): void {
    this.#ended = true;
    this.#waiting.resolve();
  }

  /** Waits for something new. False: nothing more arrives. */
  async next(): Promise<boolean> {
    await this.#waiting.promise;
    this.#waiting = Promise.withResolvers();
    if (this.#ended) this.#waiting.resolve();
    return !this.#ended;
  }
}
