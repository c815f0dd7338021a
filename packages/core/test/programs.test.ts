/** The programs that tests run: each has a time limit, and an error that names it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { closed, hasProgram, inTime, outputOf, runProgram, runProgramSync } from "./support/programs.ts";

const HANGS = ["-e", "console.log('begun'); setInterval(() => {}, 1000)"];

it("a program's exit code, output and errors are returned, and it reads its input", async () => {
  const args = ["-e", "process.stdin.pipe(process.stdout); console.error('err'); process.exitCode = 3"];
  const ended = { code: 3, stdout: "in", stderr: "err\n" };
  expect(await runProgram(process.execPath, args, { input: "in" })).toEqual(ended);
  expect(runProgramSync(process.execPath, args, { input: "in" })).toEqual(ended);
  expect(() => outputOf(process.execPath, args)).toThrow(/ ended with 3: err\n$/);
});

it("a program that hangs is killed, and the error names it and has its output", async () => {
  const message = /^Error: .* -e console\.log.* did not end within 2 s and was killed\nbegun\n$/;
  await expect(runProgram(process.execPath, HANGS, { limitMs: 2000 }).catch(String)).resolves.toMatch(message);
  expect(() => runProgramSync(process.execPath, HANGS, { limitMs: 2000 })).toThrow(/did not end within 2 s and was killed\nbegun\n$/);
  const child = spawn(process.execPath, HANGS, { stdio: "ignore" });
  await expect(inTime(child, closed(child), 500)).rejects.toThrow("did not end within 0.5 s");
  expect(await closed(child)).toBe(null);
});

it("what a hanging program has started is killed with it", async () => {
  const { promise: connected, resolve } = Promise.withResolvers<Socket>();
  const server = createServer((socket) => resolve(socket.resume().on("error", () => {}))).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const connects = JSON.stringify(`require("node:net").connect(${port}, "127.0.0.1")`);
  const starts = `require("node:child_process").spawn(process.execPath, ["-e", ${connects}], { stdio: "ignore" }); setInterval(() => {}, 1000)`;
  const ran = runProgram(process.execPath, ["-e", starts], { limitMs: 3000 }).catch(String);
  const gone = once(await connected, "close");
  expect(await ran).toContain("was killed");
  await gone;
});

it("a program that is not installed is named", async () => {
  expect([hasProgram("no-such-program"), hasProgram("node")]).toEqual([false, true]);
  await expect(runProgram("no-such-program", [])).rejects.toThrow("no-such-program");
  expect(() => runProgramSync("no-such-program", ["--all"])).toThrow(/^no-such-program --all did not start: .*ENOENT/);
});
