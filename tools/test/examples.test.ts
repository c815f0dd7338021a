import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readExamples, writeExamples } from "../src/examples.ts";
import { root } from "../src/workspace.ts";

const examples = readExamples();
writeExamples(examples);

function run(program: string, args: readonly string[], timeout = 120_000): { status: number | null; output: string } {
  const result = spawnSync(join(root, "node_modules", ".bin", program), args, { cwd: root, encoding: "utf8", timeout, maxBuffer: 1e9 });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

describe("examples in READMEs and guides", () => {
  it("compile", () => {
    const { status, output } = run("tsc", ["-p", "docs/.examples"]);
    const named = output.replace(/docs\/\.examples\/(\d+)\.ts/g, (_, n: string) => `${examples[Number(n)]?.at}`);
    expect(named).toBe("");
    expect(status).toBe(0);
  }, 120_000);

  const runnable = examples.filter((one) => one.runs);
  it("run", () => {
    const { status, output } = run(
      "node",
      [
        "--conditions=@lumiverse/source",
        "--import",
        "./tools/src/offline.ts",
        "tools/src/run-examples.ts",
        ...runnable.map(({ path }) => path),
      ],
      600_000,
    );
    const lines = output.split("\n").filter((line) => line.startsWith('{"path"'));
    const results = lines.map((line) => JSON.parse(line) as { path: string; problem?: string }); // written by run-examples.ts
    const at = (path: string): string | undefined => examples.find((one) => one.path === path)?.at;
    expect(results.flatMap(({ path, problem }) => (problem === undefined ? [] : [`${at(path)} ${problem}`]))).toEqual([]);
    expect(results.length, output.slice(-2000)).toBe(runnable.length);
    expect(status).toBe(0);
  }, 600_000);
});
