/** Wrong keys in a minute from one address, after which more of them are answered with 429. */
const MOST_FAILURES = 20;
/** Addresses that are counted, at most. Those beyond share one count. */
const MOST_ADDRESSES = 10_000;

/** Counts wrong keys by the address that sent them. A right key is never refused, so a stranger cannot lock anybody out. */
export class WrongKeys {
  #minute = 0;
  readonly #counts = new Map<string, number>();

  /** Counts one. True when the address has sent too many in this minute. */
  add(address: string | undefined): boolean {
    const minute = Math.floor(Date.now() / 60_000);
    if (minute !== this.#minute) this.#counts.clear();
    this.#minute = minute;
    const known = address ?? "";
    const counted = this.#counts.has(known) || this.#counts.size < MOST_ADDRESSES ? known : "others";
    const count = (this.#counts.get(counted) ?? 0) + 1;
    this.#counts.set(counted, count);
    return count > MOST_FAILURES;
  }
}
