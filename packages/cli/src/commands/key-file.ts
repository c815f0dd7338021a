/** Appends a key to a file of environment variables, and keeps what is in the file. */
import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import { LumiverseError } from "@lumiverse/core";
import { writeReasonOf } from "../terminal/files.ts";

export interface KeyFile {
  /** Appends the key as a line of its own. Only the owner can read the file afterwards. */
  save(key: string): Promise<void>;
  /** Closes the file, and removes it if it is new. */
  cancel(): Promise<void>;
}

/** Opens the file for appending. @throws LumiverseError `configuration` for a path that cannot be written */
export async function openKeyFile(path: string, env: string): Promise<KeyFile> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) throw unwritable(path, "the provider names no valid environment variable");
  const found = await stat(path).catch(() => undefined);
  // Opening a pipe would wait for its reader.
  if (found !== undefined && !found.isFile())
    throw unwritable(path, found.isDirectory() ? "the path is a folder" : "it is not a regular file");
  const file = await open(path, "a+", 0o600).catch((cause: unknown) => {
    throw unwritable(path, writeReasonOf(cause), cause);
  });
  return {
    save: (key) => append(file, path, env, key).finally(() => file.close()),
    async cancel() {
      await file.close();
      if (found === undefined) await unlink(path);
    },
  };
}

async function append(file: FileHandle, path: string, env: string, key: string): Promise<void> {
  const { size } = await file.stat();
  const last = Buffer.alloc(1);
  if (size > 0) await file.read(last, 0, 1, size - 1);
  const lineBreak = size > 0 && last.toString() !== "\n" ? "\n" : "";
  try {
    await file.chmod(0o600);
    await file.writeFile(`${lineBreak}${env}=${quoted(key)}\n`);
    await file.sync();
  } catch (cause) {
    // Half a line would damage the file.
    await file.truncate(size).catch(() => {});
    if (cause instanceof LumiverseError) throw cause;
    throw unwritable(path, writeReasonOf(cause), cause);
  }
}

/** The key as the value of a line. @throws LumiverseError `malformed-response` for a key that would break the line */
function quoted(key: string): string {
  if (/^[\w.~:@%+/=-]+$/.test(key)) return key;
  if (/^[\x20-\x7e]+$/.test(key) && !key.includes("'")) return `'${key}'`;
  throw new LumiverseError({
    code: "malformed-response",
    message:
      "the vendor's key has line breaks, quotes or other characters that a file of environment variables cannot hold; it was not saved",
  });
}

function unwritable(path: string, reason: string, cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    field: "save",
    message: `${path} cannot be written: ${reason}`,
    hint: "Name another file with --save, or use --print",
    cause,
  });
}
