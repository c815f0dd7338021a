/**
 * `npm run ai-sdk`: judges packages of the AI SDK with the fixtures and faults of the same hosts, and writes a report of each and the tables. The results are in
 * `docs/decisions/ai-sdk.md`.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
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
import { existingFolder, runScript, script } from "@lumiverse/tools/command-line";
import { answerChecks } from "./ai-sdk/answer-checks.ts";
import { isForOwnPackage, OWN_PACKAGE, ownSubject, ownSubjects } from "./ai-sdk/own-package.ts";
import { casesFor, copyCases, installed, packages, subjectOf } from "./ai-sdk/packages.ts";
import { exitWhenPrinted } from "./providers/processes.ts";
import { installedIn } from "./providers/provider-packages.ts";
import { faultTable } from "./report/fault-table.ts";

/** The groups of checks for a package. The other groups check the fixtures or need a provider. */
const GROUPS: readonly Check["group"][] = [
  "golden",
  "streamed and unstreamed",
  "framing",
  "splits",
  "faults",
  "disguises",
  "base URL",
  "canary",
  "properties",
];
/** Checks that no package can pass, because of the SDK. */
const SDK_LIMITS: Readonly<Record<string, string>> = {
  "disguises: output-by-tool: arguments-repeated": "text that was streamed cannot be removed, and here the structured output is text",
};
/** Checks that take longer than any fault are reported while they run. */
const SLOW_MS = 15_000;
const ONLY_KEY = /^[^\n]*: the key is in the error$/;

// An error that a package throws outside of its promises would end the process. Here it fails the check that was running.
const uncaught: string[] = [];
for (const event of ["uncaughtException", "unhandledRejection"] as const)
  process.on(event, (error: unknown) => void uncaught.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error)));

interface Options {
  out: string;
  packages: string;
  providers: string;
  over?: readonly string[];
}

await runScript(
  script(
    "ai-sdk",
    'Judge packages of the AI SDK with the fixtures and faults of the same hosts, and write a report of each and the tables. Needs the network once, to install the packages. "lumiverse" is the package of this repository: it needs no network, and a fault in it is exit code 1.',
    ["lumiverse", "lumiverse --over openai google", "groq openai"],
  )
    .argument("[name...]", `packages, by the end of their names: ${[...packages.map(({ name }) => name), "lumiverse"].join(", ")}`)
    .option("--out <path>", "the folder of the reports", join(tmpdir(), "lumiverse-ai-sdk", "report"))
    .option("--packages <path>", "the folder in which the packages are installed", join(tmpdir(), "lumiverse-ai-sdk"))
    .option("--providers <path>", "the folder of the provider packages", existingFolder, "providers")
    .option("--over <ids...>", `the providers over which "lumiverse" is judged: ${Object.keys(ownSubjects).join(", ")} (default: all)`)
    .action(main),
);

async function main(names: readonly string[], options: Options): Promise<void> {
  const unknown = names.find((part) => part !== "lumiverse" && !packages.some(({ name }) => name.endsWith(part)));
  if (unknown !== undefined)
    throw new Error(`there is no package "${unknown}"; the packages are: ${packages.map(({ name }) => name).join(", ")}, lumiverse`);
  const asked = packages.filter(({ name }) => names.length === 0 || names.some((part) => name.endsWith(part)));
  const withOwn = names.length === 0 || names.includes("lumiverse");
  const over = options.over ?? Object.keys(ownSubjects);
  const stranger = over.find((id) => ownSubjects[id] === undefined);
  if (stranger !== undefined)
    throw new Error(`"lumiverse" is not judged over "${stranger}"; the providers are: ${Object.keys(ownSubjects).join(", ")}`);
  const reports: Report[] = [];
  let hasOwnFault = false;
  if (withOwn) {
    for (const own of await installedIn(options.providers, over)) {
      const { id, fixtures, known } = own;
      const cases = copyCases(fixtures, (fixture) => isForOwnPackage(id, fixture));
      const report = await judgeOn(ownSubject(own), `${OWN_PACKAGE} over ${id}`, {
        cases,
        known: { ...known, ...SDK_LIMITS },
        out: options.out,
      });
      reports.push(report);
      hasOwnFault ||= report.failed > 0;
    }
  }
  const versions = asked.length === 0 ? new Map<string, string>() : await installed(options.packages);
  for (const one of asked) {
    const subject = await subjectOf(one, options.packages);
    const cases = casesFor(one, options.providers);
    const known = await knownOf(one.fixtures, options.providers);
    reports.push(await judgeOn(subject, `${one.name}@${versions.get(one.name)}`, { cases, known, out: options.out }));
  }
  const tables = `${groupTable(reports)}\n${faultTable(reports)}`;
  writeFileSync(join(options.out, "tables.md"), tables);
  process.stdout.write(`${tables}\nAll failed checks: ${options.out}\n`);
  // Calls that hang must not keep the process alive.
  process.exitCode = hasOwnFault ? 1 : 0;
  exitWhenPrinted();
}

interface Judging {
  cases: { folder: string; left: number };
  /** Failures that the vendor causes. */
  known: Readonly<Record<string, string>>;
  /** The folder of the reports. */
  out: string;
}

/** Runs the checks of a subject and writes its report. */
async function judgeOn(subject: Adapter, name: string, { cases: { folder, left }, known, out }: Judging): Promise<Report> {
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
  const file = name
    .replace(/@[\d.]+$/, "")
    .replace(/^@/, "")
    .replace(/[/ ]/g, "-");
  writeReport(out, { ...report, subject: file });
  process.stderr.write(`${name}: ${report.passed} passed, ${report.failed} failed, ${left} cases left out\n`);
  return report;
}

/** The known failures of this repository's provider, which the vendor causes. */
async function knownOf(provider: string, providers: string): Promise<Readonly<Record<string, string>>> {
  const path = resolve(providers, provider, "test", "known.ts");
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
