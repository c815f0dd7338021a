// `npm run test:full [-- --seed N]` runs what takes too long for `npm test`: a million broken answers, all growing answers, all mutants,
// a thousand streams through the gateway, and all faults of all providers.
// Every step prints its own progress, and Ctrl-C ends them all.
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { fuzz } from "./fuzz.ts";
import { report, sentence, sum, type Tally } from "./results.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, inputs: { type: "string", default: "1000000" } } });
const tallies: Tally[] = [];
for (const [name, work] of Object.entries({
  fuzz: () => fuzz({ inputs: values.inputs, growth: "all", ...(values.seed === undefined ? {} : { seed: values.seed }) }),
  mutants: () => program("packages/lab/src/mutants-main.ts"),
  "a thousand streams": () =>
    runCommand("node_modules/.bin/vitest", ["run", "packages/gateway/test/load.test.ts"], { show: true, env: { LUMIVERSE_FULL: "1" } }),
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

function program(file: string, args: readonly string[] = []): Promise<{ ok: boolean }> {
  return runCommand("node", ["--conditions=@lumiverse/source", file, ...args], { show: true });
}
