/** `npm run bench [-- --quick] [--json] [--only text]`: us, the bare limit and the peers, interleaved, each in a process of its own; prints ratios. */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Figures } from "./runner.ts";
import { wires } from "./streams.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(
    "npm run bench [-- --quick] [--json] [--only NAME]\n\nExamples:\n  npm run bench -- --quick\n  npm run bench -- --only text.messages --json > figures.json",
  );
  process.exit(0);
}
const rounds = values.quick ? 7 : 25;
const warmUps = values.quick ? 6 : 15;
const deltas = 10_000;

interface Measure {
  name: string;
  title: string;
  plan: string;
  ask: string;
  /** The ratio of CPU time to the limit that is aimed at. */
  goal: number;
  /** Calls in one run, for figures a clock can hold. */
  repeat: number;
}
const measures: Measure[] = [
  ...wires.flatMap((wire) =>
    (["64k", "each"] as const).map((packets) => ({
      name: `text.${wire}.${packets}`,
      title: `${deltas} deltas, ${wire}, ${packets === "each" ? "one event a packet" : "64 KB packets"}`,
      plan: `text.${wire}.${deltas}.${packets}`,
      ask: `text.${wire}`,
      goal: 1.15,
      repeat: 1,
    })),
  ),
  {
    name: "tool.100k",
    title: "one tool call, 100 KB of arguments in 20-byte pieces",
    plan: "tool.100000.64k",
    ask: "tool",
    goal: 1.2,
    repeat: 1,
  },
  {
    name: "tool.1m",
    title: "one tool call, 1 MB of arguments in 20-byte pieces",
    plan: "tool.1000000.64k",
    ask: "tool",
    goal: 1.2,
    repeat: 1,
  },
  { name: "small.1", title: "a small whole answer", plan: "small", ask: "small.1", goal: 1.15, repeat: 50 },
  { name: "small.64", title: "64 small whole answers at once", plan: "small", ask: "small.64", goal: 1.15, repeat: 2 },
];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
};

function start(file: string, args: string[] = []): ChildProcess {
  return fork(here(file), args, {
    execArgv: ["--conditions=@lumiverse/source", "--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process of the bench ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as T);
    });
  });
}

const server = start("./server.ts");
const { port } = await answer<{ port: number }>(server);

/** Peers live outside the workspace: `npm install` in packages/bench/peers brings them. */
const peers = existsSync(here("../peers/node_modules"))
  ? readdirSync(here("../peers"))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `../peers/${name}`)
  : [];
const subjects = ["./subjects/limit.ts", "./subjects/lumiverse.ts", ...peers];
const names = subjects.map((file) => file.split("/").at(-1)?.replace(/\.ts$/, "") ?? file);

interface Row {
  measure: Measure;
  /** Medians by subject: CPU milliseconds. */
  cpu: (number | undefined)[];
  spread: (number | undefined)[];
  problems: (string | undefined)[];
}
const rows: Row[] = [];
for (const measure of measures) {
  if (values.only !== undefined && !measure.name.startsWith(values.only)) continue;
  progress(measure.title);
  const children = subjects.map((file) => start("./runner.ts", [here(file)]));
  await Promise.all(children.map((child) => answer(child)));
  const runs: number[][] = subjects.map(() => []);
  const problems: (string | undefined)[] = subjects.map(() => undefined);
  let check: string | undefined;
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const [i, child] of children.entries()) {
      if (problems[i] !== undefined) continue;
      let cpu = 0;
      for (let n = 0; n < measure.repeat; n++) {
        const reply = answer<{ figures?: Figures; error?: string }>(child);
        child.send({ measure: measure.ask, base: `http://127.0.0.1:${port}/${measure.plan}` });
        const { figures, error } = await reply;
        if (figures === undefined) {
          problems[i] = error ?? "has no such wire";
          break;
        }
        check ??= figures.check;
        if (figures.check !== check) problems[i] = `read ${figures.check}, the limit ${check}`;
        cpu += figures.cpu;
      }
      if (round >= warmUps && problems[i] === undefined) runs[i]?.push(cpu);
    }
  }
  for (const child of children) child.disconnect();
  rows.push({ measure, cpu: runs.map(median), spread: runs.map(spreadOf), problems });
}
progress("");
server.disconnect();

function median(list: number[]): number | undefined {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
/** Half of the interquartile range. */
function spreadOf(list: number[]): number | undefined {
  const sorted = [...list].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor(sorted.length / 4)], sorted[Math.floor((sorted.length * 3) / 4)]];
  return low === undefined || high === undefined ? undefined : (high - low) / 2;
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
if (values.json) {
  console.log(
    JSON.stringify(
      { date: new Date().toISOString().slice(0, 10), machine, rows: rows.map((row) => ({ ...row, subjects: names })) },
      null,
      2,
    ),
  );
} else {
  console.log(
    `CPU time as a ratio to the limit (its milliseconds in brackets), median of ${rounds} interleaved runs, ± half the interquartile range.\n${machine}\n`,
  );
  for (const { measure, cpu, spread, problems } of rows) {
    const base = cpu[0];
    console.log(`${measure.title}  [limit ${base?.toFixed(1)} ms ± ${spread[0]?.toFixed(1)}]`);
    for (let i = 1; i < names.length; i++) {
      const [value, problem] = [cpu[i], problems[i]];
      if (problem !== undefined) console.log(`  ${names[i]?.padEnd(24)} – ${problem}`);
      else if (value !== undefined && base !== undefined)
        console.log(
          `  ${names[i]?.padEnd(24)} ${(value / base).toFixed(2)}  ± ${((spread[i] ?? 0) / base).toFixed(2)}${i === 1 ? `  (goal ${measure.goal})${value / base <= measure.goal ? "" : "  missed"}` : ""}`,
        );
    }
  }
  if (peers.length === 0) console.log("\nNo peers are in packages/bench/peers: the limit and this library alone were measured.");
}
