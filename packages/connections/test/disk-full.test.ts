import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { openSqliteStore } from "../src/node.ts";

test("a change that finds the disk full fails with that cause, and the store works when there is room again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-full-"));
  const store = await openSqliteStore(join(folder, "connections.db"));
  const fill = (bytes: number): Promise<void> =>
    store.write(async (write) => {
      await sql`create table if not exists filler (text text)`.execute(write);
      await sql`insert into filler values (${"x".repeat(bytes)})`.execute(write);
    });
  try {
    await fill(1);
    // As if the disk ended with the pages that the file has.
    await sql`pragma max_page_count = 1`.execute(store.read);
    await expect(fill(1_000_000)).rejects.toThrow("database or disk is full");
    await sql`pragma max_page_count = 1000000`.execute(store.read);
    await fill(1_000_000);
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
});
