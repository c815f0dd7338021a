import { ConnectionsError } from "@lumiverse/connections";
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { GatewayTables } from "./tables.ts";

/** By name, in alphabetical order. A published migration is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-gateway": {
    async up(db) {
      await db.schema
        .createTable("gateway_keys")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("name_key", "text", (column) => column.notNull().unique())
        .addColumn("hash", "text", (column) => column.notNull().unique())
        .addColumn("hint", "text", (column) => column.notNull())
        .addColumn("models", "text")
        .addColumn("requests_per_minute", "bigint")
        .addColumn("tokens_per_minute", "bigint")
        .addColumn("day_budget", "bigint")
        .addColumn("month_budget", "bigint")
        .addColumn("currency", "text", (column) => column.notNull())
        .addColumn("unpriced", "text", (column) => column.notNull())
        .addColumn("sees_targets", "integer", (column) => column.notNull())
        .addColumn("from_file", "integer", (column) => column.notNull())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("expires_at", "bigint")
        .addColumn("revoked_at", "bigint")
        .execute();
      await db.schema
        .createTable("gateway_counters")
        .addColumn("key_id", "text", (column) => column.primaryKey().references("gateway_keys.id").onDelete("cascade"))
        .addColumn("minute", "bigint", (column) => column.notNull())
        .addColumn("minute_requests", "bigint", (column) => column.notNull())
        .addColumn("minute_tokens", "bigint", (column) => column.notNull())
        .addColumn("day", "text", (column) => column.notNull())
        .addColumn("day_spent", "bigint", (column) => column.notNull())
        .addColumn("day_reserved", "bigint", (column) => column.notNull())
        .addColumn("month", "text", (column) => column.notNull())
        .addColumn("month_spent", "bigint", (column) => column.notNull())
        .addColumn("month_reserved", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("gateway_calls")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("key_id", "text")
        .addColumn("process_id", "text", (column) => column.notNull())
        .addColumn("state", "text", (column) => column.notNull())
        .addColumn("started_at", "bigint", (column) => column.notNull())
        .addColumn("day", "text", (column) => column.notNull())
        .addColumn("protocol", "text", (column) => column.notNull())
        .addColumn("requested_model", "text", (column) => column.notNull())
        .addColumn("streamed", "integer", (column) => column.notNull())
        .addColumn("reserved_tokens", "bigint", (column) => column.notNull())
        .addColumn("reserved_cost", "bigint", (column) => column.notNull())
        .addColumn("ended_at", "bigint")
        .addColumn("connection", "text")
        .addColumn("provider", "text")
        .addColumn("model", "text")
        .addColumn("input_tokens", "bigint")
        .addColumn("cache_read_tokens", "bigint")
        .addColumn("cache_write_tokens", "bigint")
        .addColumn("output_tokens", "bigint")
        .addColumn("reasoning_tokens", "bigint")
        .addColumn("usage_completeness", "text")
        .addColumn("cost", "bigint")
        .addColumn("currency", "text")
        .addColumn("cost_from", "text")
        .addColumn("latency_ms", "bigint")
        .addColumn("first_token_ms", "bigint")
        .addColumn("finish_reason", "text")
        .addColumn("error_code", "text")
        .addColumn("error_message", "text")
        .addColumn("attempt_count", "integer")
        .addColumn("attempts", "text")
        .addColumn("content", "text")
        .execute();
      await db.schema.createIndex("gateway_calls_started").on("gateway_calls").column("started_at").execute();
      await db.schema.createIndex("gateway_calls_key").on("gateway_calls").columns(["key_id", "started_at"]).execute();
      await sql`create index gateway_calls_running on gateway_calls (process_id) where state = 'running'`.execute(db);
      await db.schema
        .createTable("gateway_processes")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("started_at", "bigint", (column) => column.notNull())
        .addColumn("seen_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("gateway_aliases")
        .addColumn("name_key", "text", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("description", "text")
        .addColumn("targets", "text", (column) => column.notNull())
        .addColumn("policy", "text")
        .addColumn("from_file", "integer", (column) => column.notNull())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("updated_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("gateway_cooldowns")
        .addColumn("target", "text", (column) => column.primaryKey())
        .addColumn("failures", "integer", (column) => column.notNull())
        .addColumn("until", "bigint", (column) => column.notNull())
        .addColumn("reason", "text", (column) => column.notNull())
        .addColumn("updated_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("gateway_sessions")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("expires_at", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("gateway_sign_ins")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("nonce", "text", (column) => column.notNull())
        .addColumn("ciphertext", "text", (column) => column.notNull())
        .addColumn("expires_at", "bigint", (column) => column.notNull())
        .execute();
    },
  },
  "0002-parallel-calls": {
    async up(db) {
      await db.schema.alterTable("gateway_keys").addColumn("parallel_calls", "bigint").execute();
    },
  },
  "0003-secrets": {
    async up(db) {
      await db.schema
        .createTable("gateway_secrets")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("value", "text", (column) => column.notNull())
        .execute();
    },
  },
  // A table of its own: a process of an older version would take a row of gateway_keys for a virtual key, and one of gateway_sessions for an administrator.
  "0004-management-keys": {
    async up(db) {
      await db.schema
        .createTable("gateway_management_keys")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("name_key", "text", (column) => column.notNull().unique())
        .addColumn("hash", "text", (column) => column.notNull().unique())
        .addColumn("hint", "text", (column) => column.notNull())
        .addColumn("permissions", "text", (column) => column.notNull())
        .addColumn("models", "text")
        .addColumn("requests_per_minute", "bigint")
        .addColumn("tokens_per_minute", "bigint")
        .addColumn("parallel_calls", "bigint")
        .addColumn("day_budget", "bigint")
        .addColumn("month_budget", "bigint")
        .addColumn("currency", "text", (column) => column.notNull())
        .addColumn("unpriced", "text", (column) => column.notNull())
        .addColumn("from_file", "integer", (column) => column.notNull())
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("expires_at", "bigint")
        .addColumn("revoked_at", "bigint")
        .execute();
    },
  },
  // A process of an older version does not interrupt these calls when their process dies; the next one of this version does.
  "0005-running-calls": {
    async up(db) {
      // SQLite has no schemas. There, a table without row numbers is one tree instead of two, so a new row changes one page.
      const isSqlite = (await db.introspection.getSchemas()).length === 0;
      await db.schema
        .createTable("gateway_running_calls")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("key_id", "text")
        .addColumn("process_id", "text", (column) => column.notNull())
        .addColumn("started_at", "bigint", (column) => column.notNull())
        .addColumn("day", "text", (column) => column.notNull())
        .addColumn("protocol", "text", (column) => column.notNull())
        .addColumn("requested_model", "text", (column) => column.notNull())
        .addColumn("streamed", "integer", (column) => column.notNull())
        .$call((table) => (isSqlite ? table.modifyEnd(sql`without rowid`) : table))
        .execute();
    },
  },
};

/**
 * Brings the gateway's tables up to date, all or nothing. Several processes may call it at once: one migrates, the others wait.
 * @throws ConnectionsError `newer-schema` when a newer version of this package migrated the database
 */
export async function migrateGateway(db: Kysely<GatewayTables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    migrationTableName: "lumiverse_gateway_migration",
    migrationLockTableName: "lumiverse_gateway_migration_lock",
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const known = new Set(Object.keys(MIGRATIONS));
  const executed = await sql<{ name: string }>`select name from lumiverse_gateway_migration`.execute(db).catch(() => undefined);
  const newer = executed?.rows.find(({ name }) => !known.has(name));
  if (newer === undefined) throw error;
  throw new ConnectionsError({
    code: "newer-schema",
    message: `the database was changed by a newer version of @lumiverse/gateway (migration ${newer.name})`,
    hint: "Update @lumiverse/gateway",
  });
}
