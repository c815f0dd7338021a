// `npm test`: everything that must hold. The last line is the sum. `--quick` leaves the packed packages out; a path limits the unit tests.
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkPackages } from "./check-packages.ts";
import { inParallel, runCommand } from "./command.ts";
import { generatedChecks } from "./generated.ts";
import { type Check, report, sentence, sum, type Tally } from "./tally.ts";
import { unitTests } from "./unit-tests.ts";
import { root, workspacePackages } from "./workspace.ts";

const { values, positionals } = parseArgs({ options: { quick: { type: "boolean" } }, allowPositionals: true });
const tallies: Tally[] = [];
const NOT_PACKED: Check = { name: "packages", problem: "not packed, because the build failed" };

const built = await step("build", async () => report([await build()]));
await step("format and lint", async () => report([await biome("format"), await biome("lint")]));
await step("types", async () => report(await inParallel(withTypeScript(), availableParallelism(), types)));
await step("generated files", async () => report(await generatedChecks()));
await step("unit tests and conformance", () => unitTests(positionals));
if (!values.quick) await step("packages", async () => report(built.failed === 0 ? await checkPackages() : [NOT_PACKED]));

const total = sum(tallies);
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(sentence(total));

/** A step that breaks is a failed one, so that the sum is printed in any case. */
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
/** Sources and tests of one package; what is emitted is checked by the build. An error is told once, by the package whose file it is in. */
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
