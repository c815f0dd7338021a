import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runProgram } from "./support/programs.ts";

const EXPECTED = /^\s*\/\/ @ts-expect-error .*names ("(?:[^"\\]|\\.)+")$/;

/** What the compiler reports about a source outside this package, by line. */
async function compile(source: string): Promise<Map<number, string>> {
  const folder = await mkdtemp(join(tmpdir(), "type-errors-"));
  const repository = fileURLToPath(new URL("../../../", import.meta.url));
  const core = join(repository, "packages/core/src");
  const config = {
    extends: join(repository, "tsconfig.base.json"),
    compilerOptions: { types: [], paths: { "@lumiverse/core": [join(core, "index.ts")], "@lumiverse/core/*": [join(core, "*.ts")] } },
    files: ["calls.ts"],
  };
  try {
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    await writeFile(join(folder, "calls.ts"), source);
    const compiler = createRequire(import.meta.url)
      .resolve("typescript/package.json")
      .replace("package.json", "bin/tsc");
    const { stdout } = await runProgram(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { limitMs: 100_000 });
    return new Map([...stdout.matchAll(/calls\.ts\((\d+),\d+\): error (.*)/g)].map(([, line, message = ""]) => [Number(line), message]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("a wrong call does not compile, and the compiler's message names what is wrong", async () => {
  const lines = (await readFile(new URL("connect.types.ts", import.meta.url), "utf8")).split("\n");
  const named = new Map<number, string>();
  lines.forEach((line, index) => {
    const [, quoted] = EXPECTED.exec(line) ?? [];
    // The error is in the line after the comment, and lines count from 1.
    if (quoted !== undefined) named.set(index + 2, JSON.parse(quoted));
  });
  const source = lines.map((line) => (EXPECTED.test(line) ? "//" : line)).join("\n");
  const errors = await compile(source.replace("../src/index.ts", "@lumiverse/core"));
  expect([...errors.keys()]).toEqual([...named.keys()]);
  // The compiler escapes quotes inside of a quoted type.
  for (const [line, name] of named) expect(errors.get(line)?.replaceAll('\\"', '"')).toContain(name);
});
