// What a person gets from the registry: every package is packed, linted, installed elsewhere, imported, type-checked and weighed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConsumer } from "./consumer.ts";
import { lintTarballs } from "./lint-tarballs.ts";
import { checkSizes } from "./sizes.ts";
import { checkStranger } from "./stranger.ts";
import { type Check, report, sentence } from "./tally.ts";
import { packAll } from "./tarballs.ts";
import { publicPackages } from "./workspace.ts";

export async function checkPackages(): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-packages-"));
  try {
    const { tarballs, checks } = await packAll(publicPackages(), join(folder, "tarballs"));
    if (checks.some((check) => check.problem !== undefined)) return checks;
    const app = join(folder, "app");
    checks.push(...(await lintTarballs(tarballs)), ...(await checkConsumer(tarballs, app)), ...(await checkSizes(app)));
    // Last, because it installs one more package into the application.
    return [...checks, ...(await checkStranger(tarballs, join(folder, "stranger"), app))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const tally = report(await checkPackages());
  console.log(sentence(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
