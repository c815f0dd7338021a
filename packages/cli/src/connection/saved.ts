/** The saved connections of this person: where they are stored, and what unlocks their keys. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  ConnectionsError,
  createProfiles,
  isConnectionsError,
  lockedVault,
  type MasterKeySource,
  masterKeyFromPassphrase,
  openVault,
  type Profile,
  type Profiles,
  type SharedConnectOptions,
  type Store,
  type Vault,
} from "@lumiverse/connections";
import {
  dataFolder,
  masterKeyFromEnvironment,
  masterKeyFromFile,
  masterKeyFromKeychain,
  openPostgresStore,
  openSqliteStore,
} from "@lumiverse/connections/node";
import { createRegistry, isLumiverseError, LumiverseError, type Provider, type Registry } from "@lumiverse/core";
import { askSecret, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { keyVariable, readKeyFromDotenv } from "./dotenv.ts";
import { installed } from "./installed.ts";

/** Holds the path of another SQLite file, or the address of a PostgreSQL database that several machines share. */
const STORE_VARIABLE = "LUMIVERSE_STORE";
const PASSPHRASE_VARIABLE = "LUMIVERSE_PASSPHRASE";
/** The location of `lockedVault`. */
const LOCKED = "locked";
const KEYCHAIN_VARIABLE = "LUMIVERSE_KEYCHAIN";

export interface SavedConnections {
  profiles: Profiles;
  /** True when the master key is missing or wrong: connections are listed, and stored keys cannot be read. */
  vaultLocked: boolean;
  /** The connection of that name, or the default one. */
  find(name: string | undefined): Promise<Profile | undefined>;
  /** Reads the keys that connections have in the environment from `.env`, for whoever may use all of them. `find` reads that of its connection. */
  readKeys(profiles: readonly Profile[]): Promise<void>;
  /** Makes a provider available to new connections. */
  add(provider: Provider): void;
  close(): Promise<void>;
}

/** True when something was saved on this machine, or a shared database is named. Opens nothing. */
export function hasSavedConnections(): boolean {
  const location = storeLocation();
  return isAddress(location) || existsSync(location);
}

/**
 * Opens the store, or creates it, and unlocks the vault. If the vault stays locked, connections are listed, but their keys cannot be read.
 * @param location A file, `:memory:`, or the address of a PostgreSQL database. Default: `LUMIVERSE_STORE`, or a file in the data folder of this person
 * @param connect Options of all connections, such as a guarded `fetch`
 */
