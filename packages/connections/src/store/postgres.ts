import { Kysely, PostgresDialect } from "kysely";
import { loadOptional } from "../optional-package.ts";
import { createStore, type Store } from "./store.ts";
import type { Tables } from "./tables.ts";

export interface PostgresOptions {
  /** Connections of this process at most. Default 5. */
  connections?: number;
}

/**
 * Opens a store in PostgreSQL, for several machines that share profiles. Needs the package `pg`. Every process must be given the same master key.
 * @param url such as `postgres://user:password@host/database`
 * @throws ConnectionsError `unavailable` without `pg`, `newer-schema`
 */
export async function openPostgresStore(url: string, { connections = 5 }: PostgresOptions = {}): Promise<Store> {
  const { Pool } = await loadOptional("pg", () => import("pg").then((module) => module.default ?? module));
  const pool = new Pool({ connectionString: url, max: connections });
  // A server that restarts closes idle connections, which must not end this process: the next query opens another.
  pool.on("error", () => {});
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await createStore(db, "postgres");
  } catch (cause) {
    await db.destroy();
    throw cause;
  }
}
