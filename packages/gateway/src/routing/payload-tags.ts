/** Which deployment issued what a client sends back: the tags of connections, the same in every process on the database. */
import type { Profile } from "@lumiverse/connections";
import { TAG_MARK } from "../inbound/shared/payload-tags.ts";
import { randomToken } from "../keys/secret.ts";
import type { GatewayStore } from "../store/store.ts";

const SECRET = "payload-tags";
/** Hexadecimal digits of each half of a tag. */
const DIGITS = 16;
/** Digests that are kept. */
const MOST_KEPT = 1000;

/**
 * A tag is the mark, an id of the deployment, and a proof that this gateway made the tag: what another gateway tagged, which can be the vendor of a connection, is
 * part of its payload. Both are keyed with a secret of the database, so a tag shows neither the vendor nor the connection.
 */
export class PayloadTags {
  readonly #key: CryptoKey;
  /** By text. */
  readonly #digests = new Map<string, Promise<string>>();

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Reads the secret of the database, or makes it. */
  static async open(store: GatewayStore): Promise<PayloadTags> {
    const secret = (await readSecret(store)) ?? (await makeSecret(store));
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    return new PayloadTags(await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]));
  }

  /** The tag of what a connection issues. A new key is another account at the vendor, so it has another tag, and so has a new address. */
  async tagOf({ id, provider, origin, resolvedURL, auth, secrets }: Profile): Promise<string> {
    // A key of the environment is another one than none. It is null, because processes of earlier versions on the database tag it so.
    const key = secrets.setAt ?? (auth === "environment" ? null : auth);
    const deployment = await this.#digest(JSON.stringify(["deployment", id, provider, resolvedURL ?? origin, key]));
    return TAG_MARK + deployment + (await this.#proofOf(deployment));
  }

  /** Whether a gateway on this database made a tag, for whichever connection. */
  async isOwn(tag: string): Promise<boolean> {
    const deployment = tag.slice(TAG_MARK.length, TAG_MARK.length + DIGITS);
    return tag === TAG_MARK + deployment + (await this.#proofOf(deployment));
  }

  #proofOf(deployment: string): Promise<string> {
    return this.#digest(JSON.stringify(["tag", deployment]));
  }

  #digest(text: string): Promise<string> {
    const known = this.#digests.get(text);
    if (known !== undefined) return known;
    if (this.#digests.size >= MOST_KEPT) this.#digests.clear();
    const digest = this.#sign(text);
    this.#digests.set(text, digest);
    return digest;
  }

  async #sign(text: string): Promise<string> {
    const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", this.#key, new TextEncoder().encode(text)));
    return Array.from(bytes.subarray(0, DIGITS / 2), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

async function readSecret(store: GatewayStore): Promise<string | undefined> {
  const row = await store.read.selectFrom("gateway_secrets").select("value").where("name", "=", SECRET).executeTakeFirst();
  return row?.value;
}

/** Processes that start at once agree on the first one's secret. */
async function makeSecret(store: GatewayStore): Promise<string> {
  await store.write(async (write) => {
    await write
      .insertInto("gateway_secrets")
      .values({ name: SECRET, value: randomToken() })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
  });
  const secret = await readSecret(store);
  if (secret === undefined) throw new Error("the database did not keep the secret of the payloads' tags");
  return secret;
}
