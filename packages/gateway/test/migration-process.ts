/** Opens a database in a process of its own, which dies before the statement with the given number. migration.test.ts starts it. */
import { createProfiles, masterKeyFromText, openVault, type Store } from "@lumiverse/connections";
import pg from "pg";
import { openStore } from "../../connections/test/databases.ts";
import { createGateway } from "../src/index.ts";

const [kind = "sqlite", address = "", masterKey = "", deadly = "0"] = process.argv.slice(2);
let statements = 0;
/** Those that change tables, and the one after each. */
const changes = new Set<number>();
const count = (statement: unknown): void => {
  if (++statements === Number(deadly)) process.kill(process.pid, "SIGKILL");
  if (/^(create|alter|drop) (?!table if not exists)/i.test(textOf(statement))) changes.add(statements).add(statements + 1);
};

/** The text of a statement, as the drivers of both databases are given it. */
function textOf(statement: unknown): string {
  if (typeof statement !== "object" || statement === null) return String(statement);
  return "text" in statement ? String(statement.text) : "";
}

/** Calls `count` before a method whose first argument is a statement. */
function counted(holder: object, method: string): void {
  const original: unknown = Reflect.get(holder, method);
  if (typeof original !== "function") throw new Error(`there is no ${method}`);
  Reflect.set(holder, method, function (this: unknown, ...args: unknown[]): unknown {
    count(args[0]);
    return Reflect.apply(original, this, args) as unknown;
  });
}

if (kind === "sqlite") {
  const { DatabaseSync } = await import("node:sqlite");
  counted(DatabaseSync.prototype, "prepare");
  counted(DatabaseSync.prototype, "exec");
} else counted(pg.Client.prototype, "query");

const store = await openStore(kind as Store["kind"], address); // the argument that migration.test.ts gives
const vault = await openVault(store, [masterKeyFromText(masterKey)]);
const gateway = await createGateway({ profiles: createProfiles({ store, vault }) });
await gateway.close({ graceMs: 0 });
await store.close();
process.send?.({ statements, changes: [...changes] });
