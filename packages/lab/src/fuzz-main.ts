/** `npm run fuzz`: feeds broken answers to every reader, and prints each fault with the seed and the input that repeat it. */
import { resolve } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { existingFolder, positiveNumber, runScript, script, wholeNumber } from "@lumiverse/tools/command-line";
import { inputOf, runInput } from "./fuzz/fuzz.ts";
import { type Growth, growthsOf, measureGrowth } from "./fuzz/growth.ts";
import { createRandom } from "./fuzz/random.ts";
import { type Subject, subjectsOf } from "./fuzz/subjects.ts";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";

/** What one thread does: every `jobs`-th step, beginning at `from`. The steps are all inputs, and then all growths. */
interface Task {
  folder: string;
  names: readonly string[];
  seed: number;
  inputs: number;
  growths: number;
  from: number;
  jobs: number;
  /** The step that the thread is at, shared because a thread that hangs sends no messages. */
  step: SharedArrayBuffer;
}
type Report = { done: number; at: string } | { fault: string; key: string } | { finished: true };

/** A thread that stays at one step for this time hangs. Nothing else here uses a clock. */
const HANGS_AFTER_MS = 60_000;
/** Inputs between two reports of a thread. */
const REPORT_EVERY = 50;
/** Memory of one thread. An answer of some kilobytes that needs more is a fault. */
const MOST_MEMORY_MB = 1500;
/** Faults of one kind that are printed. */
const MOST_SHOWN = 3;

interface Options {
  seed: number;
  inputs: number;
  input?: number;
  growth: number;
  jobs: number;
  folder: string;
  json?: true;
}

/** The faults of all threads. The first ones of each kind are shown at once and kept as examples. */
class FoundFaults {
  readonly kinds = new Map<string, { count: number; examples: string[] }>();
  readonly #show: (line: string) => void;

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  add(key: string, line: string): void {
    const kind = this.kinds.get(key) ?? { count: 0, examples: [] };
    this.kinds.set(key, kind);
    if (++kind.count > MOST_SHOWN) return;
    kind.examples.push(line);
    this.#show(line);
  }
}

if (isMainThread)
  await runScript(
    script("fuzz", "Feed broken answers to every reader. Exit code 1 if a call ends in the wrong way, shows a secret or takes too long.", [
      "--inputs 20000",
      "groq openai --growth all --inputs 0",
      "--seed 7 --input 1712",
      "--seed 7 --json > faults.json",
    ])
      .argument("[id...]", "providers; without an id, all of them")
      .option("--seed <number>", "repeat the inputs of an earlier run", wholeNumber, Math.floor(Math.random() * 2 ** 31))
      .option("--inputs <number>", "how many broken answers are read", wholeNumber, 5000)
      .option("--input <number>", "run one input alone, and print what it sends", wholeNumber)
      .option("--growth <number|all>", "how many growing answers are measured", growthCount, 200)
      .option("--jobs <number>", "threads", positiveNumber, 2)
      .option("--folder <path>", "the folder of the provider packages", existingFolder, "providers")
      .option("--json", "print one JSON document: {seed, done, faults: [{kind, count, examples}]}")
      .action(main),
  );
else await work(workerData as Task); // what `main` passes on

function growthCount(text: string): number {
  return text === "all" ? Number.POSITIVE_INFINITY : wholeNumber(text);
}

async function main(ids: readonly string[], { seed, inputs, input, growth, jobs, folder, json }: Options): Promise<void> {
  const names = packagesIn(folder, ids);
  if (input !== undefined) return showInput(await load(folder, names), seed, input);
  if (!json)
    process.stdout.write(`fuzz: seed ${seed}, ${inputs} inputs, ${growth === Number.POSITIVE_INFINITY ? "all" : growth} growing answers\n`);
  const faults = new FoundFaults((line) => {
    if (!json) process.stdout.write(`FAULT ${line}\n`);
  });
  const progress = Array.from({ length: jobs }, (): Progress => ({ done: 0, before: 0, at: "loading" }));
  const show = setInterval(
    () => {
      const at = progress.map((one) => one.at).join("; ");
      process.stderr.write(`fuzz: ${stepsDone(progress)} done, ${faults.kinds.size} kinds of faults (${at})\n`);
    },
    process.stderr.isTTY ? 2000 : 15_000,
  );
  const run = async (state: Progress, first: number): Promise<void> => {
    for (let from: number | undefined = first; from !== undefined; )
      from = await runThread({ folder, names, seed, inputs, growths: growth, from, jobs, step: new SharedArrayBuffer(4) }, state, faults);
  };
  await Promise.all(progress.map(run));
  clearInterval(show);
  const done = stepsDone(progress);
  if (json)
    process.stdout.write(`${JSON.stringify({ seed, done, faults: [...faults.kinds].map(([kind, found]) => ({ kind, ...found })) })}\n`);
  else {
    for (const [kind, { count }] of faults.kinds) if (count > MOST_SHOWN) process.stdout.write(`${count} times: ${kind}\n`);
    process.stdout.write(`fuzz: ${done} done, ${faults.kinds.size} kinds of faults. To repeat: --seed ${seed}\n`);
  }
  process.exitCode = faults.kinds.size > 0 || done === 0 ? 1 : 0;
}

