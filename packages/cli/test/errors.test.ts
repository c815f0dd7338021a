import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { lumiverse } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";
import { KEY } from "./test-server.ts";

const host = testHost();
const chat = (...args: string[]): string[] => ["chat", "testhost", "--base-url", host.server.base, ...args];

test("a wrong key is exit code 3 and one line that does not contain the key", async () => {
  const wrong = "wrong-key-of-somebody-77af";
  const { code, stdout, stderr } = await lumiverse(chat("--key-env", "SOME_KEY", "hello"), { cwd: host.cwd, env: { SOME_KEY: wrong } });
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/^error: testhost: [^\n]+\n(hint: [^\n]+\n)?$/);
  expect(stderr).not.toContain(wrong);
});

test("the key from a named variable is sent", async () => {
  const { code } = await lumiverse(chat("--key-env", "SOME_KEY", "hello"), { cwd: host.cwd, env: { SOME_KEY: KEY } });
  expect(code).toBe(0);
  expect(host.server.requests.at(-1)?.authorization).toBe(`Bearer ${KEY}`);
});

test("the key of the provider's own variable is not sent to another host", async () => {
  const { code } = await lumiverse(chat("hello"), { cwd: host.cwd, env: { TESTHOST_API_KEY: KEY } });
  expect(code).toBe(0);
  expect(host.server.requests.at(-1)?.authorization).toBeUndefined();
});

test("an unset variable is a usage error, and a key pasted as its name is not printed", async () => {
  const { code, stderr } = await lumiverse(chat("--key-env", "NOT_SET", "hello"), { cwd: host.cwd });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "error: the environment variable NOT_SET is not set\nhint: --key-env expects the name of a variable, not the key itself\n",
  });
  const word = await lumiverse(chat("--key-env", "constructor", "hello"), { cwd: host.cwd });
  expect(word).toMatchObject({ code: 2, stderr: expect.stringContaining("the environment variable given to --key-env is not set") });
  const pasted = await lumiverse(chat("--key-env", "sk-abc123def456", "hello"), { cwd: host.cwd });
  expect(pasted.stderr).not.toContain("abc123");
});

test("an unreachable server is exit code 4, after all attempts", async () => {
  const { code, stdout, stderr } = await lumiverse(["chat", "testhost", "--base-url", await deadBase(), "hello"], { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toMatch(/^error: testhost: [^\n]*\(3 attempts\)\n/);
});

/** The URL of a port that is closed again. */
async function deadBase(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

test("a server that dies during an answer is exit code 4, and stdout contains the text so far", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("--model", "killed", "hello"), { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 4, stdout: "Good morning, \n" });
  expect(stderr).toMatch(/^error: testhost: the connection broke in mid-answer/);
});

test("an answer that is cut off is exit code 6", async () => {
  const { code, stdout, stderr } = await lumiverse(chat("--model", "cut", "hello"), { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 6, stdout: "Good morning, \n" });
  expect(stderr).toMatch(/^error: testhost: /m);
});

test("an unreadable answer is exit code 6, and --json prints the text so far", async () => {
  const { code, stdout } = await lumiverse(chat("--model", "garbage", "--json", "hello"), { cwd: host.cwd });
  expect(code).toBe(6);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "malformed-response", provider: "testhost" },
    partial: { text: "Good morning, " },
  });
});

test("an unknown path on the host is exit code 5", async () => {
  const { code, stderr } = await lumiverse(["chat", "testhost", "--base-url", `${host.server.base.slice(0, -3)}/elsewhere`, "hello"], {
    cwd: host.cwd,
  });
  expect(code).toBe(5);
  expect(stderr).toMatch(/^error: testhost: .*\nhint: .*\/elsewhere\/v1\n$/);
});

test.each([
  [["chat"], /no connection is saved, and the command names no provider/],
  [["chat", "testhost", "--temprature", "1", "x"], /unknown option '--temprature'/],
  [["chat", "testhost", "--temperature", "warm", "x"], /Expected a number/],
  [["chat", "testhost", "--max-tokens", "-5", "x"], /argument/],
  [["chat", "testhost", "--reasoning", "hard", "x"], /Expected off, minimal, low, medium, high, max/],
  [["chat", "testhost", "--setting", "bad", "x"], /--setting expects path=value/],
  [["chat", "testhost", "--setting", "__proto__.x=1", "x"], /--setting expects path=value/],
  [["chat", "testhost", "--schema", "missing.json", "x"], /missing.json could not be read: the file does not exist/],
  [["chat", "nobody", "x"], /no provider "nobody" is installed \(installed: .*testhost/],
  [["chat", "testhots", "x"], /hint: Did you mean testhost\?\n/],
  [["chatt"], /unknown command 'chatt'\nhint: Did you mean chat\?\n/],
  [["new", "My Host"], /Expected lower-case letters, digits and hyphens/],
  [["account", "testhost"], /Test Host has no API/],
  [
    ["serve", "--no-console", "--no-demo", "--host", "192.0.2.1"],
    /error: this machine has no address 192\.0\.2\.1\nhint: Use 127\.0\.0\.1/,
  ],
  [["serve", "--port", "99999"], /Expected a port, from 0/],
  [["replay", "--port", "70000"], /Expected a port, from 0/],
  [["serve", "--address", "gateway.example"], /Expected an http or https URL/],
])("%j is a usage error: one line, a hint, exit code 2", async (args, line) => {
  const { code, stdout, stderr } = await lumiverse(args, { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(line);
  expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
});

test("an unsupported option is refused before anything is sent, or dropped with a note under --unsupported drop", async () => {
  const before = host.server.requests.length;
  const refused = await lumiverse(chat("--reasoning", "off", "hello"), { cwd: host.cwd });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^error: .*\nhint: .*; on the command line: --unsupported drop\n$/);
  expect(host.server.requests.length).toBe(before);
  const sent = await lumiverse(chat("--reasoning", "off", "--unsupported", "drop", "hello"), { cwd: host.cwd });
  expect(sent.code).toBe(0);
  expect(sent.stderr).toMatch(/^note: dropped reasoning: .*$/m);
});

test("a usage error with --json is one object", async () => {
  const { code, stdout, stderr } = await lumiverse(["chat", "testhost", "--json", "--nonsense"], { cwd: host.cwd });
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "usage", message: "unknown option '--nonsense'" } });
});

test("without a command, the help is printed on stderr", async () => {
  const { code, stdout, stderr } = await lumiverse([], { cwd: host.cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Usage: lumiverse/);
  expect(stderr).not.toContain("error:");
});
