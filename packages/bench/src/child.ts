/** Processes of the bench and how they are talked to: one order at a time, one answer each. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process is ended when it takes longer: a peer that is quadratic would hold everything up. */
const patienceMs = 60_000;
const running = new Set<ChildProcess>();

export interface Child {
  /** Sends an order and waits for its answer; rejects with the child's own words when it fails. */
  ask<T>(order: object): Promise<T>;
  end(): void;
}

/** Starts a file beside this one and waits until it says that it is ready. `ready` is what it said. */
export async function start<T = unknown>(file: string, args: readonly string[] = []): Promise<{ child: Child; ready: T }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ["--conditions=@lumiverse/source", "--expose-gc"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  running.add(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  child.once("exit", () => running.delete(child));
  const ready = await answer<T>(child, () => said);
  return {
    child: {
      async ask<T>(order: object): Promise<T> {
        if (!child.connected) throw new Error("its process has ended");
        const reply = answer<{ result?: T; error?: string }>(child, () => said);
        child.send(order);
        const { result, error } = await reply;
        if (error !== undefined) throw new Error(error);
        return result as T;
      },
      end: () => void (child.connected && child.disconnect()),
    },
    ready,
  };
}

function answer<T>(child: ChildProcess, said: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      settle(() => reject(new Error(`took more than ${patienceMs / 1000} s`)));
    }, patienceMs);
    const ended = (code: number | null): void => settle(() => reject(new Error(`its process ended with ${code}: ${said().trim()}`)));
    const message = (value: unknown): void => settle(() => resolve(value as T));
    function settle(how: () => void): void {
      clearTimeout(timer);
      child.off("exit", ended).off("message", message);
      how();
    }
    child.once("exit", ended).once("message", message);
  });
}

/** All that still run, when the bench is interrupted. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
