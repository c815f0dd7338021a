/**
 * `report [ID …] [--out DIR] [--write FILE] [--only GROUP] [--json] [--folder providers] [--jobs 1]`: judges every provider that has cases, each in a process of
 * its own, and writes the reports, the table of faults and the evidence to DIR. `--write` writes the documentation page about faults and needs all packages.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { evidenceOf, judge, type Report, writeReport } from "@lumiverse/conformance/internals";
import { exitWhenPrinted, runInProcesses } from "./providers/processes.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";
import { faultPage } from "./report/fault-page.ts";
import { faultTable } from "./report/fault-table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "conformance-report" },
    write: { type: "string" },
    only: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
    folder: { type: "string", default: "providers" },
    jobs: { type: "string", default: "1" },
  },
});
const names = packagesIn(values.folder, positionals);
const reports: Report[] = [];
if (names.length === 1) {
  for (const { id, provider, fixtures, known } of await installedIn(values.folder, names)) {
    const report = await judge(provider, { fixtures, known }, (check) => values.only.length === 0 || values.only.includes(check.group));
    reports.push(report);
    process.stderr.write(`${id}: ${report.passed} passed, ${report.failed} failed, ${report.known} known to fail\n`);
  }
} else {
  const flags = ["--folder", values.folder, ...values.only.flatMap((group) => ["--only", group])];
  for (const [, printed] of await runInProcesses(names, flags, Number(values.jobs))) reports.push(...(printed as Report[])); // the JSON that this program prints
}

const failed = reports.filter((report) => report.failed > 0);
if (values.json) process.stdout.write(`${JSON.stringify(reports)}\n`);
else {
  mkdirSync(values.out, { recursive: true });
  for (const report of reports) writeReport(values.out, report);
  const evidence = Object.fromEntries(names.map((name) => [name, evidenceOf(resolve(values.folder, name, "fixtures"))]));
  writeFileSync(join(values.out, "faults.md"), faultTable(reports));
  writeFileSync(join(values.out, "evidence.json"), `${JSON.stringify(evidence, null, 2)}\n`);
  for (const report of failed)
    for (const result of report.results.filter((one) => one.outcome === "failed"))
      process.stdout.write(`${report.subject}: ${result.group}: ${result.name}: ${result.message?.trim()}\n`);
}
if (values.write !== undefined) {
  if (positionals.length > 0) throw new Error("--write needs all packages");
  writeFileSync(values.write, faultPage(reports));
}
process.exitCode = reports.length === 0 || failed.length > 0 ? 1 : 0;
exitWhenPrinted();
