import { connectSource, isConnectionsError, type Profile, type Profiles } from "@lumiverse/connections";
import { type Connection, LumiverseError, type Observer } from "@lumiverse/core";

/** Milliseconds of silence before an answer begins: reasoning models think for minutes. */
const LONGEST_SILENCE = 600_000;

/** Receives observations, with the profile whose connection made them. */
export type ProfileObserver = (profile: Profile) => Observer;

export interface ConnectionsOptions {
  observe: ProfileObserver;
  /** Milliseconds that a vendor can ask a call to wait. */
  maxWaitMs: number;
  /** For profiles whose options name none. */
  fetch?: typeof globalThis.fetch;
}

/** The open core connections of profiles: one for each profile and number of attempts, opened again when the profile changes. */
export class Connections {
  readonly #profiles: Profiles;
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<string, { revision: number; connection: Promise<Connection> }>();

  constructor(profiles: Profiles, options: ConnectionsOptions) {
    this.#profiles = profiles;
    this.#options = options;
  }

  /**
   * @param attempts HTTP requests of one call at most.
   * @throws LumiverseError `configuration` when the connection cannot be used: it has no key, or the vault is locked. Nothing is sent then
   */
  get(profile: Profile, attempts: number): Promise<Connection> {
    const name = `${attempts}/${profile.id}`;
    const found = this.#open.get(name);
    if (found?.revision === profile.revision) return found.connection;
    // Calls that still run on an older revision end on their own.
    const opening = { revision: profile.revision, connection: this.#connect(profile, attempts) };
    this.#open.set(name, opening);
    opening.connection.catch(() => {
      if (this.#open.get(name) === opening) this.#open.delete(name);
    });
    return opening.connection;
  }

  async #connect(profile: Profile, attempts: number): Promise<Connection> {
    const { connectOptions } = this.#profiles;
    const { observe, maxWaitMs, fetch } = this.#options;
    const observers = [observe(profile), ...(connectOptions.observe === undefined ? [] : [connectOptions.observe])];
    try {
      return connectSource(await this.#profiles.source(profile.id), {
        ...(fetch === undefined ? {} : { fetch }),
        ...connectOptions,
        timeouts: { response: LONGEST_SILENCE, firstEvent: LONGEST_SILENCE, ...connectOptions.timeouts },
        retry: attempts <= 1 ? false : { maxWaitMs, ...(connectOptions.retry === false ? {} : connectOptions.retry), attempts },
        observe: all(observers),
      });
    } catch (cause) {
      if (!isConnectionsError(cause)) throw cause;
      throw new LumiverseError({
        code: "configuration",
        status: 503,
        message: `the connection "${profile.name}" cannot be used: ${cause.message}`,
        ...(cause.hint === undefined ? {} : { hint: cause.hint }),
        retryable: false,
        cause,
      });
    }
  }

  /** Aborts all calls. */
  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const { connection } of all)
      await connection.then(
        (open) => open.close(),
        () => {},
      );
  }
}

/** Only the last observer may send the request inside a context of its own. */
function all(observers: readonly Observer[]): Observer {
  return (observation) => {
    let returned: unknown;
    for (const observe of observers) returned = observe(observation);
    return returned;
  };
}
