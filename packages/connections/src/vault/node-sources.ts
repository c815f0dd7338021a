/** Places of a master key that need Node: an environment variable, a file, the keychain of the operating system. */
import { link, open, readFile, stat, unlink } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { ConnectionsError } from "../error.ts";
import { loadOptional } from "../optional-package.ts";
import { makeFolder } from "../store/make-folder.ts";
import { dataFolder } from "../store/sqlite.ts";
import { type MasterKeySource, newMasterKey, readMasterKey } from "./master-key.ts";

/** Reads the master key from an environment variable: 32 bytes in base64 or hexadecimal. */
export function masterKeyFromEnvironment(
  name = "LUMIVERSE_MASTER_KEY",
  env: Readonly<Record<string, string | undefined>> = process.env,
): MasterKeySource {
  const location = `the environment variable ${name}`;
  return {
    location,
    load: async () => {
      const text = env[name]?.trim() ?? "";
      return text === "" ? undefined : readMasterKey(text, location);
    },
  };
}

/**
 * Keeps the master key in a file that only its owner can read, and makes it for a new vault. Default: `master.key` in the user's data folder.
 * A file that others can read is refused.
 */
export function masterKeyFromFile(file: string = join(dataFolder(), "master.key")): MasterKeySource {
  const location = `the file ${file}`;
  return {
    location,
    async load() {
      const found = await stat(file).catch(ifMissing);
      if (found === undefined) return undefined;
      // Windows has no such bits; its access lists are inherited from the user's folder.
      if (platform() !== "win32" && (found.mode & 0o077) !== 0)
        throw new ConnectionsError({
          code: "vault-locked",
          message: `${location} can be read by others (mode ${(found.mode & 0o777).toString(8)}), so it is not used`,
          hint: `chmod 600 ${file}`,
        });
      return readMasterKey(await readFile(file, "utf8"), location);
    },
    async create() {
      const text = newMasterKey();
      await makeFolder(dirname(file));
      const draft = `${file}.${crypto.randomUUID()}`;
      const handle = await open(draft, "wx", 0o600);
      try {
        await handle.writeFile(`${text}\n`);
        await handle.sync();
        // A link appears whole and fails if the file exists, so a master key is never overwritten.
        await link(draft, file);
      } catch (cause) {
        if (!isFileError(cause, "EEXIST")) throw cause;
        // Another process made it first.
        return { key: readMasterKey(await readFile(file, "utf8"), location) };
      } finally {
        await handle.close();
        await unlink(draft);
      }
      return { key: readMasterKey(text, location) };
    },
  };
}

/** The part of `@napi-rs/keyring` that is used. */
interface KeyringModule {
  AsyncEntry: new (
    service: string,
    account: string,
    options: { linux: { store: "secret-service" } },
  ) => { getPassword(): Promise<string | null | undefined>; setPassword(password: string): Promise<void> };
}

export interface KeychainOptions {
  /** Default `lumiverse`. */
  service?: string;
  /** Default `master-key`. */
  account?: string;
  /** Loads `@napi-rs/keyring`. Tests pass another. */
  load?: () => Promise<KeyringModule>;
}

/**
 * Keeps the master key in the keychain of the operating system (macOS Keychain, Windows Credential Manager, Secret Service). Each vault has an entry of its own, so
 * no vault overwrites the key of another. A key that a person stored under the account name alone serves every vault without an entry. Needs the optional peer
 * dependency `@napi-rs/keyring`.
 */
export function masterKeyFromKeychain({
  service = "lumiverse",
  account = "master-key",
  load = () => import("@napi-rs/keyring"),
}: KeychainOptions = {}): MasterKeySource {
  const location = "the keychain of the operating system";
  const use = async <T>(name: string, run: (entry: InstanceType<KeyringModule["AsyncEntry"]>) => Promise<T>): Promise<T> => {
    const { AsyncEntry } = await loadOptional("@napi-rs/keyring", load);
    try {
      // Without this option the package keeps the key in the kernel where there is no Secret Service, and a restart of the machine loses it.
      return await run(new AsyncEntry(service, name, { linux: { store: "secret-service" } }));
    } catch (cause) {
      // Only a use shows that a machine, such as a server or a container, has no keychain.
      throw new ConnectionsError({
        code: "unavailable",
        message: `${location} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "Unlock it, or use another place for the master key",
        cause,
      });
    }
  };
  const read = async (name: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const text = await use(name, (entry) => entry.getPassword());
    return text === null || text === undefined ? undefined : readMasterKey(text, location);
  };
  const accountOf = (keyId: string): string => `${account} ${keyId}`;
  return {
    location,
    load: async (vault) => (vault === undefined ? undefined : await read(accountOf(vault.keyId))) ?? (await read(account)),
    async create(keyId) {
      const text = newMasterKey();
      await use(accountOf(keyId), (entry) => entry.setPassword(text));
      return { key: readMasterKey(text, location) };
    },
  };
}

function ifMissing(cause: unknown): undefined {
  if (isFileError(cause, "ENOENT")) return undefined;
  throw cause;
}

function isFileError(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
