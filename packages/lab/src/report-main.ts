/** `npm run report`: judges every provider that has cases, each in a process of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { evidenceOf, judge, type Report, writeReport } from "@lumiverse/conformance/internals";
import { collect, existingFolder, positiveNumber, runScript, script } from "@lumiverse/tools/command-line";
import { exitWhenPrinted, runInProcesses } from "./providers/processes.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";
import { faultPage } from "./report/fault-page.ts";
import { faultTable } from "./report/fault-table.ts";

interface Options {
  out: string;
  write?: string;
  only: readonly string[];
  json?: true;
  folder: string;
  jobs: number;
}

await runScript(
  script(
    "report",
    "Judge every provider that has cases, and write the reports, the table of faults and the evidence. Exit code 1 if a check fails.",
    ["", "groq mistral --only faults", "--write docs/faults.md --jobs 2"],
  )
    .argument("[id...]", "providers; without an id, all of them")
    .option("--only <group>", "run this group of checks; can be repeated", collect, [])
    .option("--jobs <number>", "processes", positiveNumber, 1)
    .option("--folder <path>", "the folder of the provider packages", existingFolder, "providers")
    .option("--out <path>", "the folder of the written files", "conformance-report")
    .option("--write <file>", "write the page of the documentation about faults; needs all packages")
    .option("--json", "print one JSON document, the reports, and write no files")
    .action(main),
);

async function main(ids: readonly string[], { out, write, only, json, folder, jobs }: Options): Promise<void> {
  if (write !== undefined && ids.length > 0) throw new Error("--write needs all packages");
  const names = packagesIn(folder, ids);
  const reports: Report[] = [];
  if (names.length === 1) {
    for (const { id, provider, fixtures, known } of await installedIn(folder, names)) {
      const report = await judge(provider, { fixtures, known }, (check) => only.length === 0 || only.includes(check.group));
      reports.push(report);
      process.stderr.write(`${id}: ${report.passed} passed, ${report.failed} failed, ${report.known} known to fail\n`);
    }
  } else {
    const flags = ["--folder", folder, ...only.flatMap((group) => ["--only", group])];
    for (const [, printed] of await runInProcesses(names, flags, jobs)) reports.push(...(printed as Report[])); // the JSON that this program prints
  }

  if (!json && only.length > 0 && reports.every(({ results }) => results.length === 0))
    throw new Error(`no check belongs to ${only.map((group) => `"${group}"`).join(" or ")}`);
  const failed = reports.filter((report) => report.failed > 0);
  if (json) process.stdout.write(`${JSON.stringify(reports)}\n`);
  else {
    mkdirSync(out, { recursive: true });
    for (const report of reports) writeReport(out, report);
    const evidence = Object.fromEntries(names.map((name) => [name, evidenceOf(resolve(folder, name, "fixtures"))]));
    writeFileSync(join(out, "faults.md"), faultTable(reports));
    writeFileSync(join(out, "evidence.json"), `${JSON.stringify(evidence, null, 2)}\n`);
    for (const report of failed)
      for (const result of report.results.filter((one) => one.outcome === "failed"))
        process.stdout.write(`${report.subject}: ${result.group}: ${result.name}: ${result.message?.trim()}\n`);
  }
  if (write !== undefined) writeFileSync(write, faultPage(reports));
  process.exitCode = reports.length === 0 || failed.length > 0 ? 1 : 0;
  exitWhenPrinted();
}
