/** The tables of the gateway in a database that is new, half migrated, or newer than the gateway. */
import { fork } from "node:child_process";
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Store } from "@lumiverse/connections";
import { type ColumnMetadata, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MIGRATIONS as CONNECTIONS } from "../../connections/src/store/migrations.ts";
import { openStore } from "../../connections/test/databases.ts";
import { closed, inTime } from "../../core/test/support/programs.ts";
import { createGateway, type Gateway } from "../src/index.ts";
import { MIGRATIONS as GATEWAY } from "../src/store/migrations.ts";
import { CHAT, chatBody, databases, openTestGateway } from "./gateways.ts";

/** Calls while a newer version migrates. */
const CALLS = process.env["LUMIVERSE_FULL"] === undefined ? 200 : 20_000;

/** One of so many statements is the last one of a process. LUMIVERSE_FULL: each one. */
const STEP = process.env["LUMIVERSE_FULL"] === undefined ? 12 : 1;

/** Older versions from which a database is migrated, the oldest first. The oldest lacks the most. LUMIVERSE_FULL: all. */
const OLDER = process.env["LUMIVERSE_FULL"] === undefined ? 1 : -1;

describe.each(databases)("a $kind database", ({ kind, missing, start, stop, address }) => {
  if (missing !== undefined) {
    test.skip(missing, () => {});
    return;
  }
  const masterKey = newMasterKey();
  beforeAll(start, 120_000);
  afterAll(stop);

  /** Opens a database in a process that dies before a statement. Returns which statements there are if it did not die. */
  const openAndDie = async (at: string, deadly: number): Promise<Statements | undefined> => {
    const args = [kind, at, masterKey, String(deadly)];
    const child = fork(new URL("./migration-process.ts", import.meta.url), args, { execArgv: ["--conditions=@lumiverse/source"] });
    let statements: Statements | undefined;
    child.once("message", (message) => {
      statements = message as Statements; // what the process sends
    });
    const code = await inTime(child, closed(child));
    if (code !== 0 && child.signalCode !== "SIGKILL") throw new Error(`the process ended with ${code ?? child.signalCode}`);
    return statements;
  };

  const opened = async <T>(at: string, use: (gateway: Gateway) => Promise<T>): Promise<T> => {
    const store = await openStore(kind, at);
    try {
      const vault = await openVault(store, [masterKeyFromText(masterKey)]);
      const gateway = await createGateway({ profiles: createProfiles({ store, vault }) });
      const result = await use(gateway);
      await gateway.close({ graceMs: 0 });
      return result;
    } finally {
      await store.close();
    }
  };

  test("is complete with the next start, wherever a process was killed while it migrated", async () => {
    const { statements = 0 } = (await openAndDie(address(), 0)) ?? {};
    expect(statements).toBeGreaterThan(20);
    for (let deadly = 1; deadly <= statements; deadly += STEP) {
      const at = address();
      expect(await openAndDie(at, deadly)).toBeUndefined();
      const { key } = await opened(at, (gateway) => gateway.keys.create({ name: "Team", limits: { parallel: 2 } }));
      expect(await opened(at, (gateway) => gateway.keys.list())).toMatchObject([{ id: key.id }]);
    }
  }, 900_000);

  test("of an older version keeps its keys, wherever a process was killed while it made one of the missing tables or columns", async () => {
    const versions = Object.keys(GATEWAY);
    for (const version of versions.slice(0, OLDER)) {
      const old = async (): Promise<string> => {
        const at = address();
        const store = await openStore(kind, at);
        await migrateTo(version, GATEWAY, store, GATEWAY_NAMES);
        await sql`insert into gateway_keys (id, name, name_key, hash, hint, currency, unpriced, sees_targets, from_file, created_at)
          values ('key-1', 'Old', 'old', 'hash', 'hint', 'USD', 'refuse', 0, 0, 1)`.execute(store.read);
        await store.close();
        return at;
      };
      const { changes = [] } = (await openAndDie(await old(), 0)) ?? {};
      expect(changes.length).toBeGreaterThan(versions.length - 1 - versions.indexOf(version));
      for (const deadly of changes) {
        const at = await old();
        expect(await openAndDie(at, deadly)).toBeUndefined();
        expect(await opened(at, (gateway) => gateway.keys.list())).toMatchObject([{ id: "key-1" }]);
        const store = await openStore(kind, at);
        const { rows } = await sql<{ name: string }>`select name from lumiverse_gateway_migration order by name`.execute(store.read);
        await store.close();
        expect(rows.map(({ name }) => name)).toEqual(versions);
      }
    }
  }, 900_000);

  test("of a newer version is refused with its name", async () => {
    const at = address();
    await opened(at, async () => {});
    const store = await openStore(kind, at);
    await sql`insert into lumiverse_gateway_migration (name, timestamp) values ('9999-future', 'now')`.execute(store.read);
    await store.close();
    await expect(opened(at, async () => {})).rejects.toMatchObject({
      code: "newer-schema",
      message: "the database was changed by a newer version of @lumiverse/gateway (migration 9999-future)",
    });
  });

  test.each(Object.entries({ CONNECTIONS, GATEWAY }))(
    "keeps each column of %s that a process of an older version uses, and asks it for no new one",
    async (_, migrations) => {
      const store = await openStore(kind, address());
      await dropTables(store);
      let before: Columns = new Map();
      for (const name of Object.keys(migrations)) {
        await migrateTo(name, migrations, store);
        const after = await columnsOf(store);
        for (const [column, { dataType, isNullable }] of before) {
          expect(after.get(column), `${name} changes ${column}`).toMatchObject({ dataType });
          expect(after.get(column)?.isNullable || !isNullable, `${name} asks for a value of ${column}`).toBe(true);
        }
        const tables = new Set([...before.keys()].map(tableOf));
        for (const [column, { isNullable, hasDefaultValue }] of after)
          if (!before.has(column) && tables.has(tableOf(column)))
            expect(isNullable || hasDefaultValue, `${name} asks for a value of ${column}`).toBe(true);
        before = after;
      }
      await store.close();
    },
  );

  test("that a newer version migrates under load keeps the ledger of the processes that run on exact", async () => {
    const at = address();
    const one = await openTestGateway({ kind, address: at, masterKey });
    const two = await openTestGateway({ kind, address: at, masterKey, vendor: one.vendor });
    const { key, secret } = await one.gateway.keys.create({ name: "Team", limits: { requestsPerMinute: 1_000_000, parallel: 100 } });
    let begun = 0;
    const statuses = new Set<number>();
    const work = async ({ ask }: typeof one): Promise<void> => {
      while (begun < CALLS) {
        if (++begun === CALLS / 2) await expand(one.store);
        const response = await ask(CHAT, chatBody("local/m", { stream: begun % 2 === 0 }), { key: secret });
        await response.text();
        statuses.add(response.status);
      }
    };
    await Promise.all([one, two].flatMap((gateway) => Array.from({ length: 8 }, () => work(gateway))));
    for (const { gateway } of [one, two]) await gateway.ledger.flush();
    expect([...statuses]).toEqual([200]);
    const [sum] = await one.gateway.usage.report();
    expect([sum?.calls, sum?.unfinished, sum?.outputTokens]).toEqual([CALLS, 0, 5 * CALLS]);
    const { rows } = await sql<{ later: string }>`select distinct later from gateway_calls where key_id = ${key.id}`.execute(
      one.store.read,
    );
    expect(rows).toEqual([{ later: "default" }]);
    await two.close();
    await one.close();
    await expect(opened(at, async () => {})).rejects.toMatchObject({ code: "newer-schema" });
  }, 900_000);
});

