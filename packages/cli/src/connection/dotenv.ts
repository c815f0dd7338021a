/** Keys in the file `.env` of the working folder. */
import { readFile, stat } from "node:fs/promises";
import { parseEnv } from "node:util";
import type { Provider } from "@lumiverse/core";
import { textOf } from "../terminal/files.ts";
import type { Screen } from "../terminal/screen.ts";

const FILE = ".env";
/** Bytes. A larger file is not read. */
const LONGEST = 1_000_000;

/**
 * Sets the environment variable of a key from the file `.env`, with a note, unless it is set already. No other variable is read from the file: the folder can
 * belong to somebody else, who must not decide where requests go.
 */
export async function readKeyFromDotenv(name: string, screen: Screen): Promise<void> {
  if ((process.env[name] ?? "") !== "") return;
  const value = (await variables(screen))[name];
  if (value === undefined || value === "") return;
  process.env[name] = value;
  if (!screen.json) screen.line(`note: ${name} is read from ${FILE} in this folder`, "dim");
}

/** The variable of a provider's key. */
export function keyVariable({ credential }: Provider): string | undefined {
  return credential.kind === "none" ? undefined : credential.env;
}

async function variables(screen: Screen): Promise<NodeJS.Dict<string>> {
  const found = await stat(FILE).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > LONGEST) return {};
  try {
    return parseEnv(textOf(await readFile(FILE)));
  } catch (cause) {
    if (!screen.json)
      screen.line(`warning: ${FILE} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, "yellow");
    return {};
  }
}
