import { digestOf, randomToken } from "../keys/secret.ts";
import type { GatewayStore } from "../store/store.ts";
import type { Sessions } from "./session.ts";

const LIFETIME = 12 * 60 * 60 * 1000;

export function createSessions(store: GatewayStore, now: () => number): Sessions {
  return {
    async create({ lifetimeMs = LIFETIME } = {}) {
      const token = randomToken();
      const id = await digestOf(token);
      const createdAt = now();
      await store.write(async (write) => {
        await write.deleteFrom("gateway_sessions").where("expires_at", "<=", createdAt).execute();
        await write
          .insertInto("gateway_sessions")
          .values({ id, created_at: createdAt, expires_at: createdAt + lifetimeMs })
          .execute();
      });
      return { token, expiresAt: new Date(createdAt + lifetimeMs).toISOString() };
    },
    async isOpen(token) {
      const id = await digestOf(token);
      const row = await store.read.selectFrom("gateway_sessions").select("expires_at").where("id", "=", id).executeTakeFirst();
      return row !== undefined && Number(row.expires_at) > now();
    },
    async close(token) {
      const id = await digestOf(token);
      await store.write(async (write) => {
        await write.deleteFrom("gateway_sessions").where("id", "=", id).execute();
      });
    },
  };
}
