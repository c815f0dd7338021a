import { settle } from "../keys/counters.ts";
import type { GatewayStore } from "../store/store.ts";
import { interrupt, lostIds, runningIds } from "./stored-calls.ts";

export interface ProcessOptions {
  id: string;
  now: () => number;
  /** Milliseconds without a sign of life after which a process is dead. */
  deadAfterMs: number;
  /** Whether a call of this process has not ended, as far as this process knows. */
  isActive: (call: string) => boolean;
}

/** Tells the other processes that this one is alive, and interrupts the calls of those that are dead. */
export class Processes {
  readonly #store: GatewayStore;
  readonly #options: ProcessOptions;
  readonly #startedAt: number;
  /** Milliseconds since 1970 of the last beat that was stored. */
  #lastBeat: number | undefined;

  constructor(store: GatewayStore, options: ProcessOptions) {
    this.#store = store;
    this.#options = options;
    this.#startedAt = options.now();
  }

  async beat(): Promise<void> {
    const { id, now, deadAfterMs } = this.#options;
    const seen_at = now();
    await this.#store.write(async (write) => {
      await write
        .insertInto("gateway_processes")
        .values({ id, started_at: this.#startedAt, seen_at })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_at }))
        .execute();
    }, "process");
    const before = this.#lastBeat;
    this.#lastBeat = seen_at;
    // A process that missed beats, because the database or the machine had stopped, or that has just started, cannot tell whether others are dead.
    if (before === undefined || seen_at - before > deadAfterMs / 2) return;
    const dead = await this.#store.read
      .selectFrom("gateway_processes")
      .select("id")
      .where("seen_at", "<", seen_at - deadAfterMs)
      .execute();
    for (const { id: deadId } of dead) {
      await interruptCalls(this.#store, await runningIds(this.#store.read, deadId, seen_at), seen_at);
      await this.#remove(deadId);
    }
    // An older version that finds a dead process removes it, without its calls in the table of running calls, which it does not know.
    const lost = await lostIds(this.#store.read, seen_at);
    await interruptCalls(this.#store, lost, seen_at);
    // A database that stored a call and failed to say so leaves a row that nobody ends.
    const own = await runningIds(this.#store.read, id, seen_at - deadAfterMs);
    await interruptCalls(
      this.#store,
      own.filter((call) => !this.#options.isActive(call)),
      seen_at,
    );
  }

  async #remove(process: string): Promise<void> {
    await this.#store.write(async (write) => {
      await write.deleteFrom("gateway_processes").where("id", "=", process).execute();
    }, "process");
  }

  /** This process has no calls any more. */
  async leave(): Promise<void> {
    await this.#remove(this.#options.id);
  }
}

/** Calls of one transaction, at most. */
const LARGEST_BATCH = 500;

/** Calls that nobody ends are interrupted, and what they held of their keys' limits is released. */
async function interruptCalls(store: GatewayStore, ids: readonly string[], now: number): Promise<void> {
  for (let at = 0; at < ids.length; at += LARGEST_BATCH) {
    const some = ids.slice(at, at + LARGEST_BATCH);
    await store.write(async (write) => {
      const calls = await interrupt(write, some, now);
      const byKey = [...calls].sort((a, b) => ((a.key_id ?? "") < (b.key_id ?? "") ? -1 : 1));
      for (const { key_id: keyId, day, reserved_cost: cost } of byKey) {
        if (keyId === null || Number(cost) === 0) continue;
        // The tokens of a minute need no release: the minute is over.
        const period = { minute: 0, day, month: day.slice(0, 7) };
        await settle(write, { keyId, tokens: 0, cost: Number(cost), period }, NOTHING);
      }
    }, "process");
  }
}

const NOTHING = { tokens: 0, cost: 0 };
