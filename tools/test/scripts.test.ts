import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProgram } from "../../packages/core/test/support/programs.ts";
import { report, sentence, sum } from "../src/results.ts";
import { root } from "../src/workspace.ts";

describe("the total of npm test", () => {
  test("adds up the steps", () => {
    const total = sum([
      { passed: 3, failed: 0, skipped: 0 },
      { passed: 4, failed: 2, skipped: 0 },
    ]);
    expect(sentence(total)).toBe("7 passed, 2 failed");
  });
  test("includes skipped checks when there are any", () => {
    expect(sentence({ passed: 1, failed: 0, skipped: 5 })).toBe("1 passed, 0 failed, 5 skipped");
  });
  test("counts a check with a problem as failed", () => {
    expect(report([{ name: "one" }, { name: "two", problem: "it is wrong" }])).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe("the starter of the root scripts", () => {
  const text = readFileSync(join(root, "package.json"), "utf8");
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(text);

  test("runs every root script under the name of the script", () => {
    expect(Object.entries(scripts).filter(([name, command]) => command !== `node tools/run.mjs ${name}`)).toEqual([]);
  });
  test("installs exactly what the lockfile names, in every environment", () => {
    const starter = readFileSync(join(root, "tools/run.mjs"), "utf8");
    expect(starter).toContain('"install", "--frozen-lockfile"]');
    expect(starter).not.toContain('"--no-frozen-lockfile"');
  });
  test("lists all scripts when the given one does not exist", async () => {
    const ran = await runProgram(process.execPath, [join(root, "tools/run.mjs"), "no-such-script"]);
    expect(ran.code).toBe(1);
    const known = ran.stderr.trim().split("the scripts are: ")[1]?.split(", ");
    expect(known?.sort()).toEqual(Object.keys(scripts).sort());
    expect(ran.stdout).toBe("");
  });
});
