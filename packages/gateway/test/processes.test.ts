/** Three gateway processes and one of an older version on one PostgreSQL, under a load of several times what is allowed. One is killed. */
import { type ChildProcess, fork } from "node:child_process";
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Store } from "@lumiverse/connections";
import { openPostgresStore } from "@lumiverse/connections/node";
import "@lumiverse/anthropic";
import "@lumiverse/groq";
import "@lumiverse/openai";
import { sql } from "kysely";
import { Migrator } from "kysely/migration";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresFolder, startPostgres } from "../../connections/test/postgres.ts";
import { inTime, runProgram } from "../../core/test/support/programs.ts";
import { createGateway, type Gateway } from "../src/index.ts";
import { digestOf } from "../src/keys/secret.ts";
import { MIGRATIONS } from "../src/store/migrations.ts";
import { CHAT, chatBody, until, VENDOR_KEY } from "./gateways.ts";
import { OLDER_KNOWS, unpackOlderGateway } from "./older-gateway.ts";
import { openDeployments, readAnswer, SPOKEN } from "./signing-vendor.ts";
import { type Asked, greedy, greedyUsage, pause, startVendor, type VendorServer } from "./vendor-server.ts";

/** Long enough that a busy machine lets a living process say so. */
const DEAD_AFTER = 6000;
const MODEL = "groq/llama-3.3-70b-versatile";
const CALLS = 500;

interface Child {
  name: string;
  url: string;
  process: ChildProcess;
}

interface Outcome {
  process: string;
  /** Absent when the process died. */
  status?: number;
  call?: string | null;
  complete: boolean;
}

