/** Secrets of profiles, sealed with a master key. The database never holds the master key, and profiles never hold a secret. */
import { ConnectionsError, isConnectionsError } from "../error.ts";
import type { Read, Store, Write } from "../store/store.ts";
import type { SecretRow, VaultRow } from "../store/tables.ts";
import { importKey, type Sealed, seal, unseal } from "./cipher.ts";
import { type Derivation, readDerivation } from "./derivation.ts";
import type { MasterKeySource, VaultIdentity } from "./master-key.ts";

/** What is secret about one profile. */
export interface Secrets {
  /** The API key, or the service account's JSON. */
  key?: string;
  /** Values of secret settings, by dotted path. */
  settings?: Readonly<Record<string, unknown>>;
}

export interface Vault {
  /** Where the master key came from. */
  readonly location: string;
  /**
   * The secrets of a profile, or undefined when there are none.
   * @throws ConnectionsError `vault-locked` when another process rotated the master key, `secret-damaged` when the row was moved or edited
   */
  read(read: Read, profile: string, origin: string): Promise<Secrets | undefined>;
  /** Replaces the secrets of a profile. Empty secrets remove the row. */
  write(write: Write, profile: string, origin: string, secrets: Secrets): Promise<void>;
  /** Seals all secrets with a new master key, in one transaction. Other processes are locked out until they open the vault with the new key. */
  rotate(source: MasterKeySource): Promise<void>;
}

/** The text that is sealed in the vault's row. Only the right master key opens it. */
const CHECK = "lumiverse vault";

/**
 * Opens the vault with the first source that has a master key. A vault that holds nothing yet is set up with the first source that can make a key.
 * @throws ConnectionsError `vault-locked` when no source has the master key, or has a wrong one; the message names the places that were searched. Nothing is changed then.
 */
export async function openVault(store: Store, sources: readonly MasterKeySource[]): Promise<Vault> {
  const existing = await readVaultRow(store.read);
  const unlocked = existing === undefined ? await setUp(store, sources) : await unlock(existing, sources);
  return new UnlockedVault(store, unlocked);
}

/** A vault whose master key is not available: it refuses everything, so that profiles can still be listed and renamed. */
export function lockedVault(reason: ConnectionsError): Vault {
  const refuse = (): Promise<never> => Promise.reject(reason);
  return { location: "locked", read: refuse, write: refuse, rotate: refuse };
}

interface Unlocked {
  key: CryptoKey;
  keyId: string;
  location: string;
}

async function readVaultRow(read: Read): Promise<VaultRow | undefined> {
  return read.selectFrom("vault").selectAll().where("id", "=", 1).executeTakeFirst();
}

async function unlock(row: VaultRow, sources: readonly MasterKeySource[]): Promise<Unlocked> {
  const derivation = row.derivation === null ? undefined : readDerivation(JSON.parse(row.derivation));
  const identity: VaultIdentity = { keyId: row.key_id, ...(derivation === undefined ? {} : { derivation }) };
  const unavailable: string[] = [];
  for (const source of sources) {
    const raw = await orUnavailable(source.load(identity), unavailable);
    if (raw === undefined) continue;
    const key = await importKey(raw);
    if ((await unseal(key, row, ["check", row.key_id])) === CHECK) return { key, keyId: row.key_id, location: source.location };
    throw new ConnectionsError({
      code: "vault-locked",
      message: `the vault is locked: the master key from ${source.location} is not the one that this vault was set up with`,
      hint: "Provide the right master key. The stored secrets are unchanged",
    });
  }
  throw noMasterKey(sources, unavailable, "Provide the master key. The stored secrets are unchanged");
}

/** A place that does not exist on this machine has no key. Its message is kept for the error. */
async function orUnavailable<T>(promise: Promise<T> | undefined, messages: string[]): Promise<T | undefined> {
  try {
    return await promise;
  } catch (cause) {
    if (!isConnectionsError(cause) || cause.code !== "unavailable") throw cause;
    messages.push(cause.message);
    return undefined;
  }
}

function noMasterKey(sources: readonly MasterKeySource[], unavailable: readonly string[], hint: string): ConnectionsError {
  const searched = sources.map(({ location }) => location).join(", ") || "nowhere";
  return new ConnectionsError({
    code: "vault-locked",
    message: `the vault is locked: no master key was found (searched: ${[searched, ...unavailable].join("; ")})`,
    hint,
  });
}

async function setUp(store: Store, sources: readonly MasterKeySource[]): Promise<Unlocked> {
  const created = await newKey(sources);
  // If another process has set up the vault meanwhile, its key counts, and this process must have the same one.
  const winner = await store.write(async (write) => {
    await write
      .insertInto("vault")
      .values({ id: 1, ...created.row })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    return readVaultRow(write);
  });
  if (winner === undefined || winner.key_id === created.row.key_id) return created.unlocked;
  return unlock(winner, sources);
}

