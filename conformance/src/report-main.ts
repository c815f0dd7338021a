/** `report [ID …] [--out DIR] [--folder providers]`: judges every provider that has cases and writes the reports, the table of faults and the evidence. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Evidence } from "@lumiverse/core";
import { writeReport } from "./conforms.ts";
import { installedIn } from "./installed.ts";
import { evidenceOf, faultTable, judge, type Report } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "conformance-report" }, folder: { type: "string", default: "providers" } },
});
const reports: Report[] = [];
const evidence: Record<string, Record<string, Evidence[]>> = {};
for (const { id, provider, fixtures, known } of await installedIn(values.folder, positionals)) {
  const report = await judge(provider, { fixtures, known });
  reports.push(report);
  evidence[id] = evidenceOf(fixtures);
  writeReport(values.out, report);
  process.stderr.write(`${id}: ${report.passed} passed, ${report.failed} failed, ${report.known} known to fail\n`);
}
if (reports.length > 0) {
  writeFileSync(join(values.out, "faults.md"), faultTable(reports));
  writeFileSync(join(values.out, "evidence.json"), `${JSON.stringify(evidence, null, 2)}\n`);
}
process.exitCode = reports.length === 0 || reports.some((report) => report.failed > 0) ? 1 : 0;
process.exit();
