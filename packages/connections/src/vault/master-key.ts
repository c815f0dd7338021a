import { ConnectionsError } from "../error.ts";
import { fromBase64, toBase64 } from "./cipher.ts";
import { type Derivation, deriveKey, newDerivation } from "./derivation.ts";

/** What is known of a vault before it is unlocked. */
export interface VaultIdentity {
  /** Differs for each vault, and changes when its master key is rotated. */
  keyId: string;
  /** Of a vault that was set up with a passphrase. */
  derivation?: Derivation;
}

/** A place that a master key comes from. */
export interface MasterKeySource {
  /** Where a person looks for it, such as `the environment variable LUMIVERSE_MASTER_KEY`. Shown in errors. */
  readonly location: string;
  /**
   * The master key, 32 bytes; undefined where the place has none.
   * @param vault The vault to unlock. Absent: the key is for a new vault
   * @throws ConnectionsError `vault-locked` when the place holds something that is no master key; `unavailable` when the place does not exist here, and then the
   * next one is asked
   */
  load(vault?: VaultIdentity): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Makes a new master key and keeps it in that place. Absent: the person must provide one. Called only for a vault that holds nothing yet, or on rotation.
   * @param keyId of the new vault
   */
  create?(keyId: string): Promise<{ key: Uint8Array<ArrayBuffer>; derivation?: Derivation }>;
}

/** Derives the master key from a passphrase with scrypt. The passphrase is kept nowhere. */
export function masterKeyFromPassphrase(passphrase: string, options: { cost?: number } = {}): MasterKeySource {
  return {
    location: "the passphrase",
    load: async (vault) => (vault?.derivation === undefined ? undefined : deriveKey(passphrase, vault.derivation)),
    async create() {
      if (passphrase.length < 8)
        throw new ConnectionsError({
          code: "invalid",
          message: "the passphrase is shorter than 8 characters",
          hint: "Choose a longer one",
        });
      const derivation = newDerivation(options.cost);
      return { key: await deriveKey(passphrase, derivation), derivation };
    },
  };
}

/** A master key that the application holds, such as one from a secret manager. @param text 32 bytes in base64 or hexadecimal */
export function masterKeyFromText(text: string, location = "the given master key"): MasterKeySource {
  return { location, load: async () => readMasterKey(text, location), create: async () => ({ key: readMasterKey(text, location) }) };
}

/** 32 random bytes in base64, for an environment variable or a secret manager. */
export function newMasterKey(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(32)));
}

/** @throws ConnectionsError `vault-locked`, without quoting the text */
export function readMasterKey(text: string, location: string): Uint8Array<ArrayBuffer> {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Uint8Array.from(trimmed.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (/^[A-Za-z0-9+/]{43}=$/.test(trimmed)) return fromBase64(trimmed);
  throw new ConnectionsError({
    code: "vault-locked",
    message: `${location} does not hold a master key: it is not 32 bytes in base64 or hexadecimal`,
    hint: "newMasterKey() makes one; `openssl rand -base64 32` does, too",
  });
}
