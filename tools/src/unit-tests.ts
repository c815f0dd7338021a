import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { runCommand } from "./command.ts";
import type { Tally } from "./results.ts";
import { root } from "./workspace.ts";

/** The fields of Vitest's JSON report that are used. */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests?: number;
  testResults: readonly {
    name: string;
    status: string;
    message?: string;
    startTime: number;
    endTime: number;
    assertionResults: readonly unknown[];
  }[];
}

/** Runs Vitest over all tests, or over those that the filters name, and counts the results. */
export async function unitTests(filters: readonly string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-vitest-"));
  try {
    const file = join(folder, "report.json");
    const args = ["run", "--reporter=dot", "--reporter=json", `--outputFile.json=${file}`, "--silent=passed-only", ...filters];
    const ran = await runCommand("vitest", args, {
      show: true,
      limitMs: 3_600_000,
      env: process.stdout.isTTY ? {} : { NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    const report = await readReport(file);
    if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
    // A file that fails to load has no failed tests.
    const brokenFiles = report.testResults.filter((result) => result.status === "failed" && result.assertionResults.length === 0);
    const failed = report.numFailedTests + brokenFiles.length;
    printSlowest(report);
    return {
      passed: report.numPassedTests,
      // An unhandled rejection outside of a test fails the run and is not in the counts.
      failed: failed === 0 && !ran.ok ? 1 : failed,
      skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    // The documented JSON format of Vitest.
    return JSON.parse(await readFile(file, "utf8")) as VitestReport;
  } catch {
    console.log("FAILED vitest wrote no report; its output is above");
    return undefined;
  }
}

function printSlowest(report: VitestReport): void {
  const timed = report.testResults.map((result) => ({ name: relative(root, result.name), ms: result.endTime - result.startTime }));
  const slowest = timed.sort((a, b) => b.ms - a.ms).slice(0, 10);
  console.log("Slowest test files:");
  for (const { name, ms } of slowest) console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`);
}
