import { chmod, open } from "node:fs/promises";
import { homedir, platform, userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  type Dialect,
  Kysely,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";
import { ConnectionsError } from "../error.ts";
import { makeFolder } from "./make-folder.ts";
import { createStore, type Store } from "./store.ts";
import type { Tables } from "./tables.ts";

/**
 * Milliseconds that SQLite itself waits for another process. It blocks this process meanwhile. Reads wait only while a file is recovered after a crash. The
 * beginning of a change can wait longer, so there SQLite gives up early, and the store waits without blocking.
 */
const BLOCKING_WAIT = 2000;
const BLOCKING_WAIT_OF_BEGIN = 10;
/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Opens a store in an SQLite file, which it creates, readable by its owner alone. Default: `connections.db` in the user's data folder.
 * @throws ConnectionsError `unavailable` where Node has no `node:sqlite`, `newer-schema`
 */
export async function openSqliteStore(file: string = join(dataFolder(), "connections.db")): Promise<Store> {
  if (file !== ":memory:") {
    await makeFolder(dirname(file));
    await (await open(file, "a", 0o600)).close();
    if (platform() !== "win32") await chmod(file, 0o600);
  }
  const database = await openDatabase(file);
  return createStore(new Kysely<Tables>({ dialect: dialectFor(database) }), "sqlite", { isBusy });
}

/**
 * The folder for data of this user: `XDG_DATA_HOME`, `%LOCALAPPDATA%` or `~/Library/Application Support`, and in it `lumiverse`. A variable that is empty or relative
 * counts as not set, so that keys are never stored in whatever folder is the current one. https://specifications.freedesktop.org/basedir-spec/latest/
 * @throws ConnectionsError `unavailable` for a user without a home folder
 */
export function dataFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = platform() === "win32" ? env["LOCALAPPDATA"] : platform() === "darwin" ? undefined : env["XDG_DATA_HOME"];
  if (named !== undefined && isAbsolute(named)) return join(named, "lumiverse");
  const home = [homedir(), userInfo().homedir].find(isAbsolute);
  if (home === undefined)
    throw new ConnectionsError({
      code: "unavailable",
      message: "this user has no home folder, so there is no place for saved connections",
      hint: "Set HOME, or name the file of the database",
    });
  if (platform() === "win32") return join(home, "AppData", "Local", "lumiverse");
  return platform() === "darwin" ? join(home, "Library", "Application Support", "lumiverse") : join(home, ".local", "share", "lumiverse");
}

async function openDatabase(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite").catch((cause: unknown) => {
    throw new ConnectionsError({
      code: "unavailable",
      message: `Node ${process.versions.node} has no node:sqlite`,
      hint: "Use Node 22.16 or newer, or openPostgresStore",
      cause,
    });
  });
  const database = new DatabaseSync(file, { timeout: BLOCKING_WAIT });
  // An acknowledged change must survive a power failure, so each commit waits for the disk.
  for (const pragma of ["journal_mode = wal", "synchronous = full", "foreign_keys = on"]) database.exec(`pragma ${pragma}`);
  return database;
}

function isBusy(cause: unknown): boolean {
  // The low byte is the code; the rest says why.
  return cause instanceof Error && "errcode" in cause && (Number(cause.errcode) & 0xff) === SQLITE_BUSY;
}

/** Kysely's own SQLite dialect expects another driver and migrates outside of transactions. */
function dialectFor(database: DatabaseSync): Dialect {
  return {
    createDriver: () => new SqliteDriver({ database: adapted(database) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createAdapter: () => ({
      supportsCreateIfNotExists: true,
      supportsMultipleConnections: false,
      supportsTransactionalDdl: true,
      supportsReturning: true,
      // `begin immediate` is the lock.
      acquireMigrationLock: async () => {},
      releaseMigrationLock: async () => {},
    }),
  };
}

/** The most statements that are kept. Parsing a statement takes as long as running it. */
const MOST_STATEMENTS = 200;

function adapted(database: DatabaseSync): SqliteDatabase {
  const wait = busyTimeout(database);
  const statements = new Map<string, SqliteStatement>();
  const beginNow = database.prepare("begin immediate");
  // With the write lock. Without it, a transaction that reads before it writes fails when another process wrote in between.
  const begin = statementOf(() => {
    wait.set(BLOCKING_WAIT_OF_BEGIN);
    beginNow.run();
  });
  // Unless SQLite itself has ended the transaction, as it does when the disk is full. https://www.sqlite.org/lang_transaction.html
  const rollback = statementOf(() => {
    if (database.isTransaction) database.exec("rollback");
  });
  return {
    close: () => database.close(),
    prepare(sql) {
      if (sql === "begin") return begin;
      if (sql === "rollback") return rollback;
      // A transaction has the lock, so nothing in it waits.
      if (wait.current !== BLOCKING_WAIT && !database.isTransaction) wait.set(BLOCKING_WAIT);
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = adaptedStatement(database, sql);
      if (statements.size >= MOST_STATEMENTS) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
  };
}

/** How long SQLite waits for other processes. Setting it is a statement like others, so it is set only where it changes. */
function busyTimeout(database: DatabaseSync): { readonly current: number; set(ms: number): void } {
  const setters = new Map([BLOCKING_WAIT, BLOCKING_WAIT_OF_BEGIN].map((ms) => [ms, database.prepare(`pragma busy_timeout = ${ms}`)]));
  let current = BLOCKING_WAIT;
  return {
    get current() {
      return current;
    },
    set(ms) {
      if (ms === current) return;
      setters.get(ms)?.get();
      current = ms;
    },
  };
}

/** A statement without rows. */
function statementOf(run: () => void): SqliteStatement {
  return {
    reader: false,
    all: () => [],
    iterate: () => [][Symbol.iterator](),
    run: () => {
      run();
      return { changes: 0, lastInsertRowid: 0 };
    },
  };
}

function adaptedStatement(database: DatabaseSync, sql: string): SqliteStatement {
  const statement = database.prepare(sql);
  // Kysely passes what SQLite can store: the tables have texts and numbers.
  const values = (parameters: readonly unknown[]): SQLInputValue[] => [...parameters] as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    // A statement that is read row by row needs a copy of its own, because another use would reset it.
    iterate: (parameters) => database.prepare(sql).iterate(...values(parameters)),
  };
}
