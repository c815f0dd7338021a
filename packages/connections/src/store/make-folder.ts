import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder that only its owner can open, with the folders above it. Node's own `recursive` never returns where a file system refuses a folder with
 * ENOENT, such as below `/proc` (Node 24.21).
 * @throws Error of `mkdir`
 */
export async function makeFolder(folder: string): Promise<void> {
  if ((await missingParent(folder)) === undefined) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  const failure = await missingParent(folder);
  if (failure !== undefined) throw failure;
}

/** Makes one folder, which may exist already. The error when the folder above it is missing. */
async function missingParent(folder: string): Promise<Error | undefined> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    if (cause.code === "ENOENT") return cause;
    if (cause.code !== "EEXIST") throw cause;
  }
  return undefined;
}
