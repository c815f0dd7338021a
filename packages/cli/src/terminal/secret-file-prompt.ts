/** A question whose answer is the path of a file, or the file's own JSON, pasted: the JSON is never shown. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { LumiverseError } from "@lumiverse/core";
import { printableLine } from "./printable.ts";

/** @throws LumiverseError `aborted` when the person pressed Ctrl-C or Ctrl-D */
export function askPathOrJson(message: string): Promise<string> {
  process.stderr.write(`│\n◆  ${printableLine(message)}\n`);
  return new Promise((resolve, reject) => {
    let pasted = "";
    const isJson = (line: string): boolean => pasted !== "" || line.trimStart().startsWith("{");
    const output = new Writable({
      write(chunk, _, done) {
        if (!isJson(lines.line)) process.stderr.write(chunk);
        done();
      },
    });
    const lines = createInterface({ input: process.stdin, output, terminal: true, prompt: "│  " });
    const cancel = (): void => {
      process.stderr.write("\n");
      reject(new LumiverseError({ code: "aborted", message: "cancelled; nothing was changed" }));
    };
    const finish = (answer: string): void => {
      lines.off("close", cancel);
      lines.close();
      if (pasted !== "") process.stderr.write(`(${answer.length} characters)\n`);
      resolve(answer);
    };
    lines.on("line", (line) => {
      if (!isJson(line)) return line.trim() === "" ? lines.prompt() : finish(line.trim());
      pasted += `${line}\n`;
      // An empty line ends JSON that was not copied to its end.
      if (line.trim() === "" || isWhole(pasted)) finish(pasted.trim());
    });
    lines.on("SIGINT", () => lines.close());
    lines.on("close", cancel);
    lines.prompt();
  });
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
