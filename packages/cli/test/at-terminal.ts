/** Runs the command line on a terminal, which `script` of util-linux provides. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { environment, shellLine } from "./run-lumiverse.ts";

const SCRIPT = "/usr/bin/script";

/** Milliseconds that a whole session may take on a busy machine. */
const PATIENCE_MS = 100_000;

/** False where there is no `script`: the tests are skipped. */
export const hasTerminal: boolean = existsSync(SCRIPT);

/** Waits until a text appears after the text of the step before, and then types. */
export type TerminalStep = readonly [shown: string, typed: string];

export interface TerminalResult {
  code: number | null;
  /** Everything on the screen, with its escape sequences. */
  seen: string;
  /** The same without them. */
  text: string;
}

export interface TerminalPlace {
  cwd: string;
  env?: Record<string, string>;
}

export function atTerminal(args: readonly string[], steps: readonly TerminalStep[], place: TerminalPlace): Promise<TerminalResult> {
  return runAtTerminal(shellLine(args), steps, place);
}

/** Runs a line of a shell, such as another shell. */
export function runAtTerminal(line: string, steps: readonly TerminalStep[], { cwd, env = {} }: TerminalPlace): Promise<TerminalResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(SCRIPT, ["-qefc", `stty cols 120 rows 40; ${line}`, "/dev/null"], {
      cwd,
      env: environment({ TERM: "xterm", XDG_DATA_HOME: join(cwd, ".data"), ...env }),
    });
    const left = [...steps];
    let seen = "";
    let from = 0;
    child.stdout.on("data", (piece) => {
      seen += piece;
      for (let step = left[0]; step !== undefined && seen.includes(step[0], from); step = left[0]) {
        from = seen.indexOf(step[0], from) + step[0].length;
        child.stdin.write(step[1]);
        left.shift();
      }
    });
    // A step whose text never comes is reported with what came instead.
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`waited for ${JSON.stringify(left[0]?.[0])} and saw: ${stripVTControlCharacters(seen).slice(-1500)}`));
    }, PATIENCE_MS);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(late);
      const lines = seen.replaceAll("\r\n", "\n");
      resolve({ code, seen: lines, text: stripVTControlCharacters(lines) });
    });
  });
}
