/** The databases that every test of the store runs on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@lumiverse/connections";
import { openPostgresStore, openSqliteStore } from "@lumiverse/connections/node";
import { type PostgresServer, postgresFolder, startPostgres } from "./postgres.ts";

export interface TestDatabase {
  kind: Store["kind"];
  /** Why it cannot be tested here. */
  missing?: string;
  start(): Promise<void>;
  /** The address of a new, empty database. */
  address(): string;
  stop(): void;
}

export const openStore = (kind: Store["kind"], address: string): Promise<Store> =>
  kind === "sqlite" ? openSqliteStore(address) : openPostgresStore(address);

let folder = "";
let files = 0;
let server: PostgresServer | undefined;

export const databases: readonly TestDatabase[] = [
  {
    kind: "sqlite",
    start: async () => void (folder = mkdtempSync(join(tmpdir(), "lumiverse-sqlite-"))),
    address: () => join(folder, `test-${files++}.db`),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  },
  {
    kind: "postgres",
    ...(postgresFolder === undefined ? { missing: "no PostgreSQL on this machine: apt-get install postgresql" } : {}),
    start: async () => void (server = await startPostgres(postgresFolder ?? "")),
    address: () => server?.database() ?? "",
    stop: () => server?.stop(),
  },
];
