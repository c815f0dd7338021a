import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Host, host, KEY } from "./host.ts";
import { lumiverse, type Place, place } from "./lumiverse.ts";

let server: Host;
let here: Place;
let cwd: string;

beforeAll(async () => {
  server = await host();
  here = place();
  cwd = here.folder;
});
afterAll(async () => {
  await server.close();
  here.remove();
});
const chat = (...args: string[]): string[] => ["chat", "testhost", "--base-url", server.base, ...args];

test("a wrong key is exit code 3, told in one line that does not hold it", async () => {
  const wrong = "wrong-key-of-somebody-77af";
  const { code, stdout, stderr } = await lumiverse(chat("--key-env", "SOME_KEY", "hello"), { cwd, env: { SOME_KEY: wrong } });
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/^error: testhost: [^\n]+\n(hint: [^\n]+\n)?$/);
  expect(stderr).not.toContain(wrong);
});

test("the right key from a named variable is taken", async () => {
  const { code } = await lumiverse(chat("--key-env", "SOME_KEY", "hello"), { cwd, env: { SOME_KEY: KEY } });
  expect(code).toBe(0);
  expect(server.requests.at(-1)?.authorization).toBe(`Bearer ${KEY}`);
});

test("the key of the provider's own variable does not go to another host", async () => {
  const { code } = await lumiverse(chat("hello"), { cwd, env: { TESTHOST_API_KEY: KEY } });
  expect(code).toBe(0);
  expect(server.requests.at(-1)?.authorization).toBeUndefined();
});

test("a variable that is not set is an error of usage, and a key pasted in its place is not printed", async () => {
  const { code, stderr } = await lumiverse(chat("--key-env", "NOT_SET", "hello"), { cwd });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "error: the environment variable NOT_SET is not set\nhint: --key-env takes the name of a variable, never the key itself\n",
  });
  const pasted = await lumiverse(chat("--key-env", "sk-abc123def456", "hello"), { cwd });
  expect(pasted.stderr).not.toContain("abc123");
});

test("a dead server is exit code 4, after its attempts", async () => {
  const { code, stdout, stderr } = await lumiverse(["chat", "testhost", "--base-url", await deadBase(), "hello"], { cwd });
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toMatch(/^error: testhost: [^\n]*\(3 attempts\)\n/);
});

/** A port that was open a moment ago. */
async function deadBase(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

test("a server killed in the middle of an answer is exit code 4, told as such, and what came is on stdout", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("--model", "killed", "hello"), { cwd });
  expect({ code, stdout }).toEqual({ code: 4, stdout: "Good morning, \n" });
  expect(stderr).toMatch(/^error: testhost: the connection broke in mid-answer/);
});

test("an answer that stops without its end is exit code 6", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("--model", "cut", "hello"), { cwd });
  expect({ code, stdout }).toEqual({ code: 6, stdout: "Good morning, \n" });
  expect(stderr).toMatch(/^error: testhost: /);
});

test("an answer that can't be read is exit code 6, and with --json the object says what came", async () => {
  const { code, stdout } = await lumiverse(chat("--model", "garbage", "--json", "hello"), { cwd });
  expect(code).toBe(6);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "malformed-response", provider: "testhost" },
    partial: { text: "Good morning, " },
  });
});

test("what the host does not have is exit code 5", async () => {
  const { code, stderr } = await lumiverse(["chat", "testhost", "--base-url", `${server.base.slice(0, -3)}/elsewhere`, "hello"], { cwd });
  expect(code).toBe(5);
  expect(stderr).toMatch(/^error: testhost: .*\nhint: .*\/elsewhere\/v1\n$/);
});

test.each([
  [["chat"], /missing required argument/],
  [["chat", "testhost", "--temprature", "1", "x"], /unknown option '--temprature'/],
  [["chat", "testhost", "--temperature", "warm", "x"], /It takes a number/],
  [["chat", "testhost", "--max-tokens", "-5", "x"], /argument/],
  [["chat", "testhost", "--reasoning", "hard", "x"], /It takes off, minimal, low, medium, high, max/],
  [["chat", "testhost", "--setting", "bad", "x"], /--setting takes path=value/],
  [["chat", "testhost", "--setting", "__proto__.x=1", "x"], /--setting takes path=value/],
  [["chat", "testhost", "--schema", "missing.json", "x"], /--schema missing.json: there is no such file/],
  [["chat", "nobody", "x"], /there is no provider "nobody" \(there are: .*testhost/],
  [["chatt"], /unknown command 'chatt'/],
  [["account", "testhost"], /tells nothing of the account/],
])("%j is an error of usage: one line, a hint, exit code 2", async (args, line) => {
  const { code, stdout, stderr } = await lumiverse(args, { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(line);
  expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
});

test("what the model does not take is refused before it is sent, or left out with a note where that is asked for", async () => {
  const before = server.requests.length;
  const refused = await lumiverse(chat("--reasoning", "off", "hello"), { cwd });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^error: .*\nhint: .*; here: --unsupported warn\n$/);
  expect(server.requests.length).toBe(before);
  const sent = await lumiverse(chat("--reasoning", "off", "--unsupported", "warn", "hello"), { cwd });
  expect(sent.code).toBe(0);
  expect(sent.stderr).toMatch(/^note: dropped reasoning: .*$/m);
});

test("an error of usage with --json is one object too", async () => {
  const { code, stdout, stderr } = await lumiverse(["chat", "testhost", "--json", "--nonsense"], { cwd });
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "usage", message: "unknown option '--nonsense'" } });
});

test("without a command there is the help, on stderr", async () => {
  const { code, stdout, stderr } = await lumiverse([], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Usage: lumiverse/);
  expect(stderr).not.toContain("error:");
});