/** What a process did while it opened a database. */
interface Statements {
  statements: number;
  /** The numbers of those that changed tables, and of the one after each. */
  changes: number[];
}

/** The tables in which the gateway keeps its migrations. */
const GATEWAY_NAMES = { migrationTableName: "lumiverse_gateway_migration", migrationLockTableName: "lumiverse_gateway_migration_lock" };

/** By "table.column". */
type Columns = ReadonlyMap<string, ColumnMetadata>;

async function columnsOf({ read }: Store): Promise<Columns> {
  const tables = await read.introspection.getTables();
  return new Map(tables.flatMap(({ name, columns }) => columns.map((column) => [`${name}.${column.name}`, column] as const)));
}

function tableOf(column: string): string {
  return column.slice(0, column.indexOf("."));
}

async function migrateTo(
  name: string,
  migrations: Readonly<Record<string, Migration>>,
  { read }: Store,
  names = { migrationTableName: "one_by_one", migrationLockTableName: "one_by_one_lock" },
): Promise<void> {
  const migrator = new Migrator({ db: read, provider: { getMigrations: async () => ({ ...migrations }) }, ...names });
  const { error } = await migrator.migrateTo(name);
  if (error !== undefined) throw error;
}

/** A store has its tables when it is opened. */
async function dropTables({ kind, read }: Store): Promise<void> {
  for (const { name } of await read.introspection.getTables())
    await sql`drop table ${sql.table(name)} ${sql.raw(kind === "postgres" ? "cascade" : "")}`.execute(read);
}

/** What a newer version may do to the tables: a column with a default, and the name of its migration. */
async function expand({ read }: Store): Promise<void> {
  await sql`alter table gateway_calls add column later text not null default 'default'`.execute(read);
  await sql`insert into lumiverse_gateway_migration (name, timestamp) values ('9999-future', 'now')`.execute(read);
}
