import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../packages/core/test/support/programs.ts";
import { readExamples, writeExamples } from "../src/examples.ts";
import { root } from "../src/workspace.ts";

const examples = readExamples();
writeExamples(examples);

async function run(program: string, args: readonly string[], limitMs: number): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await runProgram(join(root, "node_modules", ".bin", program), args, { cwd: root, limitMs });
  return { code, output: `${stdout}${stderr}` };
}

describe("examples in READMEs and guides", () => {
  it("compile", async () => {
    const { code, output } = await run("tsc", ["-p", "docs/.examples"], 100_000);
    const named = output.replace(/docs\/\.examples\/(\d+)\.ts/g, (_, n: string) => `${examples[Number(n)]?.at}`);
    expect(named).toBe("");
    expect(code).toBe(0);
  });

  const runnable = examples.filter((one) => one.runs);
  it("run", async () => {
    const { code, output } = await run(
      "node",
      [
        "--conditions=@lumiverse/source",
        "--import",
        "./tools/src/offline.ts",
        "tools/src/run-examples.ts",
        ...runnable.map(({ path }) => path),
      ],
      580_000,
    );
    const lines = output.split("\n").filter((line) => line.startsWith('{"path"'));
    const results = lines.map((line) => JSON.parse(line) as { path: string; problem?: string }); // written by run-examples.ts
    const at = (path: string): string | undefined => examples.find((one) => one.path === path)?.at;
    expect(results.flatMap(({ path, problem }) => (problem === undefined ? [] : [`${at(path)} ${problem}`]))).toEqual([]);
    expect(results.length, output.slice(-2000)).toBe(runnable.length);
    expect(code).toBe(0);
  }, 600_000);
});
