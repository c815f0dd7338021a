// `npm test` runs all checks. The last line is the total.
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { checkApiReports } from "./api-reports.ts";
import { checkBundleBudgets } from "./bundle-budgets.ts";
import { checkArchitecture } from "./check-architecture.ts";
import { checkPackages } from "./check-packages.ts";
import { inParallel, runCommand } from "./command.ts";
import { runScript, script, wholeNumber } from "./command-line.ts";
import { fuzz } from "./fuzz.ts";
import { generatedChecks } from "./generated.ts";
import { type Check, report, sentence, sum, type Tally } from "./results.ts";
import { buildSite } from "./site.ts";
import { unitTests } from "./unit-tests.ts";
import { root, workspacePackages } from "./workspace.ts";

const tallies: Tally[] = [];
const NOT_BUILT: Check = { name: "packages", problem: "skipped, because the build failed" };

await runScript(
  script("test", "Run all checks. The last line is the total. A path limits the unit tests.", ["", "--quick providers/groq", "--seed 7"])
    .argument("[path...]", "folders and files of unit tests; without a path, all of them")
    .option("--quick", "leave out the checks of packed packages")
    .option("--seed <number>", "repeat the inputs of an earlier run of the fuzzer", wholeNumber)
    .action(main),
);

async function main(paths: readonly string[], { quick, seed }: { quick?: true; seed?: number }): Promise<void> {
  const built = await step("build", async () => report([await build()]));
  await step("format and lint", async () => report([await biome("format"), await biome("lint")]));
  await step("types", async () => report(await inParallel(withTypeScript(), availableParallelism(), types)));
  await step("architecture", async () => report(await checkArchitecture()));
  await step("generated files", async () => report(await generatedChecks()));
  await step("unit tests and conformance", () => unitTests(paths));
  await step("fuzz", async () => report([await fuzzSample(seed)]));
  await step("public API", async () => report(built.failed === 0 ? await checkApiReports() : [NOT_BUILT]));
  await step("bundle sizes", async () => report(built.failed === 0 ? await checkBundleBudgets() : [NOT_BUILT]));
  await step("documentation", async () => report(await buildSite()));
  if (!quick) await step("packages", async () => report(built.failed === 0 ? await checkPackages() : [NOT_BUILT]));

  const total = sum(tallies);
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(sentence(total));
}

/** A step that throws counts as failed, so that the total is always printed. */
async function step(name: string, work: () => Promise<Tally>): Promise<Tally> {
  const started = performance.now();
  console.log(`── ${name}`);
  const tally = await work().catch((error: unknown) =>
    report([{ name, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }]),
  );
  tallies.push(tally);
  console.log(`   ${sentence(tally)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return tally;
}

async function command(name: string, program: string, args: readonly string[]): Promise<Check> {
  const ran = await runCommand(program, args);
  return ran.ok ? { name } : { name, problem: ran.output };
}
function build(): Promise<Check> {
  return command("turbo run build", "turbo", ["run", "build", "--output-logs=errors-only", "--no-update-notifier", "--log-prefix=none"]);
}
function biome(verb: "format" | "lint"): Promise<Check> {
  return command(`biome ${verb}`, "biome", [verb, ".", "--colors=off", "--max-diagnostics=50", "--error-on-warnings"]);
}
/** A sample of what `npm run test:full` runs whole. */
async function fuzzSample(seed: number | undefined): Promise<Check> {
  const ran = await fuzz({ inputs: 4000, growth: 60, ...(seed === undefined ? {} : { seed }) });
  return ran.ok ? { name: "fuzz" } : { name: "fuzz", problem: "the faults are above" };
}
/** Checks the sources and tests of one package. An error is reported only by the package that contains its file. */
async function types(folder: string): Promise<Check> {
  const name = `tsc -p ${folder}`;
  const ran = await runCommand("tsc", ["-p", folder, "--noEmit", "--pretty", "false"]);
  if (ran.ok) return { name };
  const errors = ran.output.split(/\n(?=\S)/).filter((error) => error.startsWith(`${folder}/`) || !/^\S+\(\d+,\d+\): /.test(error));
  const own = errors.join("\n").trim();
  return own === "" ? { name } : { name, problem: own };
}
function withTypeScript(): string[] {
  return workspacePackages()
    .map((one) => one.folder)
    .filter(
      (folder) => globSync("{src,test,*}/**/*.ts", { cwd: join(root, folder), exclude: ["**/node_modules/**", "dist/**"] }).length > 0,
    );
}
