/** The command line on a terminal, which `script` of util-linux provides. Without it, the tests are skipped. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environment, shellLine, type TestFolder, testFolder } from "./run-lumiverse.ts";
import { PIECES, startServer, type TestServer } from "./test-server.ts";

const SCRIPT = "/usr/bin/script";
const ESCAPE = "\u001b";
let server: TestServer;
let folder: TestFolder;

beforeAll(async () => {
  server = await startServer();
  folder = testFolder();
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

/** Each step waits until a text appears after the text of the step before, and then types. */
function atTerminal(
  args: readonly string[],
  steps: readonly [shown: string, typed: string][] = [],
  env = {},
): Promise<{ code: number | null; seen: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(SCRIPT, ["-qefc", shellLine(["chat", "testhost", "--base-url", server.base, ...args]), "/dev/null"], {
      cwd: folder.path,
      env: environment({ TERM: "xterm", ...env }),
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
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, seen: seen.replaceAll("\r\n", "\n") }));
  });
}

describe.skipIf(!existsSync(SCRIPT))("at a terminal", () => {
  test("reasoning is dimmed and separated from the answer", async () => {
    const { code, seen } = await atTerminal(["--model", "thinker", "hello"]);
    expect(code).toBe(0);
    expect(seen).toContain(`${ESCAPE}[2mA greeting is wanted.${ESCAPE}[22m\n\n${PIECES.join("")}\n${ESCAPE}[2mthinker · 11 tokens in`);
  });

  test("NO_COLOR is respected", async () => {
    const { seen } = await atTerminal(["--model", "thinker", "hello"], [], { NO_COLOR: "1" });
    expect(seen).toContain(`A greeting is wanted.\n\n${PIECES.join("")}\nthinker · 11 tokens in`);
    expect(seen).not.toContain(`${ESCAPE}[2m`);
  });

  test("escape sequences from a model are removed", async () => {
    const { seen } = await atTerminal(["--model", "rude", "hello"]);
    expect(seen).toContain("]52;c;Zm9vdone\n");
    expect(seen).not.toContain(`${ESCAPE}]52`);
  });

  test("a conversation sends the earlier turns, and ends with /exit", async () => {
    const { code } = await atTerminal(
      ["--system", "Be kind."],
      [
        ["> ", "one\r"],
        ["finish stop", "two\r"],
        ["finish stop", "/clear\rthree\r"],
        ["finish stop", "/exit\r"],
      ],
    );
    expect(code).toBe(0);
    const [second, third] = server.requests.slice(-2).map((request) => request.body["messages"]);
    const answered = { role: "assistant", content: PIECES.join("") };
    expect(second).toEqual([
      { role: "system", content: "Be kind." },
      { role: "user", content: "one" },
      answered,
      { role: "user", content: "two" },
    ]);
    expect(third).toEqual([
      { role: "system", content: "Be kind." },
      { role: "user", content: "three" },
    ]);
  });

  test("Ctrl-C stops an answer and keeps the conversation; at the prompt it ends the conversation with exit code 130", async () => {
    const { code, seen } = await atTerminal(
      ["--model", "hanging"],
      [
        ["> ", "hello\r"],
        ["morning", "\u0003"],
        ["> ", "\u0003"],
      ],
    );
    expect(code).toBe(130);
    expect(seen).toContain("(stopped; this turn is not part of the conversation)");
  });
});
