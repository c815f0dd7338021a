/** Very many calls through one process: its memory and its connections to the database do not grow with them. */
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { retainedHeap } from "./collect-garbage.ts";
import { CHAT, chatBody, databases, openTestGateway, type TestGateway } from "./gateways.ts";

/** LUMIVERSE_FULL runs the whole number. */
const FULL = process.env["LUMIVERSE_FULL"] !== undefined;
const CALLS = FULL ? 200_000 : 1000;
const AT_ONCE = 64;
/**
 * Share by which memory may grow from the second tenth of the calls to the last one. In a short run, caches are still filled. In a long one, V8's lists of code that
 * depends on the shapes of objects grow by 0.5 MB of 42 MB, and no object of the program does (two heap snapshots compared).
 */
const GROWTH = FULL ? 1.05 : 1.5;
/** Connections to PostgreSQL that a store opens at most. */
const POOL = 5;

describe.each(databases)(`${CALLS} calls on a $kind database`, ({ kind, missing, start, stop, address }) => {
  if (missing !== undefined) {
    test.skip(missing, () => {});
    return;
  }
  let one: TestGateway;
  beforeAll(async () => {
    await start();
    one = await openTestGateway({ kind, address: address() });
  }, 120_000);
  afterAll(async () => {
    await one.close();
    stop();
  });

  test("leave the memory as it was, have one row each, and use no more connections than the pool has", async () => {
    const { secret } = await one.gateway.keys.create({ name: "Team", limits: { requestsPerMinute: 1_000_000 } });
    let begun = 0;
    const work = async (until: number): Promise<void> => {
      while (begun < until) {
        begun++;
        const response = await one.ask(CHAT, chatBody("local/m", { stream: begun % 2 === 0 }), { key: secret });
        expect(response.status).toBe(200);
        await response.text();
        // The vendor of the tests keeps what it was asked.
        one.vendor.asked.length = 0;
      }
    };
    let second = 0;
    let connections = 0;
    for (let tenth = 1; tenth <= 10; tenth++) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => work((CALLS / 10) * tenth)));
      await one.gateway.ledger.flush();
      if (kind === "postgres") connections = Math.max(connections, await openConnections(one));
      if (tenth === 2) second = await retainedHeap();
    }
    expect((await retainedHeap()) / second).toBeLessThan(GROWTH);
    expect(connections).toBeLessThanOrEqual(POOL);
    const [sum] = await one.gateway.usage.report();
    expect([sum?.calls, sum?.unfinished]).toEqual([CALLS, 0]);
  }, 3_600_000);
});

async function openConnections({ store }: TestGateway): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) as count from pg_stat_activity where datname = current_database()`.execute(
    store.read,
  );
  return Number(rows[0]?.count);
}
