import type { Profiles } from "@lumiverse/connections";
import { isFresh } from "../clock.ts";
import type { VirtualKey } from "../keys/key.ts";
import type { KeyStore } from "../keys/keys.ts";
import { digestOf } from "../keys/secret.ts";
import type { Aliases } from "./alias.ts";
import { aliasKey } from "./alias-rows.ts";
import { databaseAnswer } from "./database-answer.ts";
import { type MissingTarget, missingTargets } from "./missing-targets.ts";
import type { Names } from "./names.ts";

/** Milliseconds for which names and keys are used again. A change by another process takes effect after it, and a new name at once. */
const MAX_AGE = 1000;
/** Keys that are remembered, at most. */
const MOST_KEYS = 10_000;

interface Aged<T> {
  readAt: number;
  value: T;
}

/** Names and keys from the database, read at most once in a second, because every call needs them. */
export class Directory {
  readonly #profiles: Profiles;
  readonly #aliases: Aliases;
  readonly #keys: KeyStore;
  readonly #now: () => number;
  #names: Aged<Promise<Names>> | undefined;
  #lastNames: Names | undefined;
  /** By the text of the key, so that it is hashed once. */
  readonly #keysByText = new Map<string, Aged<Promise<VirtualKey | undefined>>>();

  constructor(profiles: Profiles, aliases: Aliases, keys: KeyStore, now: () => number) {
    this.#profiles = profiles;
    this.#aliases = aliases;
    this.#keys = keys;
    this.#now = now;
  }

  /** @throws LumiverseError `overloaded` when the database does not answer */
  names(): Promise<Names> {
    const now = this.#now();
    if (this.#names !== undefined && isFresh(this.#names.readAt, now, MAX_AGE)) return this.#names.value;
    const reading = { readAt: now, value: databaseAnswer(this.#readNames()) };
    this.#names = reading;
    // A failure is not kept: the next call tries again.
    reading.value.catch(() => {
      if (this.#names === reading) this.#names = undefined;
    });
    return reading.value;
  }

  /** Reads the names again: a name that the kept ones lack may have been added by another process since. @throws LumiverseError `overloaded` */
  newNames(): Promise<Names> {
    if (this.#names !== undefined && this.#names.readAt !== this.#now()) this.#names = undefined;
    return this.names();
  }

  /** Targets of aliases that no connection serves. Default: by the names that were read last, without a question to the database. */
  missingTargets(names: Names | undefined = this.#lastNames): MissingTarget[] {
    return names === undefined ? [] : missingTargets(names.aliases.values(), names);
  }

  async #readNames(): Promise<Names> {
    const [profiles, aliases] = await Promise.all([this.#profiles.list(), this.#aliases.list()]);
    this.#lastNames = {
      profiles: new Map(profiles.map((profile) => [aliasKey(profile.name), profile])),
      aliases: new Map(aliases.map((alias) => [aliasKey(alias.name), alias])),
    };
    return this.#lastNames;
  }

  /** The key with this text. Unknown ones are not remembered, so that guesses use no memory. @throws LumiverseError `overloaded` */
  key(text: string): Promise<VirtualKey | undefined> {
    const now = this.#now();
    const known = this.#keysByText.get(text);
    if (known !== undefined && isFresh(known.readAt, now, MAX_AGE)) return known.value;
    if (this.#keysByText.size >= MOST_KEYS) this.#keysByText.clear();
    const reading = { readAt: now, value: databaseAnswer(this.#readKey(text)) };
    this.#keysByText.set(text, reading);
    const forget = (): void => {
      if (this.#keysByText.get(text) === reading) this.#keysByText.delete(text);
    };
    reading.value.then((key) => {
      if (key === undefined) forget();
    }, forget);
    return reading.value;
  }

  async #readKey(text: string): Promise<VirtualKey | undefined> {
    return this.#keys.findByDigest(await digestOf(text));
  }

  /** Reads everything again with the next call. */
  refresh(): void {
    this.#names = undefined;
    this.#keysByText.clear();
  }
}
