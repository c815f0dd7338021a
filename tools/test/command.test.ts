/** How programs are run: with a time limit, and in a process group of their own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCommand } from "../src/command.ts";
import { root } from "../src/workspace.ts";

/** Listens for a process that connects. Its socket closes when the process ends. */
async function watch(): Promise<{ port: number; connected: Promise<Socket> }> {
  const server = createServer((socket) => socket.resume().on("error", () => {}));
  const connected = once(server, "connection").then(([socket]) => socket as Socket); // as Node documents the event
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connected }; // it listens on TCP
}
/** A program that connects and never ends. */
const connect = (port: number): string => `require("node:net").connect(${port}, "127.0.0.1")`;

test("a program's output and success are returned", async () => {
  const args = ["-e", "console.log('out'); console.error('err'); process.exitCode = Number(process.env.CODE)"];
  const failed = await runCommand(process.execPath, args, { env: { CODE: "3" } });
  expect([failed.ok, failed.problem, failed.output.split("\n").sort()]).toEqual([false, undefined, ["", "err", "out"]]);
  expect(await runCommand(process.execPath, args, { env: { CODE: "0" } })).toMatchObject({ ok: true });
});

test("a program that cannot be started is named", async () => {
  const { ok, problem } = await runCommand("no-such-program", ["--all"]);
  expect(ok).toBe(false);
  expect(problem).toMatch(/^no-such-program --all did not start: .*ENOENT/);
});

test("a program that hangs is killed with what it started, and is named", async () => {
  const { port, connected } = await watch();
  const starter = `console.log("started"); require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(connect(port))}])`;
  const ran = runCommand(process.execPath, ["-e", starter], { limitMs: 6000 });
  const closed = once(await connected, "close");
  const { ok, output, problem } = await ran;
  expect(ok).toBe(false);
  expect(problem).toBe(`${process.execPath} -e ${starter} did not end within 0.1 minutes and was killed`);
  expect(output).toBe(`started\n${problem}`);
  await closed;
});

test("a program that ignores the request to end is killed", async () => {
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
  const { problem } = await runCommand(process.execPath, ["-e", stubborn], { limitMs: 600 });
  expect(problem).toContain("was killed");
});

test("a signal to this process ends the programs that it runs", async () => {
  const { port, connected } = await watch();
  const module = JSON.stringify(new URL("../src/command.ts", import.meta.url).href);
  const main = `import { runCommand } from ${module}; await runCommand(process.execPath, ["-e", ${JSON.stringify(connect(port))}]);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", main], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const closed = once(await connected, "close");
  child.kill("SIGTERM");
  await closed;
  expect(await ended).toEqual([null, "SIGTERM"]);
});

test("programs are waited for synchronously in one file alone, which limits their time", () => {
  const files = globSync("{packages,providers,conformance,tools,docs,examples}/**/*.{ts,tsx,js,mjs}", {
    cwd: root,
    exclude: ["**/node_modules/**", "**/dist/**", "**/.*/**"],
  });
  const waiting = files.filter((file) =>
    /import \{[^}]*\b(?:spawn|exec|execFile)Sync\b[^}]*\}/.test(readFileSync(join(root, file), "utf8")),
  );
  // The starter runs before anything is installed.
  expect(waiting.toSorted()).toEqual(["packages/core/test/support/programs.ts", "tools/run.mjs"]);
});
