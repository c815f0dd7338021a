// Checks the bundle sizes of two applications against budgets, with the published build. Look for a saving before you raise a limit.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import file from "@size-limit/file";
import { build, type Metafile } from "esbuild";
import sizeLimit from "size-limit";
import { runScript, script } from "./command-line.ts";
import { type Check, report, sentence } from "./results.ts";
import { root } from "./workspace.ts";

const ONE = `import { connect } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";
export const connection = connect(groq, { apiKey: "k" });`;
const THREE = `import { connect } from "@lumiverse/core";
import { openai } from "@lumiverse/openai/provider";
import { anthropic } from "@lumiverse/anthropic/provider";
import { google } from "@lumiverse/google/provider";
export const connections = [connect(openai, { apiKey: "k" }), connect(anthropic, { apiKey: "k" }), connect(google, { apiKey: "k" })];`;

interface Budget {
  name: string;
  /** The source of the application. */
  code: string;
  /** `first load`: the files that load before the first `import()`. `one file`: the whole bundle without code splitting, as for workers. */
  measure: "first load" | "one file";
  /** Bytes, minified and gzipped, that the check enforces. Where it is above the goal, it is lowered with every saving. docs/decisions/size.md gives the reason of each time it was raised. */
  limit: number;
  /** Bytes that we want to reach. */
  goal: number;
}
const BUDGETS: readonly Budget[] = [
  { name: "one provider (Groq)", code: ONE, measure: "first load", limit: 60_420, goal: 42_000 },
  { name: "OpenAI, Anthropic and Google", code: THREE, measure: "first load", limit: 111_800, goal: 80_000 },
  { name: "one provider (Groq)", code: ONE, measure: "one file", limit: 82_130, goal: 75_000 },
  { name: "OpenAI, Anthropic and Google", code: THREE, measure: "one file", limit: 144_320, goal: 120_000 },
];

/** Bundles each application with esbuild from the packages' `dist` folders, and measures the result with size-limit. */
export async function checkBundleBudgets(): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-bundles-"));
  try {
    const checks = await Promise.all(
      BUDGETS.map(async ({ code, measure }, index) => ({
        files: await bundle(code, measure === "first load", join(folder, String(index))),
        gzip: true,
      })),
    );
    // The documented result of the JavaScript API, whose declared type is `object`.
    const sizes = (await sizeLimit(file, { checks })) as { size: number }[];
    return BUDGETS.map(({ name, measure, limit, goal }, index) => {
      const size = sizes[index]?.size ?? Number.NaN;
      const check = `bundle size of ${name}, ${measure}`;
      console.log(`   ${check}: ${size} of ${limit} bytes${size <= goal ? "" : `, goal of ${goal} missed`}`);
      return size <= limit ? { name: check } : { name: check, problem: `${size} bytes gzipped; the budget is ${limit}` };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files of the bundle that load with its entry point. */
async function bundle(code: string, splitting: boolean, outdir: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: code, resolveDir: root, sourcefile: "application.js" },
    outdir,
    bundle: true,
    minify: true,
    splitting,
    format: "esm",
    platform: "browser",
    target: "es2023",
    metafile: true,
    logLevel: "silent",
  });
  const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint?.endsWith("application.js"));
  if (entry === undefined) throw new Error("esbuild wrote no output for the application");
  return [...staticallyImported(metafile, entry, new Set())].map((path) => resolve(root, path));
}

function staticallyImported(metafile: Metafile, path: string, seen: Set<string>): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const imported of metafile.outputs[path]?.imports ?? []) {
    if (imported.kind === "import-statement" && !imported.external) staticallyImported(metafile, imported.path, seen);
  }
  return seen;
}

if (import.meta.main)
  await runScript(
    script("check:size", "Check the bundle sizes of applications against their budgets.", [""]).action(async () => {
      const tally = report(await checkBundleBudgets());
      console.log(sentence(tally));
      process.exitCode = tally.failed === 0 ? 0 : 1;
    }),
  );
