/** A store that an application hands in: SQLite compiled to JavaScript, in memory, which runs wherever JavaScript does. */
import { createStore, type Store } from "@lumiverse/connections";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import initSqlJs, { type BindParams, type Database } from "sql.js/dist/sql-asm.js";

export async function openMemoryStore(): Promise<Store> {
  const { Database } = await initSqlJs();
  const dialect = new SqliteDialect({ database: adapted(new Database()) });
  return createStore(new Kysely({ dialect }), "sqlite");
}

function adapted(database: Database): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      const all = (parameters: readonly unknown[]): unknown[] => {
        const statement = database.prepare(sql);
        // Kysely passes texts, numbers and null.
        statement.bind([...parameters] as BindParams);
        const rows: unknown[] = [];
        while (statement.step()) rows.push(statement.getAsObject());
        statement.free();
        return rows;
      };
      return {
        // Every statement is read: those that return nothing have no rows.
        reader: true,
        all,
        iterate: (parameters) => all(parameters)[Symbol.iterator]() as IterableIterator<unknown>,
        run: () => ({ changes: 0, lastInsertRowid: 0 }),
      };
    },
  };
}
