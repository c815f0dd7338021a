import { digestOf, randomToken } from "../keys/secret.ts";
import type { GatewayStore } from "../store/store.ts";
import type { SignInRow } from "../store/tables.ts";
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
    async finish(token, exchange) {
      const id = await digestOf(token);
      // Whoever deletes the row has the sign-in, whichever process asks.
      const row = await store.write((write) =>
        write.deleteFrom("gateway_sign_ins").where("id", "=", id).where("expires_at", ">", now()).returningAll().executeTakeFirst(),
      );
      if (row === undefined) return undefined;
      try {
        return await exchange(await open(row, token));
      } catch (cause) {
        // Without the row the person starts again. The failure of the exchange says more than that of the database.
        await store.write((write) => write.insertInto("gateway_sign_ins").values(row).execute()).catch(() => {});
        throw cause;
      }
    },
  };
}

async function open({ nonce, ciphertext }: SignInRow, token: string): Promise<string> {
  const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromHex(nonce) }, await keyOf(token), fromHex(ciphertext));
  return new TextDecoder().decode(opened);
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