async function newKey(sources: readonly MasterKeySource[]): Promise<{ row: Omit<VaultRow, "id">; unlocked: Unlocked }> {
  const unavailable: string[] = [];
  const keyId = crypto.randomUUID();
  for (const source of sources) {
    const found = await orUnavailable(source.load(), unavailable);
    const made = found === undefined ? await orUnavailable(source.create?.(keyId), unavailable) : { key: found };
    if (made === undefined) continue;
    const key = await importKey(made.key);
    const derivation: Derivation | undefined = "derivation" in made ? made.derivation : undefined;
    return {
      row: {
        key_id: keyId,
        derivation: derivation === undefined ? null : JSON.stringify(derivation),
        ...(await seal(key, CHECK, ["check", keyId])),
      },
      unlocked: { key, keyId, location: source.location },
    };
  }
  throw noMasterKey(
    sources,
    unavailable,
    "Nothing is stored yet. Provide a master key: 32 bytes in base64, such as from `openssl rand -base64 32`",
  );
}

class UnlockedVault implements Vault {
  readonly #store: Store;
  #current: Unlocked;

  constructor(store: Store, unlocked: Unlocked) {
    this.#store = store;
    this.#current = unlocked;
  }

  get location(): string {
    return this.#current.location;
  }

  async read(read: Read, profile: string, origin: string): Promise<Secrets | undefined> {
    const row = await read.selectFrom("secrets").selectAll().where("profile_id", "=", profile).executeTakeFirst();
    return row === undefined ? undefined : openRow(this.#current, row, origin);
  }

  async write(write: Write, profile: string, origin: string, secrets: Secrets): Promise<void> {
    await assertCurrent(write, this.#current);
    if (secrets.key === undefined && Object.keys(secrets.settings ?? {}).length === 0) {
      await write.deleteFrom("secrets").where("profile_id", "=", profile).execute();
      return;
    }
    const row = {
      origin,
      has_key: secrets.key === undefined ? 0 : 1,
      ...(await sealRow(this.#current, profile, origin, secrets)),
      updated_at: new Date().toISOString(),
    };
    await write
      .insertInto("secrets")
      .values({ profile_id: profile, ...row })
      .onConflict((conflict) => conflict.column("profile_id").doUpdateSet(row))
      .execute();
  }

  async rotate(source: MasterKeySource): Promise<void> {
    const { row, unlocked } = await newKey([source]);
    await this.#store.write(async (write) => {
      const before = await assertCurrent(write, this.#current);
      if ((await unseal(unlocked.key, before, ["check", before.key_id])) === CHECK)
        throw new ConnectionsError({
          code: "invalid",
          message: `${source.location} has the master key that is already in use`,
          hint: "Provide a new one; for a file, name a new file",
        });
      for (const secret of await write.selectFrom("secrets").selectAll().execute()) {
        const secrets = await openRow(this.#current, secret, secret.origin);
        const sealed = await sealRow(unlocked, secret.profile_id, secret.origin, secrets);
        await write.updateTable("secrets").set(sealed).where("profile_id", "=", secret.profile_id).execute();
      }
      await write.updateTable("vault").set(row).where("id", "=", 1).execute();
    });
    this.#current = unlocked;
  }
}

/** The profile's id and origin are associated data, so that a row that is copied to another profile or host does not open. */
function associated(profile: string, origin: string, keyId: string): string[] {
  return ["secrets", profile, origin, keyId];
}

async function sealRow({ key, keyId }: Unlocked, profile: string, origin: string, secrets: Secrets): Promise<Sealed & { key_id: string }> {
  return { key_id: keyId, ...(await seal(key, JSON.stringify(secrets), associated(profile, origin, keyId))) };
}

async function openRow({ key, keyId }: Unlocked, row: SecretRow, origin: string): Promise<Secrets> {
  if (row.key_id !== keyId) throw rotated();
  const text = await unseal(key, row, associated(row.profile_id, origin, keyId));
  // Only `sealRow` seals with this associated data.
  if (text !== undefined) return JSON.parse(text) as Secrets;
  throw new ConnectionsError({
    code: "secret-damaged",
    message: "the stored secrets of this profile do not belong to it or to its address, or were changed outside of the vault",
    hint: "Enter the key again",
  });
}

async function assertCurrent(write: Write, { keyId }: Unlocked): Promise<VaultRow> {
  const row = await readVaultRow(write);
  if (row?.key_id !== keyId) throw rotated();
  return row;
}

function rotated(): ConnectionsError {
  return new ConnectionsError({
    code: "vault-locked",
    message: "the vault is locked: another process changed the master key",
    hint: "Open the vault again with the new master key",
  });
}
