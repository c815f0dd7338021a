import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { environment, lumiverse, shellLine } from "./run-lumiverse.ts";
import { PIECES } from "./test-server.ts";

const TEXT = PIECES.join("");

import { runProgram } from "../../core/test/support/programs.ts";
import { testHost } from "./test-host.ts";

const host = testHost();
const chat = (...args: string[]): string[] => ["chat", "testhost", "--base-url", host.server.base, ...args];

test("stdout of a pipe contains the answer only, and figures go to stderr without colours", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("hello"), { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${TEXT}\n` });
  expect(stderr).toMatch(/^fast · 11 tokens in · 4 out · first token \d+\.\d\d s · total \d+\.\d\d s · finish stop\n$/);
});

test("the figures include the cost when the host is the vendor's own", async () => {
  const { stderr } = await lumiverse(["chat", "testhost", "hello"], { cwd: host.cwd, env: { TESTHOST_BASE: host.server.base } });
  expect(stderr).toContain("$0.000062 (from the price list of 2026-11-01)");
});

test("without --model, the first model that is still served is used", async () => {
  await lumiverse(chat("hello"), { cwd: host.cwd });
  expect(host.server.requests.at(-1)?.body["model"]).toBe("fast");
});

test("standard input is added after the prompt", async () => {
  await lumiverse(chat("Sum", "up:"), { cwd: host.cwd, stdin: "line one\nline two\n" });
  expect(host.server.requests.at(-1)?.body["messages"]).toEqual([{ role: "user", content: "Sum up:\n\nline one\nline two" }]);
});

test("standard input alone can be the prompt", async () => {
  const { stdout } = await lumiverse(chat(), { cwd: host.cwd, stdin: "hello\n" });
  expect(stdout).toBe(`${TEXT}\n`);
  expect(host.server.requests.at(-1)?.body["messages"]).toEqual([{ role: "user", content: "hello" }]);
});

test("a missing prompt is a usage error, and no request is sent", async () => {
  const before = host.server.requests.length;
  const { code, stdout, stderr } = await lumiverse(chat(), { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^error: the prompt is missing.*\nhint: .*\n$/);
  expect(host.server.requests.length).toBe(before);
});

test("--no-stream requests the whole answer at once and prints the same text", async () => {
  const { code, stdout } = await lumiverse(chat("--no-stream", "hello"), { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${TEXT}\n` });
  expect(host.server.requests.at(-1)?.body["stream"]).toBeUndefined();
});

test("--json prints the response as one object", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("--json", "hello"), { cwd: host.cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ text: TEXT, finishReason: "stop", usage: { input: 11, output: 4 }, notes: [], model: "fast" });
});

test("reasoning is never printed on stdout", async () => {
  const { stdout, stderr } = await lumiverse(chat("--model", "thinker", "hello"), { cwd: host.cwd });
  expect(stdout).toBe(`${TEXT}\n`);
  expect(stderr).not.toContain("A greeting is wanted");
  const { stdout: whole } = await lumiverse(chat("--model", "thinker", "--json", "hello"), { cwd: host.cwd });
  expect(JSON.parse(whole)).toMatchObject({ reasoning: "A greeting is wanted." });
});

test("options become request fields, and a setting keeps the type of its field", async () => {
  const args = chat("--system", "Be kind.", "--max-tokens", "50", "--temperature", "0.5", "--setting", "team.id=007", "--json", "hello");
  const { stdout } = await lumiverse(["explain", ...args.slice(1)], { cwd: host.cwd });
  expect(JSON.parse(stdout)).toMatchObject({
    url: `${host.server.base}/chat/completions`,
    headers: { "x-title": "007:string" },
    body: {
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "hello" },
      ],
      temperature: 0.5,
    },
  });
});

