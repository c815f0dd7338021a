// `npm run release:check` proves that the packages can be published.
import { checkApiReports } from "./api-reports.ts";
import { checkBundleBudgets } from "./bundle-budgets.ts";
import { checkChangesets } from "./changesets.ts";
import { checkPackages } from "./check-packages.ts";
import { runScript, script } from "./command-line.ts";
import { type Check, report, sentence, sum, type Tally } from "./results.ts";

await runScript(
  script(
    "release:check",
    "Prove that every package can be published: public API with changesets, bundle sizes, packed files, publint, Are The Types Wrong, install scripts, licences, bill of materials, use from outside in several TypeScript versions, and packages of third parties, old ones included. It takes about four minutes.",
    ["", "--since v1.0.0", "--sbom bill-of-materials.json"],
  )
    .option("--since <commit>", "compare the public API with a commit instead of the last release")
    .option("--sbom <file>", "keep the bill of materials (CycloneDX)")
    .action(main),
);

async function main({ since, sbom }: { since?: string; sbom?: string }): Promise<void> {
  const steps: Readonly<Record<string, () => Promise<Check[]>>> = {
    "public API": checkApiReports,
    changesets: async () => [await checkChangesets(since)],
    "bundle sizes": checkBundleBudgets,
    packages: () => checkPackages(sbom),
  };
  const tallies: Tally[] = [];
  for (const [name, work] of Object.entries(steps)) {
    console.log(`── ${name}`);
    const tally = report(await work());
    tallies.push(tally);
    console.log(`   ${sentence(tally)}`);
  }
  const total = sum(tallies);
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(sentence(total));
}
