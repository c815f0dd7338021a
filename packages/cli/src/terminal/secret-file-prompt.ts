/** Asks for the path of a file, or for its pasted content. Pasted JSON and PEM keys are never shown. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { LumiverseError } from "@lumiverse/core";
import { printableLine } from "./printable.ts";

/** @throws LumiverseError `aborted` when the person pressed Ctrl-C or Ctrl-D */
export function askPathOrContent(message: string): Promise<{ path: string } | { content: string }> {
  return new Promise((resolve, reject) => {
    let pasted = "";
    const isSecret = (line: string): boolean => pasted !== "" || /^\s*(?:\{|"|-----)/.test(line);
    const output = new Writable({
      write(chunk, _, done) {
        if (!isSecret(lines.line)) process.stderr.write(chunk);
        done();
      },
    });
    // The terminal stops echoing here, before the question is shown, so that an early answer is hidden, too.
    const lines = createInterface({ input: process.stdin, output, terminal: true, prompt: "│  " });
    process.stderr.write(`│\n◆  ${printableLine(message)}\n`);
    const cancel = (): void => {
      process.stderr.write("\n");
      reject(new LumiverseError({ code: "aborted", message: "cancelled; nothing was changed" }));
    };
    const finish = (answer: { path: string } | { content: string }): void => {
      lines.off("close", cancel);
      lines.close();
      if ("content" in answer) process.stderr.write(`(${answer.content.length} characters)\n`);
      resolve(answer);
    };
    lines.on("line", (line) => {
      if (!isSecret(line)) return line.trim() === "" ? lines.prompt() : finish({ path: line.trim() });
      pasted += `${line}\n`;
      // An empty line ends a text that was copied only in part.
      if (line.trim() === "" || isWhole(pasted)) finish({ content: pasted.trim() });
    });
    lines.on("SIGINT", () => lines.close());
    lines.on("close", cancel);
    lines.prompt();
  });
}

function isWhole(text: string): boolean {
  if (/^\s*-----BEGIN/.test(text)) return /-----END [^-]+-----\s*$/.test(text);
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
