import { type Kysely, sql, type Transaction } from "kysely";
import { migrate } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/** A transaction of the store. */
export type Write = Transaction<Tables>;
/** Reads need no transaction. */
export type Read = Kysely<Tables>;

/** Where profiles and sealed secrets are kept. */
export interface Store {
  readonly kind: "sqlite" | "postgres";
  readonly read: Read;
  /** Runs a change, all or nothing. Changes run one after another, over all processes that use the database, so a change may read before it writes. */
  write<T>(change: (write: Write) => Promise<T>): Promise<T>;
  /** Runs a change of tables that another package keeps in this database, all or nothing. Changes of several processes may run at once. */
  transaction<T>(change: (write: Write) => Promise<T>, durability?: Durability): Promise<T>;
  /** Runs work, and repeats it while another process holds the database's lock. Work that fails for this reason must have had no effect. */
  whenFree<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * What an acknowledged change survives. `disk` (the default): a power failure. `process`: a crash of this process, but a power failure may lose the last changes;
 * for changes that come every second. With PostgreSQL it is always `disk`.
 */
export type Durability = "disk" | "process";

export interface StoreOptions {
  /** True for an error that means that another process holds the lock. Nothing was changed then, and the change is tried again. */
  isBusy?: (cause: unknown) => boolean;
}

/** Milliseconds that a change waits for other processes. */
const LONGEST_WAIT = 20_000;

/**
 * Opens a store on a Kysely database and migrates it. `@lumiverse/connections/node` opens SQLite files and PostgreSQL.
 * @throws ConnectionsError `newer-schema`
 */
export async function createStore(db: Kysely<Tables>, kind: Store["kind"], { isBusy = () => false }: StoreOptions = {}): Promise<Store> {
  await whileBusy(() => migrate(db), isBusy);
  /** How SQLite commits now. */
  let current: Durability = "disk";
  const transaction = <T>(change: (write: Write) => Promise<T>, durability: Durability = "disk"): Promise<T> => {
    let began = false;
    const run = (): Promise<T> =>
      db.connection().execute(async (connection) => {
        if (kind === "sqlite" && durability !== current) {
          await sql.raw(`pragma synchronous = ${SYNCHRONOUS[durability]}`).execute(connection);
          current = durability;
        }
        return connection.transaction().execute((write) => {
          began = true;
          return change(write);
        });
      });
    return whileBusy(run, (cause) => !began && isBusy(cause));
  };
  return {
    kind,
    read: db,
    write: (change) =>
      transaction(async (write) => {
        // SQLite's transactions take the write lock when they begin. PostgreSQL needs to be asked; readers are not blocked.
        if (kind === "postgres") await sql`lock table profiles in share row exclusive mode`.execute(write);
        return change(write);
      }),
    transaction,
    whenFree: (work) => whileBusy(work, isBusy),
    close: () => db.destroy(),
  };
}

/** The values of `pragma synchronous`. With `full`, SQLite waits for the disk at each commit, and blocks this process meanwhile. https://www.sqlite.org/pragma.html#pragma_synchronous */
const SYNCHRONOUS: { readonly [D in Durability]: string } = { disk: "full", process: "normal" };

/** Tries again while another process holds the lock. Waiting must not block this process, which may hold the lock itself in another store. */
async function whileBusy<T>(run: () => Promise<T>, isBusy: (cause: unknown) => boolean): Promise<T> {
  const deadline = Date.now() + LONGEST_WAIT;
  for (;;) {
    try {
      return await run();
    } catch (cause) {
      if (!isBusy(cause) || Date.now() > deadline) throw cause;
      // Random, so that two waiting processes do not keep meeting.
      await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 20));
    }
  }
}
