import { settle } from "../keys/counters.ts";
import type { GatewayStore } from "../store/store.ts";

export interface ProcessOptions {
  id: string;
  now: () => number;
  /** Milliseconds without a sign of life after which a process is dead. */
  deadAfterMs: number;
}

/** Tells the other processes that this one is alive, and interrupts the calls of those that are dead. */
export class Processes {
  readonly #store: GatewayStore;
  readonly #options: ProcessOptions;
  readonly #startedAt: number;

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
    });
    const dead = await this.#store.read
      .selectFrom("gateway_processes")
      .select("id")
      .where("seen_at", "<", seen_at - deadAfterMs)
      .execute();
    for (const process of dead) await interruptCalls(this.#store, process.id, seen_at);
  }

  /** This process has no calls any more. */
  async leave(): Promise<void> {
    await this.#store.write(async (write) => {
      await write.deleteFrom("gateway_processes").where("id", "=", this.#options.id).execute();
    });
  }
}

/** The calls of a dead process end as interrupted, and what they held of their keys' limits is released. */
async function interruptCalls(store: GatewayStore, processId: string, now: number): Promise<void> {
  await store.write(async (write) => {
    const calls = await write
      .updateTable("gateway_calls")
      .set({ state: "interrupted", ended_at: now })
      .where("process_id", "=", processId)
      .where("state", "=", "running")
      .returning(["key_id", "day", "reserved_cost"])
      .execute();
    const byKey = [...calls].sort((a, b) => ((a.key_id ?? "") < (b.key_id ?? "") ? -1 : 1));
    for (const { key_id: keyId, day, reserved_cost: cost } of byKey) {
      if (keyId === null || Number(cost) === 0) continue;
      // The tokens of a minute need no release: the minute is over.
      const period = { minute: 0, day, month: day.slice(0, 7) };
      await settle(write, { keyId, tokens: 0, cost: Number(cost), period }, { tokens: 0, cost: 0 });
    }
    await write.deleteFrom("gateway_processes").where("id", "=", processId).execute();
  });
}
