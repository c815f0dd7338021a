/** The prompt: the words of the command line and the text on standard input. */
import { fstatSync } from "node:fs";
import { LumiverseError } from "@lumiverse/core";

/** Milliseconds to wait for the first piece of input before a warning. */
const FIRST_PIECE_MS = 3000;

/**
 * The text on standard input. Empty when standard input is a terminal or `/dev/null`.
 * @param wait `whole`: until the input ends. `briefly`: gives up with a warning when nothing comes, because some programs leave a pipe open and write nothing
 */
async function readStdin(wait: "whole" | "briefly", signal: AbortSignal, warn: (line: string) => void): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY || !isPipe()) return "";
  let text = "";
  const silent = setTimeout(() => {
    if (wait === "whole") return warn("waiting for standard input …");
    warn('warning: standard input is open but sends nothing; continuing without it ("-" as the last word waits for it)');
    stdin.destroy();
  }, FIRST_PIECE_MS);
  const stop = (): void => void stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    stdin.setEncoding("utf8");
    for await (const piece of stdin) {
      clearTimeout(silent);
      text += piece;
    }
  } catch (cause) {
    // Destroying the stream, above, makes the loop throw.
    if (!stdin.destroyed) throw cause;
  } finally {
    clearTimeout(silent);
    signal.removeEventListener("abort", stop);
  }
  return text;
}

/** Everything on standard input. @throws LumiverseError `configuration` when it is a terminal or empty */
export async function readStandardInput(signal: AbortSignal): Promise<string> {
  const text = await readStdin("whole", signal, () => {});
  if (signal.aborted) throw new LumiverseError({ code: "aborted", message: "aborted while reading standard input" });
  if (text.trim() !== "") return text;
  throw new LumiverseError({
    code: "configuration",
    message: "standard input has no text",
    hint: "Send it through a pipe, such as: … --key-stdin < key.txt",
  });
}

/** The prompt from the command line, followed by the text on standard input. */
export async function promptFrom(words: readonly string[], signal: AbortSignal, warn: (line: string) => void): Promise<string> {
  const dash = words.at(-1) === "-";
  const typed = (dash ? words.slice(0, -1) : words).join(" ");
  const input = await readStdin(dash || words.length === 0 ? "whole" : "briefly", signal, warn);
  if (signal.aborted) throw new LumiverseError({ code: "aborted", message: "the command was aborted" });
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
