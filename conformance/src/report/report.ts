/** Runs checks without a test runner, and reports the results as data and as Markdown. */
import { type Capability, type Evidence, isLumiverseError } from "@lumiverse/core/provider";
import { type Check, idOf } from "../checks/check.ts";
import { checks, type SuiteOptions } from "../checks/checks.ts";
import { claimed, claimedOperations, endsWell } from "../checks/claims.ts";
import { type Fixture, readFixtures } from "../fixture/fixture.ts";
import { allCapabilities } from "../fixture/schema.ts";
import { crashOf } from "../play/crash.ts";
import { type Subject, testedSubject } from "../play/subject.ts";

/** The result of one check. */
export interface Result {
  /** Group and name of the check. */
  group: Check["group"];
  name: string;
  /** `known`: a known failure that failed as expected. */
  outcome: "passed" | "failed" | "known";
  /** The problems that were found. For `known`, the reason. */
  message?: string;
  /** The duration in milliseconds. */
  ms: number;
}
/** The results of all checks of a subject. */
export interface Report {
  /** The id of the subject. */
  subject: string;
  /** The version of the format of reports. */
  version: 1;
  /** The day of the run, as an ISO date. */
  date: string;
  /** Numbers of checks. */
  passed: number;
  failed: number;
  /** Number of known failures that failed as expected. */
  known: number;
  /** Number of checks that a filter left out. */
  notRun: number;
  /** The capabilities that the subject claims, and those that it does not claim and that were not checked. */
  claimed: Capability[];
  notClaimed: Capability[];
  /** One result per check, in the order of the run. */
  results: Result[];
}
/** The scope of a report: the number of all checks and the claimed capabilities. */
export interface Scope {
  checks: number;
  claimed: readonly Capability[];
}

/** Options of `judge`. */
export interface JudgeOptions extends SuiteOptions {
  /** Milliseconds after which a check fails because it hangs. Default 120,000. */
  limitMs?: number;
}

/** Runs the checks of a subject one after the other. `only` selects checks; default: all. */
export async function judge(subject: Subject, options: JudgeOptions, only: (check: Check) => boolean = () => true): Promise<Report> {
  const results: Result[] = [];
  const all = checks(subject, options);
  for (const one of all) if (only(one)) results.push(await runCheck(one, options.known ?? {}, options.limitMs));
  for (const fault of staleKnown(subject, options))
    results.push({ group: "format", name: "known failures", outcome: "failed", message: fault, ms: 0 });
  return reportOf(subject.id, results, { checks: all.length, claimed: await claimsOf(subject, options) });
}

/** The capabilities that a subject claims. */
export async function claimsOf(subject: Subject, { fixtures }: SuiteOptions): Promise<Capability[]> {
  try {
    const tested = testedSubject(subject);
    return [...new Set([...claimed(tested, readFixtures(fixtures)).keys(), ...(await claimedOperations(tested))])];
  } catch {
    // Another check reports cases that cannot be read.
    return [];
  }
}

/** Runs one check. A known failure must fail. A check that hangs fails. */
export async function runCheck(one: Check, known: Readonly<Record<string, string>>, limitMs = 120_000): Promise<Result> {
  const reason = known[idOf(one)];
  const begun = Date.now();
  const base = { group: one.group, name: one.name };
  try {
    await within(limitMs, one.run());
  } catch (error) {
    const message = messageOf(error);
    if (reason === undefined) return { ...base, outcome: "failed", message, ms: Date.now() - begun };
    if (reason.trim() === "")
      return {
        ...base,
        outcome: "failed",
        message: `it is listed as a known failure without a reason: ${message}`,
        ms: Date.now() - begun,
      };
    return { ...base, outcome: "known", message: reason, ms: Date.now() - begun };
  }
  const ms = Date.now() - begun;
  return reason === undefined
    ? { ...base, outcome: "passed", ms }
    : { ...base, outcome: "failed", message: `it is listed as a known failure (${reason}) but passes: remove it from the list`, ms };
}

