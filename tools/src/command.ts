import { type ChildProcess, spawn } from "node:child_process";
import { isAbsolute } from "node:path";
import { root } from "./workspace.ts";

export interface Ran {
  ok: boolean;
  /** stdout and stderr, interleaved, without what went to the terminal. Ends with `problem`. */
  output: string;
  /** Set when the program did not start, or was killed because it did not end. Names the command. */
  problem?: string;
}

export interface CommandOptions {
  /** `true`: the output of the program goes to the terminal. `errors`: only stderr does. */
  show?: boolean | "errors";
  /** Default: the root of the repository. */
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  /** How long the program may take, in milliseconds. `Infinity` is for servers. Default 20 minutes. */
  limitMs?: number;
}

const MINUTE_MS = 60_000;
/** The time that a program has to end what it started, before it is killed. */
const GRACE_MS = 5000;
/** On Windows there are no process groups. */
const hasGroups = process.platform !== "win32";

/** Runs a program to its end. A program that takes too long is killed with everything that it started, so that no run waits for it. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ran> {
  const { show = false, cwd = root, env, limitMs = 20 * MINUTE_MS } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: hasGroups,
      stdio: ["ignore", show === true ? "inherit" : "pipe", show === false ? "pipe" : "inherit"],
      // On Windows, programs of packages are scripts.
      shell: !hasGroups && !isAbsolute(program),
    });
    started(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const settle = (ran: Ran): void => {
      ended(child);
      for (const timer of timers) clearTimeout(timer);
      resolve(ran);
    };
    const fail = (what: string): void => {
      const problem = `${[program, ...args].join(" ").slice(0, 500)} ${what}`;
      if (show === true) console.error(problem);
      settle({ ok: false, output: `${output}${output === "" || output.endsWith("\n") ? "" : "\n"}${problem}`, problem });
    };
    let isLate = false;
    const timers = [
      after(limitMs, () => {
        isLate = true;
        signalGroup(child, "SIGTERM");
      }),
      after(limitMs + GRACE_MS, () => {
        signalGroup(child, "SIGKILL");
        // A program that has left the group can keep them open.
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      }),
    ];
    child.on("error", (error) => fail(`did not start: ${error.message}`));
    child.on("close", (code) => {
      if (!isLate) return settle({ ok: code === 0, output });
      signalGroup(child, "SIGKILL");
      fail(`did not end within ${limitMs / MINUTE_MS} minutes and was killed`);
    });
  });
}

function after(ms: number, work: () => void): NodeJS.Timeout | undefined {
  return ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(work, ms);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (hasGroups && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** The programs of this process that have not ended. Each has a process group of its own, which a signal to this process does not reach. */
const running = new Set<ChildProcess>();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function passOn(signal: NodeJS.Signals): void {
  for (const child of running) signalGroup(child, signal);
  for (const one of SIGNALS) process.off(one, passOn);
  // The default of the signal, or the handler of the program that uses this module.
  process.kill(process.pid, signal);
}

function started(child: ChildProcess): void {
  if (hasGroups && running.size === 0) for (const signal of SIGNALS) process.on(signal, passOn);
  running.add(child);
}

function ended(child: ChildProcess): void {
  running.delete(child);
  // With a handler a signal waits until a busy process comes to it, so there is none without need.
  if (running.size === 0) for (const signal of SIGNALS) process.off(signal, passOn);
}

/** Runs `work` for each item, at most `atOnce` at the same time. The results have the order of the items. */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
