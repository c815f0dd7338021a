/**
 * `npm run spec`: holds rendered bodies against the types of the vendors' own SDKs. Without `--runs` it renders every value and every pair of values of a request's
 * fields. Nothing is sent.
 */
import { readFixtures } from "@lumiverse/conformance/internals";
import { positiveNumber, runScript, script, wholeNumber } from "@lumiverse/tools/command-line";
import { exitWhenPrinted, runInProcesses } from "./providers/processes.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";
import { violationsIn } from "./spec/exceptions.ts";
import { runSpec, type SpecResult } from "./spec/run-spec.ts";
import { specTable, unneededList, violationList } from "./spec/spec-table.ts";
import { transcriptsOf } from "./spec/transcripts.ts";
import { packageVersions, vendorSchemas } from "./spec/vendor-schemas.ts";

const FOLDER = "providers";

interface Options {
  json?: true;
  seed: number;
  runs?: number;
  jobs: number;
}

await runScript(
  script(
    "spec",
    "Hold rendered bodies against the types of the vendors' own SDKs. Exit code 1 if a body has a problem that is not in exceptions.ts, or, in a full run, if an exception is no longer needed.",
    ["", "groq --runs 500", "--runs 500 --seed 7 --json > results.json"],
  )
    .argument("[id...]", "providers; without an id, all of them")
    .option("--runs <number>", "render so many random requests instead of all values and all pairs of values", wholeNumber)
    .option("--seed <number>", "repeat the random requests of an earlier run", wholeNumber, Date.now() % 1_000_000)
    .option("--jobs <number>", "processes", positiveNumber, 2)
    .option("--json", "print one JSON document: the results of each provider")
    .action(main),
);

async function main(ids: readonly string[], options: Options): Promise<void> {
  const { json, seed, runs } = options;
  const names = packagesIn(FOLDER, ids);
  const schemas = await vendorSchemas(); // before the processes start, so that one of them writes the cache
  const results = names.length === 1 ? await judged(names, schemas, options) : await inProcesses(names, options);

  const violations = results.flatMap(({ findings }) => violationsIn(findings));
  // A sample cannot prove that an exception is no longer needed.
  const spare = runs === undefined ? unneededList(results) : [];
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else {
    process.stdout.write(`${violationList(results)}\n${specTable(results)}`);
    for (const line of spare) process.stdout.write(`${line}\n`);
    process.stdout.write(`Types of ${packageVersions().join(", ")}\n`);
    process.stdout.write(`seed ${seed}: ${violations.length} violations\n`);
  }
  if (violations.length > 0 || spare.length > 0 || names.length === 0) process.exitCode = 1;
  // Connections that tests left open must not keep the process alive.
  exitWhenPrinted();
}

async function inProcesses(names: readonly string[], { seed, runs, jobs }: Options): Promise<SpecResult[]> {
  const flags = ["--seed", String(seed), ...(runs === undefined ? [] : ["--runs", String(runs)])];
  const printed = await runInProcesses(names, flags, jobs);
  return printed.flatMap(([, result]) => result as SpecResult[]); // what `--json` prints above
}

async function judged(
  ids: readonly string[],
  schemas: Awaited<ReturnType<typeof vendorSchemas>>,
  { seed, runs }: Options,
): Promise<SpecResult[]> {
  const found: SpecResult[] = [];
  const all = await installedIn(FOLDER, []);
  const transcripts = await Promise.all(all.map(async ({ provider, fixtures }) => transcriptsOf(provider, readFixtures(fixtures))));
  for (const { provider, fixtures } of all.filter(({ id }) => ids.includes(id))) {
    const started = Date.now();
    const progress = (done: number, of: number): void => {
      if (done % 10_000 === 0) process.stderr.write(`${provider.id}: ${done} of ${of}\n`);
    };
    const foreign = transcripts.flat().filter((transcript) => transcript.provider !== provider.id);
    const result = await runSpec(provider, {
      schemas,
      fixtures: readFixtures(fixtures),
      foreign,
      seed,
      progress,
      ...(runs === undefined ? {} : { runs }),
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stderr.write(`${provider.id}: ${result.rendered} bodies, ${violationsIn(result.findings).length} violations (${seconds} s)\n`);
    found.push(result);
  }
  return found;
}
