/** Places of a master key that need Node: an environment variable, a file, the keychain of the operating system. */
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { ConnectionsError } from "../error.ts";
import { loadOptional } from "../optional-package.ts";
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
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const draft = `${file}.${crypto.randomUUID()}`;
      const handle = await open(draft, "wx", 0o600);
      try {
        await handle.writeFile(`${text}\n`);
        await handle.sync();
        // A link appears whole, and fails where the file exists: a master key is never overwritten.
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
  Entry: new (service: string, account: string) => { getPassword(): string | null; setPassword(password: string): void };
}

export interface KeychainOptions {
  service?: string;
  account?: string;
  /** Loads `@napi-rs/keyring`. Tests pass another. */
  load?: () => Promise<KeyringModule>;
}

/**
 * Keeps the master key in the keychain of the operating system (macOS Keychain, Windows Credential Manager, Secret Service). Needs the optional
 * peer dependency `@napi-rs/keyring`.
 */
export function masterKeyFromKeychain({
  service = "lumiverse",
  account = "master-key",
  load = () => import("@napi-rs/keyring"),
}: KeychainOptions = {}): MasterKeySource {
  const location = "the keychain of the operating system";
  const entry = async (): Promise<InstanceType<KeyringModule["Entry"]>> => {
    const { Entry } = await loadOptional("@napi-rs/keyring", load);
    return new Entry(service, account);
  };
  /** A machine without a keychain (a server, a container) shows that only when it is used. */
  const use = async <T>(run: (opened: InstanceType<KeyringModule["Entry"]>) => T): Promise<T> => {
    const opened = await entry();
    try {
      return run(opened);
    } catch (cause) {
      throw new ConnectionsError({
        code: "unavailable",
        message: `${location} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "Unlock it, or use another place for the master key",
        cause,
      });
    }
  };
  return {
    location,
    async load() {
      const text = await use((opened) => opened.getPassword());
      return text === null ? undefined : readMasterKey(text, location);
    },
    async create() {
      const text = newMasterKey();
      await use((opened) => opened.setPassword(text));
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
