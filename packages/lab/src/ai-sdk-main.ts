/**
 * `ai-sdk [NAME …] [--out DIR] [--packages DIR]`: judges packages of the AI SDK with the fixtures and faults of the same hosts, and writes a report of each and the
 * tables. Needs the network once, to install the packages. The name `lumiverse` stands for this repository's own package, which needs no network; a fault in it is
 * exit code 1. The results are in `docs/decisions/ai-sdk.md`.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  type Adapter,
  type Check,
  checks,
  idOf,
  type Report,
  type Result,
  readFixtures,
  reportOf,
  runCheck,
  writeReport,
} from "@lumiverse/conformance/internals";
import { answerChecks } from "./ai-sdk/answer-checks.ts";
import { isForOwnPackage, OWN_PACKAGE, ownSubject, ownSubjects } from "./ai-sdk/own-package.ts";
import { casesFor, copyCases, installed, packages, subjectOf } from "./ai-sdk/packages.ts";
import { exitWhenPrinted } from "./providers/processes.ts";
import { installedIn } from "./providers/provider-packages.ts";
import { faultTable } from "./report/fault-table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: join(tmpdir(), "lumiverse-ai-sdk", "report") },
    packages: { type: "string", default: join(tmpdir(), "lumiverse-ai-sdk") },
    providers: { type: "string", default: "providers" },
  },
});

/** The groups of checks for a package. The other groups check the fixtures or need a provider. */
const GROUPS: readonly Check["group"][] = [
  "golden",
  "streamed and unstreamed",
  "framing",
  "splits",
  "faults",
  "base URL",
  "canary",
  "properties",
];
/** Checks that take longer than any fault are reported while they run. */
const SLOW_MS = 15_000;
const ONLY_KEY = /^[^\n]*: the key is in the error$/;

// An error that a package throws outside of its promises would end the process. Here it fails the check that was running.
const uncaught: string[] = [];
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => void uncaught.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error)));

const asked = packages.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.endsWith(part)));
const withOwn = positionals.length === 0 || positionals.includes("lumiverse");
if (asked.length === 0 && !withOwn) {
  process.stderr.write(`Unknown package. Available: ${packages.map(({ name }) => name).join(", ")}, lumiverse\n`);
  process.exit(1);
}
const reports: Report[] = [];
let hasOwnFault = false;
if (withOwn) {
  for (const own of await installedIn(values.providers, Object.keys(ownSubjects))) {
    const { id, fixtures, known } = own;
    const cases = copyCases(fixtures, (fixture) => isForOwnPackage(id, fixture));
    const { failed } = await judgeOn(ownSubject(own), `${OWN_PACKAGE} over ${id}`, cases, known);
    hasOwnFault ||= failed > 0;
  }
}
const versions = asked.length === 0 ? new Map<string, string>() : installed(values.packages);
for (const one of asked) {
  const subject = await subjectOf(one, values.packages);
  const cases = casesFor(one, values.providers);
  await judgeOn(subject, `${one.name}@${versions.get(one.name)}`, cases, await knownOf(one.fixtures));
}
const tables = `${groupTable(reports)}\n${faultTable(reports)}`;
writeFileSync(join(values.out, "tables.md"), tables);
process.stdout.write(`${tables}\nAll failed checks: ${values.out}\n`);
// Calls that hang must not keep the process alive.
process.exitCode = hasOwnFault ? 1 : 0;
exitWhenPrinted();

/** Runs the checks of a subject and writes its report. `known`: failures that the vendor causes. */
async function judgeOn(
  subject: Adapter,
  name: string,
  { folder, left }: { folder: string; left: number },
  known: Readonly<Record<string, string>>,
): Promise<Report> {
  const all = [
    ...answerChecks(subject, readFixtures(folder)),
    ...checks(subject, { fixtures: folder, runs: 10 }).filter(({ group }) => group !== "golden"),
  ];
  const results: Result[] = [];
  for (const check of all.filter((check) => GROUPS.includes(check.group) && known[idOf(check)] === undefined)) {
    uncaught.length = 0;
    const result = await runCheck(check, {});
    await new Promise((resolve) => setImmediate(resolve)); // unhandled rejections are reported after the microtasks
    if (result.ms > SLOW_MS) process.stderr.write(`  ${idOf(check)}: ${Math.round(result.ms / 1000)} s\n`);
    results.push(
      uncaught.length === 0
        ? result
        : {
            ...result,
            outcome: "failed",
            message: [result.message, `thrown outside of any promise: ${uncaught[0]}`].filter(Boolean).join("; "),
          },
    );
  }
  rmSync(folder, { recursive: true });
  const report = reportOf(name, results);
  reports.push(report);
  const file = name
    .replace(/@[\d.]+$/, "")
    .replace(/^@/, "")
    .replace(/[/ ]/g, "-");
  writeReport(values.out, { ...report, subject: file });
  process.stderr.write(`${name}: ${report.passed} passed, ${report.failed} failed, ${left} cases left out\n`);
  return report;
}

/** The known failures of this repository's provider, which the vendor causes. */
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
  // This one problem fails many faults, so it is counted separately.
  const repeated = of.map(
    ({ results }) => ` ${results.filter(({ group, message }) => group === "faults" && ONLY_KEY.test(message ?? "")).length} |`,
  );
  rows.push(`| faults that fail only because the error repeats the host's text with the key |${repeated.join("")}`);
  const head = [`| Passed / run |${of.map(({ subject }) => ` ${subject} |`).join("")}`, `| --- |${" --- |".repeat(of.length)}`];
  return `${[...head, ...rows].join("\n")}\n`;
}
