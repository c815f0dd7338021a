import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { architectureChecks } from "../src/architecture.ts";
import type { Tree } from "../src/layers.ts";
import { root } from "../src/workspace.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The problems that are found in a repository of these files, by the name of the check. */
async function problems(files: Readonly<Record<string, string>>, tree: Tree): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-architecture-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return problemsIn(folder, ["src"], tree);
}
async function problemsIn(folder: string, sources: readonly string[], tree: Tree): Promise<Record<string, string>> {
  const checks = await architectureChecks(folder, sources, [tree]);
  return Object.fromEntries(
    checks.flatMap(({ name, problem }) => (problem === undefined ? [] : [[name.replace("architecture: ", ""), problem]])),
  );
}

const tree: Tree = { name: "example", folder: "src", layers: [["low"], ["left", "right", "each/*"], ["top.ts"]] };

test("a cycle of type-only imports is found", async () => {
  const files = {
    "src/low/a.ts": 'import type { B } from "./b.ts";\nexport interface A { b?: B }\n',
    "src/low/b.ts": 'import type { A } from "./a.ts";\nexport interface B { a?: A }\n',
  };
  expect(await problems(files, tree)).toEqual({
    "no import cycles": expect.stringContaining("src/low/a.ts → src/low/b.ts → src/low/a.ts"),
  });
});
test("a type-only import of a higher layer is found", async () => {
  const files = {
    "src/low/a.ts": 'import type { B } from "../left/b.ts";\nexport type A = B;\n',
    "src/left/b.ts": "export type B = string;\n",
  };
  expect(await problems(files, tree)).toEqual({
    "the imports of example point down": expect.stringContaining("src/low/a.ts → src/left/b.ts"),
  });
});
test("an import of another entry of the same layer is found, also between two folders of one pattern", async () => {
  const files = {
    "src/left/a.ts": 'export * from "../right/b.ts";\n',
    "src/right/b.ts": "export const b: number = 1;\n",
    "src/each/one/c.ts": 'export * from "../two/d.ts";\n',
    "src/each/two/d.ts": "export const d: number = 1;\n",
  };
  const problem = (await problems(files, tree))["the imports of example point down"];
  expect(problem).toContain("src/left/a.ts → src/right/b.ts");
  expect(problem).toContain("src/each/one/c.ts → src/each/two/d.ts");
});
test("imports of lower layers and of the same entry are allowed", async () => {
  const files = {
    "src/low/a.ts": "export const a: number = 1;\n",
    "src/each/one/c.ts": 'import { a } from "../../low/a.ts";\nimport type { E } from "./e.ts";\nexport const c: E = a;\n',
    "src/each/one/e.ts": "export type E = number;\n",
    "src/top.ts": 'export * from "./low/a.ts";\nexport * from "./each/one/c.ts";\n',
  };
  expect(await problems(files, tree)).toEqual({});
});
test("a source file that belongs to no layer is found", async () => {
  const files = { "src/low/a.ts": "export const a: number = 1;\n", "src/new/b.ts": "export const b: number = 1;\n" };
  expect(await problems(files, tree)).toEqual({ "every source file of example belongs to a layer": "src/new/b.ts" });
});
test("no source files at all is a problem, never a success", async () => {
  expect(await problems({ "src/README.md": "" }, tree)).toEqual({ "every source file is read": "there are no source files" });
});
test("an import of another package of the repository is seen under the package's name", async () => {
  const reversed: Tree = { name: "packages", folder: "", layers: [["providers/*"], ["packages/core", "packages/protocols"]] };
  const problem = (await problemsIn(root, ["providers/groq/src"], reversed))["the imports of packages point down"];
  expect(problem).toContain("providers/groq/src/index.ts → packages/core/src/provider.ts");
});
