/**
 * `spec [ID …] [--json] [--seed N] [--runs N] [--jobs 2]`: holds rendered bodies against the types of the vendors' own SDKs. Without `--runs` it renders every
 * value and every pair of values of a request's fields. Nothing is sent. Exit code 1 if a body has a problem that is not in exceptions.ts, or, in a full run, if an
 * exception is no longer needed.
 */
import { parseArgs } from "node:util";
import { readFixtures } from "@lumiverse/conformance/internals";
import { exitWhenPrinted, runInProcesses } from "./providers/processes.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";
import { violationsIn } from "./spec/exceptions.ts";
import { runSpec, type SpecResult } from "./spec/run-spec.ts";
import { specTable, unneededList, violationList } from "./spec/spec-table.ts";
import { transcriptsOf } from "./spec/transcripts.ts";
import { packageVersions, vendorSchemas } from "./spec/vendor-schemas.ts";

const FOLDER = "providers";
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    runs: { type: "string" },
    jobs: { type: "string", default: "2" },
  },
});
const seed = wholeNumber("--seed", values.seed);
const runs = values.runs === undefined ? undefined : wholeNumber("--runs", values.runs);
const names = packagesIn(FOLDER, positionals);
const schemas = await vendorSchemas(); // before the processes start, so that one of them writes the cache
const results = names.length === 1 ? await judged(names) : await inProcesses();

const violations = results.flatMap(({ findings }) => violationsIn(findings));
// A sample cannot prove that an exception is no longer needed.
const spare = runs === undefined ? unneededList(results) : [];
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
else {
  process.stdout.write(`${violationList(results)}\n${specTable(results)}`);
  for (const line of spare) process.stdout.write(`${line}\n`);
  process.stdout.write(`Types of ${packageVersions().join(", ")}\n`);
  process.stdout.write(`seed ${seed}: ${violations.length} violations\n`);
}
if (violations.length > 0 || spare.length > 0 || names.length === 0) process.exitCode = 1;
// Connections that tests left open must not keep the process alive.
exitWhenPrinted();

async function inProcesses(): Promise<SpecResult[]> {
  const flags = ["--seed", String(seed), ...(runs === undefined ? [] : ["--runs", String(runs)])];
  const printed = await runInProcesses(names, flags, Number(values.jobs));
  return printed.flatMap(([, result]) => result as SpecResult[]); // what `--json` prints above
}

async function judged(ids: readonly string[]): Promise<SpecResult[]> {
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

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${flag} needs a whole number, not "${text}"`);
  return number;
}
