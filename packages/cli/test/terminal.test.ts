/** Chats on a terminal. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { outputOf } from "../../core/test/support/programs.ts";
import { shellWord } from "../src/terminal/shell-word.ts";
import { atTerminal, hasTerminal, type TerminalResult, type TerminalStep } from "./at-terminal.ts";
import { lumiverse } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";
import { PIECES } from "./test-server.ts";

const ESCAPE = "\u001b";
const TEXT = PIECES.join("");
// Each test starts several processes, and machines are busy.
vi.setConfig({ testTimeout: 120_000 });

const host = testHost();

const chat = (args: readonly string[], steps: readonly TerminalStep[] = [], env = {}): Promise<TerminalResult> =>
  atTerminal(["chat", "testhost", "--base-url", host.server.base, ...args], steps, { cwd: host.cwd, env });

/** The messages of the last requests. */
const sent = (count: number): unknown[] => host.server.requests.slice(-count).map(({ body }) => body["messages"]);
const answered = { role: "assistant", content: TEXT };
const user = (content: unknown): object => ({ role: "user", content });

describe.skipIf(!hasTerminal)("an answer at a terminal", () => {
  test("a spinner switches line wrap off before its text and on again after it", async () => {
    const slow = createServer((_, response) => void setTimeout(() => response.end('{"data":[{"id":"m"}]}'), 1000));
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const { port } = slow.address() as AddressInfo; // it listens on TCP
    const { seen } = await atTerminal(["models", "custom", "--base-url", `http://127.0.0.1:${port}`], [], { cwd: host.cwd });
    slow.close();
    const frames = seen.match(/[^\r]*loading the models of custom[^\r]*/g) ?? [];
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames)
      expect([frame.includes(`${ESCAPE}[?7l`), frame.endsWith(`loading the models of custom${ESCAPE}[?7h`)]).toEqual([true, true]);
  });

  test("reasoning is dimmed and separated from the answer", async () => {
    const { code, seen } = await chat(["--model", "thinker", "hello"]);
    expect(code).toBe(0);
    expect(seen).toContain(`${ESCAPE}[2mA greeting is wanted.${ESCAPE}[22m\n\n${TEXT}\n${ESCAPE}[2mthinker · 11 tokens in`);
  });

  test("NO_COLOR is respected", async () => {
    const { seen } = await chat(["--model", "thinker", "hello"], [], { NO_COLOR: "1" });
    expect(seen).toContain(`A greeting is wanted.\n\n${TEXT}\nthinker · 11 tokens in`);
    expect(seen).not.toContain(`${ESCAPE}[2m`);
  });

  test("escape sequences from a model are removed", async () => {
    const { seen } = await chat(["--model", "rude", "hello"]);
    expect(seen).toContain("]52;c;Zm9vdone\n");
    expect(seen).not.toContain(`${ESCAPE}]52`);
  });

  test("Markdown is rendered, and --no-markdown leaves it as the model wrote it", async () => {
    const rendered = await chat(["--model", "markdown", "hello"]);
    expect(rendered.seen).toContain(`${ESCAPE}[1mbold${ESCAPE}[22m`);
    expect(rendered.text).toContain("│ 1");
    const plain = await chat(["--model", "markdown", "--no-markdown", "hello"]);
    expect(plain.seen).toContain("**bold**");
    expect(plain.seen).toContain("| 1 | 2 |");
  });
});

