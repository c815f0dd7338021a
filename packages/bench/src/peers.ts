/** The peers: exact versions in packages/bench/peers, outside the workspace, installed when they are asked for. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";

export const peersFolder: string = fileURLToPath(new URL("../peers", import.meta.url));

/** Names of the peers, after an `npm ci` where the packages are not those of the lock file. None, with a word about it, where that fails. */
export async function installPeers(say: (text: string) => void): Promise<string[]> {
  const lock = readFileSync(join(peersFolder, "package-lock.json"), "utf8");
  const stamp = join(peersFolder, "node_modules/.installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    say("Installing the peers in packages/bench/peers with npm (about a minute the first time) …\n");
    const { ok, output } = await run(
      "npm",
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"],
      peersFolder,
    );
    if (!ok) {
      say(`The peers could not be installed, so they are left out; npm said:\n${output.slice(-600)}\n`);
      return [];
    }
    writeFileSync(stamp, lock);
  }
  return readdirSync(peersFolder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.replace(/\.ts$/, ""));
}
