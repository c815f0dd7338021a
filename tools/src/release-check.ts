// `npm run release:check` proves that the packages can be published.
import { parseArgs } from "node:util";
import { checkApiReports } from "./api-reports.ts";
import { checkBundleBudgets } from "./bundle-budgets.ts";
import { checkChangesets } from "./changesets.ts";
import { checkPackages } from "./check-packages.ts";
import { type Check, report, sentence, sum, type Tally } from "./results.ts";

const HELP = `Proves that every package can be published: public API with changesets, bundle sizes, packed files, publint, Are The Types Wrong, install scripts, licences,
bill of materials, use from outside in several TypeScript versions, packages of third parties, old ones included. It takes about four minutes.

npm run release:check
npm run release:check -- --since v1.0.0   compares the public API with a commit instead of the last release
npm run release:check -- --sbom FILE      keeps the bill of materials (CycloneDX)`;

const { values } = parseArgs({ options: { since: { type: "string" }, sbom: { type: "string" }, help: { type: "boolean", short: "h" } } });
if (values.help) {
  console.log(HELP);
} else {
  const tallies: Tally[] = [];
  const steps: Readonly<Record<string, () => Promise<Check[]>>> = {
    "public API": checkApiReports,
    changesets: async () => [await checkChangesets(values.since)],
    "bundle sizes": checkBundleBudgets,
    packages: () => checkPackages(values.sbom),
  };
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
