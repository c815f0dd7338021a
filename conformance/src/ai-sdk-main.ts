/**
 * `ai-sdk [NAME …] [--out DIR] [--packages DIR]`: judges the AI SDK's packages with the fixtures and faults of the same hosts, and writes a report of each and the
 * tables. Needs the network once, for the packages. The findings are kept in `docs/decisions/ai-sdk.md`.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { answerChecks } from "./ai-sdk-answers.ts";
import { casesFor, installed, packages, subjectOf } from "./ai-sdk-packages.ts";
import { type Check, idOf } from "./check.ts";
import { checks } from "./checks.ts";
import { writeReport } from "./conforms.ts";
import { readFixtures } from "./fixture.ts";
import { faultTable, type Report, type Result, reportOf, runCheck } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: join(tmpdir(), "lumiverse-ai-sdk", "report") },
    packages: { type: "string", default: join(tmpdir(), "lumiverse-ai-sdk") },
    providers: { type: "string", default: "providers" },
  },
});

/** What is judged of a package; the other groups judge the fixtures, or need a provider. */
const GROUPS: readonly Check["group"][] = [
  "golden",
  "streamed and unstreamed",
  "disguises",
  "splits",
  "faults",
  "base URL",
  "canary",
  "properties",
];
/** Above the longest wait of a fault: what takes so long is worth a line while one waits. */
const SLOW_MS = 15_000;
const ONLY_KEY = /^[^\n]*: the key is in the error$/;

// What a package throws outside of any promise that its caller holds would end the process; here it fails the check in which it was thrown.
const strays: string[] = [];
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => void strays.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error)));

const asked = packages.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.endsWith(part)));
if (asked.length === 0) {
  process.stderr.write(`No package is called that; there are: ${packages.map(({ name }) => name).join(", ")}\n`);
  process.exit(1);
}
const versions = installed(values.packages);
const reports: Report[] = [];
for (const one of asked) {
  const subject = await subjectOf(one, values.packages);
  const { folder, left } = casesFor(one, values.providers);
  const all = [
    ...answerChecks(subject, readFixtures(folder)),
    ...checks(subject, { fixtures: folder, runs: 10 }).filter(({ group }) => group !== "golden"),
  ];
  const results: Result[] = [];
  const vendors = await knownOf(one.fixtures);
  for (const check of all.filter((check) => GROUPS.includes(check.group) && vendors[idOf(check)] === undefined)) {
    strays.length = 0;
    const result = await runCheck(check, {});
    await new Promise((resolve) => setImmediate(resolve)); // rejections are told apart from handled ones after the microtasks
    if (result.ms > SLOW_MS) process.stderr.write(`  ${idOf(check)}: ${Math.round(result.ms / 1000)} s\n`);
    results.push(
      strays.length === 0
        ? result
        : { ...result, outcome: "failed", message: [result.message, `thrown past its caller: ${strays[0]}`].filter(Boolean).join("; ") },
    );
  }
  rmSync(folder, { recursive: true });
  const report = reportOf(`${one.name}@${versions.get(one.name)}`, results);
  reports.push(report);
  writeReport(values.out, { ...report, subject: one.name.replace("/", "-").replace("@", "") });
  process.stderr.write(`${report.subject}: ${report.passed} passed, ${report.failed} failed, ${left} cases of ${one.fixtures} left out\n`);
}
const tables = `${groupTable(reports)}\n${faultTable(reports)}`;
writeFileSync(join(values.out, "tables.md"), tables);
process.stdout.write(`${tables}\nWhat failed, check by check: ${values.out}\n`);
// What was left hanging must not keep the process.
process.exit(0);

/** What fails with our own provider too is the vendor's doing. */
async function knownOf(provider: string): Promise<Readonly<Record<string, string>>> {
  const path = resolve(values.providers, provider, "test", "known.ts");
  return existsSync(path) ? (await import(pathToFileURL(path).href)).known : {};
}

function groupTable(of: readonly Report[]): string {
  const rows = GROUPS.map((group) => {
    const cells = of.map(({ results }) => {
      const own = results.filter((result) => result.group === group);
      return ` ${own.filter(({ outcome }) => outcome === "passed").length} / ${own.length} |`;
    });
    return `| ${group === "golden" ? "answers" : group} |${cells.join("")}`;
  });
  // One habit fails fifteen faults, and hides what else there is.
  const repeated = of.map(
    ({ results }) => ` ${results.filter(({ group, message }) => group === "faults" && ONLY_KEY.test(message ?? "")).length} |`,
  );
  rows.push(`| faults that fail only because the error repeats the host's text with the key |${repeated.join("")}`);
  const head = [`| Passed / run |${of.map(({ subject }) => ` ${subject} |`).join("")}`, `| --- |${" --- |".repeat(of.length)}`];
  return `${[...head, ...rows].join("\n")}\n`;
}
