// `npm run test:full` runs what takes too long for `npm test`: a million broken answers, all growing answers, all mutants, a thousand streams through the gateway, and all faults of all providers. Every step
// prints its own progress, and Ctrl-C ends them all.
import { runCommand } from "./command.ts";
import { runScript, script, wholeNumber } from "./command-line.ts";
import { fuzz } from "./fuzz.ts";
import { report, sentence, sum, type Tally } from "./results.ts";

await runScript(
  script(
    "test:full",
    "Run what takes too long for npm test: a million broken answers, all growing answers, all mutants, a thousand streams through the gateway, and all faults of all providers.",
    ["", "--inputs 100000 --seed 7"],
  )
    .option("--inputs <number>", "how many broken answers are read", wholeNumber, 1_000_000)
    .option("--seed <number>", "repeat the inputs of an earlier run of the fuzzer", wholeNumber)
    .action(main),
);

async function main({ inputs, seed }: { inputs: number; seed?: number }): Promise<void> {
  const tallies: Tally[] = [];
  for (const [name, work] of Object.entries({
    fuzz: () => fuzz({ inputs, growth: "all", ...(seed === undefined ? {} : { seed }) }),
    mutants: () => program("packages/lab/src/mutants-main.ts"),
    "a thousand streams": () =>
      runCommand("vitest", ["run", "packages/gateway/test/load.test.ts"], { show: true, env: { LUMIVERSE_FULL: "1" } }),
    "all faults": () => program("packages/lab/src/report-main.ts", ["--jobs", "2"]),
  })) {
    const started = performance.now();
    console.log(`── ${name}`);
    const ran = await work();
    tallies.push(report([ran.ok ? { name } : { name, problem: "its output is above" }]));
    console.log(`   ${((performance.now() - started) / 60_000).toFixed(1)} min`);
  }
  const total = sum(tallies);
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(sentence(total));
}

function program(file: string, args: readonly string[] = []): Promise<{ ok: boolean }> {
  return runCommand("node", ["--conditions=@lumiverse/source", file, ...args], { show: true });
}