/** The message of an error. A crash has its stack, because its message does not say where the code threw. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const crash = crashOf(error);
  if (isLumiverseError(error)) return crash === undefined ? error.message : `${error.message}\n${messageOf(crash)}`;
  if (crash !== undefined) return crash.stack ?? crash.message;
  const { cause } = error;
  // fast-check puts the actual problem into the cause. Its hint is about an option that the suite does not have.
  const [message] = error.message.split("\n\nHint: Enable verbose mode");
  return cause instanceof Error ? `${messageOf(cause)}\n${message}` : error.message;
}

async function within(ms: number, run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the subject hangs: there was neither an answer nor an error after ${ms / 1000} s`)), ms);
  });
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Describes known failures whose check does not exist. */
export function staleKnown(subject: Subject, options: SuiteOptions): string[] {
  const names = Object.keys(options.known ?? {});
  if (names.length === 0) return [];
  const ids = new Set(checks(subject, options).map(idOf));
  return names
    .filter((name) => !ids.has(name))
    .map(
      (name) => `"${name}" is listed as a known failure but is not a check: the name of a known failure is \`group: name\` of its check`,
    );
}

/** Makes a report from results. */
export function reportOf(subject: string, results: readonly Result[], scope: Scope = { checks: results.length, claimed: [] }): Report {
  const count = (outcome: Result["outcome"]): number => results.filter((result) => result.outcome === outcome).length;
  return {
    subject,
    version: 1,
    date: new Date().toISOString().slice(0, 10),
    passed: count("passed"),
    failed: count("failed"),
    known: count("known"),
    notRun: Math.max(0, scope.checks - results.length),
    claimed: [...scope.claimed],
    notClaimed: allCapabilities.filter((capability) => !scope.claimed.includes(capability)),
    results: [...results],
  };
}

/** A report as Markdown. */
export function markdown(report: Report): string {
  const lines = [
    `# Conformance of ${report.subject}`,
    "",
    `${report.passed} passed, ${report.failed} failed, ${report.known} known to fail (${report.date}).`,
    ...(report.notRun === 0 ? [] : ["", `This run is incomplete: ${report.notRun} checks were left out.`]),
    "",
    `Claimed: ${report.claimed.join(", ") || "nothing"}.`,
    "",
    `Not claimed, therefore not checked: ${report.notClaimed.join(", ") || "nothing"}.`,
    "",
    "| Group | Passed | Failed | Known |",
    "| --- | --- | --- | --- |",
  ];
  const groups = [...new Set(report.results.map((result) => result.group))];
  for (const group of groups) {
    const own = report.results.filter((result) => result.group === group);
    const count = (outcome: Result["outcome"]): number => own.filter((result) => result.outcome === outcome).length;
    lines.push(`| ${group} | ${count("passed")} | ${count("failed")} | ${count("known")} |`);
  }
  for (const outcome of ["failed", "known"] as const) {
    const own = report.results.filter((result) => result.outcome === outcome);
    if (own.length > 0)
      lines.push(
        "",
        outcome === "failed" ? "## Failed" : "## Known failures",
        "",
        ...own.map((result) => `- ${result.group}: ${result.name}: ${result.message?.trim()}`),
      );
  }
  return `${lines.join("\n")}\n`;
}

/** The evidence of a provider's fixtures, by capability, strongest kind first. */
export function evidenceOf(fixtures: URL | string): Record<string, Evidence[]> {
  const evidence: Partial<Record<Capability, Evidence[]>> = {};
  const rank = ["recorded", "derived", "documented"];
  // A case that ends in an error proves no capability.
  for (const fixture of readFixtures(fixtures).filter(endsWell))
    for (const capability of fixture.case.claims) {
      evidence[capability] ??= [];
      evidence[capability].push(evidenceFrom(fixture));
      evidence[capability].sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
    }
  return evidence;
}
function evidenceFrom(fixture: Fixture): Evidence {
  const { kind, date, sha256 } = fixture.exchanges.at(-1)?.provenance ?? { kind: "documented" as const, date: "", sha256: undefined };
  return { kind, source: `fixtures/${fixture.name}`, date, ...(sha256 === undefined ? {} : { sha256 }), model: fixture.case.model };
}