test("the first bytes decide the type of an image, not its file name", async () => {
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  writeFileSync(join(host.cwd, "picture.jpg"), png);
  await lumiverse(chat("--image", "picture.jpg", "What is it?"), { cwd: host.cwd });
  expect(JSON.stringify(host.server.requests.at(-1)?.body["messages"])).toContain(`data:image/png;base64,${png.toString("base64")}`);
});

test("a file that is not an image is refused before anything is sent", async () => {
  writeFileSync(join(host.cwd, "notes.txt"), "just text");
  const before = host.server.requests.length;
  const { code, stderr } = await lumiverse(chat("--image", "notes.txt", "What is it?"), { cwd: host.cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("error: notes.txt is not an image in a known format (it looks like text/plain)");
  expect((await lumiverse(chat("--image", "missing.png", "What?"), { cwd: host.cwd })).stderr).toContain(
    "missing.png could not be read: the file does not exist",
  );
  expect(host.server.requests.length).toBe(before);
});

test("--schema requests an object, and --json prints it parsed", async () => {
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
  writeFileSync(join(host.cwd, "city.json"), JSON.stringify(schema));
  const { stdout } = await lumiverse(chat("--model", "object", "--schema", "city.json", "--json", "The capital of Peru?"), {
    cwd: host.cwd,
  });
  expect(JSON.parse(stdout)).toMatchObject({ output: { city: "Lima" } });
  expect(host.server.requests.at(-1)?.body["response_format"]).toMatchObject({ type: "json_schema" });
});

test.each(["", "/", "/chat/completions", "/chat/completions/"])("a base URL that ends in %j is accepted", async (end) => {
  const { code, stdout } = await lumiverse(["chat", "testhost", "--base-url", `${host.server.base}${end}`, "hello"], { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${TEXT}\n` });
});

test("custom needs only a base URL and uses the first model that the server lists", async () => {
  const pasted = `${host.server.base}/chat/completions`;
  const { code, stdout, stderr } = await lumiverse(["chat", "custom", "--base-url", pasted, "hello"], { cwd: host.cwd });
  expect(stderr).toMatch(/^fast · 11 tokens in/m);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${TEXT}\n` });
});

test("a closed pipe ends the call without an error message", async () => {
  const before = host.server.closedEarly();
  const line = `${shellLine(chat("--model", "endless", "hello"))} < /dev/null | head -c 40; echo " \${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await runProgram("bash", ["-c", line], { cwd: host.cwd, env: environment() });
  expect(stdout).toBe("again and again, again and again, again  0\n");
  expect(stderr).toBe("");
  expect(host.server.closedEarly()).toBe(before + 1);
});

test("Ctrl-C during an answer ends the call and exits with 130", async () => {
  const before = host.server.closedEarly();
  const { code, stdout, stderr } = await lumiverse(chat("--model", "hanging", "hello"), { cwd: host.cwd, interruptAt: "morning" });
  expect({ code, stdout }).toEqual({ code: 130, stdout: "Good morning, \n" });
  expect(stderr).toMatch(/^error: .*abort.*\n/);
  await expect.poll(() => host.server.closedEarly()).toBe(before + 1);
});

test("Ctrl-C with --json prints one object", async () => {
  const before = host.server.requests.length;
  const { code, stdout, stderr } = await lumiverse(chat("--model", "hanging", "--json", "hello"), {
    cwd: host.cwd,
    interruptWhen: () => host.server.requests.length > before,
  });
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "aborted", provider: "testhost" } });
});

test("Ctrl-C while waiting for standard input sends nothing", async () => {
  const before = host.server.requests.length;
  const { code } = await lumiverse(chat(), { cwd: host.cwd, stdin: null, interruptAt: "waiting for standard input" });
  expect(code).toBe(130);
  expect(host.server.requests.length).toBe(before);
});

test("an open pipe that sends nothing does not delay a prompt for long, and a warning says so", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("hello"), { cwd: host.cwd, stdin: null });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${TEXT}\n` });
  expect(stderr).toContain("warning: standard input is open but sends nothing");
});
