/** The processes of the bench. Each receives one order at a time and returns one answer. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process that takes longer is killed, because a peer with quadratic cost would block the whole run. */
const timeoutMs = 120_000;
const running = new Set<ChildProcess>();

export interface Child {
  /** Sends an order and waits for its answer. Rejects with the child's error message. */
  ask<T>(order: object): Promise<T>;
  /** False after a crash, an order that took too long, or `end`. */
  readonly isRunning: boolean;
  end(): void;
}

/** Starts a file of this folder and waits for its first message, which is returned as `ready`. */
export async function start<T = unknown>(file: string, args: readonly string[] = []): Promise<{ child: Child; ready: T }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ["--conditions=@lumiverse/source", "--expose-gc"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  running.add(child);
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  child.once("exit", () => running.delete(child));
  const ready = await answer<T>(child, () => errors);
  return {
    child: {
      async ask<T>(order: object): Promise<T> {
        if (!child.connected) throw new Error("the process has ended");
        const reply = answer<{ result?: T; error?: string }>(child, () => errors);
        child.send(order);
        const { result, error } = await reply;
        if (error !== undefined) throw new Error(error);
        return result as T;
      },
      get isRunning() {
        return child.connected;
      },
      end: () => void (child.connected && child.disconnect()),
    },
    ready,
  };
}

function answer<T>(child: ChildProcess, errors: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      settle(() => reject(new Error(`took more than ${timeoutMs / 1000} s`)));
    }, timeoutMs);
    const ended = (code: number | null): void => settle(() => reject(new Error(`the process ended with ${code}: ${errors().trim()}`)));
    const message = (value: unknown): void => settle(() => resolve(value as T));
    function settle(how: () => void): void {
      clearTimeout(timer);
      child.off("exit", ended).off("message", message);
      how();
    }
    child.once("exit", ended).once("message", message);
  });
}

/** Kills all running processes, when the bench is interrupted. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
