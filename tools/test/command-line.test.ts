/** Every program behind a root script explains itself, and answers a mistake in one line. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, runProgram } from "../../packages/core/test/support/programs.ts";
import { existingFolder, positiveNumber, wholeNumber } from "../src/command-line.ts";
import { root } from "../src/workspace.ts";

/** The programs of the starter, apart from `lumiverse`, which has tests of its own. */
const programs = [...readFileSync(join(root, "tools/run.mjs"), "utf8").matchAll(/file: "((?:tools|packages\/(?:lab|bench))\/[^"]+)"/g)]
  .map(([, file]) => file ?? "")
  .filter((file, at, all) => all.indexOf(file) === at);

function run(file: string, args: readonly string[]): Promise<Ended> {
  return runProgram(process.execPath, ["--conditions=@lumiverse/source", join(root, file), ...args], { cwd: root });
}

test("every script that runs a program of this repository is tested here", () => {
  expect(programs.length).toBeGreaterThan(14);
});

describe.each(programs)("%s", (file) => {
  test("--help shows what it does and examples", async () => {
    const { code, stdout, stderr } = await run(file, ["--help"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run \S+ -- /);
    expect(stdout).toMatch(/\nExamples:\n {2}npm run /);
  });
  test("an unknown option is one line, a hint and exit code 2, and nothing is done", async () => {
    expect(await run(file, ["--no-such-option"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: unknown option '--no-such-option'\nhint: --help lists the arguments and options\n",
    });
  });
});

describe("a mistake in the arguments of the fuzzer", () => {
  const FUZZ = "packages/lab/src/fuzz-main.ts";
  test.each([
    [["--seed", "abc"], 2, "It is a whole number, such as 7."],
    [["--inputs", "1e999"], 2, "It is a whole number, such as 7."],
    [["--jobs", "0"], 2, "It is at least 1."],
    [["--folder", "no-such-folder"], 2, "There is no such folder."],
    [["--folder", "package.json"], 2, "It is not a folder."],
    [["--folder", "docs"], 1, "there are no provider packages in docs"],
    [["no-such-provider"], 1, 'there is no provider package "no-such-provider" in providers; the packages are: '],
  ])("%j", async (args, code, message) => {
    const ran = await run(FUZZ, args);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr.trim().split("\n")).toHaveLength(2);
    expect(ran.stdout).toBe("");
  });
  test("--json prints one document", async () => {
    const { code, stdout } = await run(FUZZ, ["groq", "--seed", "7", "--inputs", "4", "--growth", "0", "--jobs", "1", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ seed: 7, done: 4, faults: [] });
    expect(code).toBe(0);
  }, 120_000);
});

test.skipIf(!existsSync("/dev/full"))("output that does not fit on a full disk is one line and exit code 1", async () => {
  const args = ["--conditions=@lumiverse/source", join(root, "packages/lab/src/fuzz-main.ts"), "--help"];
  const { code, stderr } = await runProgram("sh", ["-c", 'exec "$@" > /dev/full', "sh", process.execPath, ...args]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: the output could not be written: [^\n]+\n$/);
});

test("a script without arguments refuses them before it does anything", async () => {
  expect(await run("tools/run.mjs", ["build", "--no-such-option"])).toMatchObject({ code: 2, stdout: "" });
  expect(await run("tools/run.mjs", ["build", "--help"])).toMatchObject({ code: 0, stderr: "" });
});

test("numbers and folders are checked before they are used", () => {
  expect(wholeNumber("0")).toBe(0);
  expect(positiveNumber("3")).toBe(3);
  for (const text of ["", "-1", "1.5", "Infinity", "9007199254740993", "0x1", " 1"])
    expect(() => wholeNumber(text)).toThrow("whole number");
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-arguments-"));
  expect(existingFolder(folder)).toBe(folder);
  rmSync(folder, { recursive: true });
  expect(() => existingFolder(folder)).toThrow("no such folder");
});
