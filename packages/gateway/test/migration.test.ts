/** The tables of the gateway in a database that is new, half migrated, or newer than the gateway. */
import { fork } from "node:child_process";
import { createProfiles, masterKeyFromText, newMasterKey, openVault } from "@lumiverse/connections";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../connections/test/databases.ts";
import { createGateway, type Gateway } from "../src/index.ts";
import { databases } from "./gateways.ts";

/** One of so many statements is the last one of a process. LUMIVERSE_FULL: each one. */
const STEP = process.env["LUMIVERSE_FULL"] === undefined ? 12 : 1;

describe.each(databases)("a $kind database", ({ kind, missing, start, stop, address }) => {
  if (missing !== undefined) {
    test.skip(missing, () => {});
    return;
  }
  const masterKey = newMasterKey();
  beforeAll(start, 120_000);
  afterAll(stop);

  /** Opens a database in a process that dies before a statement. Returns the number of all statements if it did not die. */
  const openAndDie = (at: string, deadly: number): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const args = [kind, at, masterKey, String(deadly)];
      const child = fork(new URL("./migration-process.ts", import.meta.url), args, { execArgv: ["--conditions=@lumiverse/source"] });
      let statements: number | undefined;
      child.once("message", (message) => {
        ({ statements } = message as { statements: number }); // what the process sends
      });
      child.once("exit", (code, signal) => {
        if (code === 0 || signal === "SIGKILL") resolve(statements);
        else reject(new Error(`the process ended with ${code ?? signal}`));
      });
    });

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
    const statements = await openAndDie(address(), 0);
    expect(statements).toBeGreaterThan(20);
    for (let deadly = 1; deadly <= Number(statements); deadly += STEP) {
      const at = address();
      expect(await openAndDie(at, deadly)).toBeUndefined();
      const { key } = await opened(at, (gateway) => gateway.keys.create({ name: "Team", limits: { parallel: 2 } }));
      expect(await opened(at, (gateway) => gateway.keys.list())).toMatchObject([{ id: key.id }]);
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
});
