import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import type { Check } from "./tally.ts";
import { root } from "./workspace.ts";

/** A row of size-budgets.json. */
interface Budget {
  name: string;
  /** A module that an application could be. */
  code: string;
  /** Bytes, minified and gzipped, of everything that loads with the first import. */
  limit: number;
}

/** Bundles each budget's module for a browser, from what npm installed in `app`, and weighs it. */
export async function checkSizes(app: string): Promise<Check[]> {
  // Our own file, beside this one.
  const budgets = JSON.parse(await readFile(join(root, "tools/size-budgets.json"), "utf8")) as Budget[];
  const checks: Check[] = [];
  for (const [index, budget] of budgets.entries()) {
    const bytes = await weigh(app, `size-${index}.js`, budget.code);
    const name = `size of "${budget.name}"`;
    console.log(`   ${name}: ${bytes} of ${budget.limit} bytes`);
    checks.push(bytes <= budget.limit ? { name } : { name, problem: `${bytes} bytes gzipped; the budget is ${budget.limit}` });
  }
  return checks;
}

async function weigh(app: string, file: string, code: string): Promise<number> {
  const entry = join(app, file);
  await writeFile(entry, code);
  const result = await build({
    absWorkingDir: app,
    entryPoints: [entry],
    outdir: join(app, "out"),
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const first = Object.keys(result.metafile.outputs).find((path) => result.metafile.outputs[path]?.entryPoint === file);
  if (first === undefined) throw new Error(`esbuild made no output of ${file}`);
  const loaded = reached(result.metafile, first, new Set());
  const texts = result.outputFiles
    .filter((output) => [...loaded].some((path) => output.path.endsWith(path)))
    .map((output) => output.contents);
  return texts.reduce((total, contents) => total + gzipSync(contents, { level: 9 }).length, 0);
}

/** Chunks that load with the entry; what is only behind `import()` does not count. */
function reached(metafile: Metafile, path: string, seen: Set<string>): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const imported of metafile.outputs[path]?.imports ?? []) {
    if (imported.kind === "import-statement" && !imported.external) reached(metafile, imported.path, seen);
  }
  return seen;
}
