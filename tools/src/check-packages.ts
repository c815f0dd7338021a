// Checks the packages as a registry would deliver them: packs, lints, installs, imports and type-checks each of them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runScript, script } from "./command-line.ts";
import { checkCompatibility } from "./compatibility.ts";
import { checkConsumer } from "./consumer.ts";
import { lintTarballs } from "./lint-tarballs.ts";
import { type Check, report, sentence } from "./results.ts";
import { checkRuntimes } from "./runtimes.ts";
import { checkSbom } from "./sbom.ts";
import { packAll } from "./tarballs.ts";
import { checkThirdPartyPackage } from "./third-party.ts";
import { publicPackages } from "./workspace.ts";

/** `sbom`: keeps the bill of materials in this file. */
export async function checkPackages(sbom?: string): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-packages-"));
  try {
    const { tarballs, checks } = await packAll(publicPackages(), join(folder, "tarballs"));
    if (checks.some((check) => check.problem !== undefined)) return checks;
    const app = join(folder, "app");
    checks.push(...(await lintTarballs(tarballs)), ...(await checkConsumer(tarballs, app)));
    checks.push(...(await checkRuntimes(tarballs, app)));
    checks.push(await checkSbom(tarballs, app, sbom ?? join(folder, "sbom.json")));
    // This check is the last of the application, because it installs another package into it.
    checks.push(...(await checkThirdPartyPackage(tarballs, join(folder, "third-party"), app)));
    return [...checks, ...(await checkCompatibility(tarballs, join(folder, "compatibility")))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main)
  await runScript(
    script("check:packages", "Pack, lint, install, import and type-check every package, as a registry would deliver it.", [""]).action(
      async () => {
        const tally = report(await checkPackages());
        console.log(sentence(tally));
        process.exitCode = tally.failed === 0 ? 0 : 1;
      },
    ),
  );
