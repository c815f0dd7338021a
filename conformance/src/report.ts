/** What a run found, as data and as Markdown; and the tables that the documentation prints: faults with their outcomes, evidence by capability. */
import type { Capability, Evidence } from "@lumiverse/core";
import { type Check, idOf } from "./check.ts";
import { checks, type SuiteOptions } from "./checks.ts";
import { claimed, endsWell } from "./claims.ts";
import { faults, type Right } from "./faults.ts";
import { type Fixture, readFixtures } from "./fixture.ts";
import { capabilities } from "./schema.ts";
import { judged, type Subject } from "./subject.ts";

export interface Result {
  group: Check["group"];
  name: string;
  /** `known`: it failed as announced, with a reason. */
  outcome: "passed" | "failed" | "known";
  /** What was wrong; for `known` the reason. */
  message?: string;
  ms: number;
}
export interface Report {
  subject: string;
  version: 1;
  date: string;
  passed: number;
  failed: number;
  known: number;
  /** Checks that there are and that were left out, by a filter of the runner's or the caller's. A whole run has none. */
  notRun: number;
  /** What the subject says it can, and what it does not say and so was not asked for. */
  claimed: Capability[];
  notClaimed: Capability[];
  results: Result[];
}
/** What a report is of: how many checks there are, and what is claimed. */
export interface Scope {
  checks: number;
  claimed: readonly Capability[];
}

export interface JudgeOptions extends SuiteOptions {
  /** Milliseconds that one check may take; one that is not over then has failed, and the next begins. Default 120,000. */
  limitMs?: number;
}

/** Runs every check of a subject, one after the other, without a runner. */
export async function judge(subject: Subject, options: JudgeOptions, only: (check: Check) => boolean = () => true): Promise<Report> {
  const results: Result[] = [];
  const all = checks(subject, options);
  for (const one of all) if (only(one)) results.push(await runCheck(one, options.known ?? {}, options.limitMs));
  for (const fault of staleKnown(subject, options))
    results.push({ group: "format", name: "known failures", outcome: "failed", message: fault, ms: 0 });
  return reportOf(subject.id, results, { checks: all.length, claimed: claimsOf(subject, options) });
}

export function claimsOf(subject: Subject, { fixtures }: SuiteOptions): Capability[] {
  try {
    return [...claimed(judged(subject), readFixtures(fixtures)).keys()];
  } catch {
    // Cases that can't be read are a failure of their own.
    return [];
  }
}

/** Runs one check; a known failure must fail. A subject that hangs fails it, by name. */
export async function runCheck(one: Check, known: Readonly<Record<string, string>>, limitMs = 120_000): Promise<Result> {
  const reason = known[idOf(one)];
  const begun = Date.now();
  const base = { group: one.group, name: one.name };
  try {
    await within(limitMs, one.run());
  } catch (error) {
    const message = told(error);
    if (reason === undefined) return { ...base, outcome: "failed", message, ms: Date.now() - begun };
    if (reason.trim() === "")
      return { ...base, outcome: "failed", message: `it is called a known failure without a reason: ${message}`, ms: Date.now() - begun };
    return { ...base, outcome: "known", message: reason, ms: Date.now() - begun };
  }
  const ms = Date.now() - begun;
  return reason === undefined
    ? { ...base, outcome: "passed", ms }
    : { ...base, outcome: "failed", message: `it is called a known failure (${reason}) and passes: take it off the list`, ms };
}

/** fast-check says how it got there and leaves what was wrong to the cause. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.cause.message}\n${error.message}` : error.message;
}

async function within(ms: number, run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the subject hangs: after ${ms / 1000} s there was neither an answer nor an error`)), ms);
  });
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Known failures of checks that do not exist. */
export function staleKnown(subject: Subject, options: SuiteOptions): string[] {
  const names = Object.keys(options.known ?? {});
  if (names.length === 0) return [];
  const ids = new Set(checks(subject, options).map(idOf));
  return names.filter((name) => !ids.has(name)).map((name) => `"${name}" is called a known failure and is no check`);
}

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
    notClaimed: capabilities.filter((capability) => !scope.claimed.includes(capability)),
    results: [...results],
  };
}

export function markdown(report: Report): string {
  const lines = [
    `# Conformance of ${report.subject}`,
    "",
    `${report.passed} passed, ${report.failed} failed, ${report.known} known to fail (${report.date}).`,
    ...(report.notRun === 0 ? [] : ["", `This is no whole run: ${report.notRun} checks were left out.`]),
    "",
    `Claimed: ${report.claimed.join(", ") || "nothing"}.`,
    "",
    `Not claimed, and so not asked for: ${report.notClaimed.join(", ") || "nothing"}.`,
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

/** Every fault with its one right outcome, and what each subject made of it. */
export function faultTable(reports: readonly Report[]): string {
  const marks = { passed: "yes", failed: "NO", known: "known" };
  const lines = [
    `| Fault | What happens | Right outcome |${reports.map((report) => ` ${report.subject} |`).join("")}`,
    `| --- | --- | --- |${" --- |".repeat(reports.length)}`,
  ];
  for (const fault of faults) {
    const cells = reports.map((report) => {
      const result = report.results.find((one) => one.group === "faults" && one.name === fault.id);
      return ` ${result === undefined ? "not run" : marks[result.outcome]} |`;
    });
    lines.push(`| ${fault.id} | ${fault.title} | ${outcomeOf(fault.right)} |${cells.join("")}`);
  }
  return `${lines.join("\n")}\n`;
}

export function outcomeOf(right: Right): string {
  const words = [right.left === true ? "no error" : right.codes === undefined ? "the same answer" : `error ${right.codes.join(" or ")}`];
  if (right.partial === true) words.push("with what had arrived");
  if (right.retryable !== undefined) words.push(right.retryable ? "retryable" : "not retryable");
  if (right.retryAfterMs !== undefined) words.push("with the wait");
  words.push(right.requests === undefined || right.requests === 1 ? "one request" : `${right.requests} requests`);
  if (right.hangsUp === true) words.push("the client closes the connection");
  return words.join(", ");
}

/** What a provider's own fixtures prove, by capability, strongest kind first. */
export function evidenceOf(fixtures: URL | string): Record<string, Evidence[]> {
  const evidence: Partial<Record<Capability, Evidence[]>> = {};
  const rank = ["recorded", "derived", "documented"];
  // A case that ends in an error proves nothing that it is about.
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
