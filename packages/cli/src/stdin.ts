import { fstatSync } from "node:fs";
import { LumiverseError } from "@lumiverse/core";

/** Milliseconds for the first piece, where there is a prompt as well. */
const PATIENCE = 3000;

/**
 * What is piped in; empty where nothing is. A terminal and `/dev/null` are no pipe. Programs that start others often leave a pipe open and write
 * nothing: beside a prompt it is not waited for for ever, and that is told.
 */
export async function piped(wait: "whole" | "briefly", signal: AbortSignal, tell: (line: string) => void): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY || !isPipe()) return "";
  let text = "";
  const silent = setTimeout(() => {
    if (wait === "whole") return tell("waiting for standard input …");
    tell('warning: standard input is open and silent: going on without it ("-" as the last word waits for it)');
    stdin.destroy();
  }, PATIENCE);
  const stop = (): void => void stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    stdin.setEncoding("utf8");
    for await (const piece of stdin) {
      clearTimeout(silent);
      text += piece;
    }
  } catch (cause) {
    // Taken away by Ctrl-C or for its silence: then this is no error of its own.
    if (!stdin.destroyed) throw cause;
  } finally {
    clearTimeout(silent);
    signal.removeEventListener("abort", stop);
  }
  return text;
}

/** The prompt as typed, with what is piped in after it. */
export async function promptFrom(words: readonly string[], signal: AbortSignal, tell: (line: string) => void): Promise<string> {
  const dash = words.at(-1) === "-";
  const typed = (dash ? words.slice(0, -1) : words).join(" ");
  const input = await piped(dash || words.length === 0 ? "whole" : "briefly", signal, tell);
  if (signal.aborted) throw new LumiverseError({ code: "aborted", message: "aborted while standard input was read" });
  return [typed.trim(), input.trim()].filter((text) => text !== "").join("\n\n");
}

function isPipe(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    // Standard input is closed.
    return false;
  }
}
