import { Kysely, PostgresDialect, PostgresQueryCompiler, type QueryCompiler } from "kysely";
import { loadOptional } from "../optional-package.ts";
import { createStore, type Store } from "./store.ts";
import type { Tables } from "./tables.ts";

export interface PostgresOptions {
  /** The most connections of this process. Default 5. */
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
  const db = new Kysely<Tables>({ dialect: new StorableDialect({ pool }) });
  try {
    return await createStore(db, "postgres");
  } catch (cause) {
    await db.destroy();
    throw cause;
  }
}

class StorableDialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new StorableQueryCompiler();
  }
}

/** Replaces NUL, because PostgreSQL refuses texts with it. No stored text has one, so a search for it finds nothing. */
class StorableQueryCompiler extends PostgresQueryCompiler {
  protected override appendValue(value: unknown): void {
    super.appendValue(typeof value === "string" ? value.replaceAll("\0", "\ufffd") : value);
  }
}
