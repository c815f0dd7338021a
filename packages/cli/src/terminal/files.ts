/** Files that a person names. */
import { readFile, stat } from "node:fs/promises";

/** Reads a regular file. Reading a pipe or a device could wait for ever. @throws the errors of `readFile`, and an Error for anything that is no regular file */
export async function readRegularFile(path: string): Promise<Buffer> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) throw new Error("it is not a regular file");
  return readFile(path);
}

/** The reason why a file could not be read, without its path. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "the file does not exist";
  if (code === "EISDIR") return "the path is a folder";
  if (code === "EACCES") return "permission denied";
  return cause instanceof Error ? cause.message : String(cause);
}