describe.skipIf(postgresFolder === undefined)(
  postgresFolder === undefined
    ? "no PostgreSQL on this machine: apt-get install postgresql"
    : "three processes and an older one on one PostgreSQL",
  () => {
    let postgres: PostgresServer;
    let vendor: VendorServer;
    /** Calls that the vendor has not answered yet. */
    const running = new Set<Asked>();
    let store: Store;
    let gateway: Gateway;
    let children: Child[] = [];
    let address: string;
    /** The file of the older version's process. */
    let older: string;
    const masterKey = newMasterKey();

    beforeAll(async () => {
      postgres = await startPostgres(postgresFolder ?? "");
      vendor = await startVendor();
      // Every call costs as much as it may: a token for each byte of its prompt, and its whole output limit.
      vendor.answers.set("llama-3.3-70b-versatile", async (asked, response) => {
        running.add(asked);
        await pause(40);
        running.delete(asked);
        greedy(asked, response);
      });
      address = postgres.database();
      // It makes its tables, which the others then change while it runs.
      older = await unpackOlderGateway();
      const old = await start("old", older);
      store = await openPostgresStore(address);
      const vault = await openVault(store, [masterKeyFromText(masterKey)]);
      const profiles = createProfiles({ store, vault });
      await profiles.create({ name: "groq", provider: "groq", model: "llama-3.3-70b-versatile", key: VENDOR_KEY });
      gateway = await createGateway({ profiles, deadAfterMs: DEAD_AFTER });
      children = [...(await Promise.all(["one", "two", "three"].map((name) => start(name)))), old];
    }, 120_000);
    afterAll(async () => {
      for (const { process } of children) process.kill("SIGKILL");
      await gateway?.close({ graceMs: 0 });
      await store?.close();
      await vendor?.close();
      postgres?.stop();
    });

    const start = async (name: string, file: URL | string = new URL("./gateway-process.ts", import.meta.url)): Promise<Child> => {
      const args = [address, masterKey, vendor.origin, name, String(DEAD_AFTER)];
      const process = fork(file, args, { execArgv: ["--conditions=@lumiverse/source"] });
      const listening = new Promise<string>((resolve, reject) => {
        process.once("message", (message) => resolve((message as { url: string }).url));
        process.once("exit", (code) => reject(new Error(`the gateway process ended with ${code}`)));
      });
      const url = await inTime(process, listening);
      return { name, url, process };
    };
    const call = async ({ name, url }: Child, secret: string, stream: boolean, more: object = {}): Promise<Outcome> => {
      try {
        const response = await fetch(`${url}${CHAT}`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
          body: JSON.stringify(chatBody(MODEL, { stream, ...more })),
        });
        const outcome = { process: name, status: response.status, call: response.headers.get("x-lumiverse-call") };
        const text = await response.text().catch(() => "");
        return { ...outcome, complete: stream ? text.includes("[DONE]") : text.endsWith("}") };
      } catch {
        return { process: name, complete: false };
      }
    };
    const countersOf = async (key: string): Promise<{ used: number; reserved: number; requests: number; minute: number }> => {
      const { rows } = await sql<Record<string, string>>`select * from gateway_counters where key_id = ${key}`.execute(store.read);
      const row = rows[0] ?? {};
      return {
        used: Number(row["day_spent"]) + Number(row["day_reserved"]),
        reserved: Number(row["day_reserved"]),
        requests: Number(row["minute_requests"]),
        minute: Number(row["minute"]),
      };
    };

    test("a budget is never exceeded, each accepted call has one row, and finished rows are what the vendor counted", async () => {
      // Enough for about 200 of 500 calls, of which some state no limit.
      const budget = 0.4;
      const { key, secret } = await gateway.keys.create({ name: "Team", limits: { budgetPerDay: budget } });
      const unlimited = await gateway.keys.create({ name: "Unlimited" });
      const limit = Math.round(budget * 1e9);
      let watching = true;
      let highest = 0;
      const watch = (async () => {
        while (watching) {
          highest = Math.max(highest, (await countersOf(key.id)).used);
          await pause(5);
        }
      })();

      const outcomes: Outcome[] = [];
      let sent = 0;
      const worker = async (child: Child): Promise<void> => {
        while (sent < CALLS) {
          const number = sent++;
          const stream = number % 2 === 0;
          const outcome = await call(child, secret, stream, number % 25 === 0 ? {} : { max_tokens: 200 + ((number * 397) % 4000) });
          outcomes.push(outcome);
          if (number % 5 === 0) await call(child, unlimited.secret, stream, { user: "unlimited", max_tokens: 10 });
          if (outcome.status === undefined) return;
        }
      };
      const load = Promise.all(children.flatMap((child) => Array.from({ length: 15 }, () => worker(child))));
      const isUnlimited = ({ body }: Asked): boolean => "user" in body;
      const hasOpenCalls = (): boolean => [...running].some((asked) => asked.host === children[0]?.name && !isUnlimited(asked));
      await until(() => vendor.asked.length >= 60 && hasOpenCalls(), "the middle of the load", 30_000);
      children[0]?.process.kill("SIGKILL");
      await load;
      // The dead process is noticed, and what its calls held is released.
      await until(async () => (await gateway.ledger.list({ state: "running" })).calls.length === 0, "the end of all calls", 60_000);
      watching = false;
      await watch;

      expect(highest).toBeGreaterThan(limit * 0.9);
      expect(highest).toBeLessThanOrEqual(limit);
      expect((await countersOf(key.id)).reserved).toBe(0);

      const { rows } = await sql<{ id: string; state: string; process_id: string; cost: string | null; output_tokens: string | null }>`
        select id, state, process_id, cost, output_tokens from gateway_calls where key_id = ${key.id}`.execute(store.read);
      const byId = new Map(rows.map((row) => [row.id, row]));
      expect(byId.size).toBe(rows.length);
      // Every call that a client saw accepted has its row, and so has every call that the vendor saw.
      const accepted = outcomes.filter(({ status }) => status === 200);
      for (const { call: id, complete, process } of accepted) {
        expect(byId.has(id ?? "")).toBe(true);
        if (complete && process !== "one") expect(byId.get(id ?? "")?.state).toBe("finished");
      }
      const asked = vendor.asked.filter((one) => !isUnlimited(one));
      for (const { name } of children) expect(asked.filter(({ host }) => host === name).length, `calls of ${name}`).toBeGreaterThan(5);
      expect(rows.length).toBeGreaterThanOrEqual(asked.length);
      // So has every call of a key without limits, those of the dead process included.
      const { rows: others } = await sql<{ state: string }>`select state from gateway_calls where key_id = ${unlimited.key.id}`.execute(
        store.read,
      );
      expect(others.length).toBeGreaterThan(20);
      expect(others.length).toBeGreaterThanOrEqual(vendor.asked.filter(isUnlimited).length);
      expect(others.every(({ state }) => state === "finished" || state === "interrupted")).toBe(true);
      const states = new Set(rows.map(({ state }) => state));
      expect([...states].every((state) => state === "finished" || state === "interrupted")).toBe(true);
      // Only calls of the dead process were interrupted.
      const interrupted = rows.filter(({ state }) => state === "interrupted");
      expect(interrupted.length).toBeGreaterThan(0);
      expect(new Set(interrupted.map(({ process_id }) => process_id)).size).toBe(1);

      // Finished rows add up: of the survivors exactly, of the dead process up to the answers that it could not record any more.
      const finished = rows.filter(({ state }) => state === "finished");
      const deadProcess = interrupted[0]?.process_id;
      const survivors = finished.filter(({ process_id }) => process_id !== deadProcess);
      const askedBySurvivors = asked.filter(({ host }) => host !== "one");
      expect(survivors.length).toBe(askedBySurvivors.length);
      const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
      const written = sumOf(survivors.map(({ output_tokens }) => Number(output_tokens)));
      expect(written).toBe(sumOf(askedBySurvivors.map((one) => greedyUsage(one).completion_tokens)));
      const all = finished.length + others.filter(({ state }) => state === "finished").length;
      expect(all).toBeLessThanOrEqual(vendor.finished);
      expect(all + interrupted.length + others.filter(({ state }) => state === "interrupted").length).toBeGreaterThanOrEqual(
        vendor.finished,
      );
      // The counter is the sum of the ledger.
      const sum = rows.reduce((total, { cost }) => total + Number(cost ?? 0), 0);
      expect((await countersOf(key.id)).used).toBe(sum);
      // The load was several times what the budget allows.
      expect(outcomes.filter(({ status }) => status === 402).length).toBeGreaterThan(0);
    }, 120_000);

    test("a process of the older version that starts after the others have changed the tables says so", async () => {
      expect(Object.keys(MIGRATIONS).at(-1)).not.toBe(OLDER_KNOWS);
      const { code, stderr } = await runProgram(process.execPath, [older, address, masterKey, vendor.origin, "late"]);
      const next = Object.keys(MIGRATIONS).find((name) => name > OLDER_KNOWS);
      expect(stderr).toContain(`the database was changed by a newer version of @lumiverse/gateway (migration ${next})`);
      expect(code).not.toBe(0);
    }, 60_000);

    test("requests in a minute are limited over all processes", async () => {
      const alive = children.slice(1);
      const { key, secret } = await gateway.keys.create({ name: "Rated", limits: { requestsPerMinute: 20 } });
      const minute = Math.floor(Date.now() / 60_000);
      const outcomes = await Promise.all(
        Array.from({ length: 120 }, (_, index) => call(alive[index % alive.length] ?? (alive[0] as Child), secret, false)),
      );
      const accepted = outcomes.filter(({ status }) => status === 200).length;
      const minutes = Math.floor(Date.now() / 60_000) - minute + 1;
      expect(accepted).toBeGreaterThanOrEqual(20);
      expect(accepted).toBeLessThanOrEqual(20 * minutes);
      expect(outcomes.every(({ status }) => status === 200 || status === 429)).toBe(true);
      expect((await countersOf(key.id)).requests).toBeLessThanOrEqual(20);
    }, 60_000);

    test.each(["responses", "messages"] as const)(
      "fifty turns of %s over two deployments that read only what they encrypted are never refused, while processes start and a deployment is removed",
      async (protocol) => {
        const { provider, model, path, body, user, next } = SPOKEN[protocol];
        const deployments = openDeployments(protocol, ["east", "west"]);
        vendor.answers.set(model, deployments.answer);
        const { profiles, aliases } = gateway;
        const targets: { target: string }[] = [];
        for (const name of ["east", "west"]) {
          await profiles.create({ name: `${protocol}-${name}`, provider, model, key: `sk-0123456789abcdef-of-${name}` });
          targets.push({ target: `${protocol}-${name}` });
        }
        await aliases.save({ name: `house-${protocol}`, targets, policy: { cooldownMs: 100 } });
        const { secret } = await gateway.keys.create({ name: `Coder of ${protocol}` });
        // The first process was killed under load, and another one takes its place.
        const fourth = await start(`another for ${protocol}`);
        const alive = [fourth, ...children.slice(1, 3)];
        children.push(fourth);
        let history: unknown[] = [];
        const notes: (string | null)[] = [];
        for (let turn = 0; turn < 50; turn++) {
          if (turn % 10 === 0) history.push(user("Look."));
          // A blip in the middle of a turn, after which the first deployment is back.
          if (turn === 13) deployments.down.add("east");
          if (turn === 14) deployments.down.clear();
          if (turn === 25) {
            await profiles.remove((await profiles.find(`${protocol}-east`))?.id ?? "");
            // Names are kept for a second.
            await pause(1100);
          }
          const stream = turn % 2 === 0;
          const child = alive[turn % alive.length] as Child;
          const response = await fetch(`${child.url}${path(model, stream)}`, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
            body: JSON.stringify(body(`house-${protocol}`, history, stream)),
          });
          expect(response.status, `turn ${turn}`).toBe(200);
          notes.push(response.headers.get("x-lumiverse-notes"));
          history = [...history, ...next(await readAnswer(protocol, response, stream))];
        }
        expect(deployments.refusals).toEqual([]);
        const { answered } = deployments;
        expect(answered).toHaveLength(50);
        // The turn stays where it went on, the next turn returns to the first deployment, and the removed one is asked no more.
        const expected = Array.from({ length: 50 }, (_, turn) => ((turn >= 13 && turn < 20) || turn >= 25 ? "west" : "east"));
        expect(answered).toEqual(expected);
        expect(notes[13]).toContain("issued by another deployment");
        expect(notes[49]).toContain("issued by another deployment");
        expect(deployments.received.length).toBeGreaterThanOrEqual(31);
      },
      120_000,
    );

    /** Five gateways that open a database at the same time, and what they are asked. Returns the migrations that were made. */
    const startFive = async (database: string, ask: (one: Gateway) => Promise<unknown>): Promise<string[]> => {
      const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgresStore(database, { connections: 2 })));
      const vaults: Awaited<ReturnType<typeof openVault>>[] = [];
      for (const one of stores) vaults.push(await openVault(one, [masterKeyFromText(masterKey)]));
      const gateways = await Promise.all(
        stores.map((one, index) => {
          const vault = vaults[index] as (typeof vaults)[number];
          return createGateway({ profiles: createProfiles({ store: one, vault, connect: { fetch: vendor.fetch } }) });
        }),
      );
      for (const one of gateways) await ask(one);
      const { rows } = await sql<{ name: string }>`select name from lumiverse_gateway_migration`.execute(stores[0]?.read ?? store.read);
      for (const one of gateways) await one.close({ graceMs: 0 });
      for (const one of stores) await one.close();
      return rows.map(({ name }) => name);
    };

    test("five processes that start on a new database at once: one migrates, all serve", async () => {
      const ready = async (one: Gateway): Promise<void> =>
        expect((await one.fetch(new Request("http://localhost/health/ready"))).status).toBe(200);
      expect(await startFive(postgres.database(), ready)).toEqual(Object.keys(MIGRATIONS));
    }, 60_000);

    test("five processes that start on an old database at once: one migrates, all serve its keys and connections", async () => {
      const old = postgres.database();
      const before = await openPostgresStore(old, { connections: 2 });
      const profiles = createProfiles({ store: before, vault: await openVault(before, [masterKeyFromText(masterKey)]) });
      await profiles.create({ name: "groq", provider: "groq", model: "llama-3.3-70b-versatile", key: VENDOR_KEY });
      const [[oldest = "", first] = []] = Object.entries(MIGRATIONS);
      const migrator = new Migrator({
        db: before.read,
        provider: { getMigrations: async () => (first === undefined ? {} : { [oldest]: first }) },
        migrationTableName: "lumiverse_gateway_migration",
        migrationLockTableName: "lumiverse_gateway_migration_lock",
      });
      expect((await migrator.migrateToLatest()).error).toBeUndefined();
      const secret = "lv-a-key-of-the-first-version-0123456789";
      await sql`insert into gateway_keys (id, name, name_key, hash, hint, currency, unpriced, sees_targets, from_file, created_at)
        values ('key-1', 'Old', 'old', ${await digestOf(secret)}, '6789', 'USD', 'refuse', 0, 0, 1)`.execute(before.read);
      await before.close();
      const answers = async (one: Gateway): Promise<void> => {
        const body = JSON.stringify(chatBody(MODEL, { max_tokens: 10 }));
        const headers = { "content-type": "application/json", authorization: `Bearer ${secret}` };
        const response = await one.fetch(new Request(`http://localhost${CHAT}`, { method: "POST", headers, body }));
        expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("choices")]);
      };
      expect(await startFive(old, answers)).toEqual(Object.keys(MIGRATIONS));
    }, 60_000);
  },
);