interface Progress {
  /** Steps of the running thread, and of the threads before it. */
  done: number;
  before: number;
  at: string;
}

function stepsDone(progress: readonly Progress[]): number {
  return progress.reduce((sum, one) => sum + one.before + one.done, 0);
}

/** Runs one thread to its end. Resolves with the step at which the next thread continues, if this one hung or died. */
function runThread(task: Task, state: Progress, faults: FoundFaults): Promise<number | undefined> {
  const { seed, inputs, jobs } = task;
  const worker = new Worker(new URL(import.meta.url), { workerData: task, resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB } });
  const step = new Int32Array(task.step);
  step[0] = -1;
  const where = (): string => {
    const at = Atomics.load(step, 0);
    return at < 0 ? "loading" : at < inputs ? `--seed ${seed} --input ${at}` : `--seed ${seed} growth ${at - inputs} (${state.at})`;
  };
  return new Promise((resolve) => {
    let last = -1;
    let since = Date.now();
    const watch = setInterval(() => {
      const at = Atomics.load(step, 0);
      if (at !== last || at < 0) since = Date.now();
      last = at;
      if (Date.now() - since < HANGS_AFTER_MS) return;
      faults.add(`hang ${where()}`, `hang: ${where()}`);
      void worker.terminate();
      end(at + jobs);
    }, 1000);
    const end = (next?: number): void => {
      clearInterval(watch);
      state.before += state.done;
      state.done = 0;
      resolve(next);
    };
    worker.on("message", (message: Report) => {
      if ("fault" in message) faults.add(message.key, message.fault);
      else if ("done" in message) Object.assign(state, message);
      else end();
    });
    worker.on("error", (error) => {
      faults.add("the thread died", `the thread died: ${where()}: ${error instanceof Error ? error.message : String(error)}`);
      const at = Atomics.load(step, 0);
      end(at < 0 ? undefined : at + jobs);
    });
  });
}

async function load(folder: string, names: readonly string[]): Promise<Subject[]> {
  return subjectsOf(await installedIn(resolve(folder), names));
}

async function work({ folder, names, seed, inputs, growths, from, jobs, step }: Task): Promise<void> {
  const send = (message: Report): void => parentPort?.postMessage(message);
  const subjects = await load(folder, names);
  const growing = growths === 0 ? [] : chosenGrowths(subjects, seed, growths);
  const current = new Int32Array(step);
  let at = "";
  process.on("unhandledRejection", (cause) => {
    send({ key: "unhandled rejection", fault: `unhandled rejection at ${at}: ${cause instanceof Error ? cause.stack : String(cause)}` });
  });
  let done = 0;
  for (let now = from; now < inputs + growing.length; now += jobs) {
    Atomics.store(current, 0, now);
    const [subject, growth] = growing[now - inputs] ?? [];
    at = subject === undefined || growth === undefined ? `input ${now}` : `${subject.name}: ${growth.name}`;
    if (done % REPORT_EVERY === 0 || growth !== undefined) send({ done, at });
    if (subject === undefined || growth === undefined) {
      for (const { kind, detail, subject } of await runInput(subjects, seed, now))
        send({ key: `${kind} ${keyOf(detail)}`, fault: `${kind}: --seed ${seed} --input ${now} (${subject}): ${detail}` });
    } else {
      const found = await measureGrowth(subject, growth);
      if (found !== undefined)
        send({
          key: `growth ${growth.name} ${subject.name.split(" ")[0]}`,
          fault: `more than linear: ${at}: size ${found.size} takes ${found.ms} ms of CPU time, four times the size ${found.fourTimes} ms`,
        });
    }
    done++;
  }
  send({ done, at });
  send({ finished: true });
}

/** Some growths of all subjects, or all of them. */
function chosenGrowths(subjects: readonly Subject[], seed: number, count: number): [Subject, Growth][] {
  const all = subjects.flatMap((subject) => {
    const last = subject.answers.at(-1);
    return last === undefined || subject.signs ? [] : growthsOf(last).map((growth): [Subject, Growth] => [subject, growth]);
  });
  if (count >= all.length) return all;
  const random = createRandom(seed, -1);
  return Array.from({ length: count }, () => random.pick(all));
}

/** A fault without its numbers and quotes, so that equal faults are counted as one. */
function keyOf(detail: string): string {
  return detail.replace(/"(?:[^"\\]|\\.)*"|\d+/g, "…").slice(0, 120);
}

async function showInput(subjects: readonly Subject[], seed: number, input: number): Promise<void> {
  const { subject, answers, json, query } = inputOf(subjects, seed, input);
  process.stdout.write(`${subject.name}${query ? ", with a query in the base URL" : ""}\n`);
  for (const { status, headers, body } of answers)
    process.stdout.write(`HTTP ${status} ${JSON.stringify(headers)}\n${new TextDecoder().decode(body)}\n`);
  if (answers.length === 0) process.stdout.write(`${JSON.stringify(json)}\n`);
  const faults = await runInput(subjects, seed, input);
  for (const { kind, detail } of faults) process.stdout.write(`FAULT ${kind}: ${detail}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
