/** The peers, with exact versions in packages/bench/peers. They are outside the workspace and installed on demand. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "@lumiverse/tools/command";

export const peersFolder: string = fileURLToPath(new URL("../peers", import.meta.url));
export const gatewayPeersFolder: string = fileURLToPath(new URL("../gateway-peers", import.meta.url));

/** Installs the peers if the lock file changed, and returns their names. Returns none and prints the reason when the installation fails. */
export async function installPeers(folder: string, print: (text: string) => void): Promise<string[]> {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const stamp = join(folder, "node_modules/.installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    print(`Installing the peers in ${basename(folder)} with npm (about a minute the first time) …\n`);
    const { ok, output } = await runCommand(
      "npm",
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"],
      { cwd: folder },
    );
    if (!ok) {
      print(`The peers could not be installed and are skipped. Output of npm:\n${output.slice(-600)}\n`);
      return [];
    }
    writeFileSync(stamp, lock);
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.replace(/\.ts$/, ""));
}