describe.skipIf(!hasTerminal)("a conversation", () => {
  beforeEach(() => void host.server.requests.splice(0));

  test("sends the earlier turns, and ends with /exit", async () => {
    const { code } = await chat(
      ["--system", "Be kind."],
      [
        ["> ", "one\r"],
        ["finish stop", "two\r"],
        ["finish stop", "/clear\rthree\r"],
        ["finish stop", "/exit\r"],
      ],
    );
    expect(code).toBe(0);
    const system = { role: "system", content: "Be kind." };
    expect(sent(2)).toEqual([
      [system, user("one"), answered, user("two")],
      [system, user("three")],
    ]);
  });

  test("Ctrl-C stops an answer and keeps the conversation; at the prompt it ends the conversation with exit code 130", async () => {
    const { code, seen } = await chat(
      ["--model", "hanging"],
      [
        ["> ", "hello\r"],
        ["morning", "\u0003"],
        ["(stopped", ""],
        ["> ", "\u0003"],
      ],
    );
    expect(code).toBe(130);
    expect(seen).toContain("(stopped; this turn is not part of the conversation)");
  });

  test("an unknown slash command is refused and never sent, and two slashes send a message that begins with one", async () => {
    const { text } = await chat(
      [],
      [
        ["> ", "/modle slow\r"],
        ["Did you mean /model?", "//etc is a folder\r"],
        ["finish stop", "/exit\r"],
      ],
    );
    expect(text).toContain("error: there is no command /modle, and it was not sent");
    expect(sent(9)).toEqual([[user("/etc is a folder")]]);
  });

  test("/help, /model, /system, /undo, /retry and /cost do what they say", async () => {
    const { text } = await chat(
      [],
      [
        ["> ", "one\r"],
        ["finish stop", "two\r"],
        ["finish stop", "/undo\r"],
        ["Left: 2 messages", "/system Be brief.\r"],
        ["Be brief.\u001b", "/model slow\r"],
        ["comes from slow", "/retry\r"],
        ["finish stop", "/cost\r"],
        ["3 answers", "/help\r"],
        ["/undo", "/exit\r"],
      ],
    );
    expect(host.server.requests.map(({ body }) => body["model"])).toEqual(["fast", "fast", "slow"]);
    expect(sent(1)).toEqual([[{ role: "system", content: "Be brief." }, user("one")]]);
    expect(text).toContain("3 answers · 33 tokens in · 12 out · ");
    expect(text).toContain("slow is not in the built-in list of Test Host");
  });

  test("a failed turn can be sent again with /retry, and the figures count it once", async () => {
    await chat(
      ["--model", "cut"],
      [
        ["> ", "one\r"],
        ["error: ", "/model fast\r"],
        ["comes from fast", "/retry\r"],
        ["finish stop", "/exit\r"],
      ],
    );
    expect(sent(1)).toEqual([[user("one")]]);
  });

  test("a command that is pasted with its line break is a command, and an unknown one is not sent", async () => {
    const { text } = await chat(
      [],
      [
        ["> ", `${ESCAPE}[200~/modle slow\r${ESCAPE}[201~\r`],
        ["Did you mean /model?", "/exit\r"],
      ],
    );
    expect(text).toContain("it was not sent");
    expect(host.server.requests).toEqual([]);
  });

  test("a message of several lines is sent as one: backslashes, triple quotes, pasting", async () => {
    await chat(
      [],
      [
        ["> ", "one\\\r"],
        ["… ", "two\r"],
        ["finish stop", '"""\r'],
        ["… ", "/three\r"],
        ["… ", '"""\r'],
        ["finish stop", `${ESCAPE}[200~five\rsix${ESCAPE}[201~\r`],
        ["finish stop", "/exit\r"],
      ],
    );
    expect(sent(3).map((messages) => (messages as unknown[]).at(-1))).toEqual([user("one\ntwo"), user("/three"), user("five\nsix")]);
  });

  test("/file sends a file with the next message", async () => {
    writeFileSync(
      join(host.cwd, "dot.png"),
      Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"),
    );
    const { text } = await chat(
      [],
      [
        ["> ", "/file nothing.png\r"],
        ["does not exist", "/file dot.png\r"],
        ["with the next message", "What is it?\r"],
        ["finish stop", "Again?\r"],
        ["finish stop", "/exit\r"],
      ],
    );
    expect(text).toContain("nothing.png could not be read");
    const [, last] = sent(2) as object[][];
    expect(JSON.stringify(last?.[0])).toContain("image/png;base64");
    expect(last?.[2]).toEqual(user("Again?"));
  });

  test("conversations are saved, --continue goes on with the last one, /save names one and /load finds it", async () => {
    await chat(
      [],
      [
        ["> ", "first\r"],
        ["finish stop", "/save Greeting\r"],
        ["Saved as Greeting", "/save there.json\r"],
        ["Wrote there.json", "/exit\r"],
      ],
    );
    const next = await lumiverse(["chat", "--base-url", host.server.base, "--continue", "--prompt", "second"], { cwd: host.cwd });
    expect(next).toMatchObject({ code: 0, stdout: `${TEXT}\n` });
    expect(sent(1)).toEqual([[user("first"), answered, user("second")]]);
    const { text } = await chat(
      ["--no-save"],
      [
        ["> ", "/load nothing\r"],
        ["there is no saved conversation", "/load\r"],
        ["Greeting", "/load greeting\r"],
        ["Going on with 4 messages", "third\r"],
        ["finish stop", "/load there.json\r"],
        ["Going on with 2 messages", "/exit\r"],
      ],
    );
    expect(text).toContain("Greeting  testhost, fast, 4 messages");
    expect(sent(1)).toEqual([[user("first"), answered, user("second"), answered, user("third")]]);
    expect(JSON.parse(readFileSync(join(host.cwd, "there.json"), "utf8"))).toMatchObject({ name: "Greeting", target: "testhost" });
  });

  test("a conversation goes on as it was left: what was removed stays removed, and a retry that fails keeps the old answer", async () => {
    const left = await chat(
      [],
      [
        ["> ", "one\r"],
        ["finish stop", "two\r"],
        ["finish stop", "/undo\r"],
        ["Left: 2 messages", "/system Be brief.\r"],
        ["Be brief.\u001b", "/model cut\r"],
        ["comes from cut", "/retry\r"],
        ["error: ", "/model fast\r"],
        ["comes from fast", "/exit\r"],
      ],
    );
    expect(left.code, left.text).toBe(0);
    await lumiverse(["chat", "--base-url", host.server.base, "--continue", "--prompt", "three"], { cwd: host.cwd });
    expect(sent(1)).toEqual([[{ role: "system", content: "Be brief." }, user("one"), answered, user("three")]]);
  });

  test("a file of a conversation that somebody else wrote is a copy: its id names no file", async () => {
    const evil = { version: 1, id: "../../evil", target: "x", model: "m", messages: [{ role: "user", content: "old" }], updatedAt: "2026" };
    writeFileSync(join(host.cwd, "evil.json"), JSON.stringify(evil));
    const env = { XDG_DATA_HOME: join(host.cwd, "a", "b") };
    await chat(
      [],
      [
        ["> ", "/load evil.json\r"],
        ["Going on with 1 message", "hi\r"],
        ["finish stop", "/exit\r"],
      ],
      env,
    );
    const files = readdirSync(join(host.cwd, "a"), { recursive: true }).filter((file) => String(file).endsWith(".json"));
    expect(files).toEqual([expect.stringMatching(/^b\/lumiverse\/conversations\/\d{14}-[0-9a-f]{8}\.json$/)]);
  });

  test("--no-save keeps nothing on disk", async () => {
    const env = { XDG_DATA_HOME: join(host.cwd, "nothing") };
    await chat(
      ["--no-save"],
      [
        ["> ", "first\r"],
        ["finish stop", "/exit\r"],
      ],
      env,
    );
    expect(existsSync(env.XDG_DATA_HOME)).toBe(false);
  });
});

test("a name in a command that a person copies is one word of a shell, and runs nothing", () => {
  expect(shellWord("llama.cpp (127.0.0.1:80) 2")).toBe('"llama.cpp (127.0.0.1:80) 2"');
  for (const name of ["$(echo ran)", "`echo ran`", '"; echo ran', "it's; echo ran", "$HOME"])
    expect(outputOf("sh", ["-c", `printf %s ${shellWord(name)}`])).toBe(name);
});
