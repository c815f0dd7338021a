import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readExamples, writeExamples } from "../src/examples.ts";
import { root } from "../src/workspace.ts";

const examples = readExamples();
writeExamples(examples);

function run(program: string, args: readonly string[]): { status: number | null; output: string } {
  const result = spawnSync(join(root, "node_modules", ".bin", program), args, { cwd: root, encoding: "utf8", timeout: 120_000 });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

describe("examples in READMEs and guides", () => {
  it("compile", () => {
    const { status, output } = run("tsc", ["-p", "docs/.examples"]);
    const named = output.replace(/docs\/\.examples\/(\d+)\.ts/g, (_, n: string) => `${examples[Number(n)]?.at}`);
    expect(named).toBe("");
    expect(status).toBe(0);
  }, 120_000);

  for (const example of examples.filter((one) => one.runs)) {
    it(`${example.at} runs`, () => {
      const { status, output } = run("node", ["--conditions=@lumiverse/source", "--import", "./tools/src/offline.ts", example.path]);
      expect(status, output).toBe(0);
    }, 120_000);
  }
});
