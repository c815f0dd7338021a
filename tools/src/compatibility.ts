// A provider package that was written outside the repository against contract 1 and kept as it was. It must pass its own tests under today's core, protocols and
// conformance suite, until contract 1 ends.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import type { Check } from "./results.ts";
import type { Tarball } from "./tarballs.ts";
import { installedFromTarballs, npm } from "./third-party.ts";
import { root } from "./workspace.ts";

/** Never rebuilt while contract 1 is supported. The README beside it says how it was made. */
const KEPT = "tools/compatibility/acme-contract-1.tgz";

export async function checkCompatibility(tarballs: readonly Tarball[], folder: string): Promise<Check[]> {
  await mkdir(folder, { recursive: true });
  const steps: readonly (readonly [name: string, step: () => Promise<string | undefined>])[] = [
    ["unpacks", () => unpack(folder)],
    ["installs with today's packages", () => installedFromTarballs(join(folder, "acme"), tarballs)],
    ["its types and its conformance suite pass", () => npm(join(folder, "acme"), ["test"])],
    ["its published build registers and answers", () => npm(join(folder, "acme"), ["exec", "--", "node", "answers.mjs"])],
  ];
  const checks: Check[] = [];
  for (const [name, step] of steps) {
    const problem = await step();
    checks.push(problem === undefined ? { name: `package of contract 1: ${name}` } : { name: `package of contract 1: ${name}`, problem });
    if (problem !== undefined) break;
  }
  return checks;
}

async function unpack(folder: string): Promise<string | undefined> {
  const ran = await runCommand("tar", ["-xzf", join(root, KEPT), "-C", folder]);
  return ran.ok ? undefined : ran.output;
}
