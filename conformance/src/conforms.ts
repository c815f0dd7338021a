/** Runs the suite under any test runner, given its `describe` and `it`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { idOf } from "./checks/check.ts";
import { checks, type SuiteOptions } from "./checks/checks.ts";
import type { Subject } from "./play/subject.ts";
import { rewriteCases } from "./record/write-expected.ts";
import { claimsOf, markdown, type Report, type Result, reportOf, runCheck, staleKnown } from "./report/report.ts";

/** The functions of a test runner. */
export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  afterAll(body: () => void | Promise<void>): void;
}
/** Options of `conforms`. */
export interface ConformsOptions extends SuiteOptions {
  /** Called once after all checks have run. */
  report?: (report: Report) => void;
}

/**
 * Registers every check of a subject as a test. With the environment variable LUMIVERSE_WRITE_FIXTURES set, the golden requests and expectations
 * are rewritten instead, to be reviewed as a diff. Response bodies and recorded exchanges are never rewritten. LUMIVERSE_REPORT names a folder for the report.
 */
export function conforms(subject: Subject, options: ConformsOptions, runner: Runner): void {
  const { describe, it, afterAll } = runner;
  if (process.env["LUMIVERSE_WRITE_FIXTURES"] !== undefined) {
    describe(`${subject.id} fixtures`, () => it("are rewritten", () => rewriteCases(subject, options.fixtures)));
    return;
  }
  const known = options.known ?? {};
  const results: Result[] = [];
  describe(`${subject.id} conforms`, () => {
    const all = checks(subject, options);
    for (const group of new Set(all.map((one) => one.group)))
      describe(group, () => {
        for (const one of all.filter((other) => other.group === group))
          it(known[idOf(one)] === undefined ? one.name : `${one.name} (known to fail: ${known[idOf(one)]})`, async () => {
            const result = await runCheck(one, known);
            results.push(result);
            if (result.outcome === "failed") throw new Error(result.message);
          });
      });
    it("has no stale known failure", async () => {
      const stale = staleKnown(subject, options);
      if (stale.length > 0) throw new Error(stale.join("; "));
    });
    afterAll(async () => {
      const report = reportOf(subject.id, results, { checks: all.length, claimed: await claimsOf(subject, options) });
      options.report?.(report);
      const folder = process.env["LUMIVERSE_REPORT"];
      if (folder !== undefined) writeReport(folder, report);
    });
  });
}

/** Writes a report to a folder, as `<subject>.json` and `<subject>.md`. */
export function writeReport(folder: string, report: Report): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.subject}.json`), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, `${report.subject}.md`), markdown(report));
}
