/** A PostgreSQL that stops answering while calls arrive and run. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { type PostgresServer, postgresFolder, startPostgres } from "../../connections/test/postgres.ts";
import { outputOf } from "../../core/test/support/programs.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { CHAT, chatBody, openTestGateway, type TestGateway } from "./gateways.ts";
import { pause, slow } from "./vendor-server.ts";

/** Milliseconds. LUMIVERSE_FULL: longer than any call waits for the database. */
const OUTAGE = process.env["LUMIVERSE_FULL"] === undefined ? 1500 : 30_000;
/** Milliseconds within which a call that waits for the database is answered or refused. A shorter outage need not refuse any. */
const LONGEST_WAIT = 10_000;
const CALLERS = 16;
const STREAMS = 10;
/** Bytes by which the memory may be higher afterwards. */
const GROWTH = 30e6;

interface Outcome {
  status: number;
  call: string | null;
}

test.skipIf(postgresFolder === undefined)(
  postgresFolder === undefined
    ? "no PostgreSQL on this machine: apt-get install postgresql"
    : `${OUTAGE} ms without the database: liveness stays, streams end, calls are ${OUTAGE > LONGEST_WAIT ? "" : "answered or "}refused with a wait, and each accepted call has one row`,
  async () => {
    const server = await startPostgres(postgresFolder ?? "");
    let one: TestGateway | undefined;
    try {
      one = await openTestGateway({ kind: "postgres", address: server.database() });
      await outage(one, server);
    } finally {
      signal(server, "SIGCONT");
      await one?.close();
      server.stop();
    }
  },
  180_000,
);

async function outage(one: TestGateway, server: PostgresServer): Promise<void> {
  one.vendor.answers.set("slow", slow(150));
  const { secret: key } = await one.gateway.keys.create({ name: "Team", limits: { requestsPerMinute: 1_000_000 } });
  const ask = async (model: string, stream: boolean): Promise<Outcome> => {
    const response = await one.ask(CHAT, chatBody(model, { stream }), { key });
    const text = await response.text();
    if (response.status === 200) expect(text).toContain(stream ? "[DONE]" : "choices");
    else expect([response.status, response.headers.get("retry-after")]).toEqual([503, expect.any(String)]);
    return { status: response.status, call: response.headers.get("x-lumiverse-call") };
  };
  const outcomes: Outcome[] = [await ask("local/warm", false)];
  let over = false;
  const caller = async (): Promise<void> => {
    while (!over) outcomes.push(await ask("local/m", outcomes.length % 2 === 0));
  };
  const callers = Array.from({ length: CALLERS }, caller);
  const begun = Array.from({ length: STREAMS }, () => one.ask(CHAT, chatBody("local/slow", { stream: true }), { key }));
  const streams = await Promise.all(begun);
  const memory = usedMemory();
  signal(server, "SIGSTOP");
  const ended = Date.now() + OUTAGE;
  // Streams do not wait for the database.
  for (const stream of streams) expect(await stream.text()).toContain("[DONE]");
  while (Date.now() < ended) {
    expect((await one.gateway.fetch(new Request("http://localhost/health/live"))).status).toBe(200);
    await pause(100);
  }
  signal(server, "SIGCONT");
  over = true;
  await Promise.all(callers);
  await one.gateway.ledger.flush();

  const accepted = [...outcomes.filter(({ status }) => status === 200).map(({ call }) => call), ...streams.map(callOf)];
  const rows = await finishedCalls(one);
  expect(rows.toSorted()).toEqual(accepted.toSorted());
  expect(await one.gateway.ledger.list({ state: "running" })).toMatchObject({ calls: [] });
  expect(usedMemory() - memory).toBeLessThan(GROWTH);
  if (OUTAGE > LONGEST_WAIT) expect(outcomes.some(({ status }) => status === 503)).toBe(true);
}

function usedMemory(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function callOf({ headers }: Response): string | null {
  return headers.get("x-lumiverse-call");
}

async function finishedCalls({ store }: TestGateway): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from gateway_calls where state = 'finished'`.execute(store.read);
  return rows.map(({ id }) => id);
}

function signal({ pid }: PostgresServer, name: NodeJS.Signals): void {
  const children = outputOf("ps", ["-o", "pid=", "--ppid", String(pid)])
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
  for (const one of [pid, ...children])
    try {
      process.kill(one, name);
    } catch {
      // A worker that has ended meanwhile.
    }
}