export async function openSavedConnections(
  screen: Screen,
  location: string = storeLocation(),
  connect: SharedConnectOptions = {},
): Promise<SavedConnections> {
  const store = await (isAddress(location) ? openPostgresStore(location) : openSqliteStore(location)).catch((cause: unknown) => {
    throw unopened(cause, location);
  });
  try {
    const registry = await providersOf(store, screen);
    const vault = await vaultOf(store, screen);
    const profiles = createProfiles({ store, vault, registry, connect });
    return {
      profiles,
      vaultLocked: vault.location === LOCKED,
      async find(name) {
        const profile = name === undefined ? await profiles.default() : await profiles.find(name);
        if (profile !== undefined) await readKeyOf(profile, registry, screen);
        return profile;
      },
      async readKeys(all) {
        for (const profile of all) await readKeyOf(profile, registry, screen);
      },
      add: (provider) => registry.register(provider),
      async close() {
        await profiles.close();
        await store.close();
      },
    };
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

/** Runs something with the saved connections, and closes them whatever happens. */
export async function withSavedConnections<T>(screen: Screen, run: (saved: SavedConnections) => Promise<T>): Promise<T> {
  const saved = await openSavedConnections(screen);
  try {
    return await run(saved);
  } finally {
    await saved.close();
  }
}

/** Like `withSavedConnections`, for commands that need a saved connection: creates no database. @throws ConnectionsError `not-found` */
export async function withExistingConnections<T>(screen: Screen, run: (saved: SavedConnections) => Promise<T>): Promise<T> {
  if (!hasSavedConnections()) throw nothingSaved();
  return withSavedConnections(screen, run);
}

export function nothingSaved(): ConnectionsError {
  return new ConnectionsError({
    code: "not-found",
    message: "no connection is saved",
    hint: 'Save one with "lumiverse connect" or "lumiverse discover"',
  });
}

/** The error for a database that cannot be opened. It does not quote the address of a server, because an address can hold a password. */
function unopened(cause: unknown, location: string): unknown {
  if (isConnectionsError(cause)) return cause;
  const isPostgres = isAddress(location);
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return new LumiverseError({
    code: "configuration",
    field: STORE_VARIABLE,
    message: `the database of saved connections${isPostgres ? "" : ` in ${location}`} cannot be opened: ${first instanceof Error ? first.message : String(first)}`,
    hint: isPostgres
      ? `Check that PostgreSQL runs, and the address in ${STORE_VARIABLE}`
      : `Check the file, or name another one in ${STORE_VARIABLE}`,
    cause,
  });
}

function storeLocation(): string {
  const named = process.env[STORE_VARIABLE] ?? "";
  return named === "" ? join(dataFolder(), "connections.db") : named;
}

function isAddress(location: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(location);
}

/** The providers of the stored connections. Warns of those that are not installed. */
async function providersOf(store: Store, screen: Screen): Promise<Registry> {
  const rows = await store.read.selectFrom("profiles").select("provider").distinct().execute();
  const registry = createRegistry();
  for (const { provider: id } of rows) {
    try {
      registry.register((await installed(id)).provider);
    } catch (cause) {
      if (!isLumiverseError(cause)) throw cause;
      if (!screen.json) screen.line(`warning: ${cause.message}`, "yellow");
    }
  }
  return registry;
}

async function vaultOf(store: Store, screen: Screen): Promise<Vault> {
  try {
    return await openVault(store, masterKeySources(store, screen));
  } catch (cause) {
    if (!isConnectionsError(cause)) throw cause;
    return lockedVault(cause);
  }
}

function masterKeySources({ kind }: Store, screen: Screen): MasterKeySource[] {
  const passphrase = process.env[PASSPHRASE_VARIABLE] ?? "";
  const usesKeychain = (process.env[KEYCHAIN_VARIABLE] ?? "") !== "";
  // Machines that share a database must be given one key. A key that one machine creates would lock out the others.
  const isShared = kind === "postgres";
  const keychain = masterKeyFromKeychain();
  const file = masterKeyFromFile();
  return [
    masterKeyFromEnvironment(),
    ...(passphrase === "" ? [] : [masterKeyFromPassphrase(passphrase)]),
    ...(usesKeychain ? [isShared ? withoutCreate(keychain) : keychain] : []),
    ...(passphrase === "" && canAsk(screen) ? [askedPassphrase()] : []),
    // When the keychain was chosen and cannot be used, no file with a new key is created instead.
    isShared || usesKeychain ? withoutCreate(file) : file,
  ];
}

function withoutCreate({ location, load }: MasterKeySource): MasterKeySource {
  return { location, load };
}

/** For a vault that was set up with a passphrase. */
function askedPassphrase(): MasterKeySource {
  return {
    location: "the passphrase",
    load: async (vault) =>
      vault?.derivation === undefined ? undefined : masterKeyFromPassphrase(await askSecret("Passphrase of the vault")).load(vault),
  };
}

/** The key of a connection that has it in the environment. */
async function readKeyOf({ auth, provider: id }: Profile, registry: Registry, screen: Screen): Promise<void> {
  if (auth !== "environment") return;
  const provider = registry.list().find((one) => one.id === id);
  const name = provider === undefined ? undefined : keyVariable(provider);
  if (name !== undefined) await readKeyFromDotenv(name, screen);
}
