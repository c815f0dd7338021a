import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { ConnectionsError } from "../error.ts";
import type { Tables } from "./tables.ts";

/** By name, in alphabetical order. A published migration is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-profiles-and-secrets": {
    async up(db) {
      await db.schema
        .createTable("profiles")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("name_key", "text", (column) => column.notNull().unique())
        .addColumn("provider", "text", (column) => column.notNull())
        .addColumn("model", "text", (column) => column.notNull())
        .addColumn("base_url", "text")
        .addColumn("resolved_url", "text")
        .addColumn("origin", "text", (column) => column.notNull())
        .addColumn("auth", "text", (column) => column.notNull())
        .addColumn("settings", "text", (column) => column.notNull())
        .addColumn("settings_version", "integer", (column) => column.notNull())
        .addColumn("reasoning", "text")
        .addColumn("is_default", "integer", (column) => column.notNull())
        .addColumn("position", "integer", (column) => column.notNull())
        .addColumn("revision", "integer", (column) => column.notNull())
        .addColumn("created_at", "text", (column) => column.notNull())
        .addColumn("updated_at", "text", (column) => column.notNull())
        .execute();
      await sql`create unique index profiles_one_default on profiles (is_default) where is_default = 1`.execute(db);
      await db.schema
        .createTable("secrets")
        .addColumn("profile_id", "text", (column) => column.primaryKey().references("profiles.id").onDelete("cascade"))
        .addColumn("origin", "text", (column) => column.notNull())
        .addColumn("has_key", "integer", (column) => column.notNull())
        .addColumn("key_id", "text", (column) => column.notNull())
        .addColumn("nonce", "text", (column) => column.notNull())
        .addColumn("ciphertext", "text", (column) => column.notNull())
        .addColumn("updated_at", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("vault")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("key_id", "text", (column) => column.notNull())
        .addColumn("derivation", "text")
        .addColumn("nonce", "text", (column) => column.notNull())
        .addColumn("ciphertext", "text", (column) => column.notNull())
        .execute();
    },
  },
  "0002-model-lists": {
    async up(db) {
      await db.schema
        .createTable("model_lists")
        .addColumn("cache_key", "text", (column) => column.primaryKey())
        .addColumn("fetched_at", "text", (column) => column.notNull())
        .addColumn("list", "text", (column) => column.notNull())
        .execute();
    },
  },
  "0003-switched-off-profiles": {
    async up(db) {
      await db.schema
        .alterTable("profiles")
        .addColumn("is_enabled", "integer", (column) => column.notNull().defaultTo(1))
        .execute();
    },
  },
};

/**
 * Brings the schema up to date, all or nothing. Several processes may call it at once: one migrates, the others wait.
 * @throws ConnectionsError `newer-schema` when a newer version of this package migrated the database
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  // Names of its own, because PostgreSQL may hold another application's tables beside ours.
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    migrationTableName: "lumiverse_migration",
    migrationLockTableName: "lumiverse_migration_lock",
  });
  const known = new Set(Object.keys(MIGRATIONS));
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const executed = await sql<{ name: string }>`select name from lumiverse_migration`.execute(db).catch(() => undefined);
  const newer = executed?.rows.find(({ name }) => !known.has(name));
  if (newer === undefined) throw error;
  throw new ConnectionsError({
    code: "newer-schema",
    message: `the database was changed by a newer version of @lumiverse/connections (migration ${newer.name})`,
    hint: "Update @lumiverse/connections",
  });
}
