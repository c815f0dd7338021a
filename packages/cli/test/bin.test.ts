import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runProgram } from "../../core/test/support/programs.ts";

const BIN = fileURLToPath(new URL("../src/bin.ts", import.meta.url));

test("a Node that is too old is named, with the one that is needed", async () => {
  const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
  const args = ["--conditions=@lumiverse/source", "--import", `data:text/javascript,${encodeURIComponent(pretend)}`, BIN, "--version"];
  expect(await runProgram(process.execPath, args)).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^lumiverse needs Node 22\.12 or newer; this is 20\.20\.2\..*\n$/),
  });
});

test("something that keeps the process running, such as Node's fetch behind a proxy that hangs up, does not keep the command from ending", async () => {
  const busy = "setInterval(() => {}, 1000)";
  const args = ["--conditions=@lumiverse/source", "--import", `data:text/javascript,${encodeURIComponent(busy)}`, BIN, "--version"];
  const { code, stdout } = await runProgram(process.execPath, args, { limitMs: 30_000 });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
});
