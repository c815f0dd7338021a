/** The peers, with exact versions in packages/bench/peers. They are outside the workspace and installed on demand. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";

export const peersFolder: string = fileURLToPath(new URL("../peers", import.meta.url));

/** Installs the peers if the lock file changed, and returns their names. Returns none and prints the reason when the installation fails. */
export async function installPeers(print: (text: string) => void): Promise<string[]> {
  const lock = readFileSync(join(peersFolder, "package-lock.json"), "utf8");
  const stamp = join(peersFolder, "node_modules/.installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    print("Installing the peers in packages/bench/peers with npm (about a minute the first time) …\n");
    const { ok, output } = await run(
      "npm",
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"],
      peersFolder,
    );
    if (!ok) {
      print(`The peers could not be installed and are skipped. Output of npm:\n${output.slice(-600)}\n`);
      return [];
    }
    writeFileSync(stamp, lock);
  }
  return readdirSync(peersFolder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.replace(/\.ts$/, ""));
}
