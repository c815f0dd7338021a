import type { LumiverseError } from "@lumiverse/core";
import { FAILURE_CLASSES, type TargetCooldown } from "@lumiverse/toolkit/fallback";
import { sql } from "kysely";
import type { GatewayStore } from "../store/store.ts";
import type { AliasPolicy } from "./alias.ts";

interface CooldownState {
  failures: number;
  until: number;
}

const COOLDOWN_MS = 30_000;
const FAILURES_BEFORE = 2;

/** Which targets rest, for all processes on one database. A database that does not answer means that none rests. */
export class Cooldowns {
  readonly #store: GatewayStore;
  readonly #now: () => number;
  readonly #writing = new Set<Promise<void>>();

  constructor(store: GatewayStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The states of targets, one for each id. */
  async read(ids: readonly string[], policy: AliasPolicy): Promise<Map<string, TargetCooldown>> {
    const rows = await this.#store.read
      .selectFrom("gateway_cooldowns")
      .select(["target", "failures", "until"])
      .where("target", "in", ids)
      .execute()
      .catch(() => []);
    const known = new Map(rows.map(({ target, failures, until }) => [target, { failures, until: Number(until) }]));
    return new Map(ids.map((id) => [id, this.#open(id, known.get(id) ?? { failures: 0, until: 0 }, policy)]));
  }

  /** For a target that has no alternative: it is tried whatever is known, so nothing is read. */
  unread(id: string): TargetCooldown {
    return this.#open(id, { failures: 0, until: 0 }, {});
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #open(id: string, state: CooldownState, policy: AliasPolicy): TargetCooldown {
    const now = this.#now;
    return {
      until: state.until,
      get resting() {
        return now() < state.until;
      },
      succeeded: () => {
        if (state.failures > 0) this.#write(this.#clear(id));
      },
      failed: (error) => this.#write(this.#add(id, error, policy)),
    };
  }

  #write(writing: Promise<void>): void {
    // A cool-down that is not stored costs one more failing request, and no answer.
    const safe = writing.catch(() => {}).finally(() => this.#writing.delete(safe));
    this.#writing.add(safe);
  }

  async #clear(id: string): Promise<void> {
    await this.#store.write(async (write) => {
      await write.deleteFrom("gateway_cooldowns").where("target", "=", id).execute();
    }, "process");
  }

  async #add(id: string, error: LumiverseError, policy: AliasPolicy): Promise<void> {
    const { cooldownMs = COOLDOWN_MS, failuresBeforeCooldown = FAILURES_BEFORE } = policy;
    const { rests } = FAILURE_CLASSES[error.code];
    if (rests === "never" || cooldownMs === 0) return;
    const now = this.#now();
    const until = now + (error.retryAfterMs ?? cooldownMs);
    const atOnce = rests === "at once" || error.retryAfterMs !== undefined;
    const row = { failures: 1, until: atOnce || failuresBeforeCooldown <= 1 ? until : 0, reason: error.code, updated_at: now };
    await this.#store.write(async (write) => {
      await write
        .insertInto("gateway_cooldowns")
        .values({ target: id, ...row })
        .onConflict((conflict) =>
          conflict.column("target").doUpdateSet({
            failures: sql<number>`gateway_cooldowns.failures + 1`,
            until: sql<number>`case when ${atOnce ? 1 : 0} = 1 or gateway_cooldowns.failures + 1 >= ${failuresBeforeCooldown} then ${until} else gateway_cooldowns.until end`,
            reason: row.reason,
            updated_at: now,
          }),
        )
        .execute();
    }, "process");
  }
}
