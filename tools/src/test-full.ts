// `npm run test:full` runs what takes too long for `npm test`. Every step prints its own progress, and Ctrl-C ends them all.
import { runCommand } from "./command.ts";
import { collect, runScript, script, wholeNumber } from "./command-line.ts";
import { fuzz } from "./fuzz.ts";
import { report, sentence, sum, type Tally } from "./results.ts";

interface Options {
  inputs: number;
  seed?: number;
  only: readonly string[];
  write?: true;
}

const KILLS = 1000;
/** The most that a step may take, in milliseconds: all steps have less than six hours in continuous integration. */
const LIMIT_MS = 6 * 3_600_000;
/** The number of growing answers that are measured, chosen at random. There are half a million, which would take hours. */
const GROWTHS = 20_000;

/** Each step by its name. */
const STEPS: Readonly<Record<string, (options: Options) => Promise<{ ok: boolean }>>> = {
  fuzz: ({ inputs, seed }) => fuzz({ inputs, growth: GROWTHS, ...(seed === undefined ? {} : { seed }) }, LIMIT_MS),
  streams: () =>
    tests(
      ["load", "endurance", "outage", "migration"].map((name) => `packages/gateway/test/${name}.test.ts`),
      { LUMIVERSE_FULL: "1" },
    ),
  kills: () => tests(["packages/connections/test/durability.test.ts"], { LUMIVERSE_KILLS: String(KILLS) }),
  packages: () => program("tools/src/check-packages.ts"),
  runtimes: () => tests(["packages/toolkit/test/runtimes", "examples/test/servers.test.ts"]),
  spec: () => program("packages/lab/src/spec-main.ts"),
  exchanges: () => tests(["packages/lab/test/round-trip.test.ts"], { LUMIVERSE_ROUND_TRIP_STEP: "1" }),
  faults: ({ write }) =>
    program("packages/lab/src/report-main.ts", ["--only", "faults", "--jobs", "2", ...(write ? ["--write", "docs/faults.md"] : [])]),
  mutants: ({ write }) => program("packages/lab/src/mutants-main.ts", write ? ["--write", "docs/mutants.md"] : []),
};
const NAMES = Object.keys(STEPS);

await runScript(
  script(
    "test:full",
    `Run what takes too long for npm test: a million broken answers and ${GROWTHS} growing answers, a thousand streams and 200000 calls through the gateway, ${KILLS} kills of a writer on each database, the packages in every runtime, all pairs of request fields against the vendors' types, every field of the vendors' types through the gateway, all faults and all mutants.`,
    ["", "--write", "--inputs 100000 --seed 7", "--only faults --only mutants"],
  )
    .option("--inputs <number>", "how many broken answers are read", wholeNumber, 1_000_000)
    .option("--seed <number>", "repeat the inputs of an earlier run of the fuzzer", wholeNumber)
    .option("--only <step>", `run this step; can be repeated. The steps are: ${NAMES.join(", ")}`, collect, [])
    .option("--write", "write docs/faults.md and docs/mutants.md")
    .action(main),
);

async function main(options: Options): Promise<void> {
  const unknown = options.only.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`there is no step "${unknown}"; the steps are: ${NAMES.join(", ")}`);
  const tallies: Tally[] = [];
  for (const [name, work] of Object.entries(STEPS)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    const started = performance.now();
    console.log(`── ${name}`);
    const ran = await work(options);
    tallies.push(report([ran.ok ? { name } : { name, problem: "its output is above" }]));
    console.log(`   ${ran.ok ? "passed" : "failed"} (${((performance.now() - started) / 60_000).toFixed(1)} min)`);
  }
  const total = sum(tallies);
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(sentence(total));
}

function tests(files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ ok: boolean }> {
  return runCommand("vitest", ["run", ...files], { show: true, env, limitMs: LIMIT_MS });
}
function program(file: string, args: readonly string[] = []): Promise<{ ok: boolean }> {
  return runCommand("node", ["--conditions=@lumiverse/source", file, ...args], { show: true, limitMs: LIMIT_MS });
}
