/** Files that a person names. */
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { LumiverseError } from "@lumiverse/core";

/**
 * Reads a regular file. Reading a pipe or a device could wait forever.
 * @param field the option that names the file, for the error
 * @throws LumiverseError `configuration` with the reason, without the file's text
 */
export async function readRegularFile(path: string, field?: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile() && !found.isDirectory()) throw new Error("it is not a regular file");
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause, field);
  }
}

/** Reads a regular file as text. @throws LumiverseError `configuration` with the reason, without the file's text */
export async function readTextFile(path: string, field?: string): Promise<string> {
  return textOf(await readRegularFile(path, field));
}

/** The text of a file, without its byte order mark. Editors of Windows write one, and PowerShell 5 writes UTF-16. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}

/** The error for a file that could not be read. */
export function unreadable(path: string, cause: unknown, field?: string): LumiverseError {
  return fileError(`${path} could not be read: ${reasonOf(cause)}`, cause, field);
}

/** Writes a file that only its owner can read. @throws LumiverseError `configuration` with the reason */
export async function writePrivateFile(path: string, text: string, field?: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600 });
    // The mode of `writeFile` applies to new files only.
    await chmod(path, 0o600);
  } catch (cause) {
    throw unwritable(path, cause, field);
  }
}

/** The error for a file that could not be written. */
export function unwritable(path: string, cause: unknown, field?: string): LumiverseError {
  return fileError(`${path} could not be written: ${writeReasonOf(cause)}`, cause, field);
}

function fileError(message: string, cause: unknown, field: string | undefined): LumiverseError {
  return new LumiverseError({ code: "configuration", ...(field === undefined ? {} : { field }), message, cause });
}

/** The reason why a file could not be read, without its path. */
function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (code === "ENOENT") return "the file does not exist";
  if (code === "EISDIR") return "the path is a folder";
  if (code === "EACCES") return "permission denied";
  return cause instanceof Error ? cause.message : String(cause);
}

/** The reason why a file could not be written, without its path. */
export function writeReasonOf(cause: unknown): string {
  return codeOf(cause) === "ENOENT" ? "its folder does not exist" : reasonOf(cause);
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}
