import { digestOf, randomToken } from "../keys/secret.ts";
import type { GatewayStore } from "../store/store.ts";
import type { SignIns } from "./session.ts";

const LIFETIME = 10 * 60 * 1000;

export function createSignIns(store: GatewayStore, now: () => number): SignIns {
  return {
    async begin(pending, { lifetimeMs = LIFETIME } = {}) {
      const token = randomToken();
      const nonce = crypto.getRandomValues(new Uint8Array(12));
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, await keyOf(token), new TextEncoder().encode(pending));
      const began = now();
      const row = {
        id: await digestOf(token),
        nonce: toHex(nonce),
        ciphertext: toHex(new Uint8Array(sealed)),
        expires_at: began + lifetimeMs,
      };
      await store.write(async (write) => {
        await write.deleteFrom("gateway_sign_ins").where("expires_at", "<=", began).execute();
        await write.insertInto("gateway_sign_ins").values(row).execute();
      });
      return { token, expiresAt: new Date(row.expires_at).toISOString() };
    },
    async read(token) {
      const id = await digestOf(token);
      const row = await store.read.selectFrom("gateway_sign_ins").selectAll().where("id", "=", id).executeTakeFirst();
      if (row === undefined || Number(row.expires_at) <= now()) return undefined;
      const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromHex(row.nonce) }, await keyOf(token), fromHex(row.ciphertext));
      return new TextDecoder().decode(opened);
    },
    async end(token) {
      const id = await digestOf(token);
      await store.write(async (write) => {
        await write.deleteFrom("gateway_sign_ins").where("id", "=", id).execute();
      });
    },
  };
}

/** The key that seals a sign-in. The row's id is another digest of the token, so the database does not reveal it. */
async function keyOf(token: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`lumiverse sign-in ${token}`));
  return crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
