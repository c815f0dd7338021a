import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder that only its owner can open, with the folders above it. Node's own `recursive` never returns where a file system refuses a folder with
 * ENOENT, such as below `/proc` (Node 24.21).
 * @throws Error of `mkdir`
 */
export async function makeFolder(folder: string): Promise<void> {
  const failure = await tryToMake(folder);
  if (failure === "ENOENT" && dirname(folder) !== folder) {
    await makeFolder(dirname(folder));
    await mkdir(folder, { mode: 0o700 });
  }
}

/** `ENOENT` when the folder above is missing. */
async function tryToMake(folder: string): Promise<"ENOENT" | undefined> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") return code;
    if (code !== "EEXIST") throw cause;
  }
  return undefined;
}
