import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { ask } from "../page.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const node = join(root, "node_modules", ".bin", "node");
// Every vendor's host is the replay server.
const FLAGS = ["--conditions=@lumiverse/source", "--import", "./tools/src/offline.ts"];

function run(file: string): string {
  const { status, stdout, stderr } = spawnSync(node, [...FLAGS, `examples/${file}`], { cwd: root, encoding: "utf8", timeout: 120_000 });
  expect(status, stderr).toBe(0);
  return stdout;
}

/** The messages of a fixture. */
const ASKED = [
  { role: "system" as const, content: "You run a mill." },
  { role: "user" as const, content: "Is the wheel turning?" },
];

describe("an example is short", () => {
  test.each([
    [["use-chat.tsx", "use-chat-server.ts"], 20],
    [["tool-loop.ts"], 12],
    [["mcp-agent.ts"], 12],
    [["fallback.ts"], 8],
    [["server.ts"], 12],
    [["page.ts"], 8],
    [["object-stream.ts"], 10],
    [["telemetry.ts"], 8],
    [["test/mock.test.ts"], 10],
  ] as const)("%s has at most %i lines without imports", (files, most) => {
    const code = files.flatMap((file) => readFileSync(join(root, "examples", file), "utf8").split("\n"));
    const lines = code.filter((line) => line.trim() !== "" && !line.startsWith("import ") && !line.trimStart().startsWith("//"));
    expect(lines.length).toBeLessThanOrEqual(most);
  });
});

// The limit of `run` ends a program that hangs, so the test itself needs a longer one.
describe("an example runs", { timeout: 150_000 }, () => {
  test("tool-loop.ts", () => {
    expect(run("tool-loop.ts")).toMatch(/^tide High at five\.\n[\s\S]*wind West, light\.\n/);
  });
  test("mcp-agent.ts", () => {
    expect(run("mcp-agent.ts")).toMatch(/^tide .*High at five\.[\s\S]*wind .*West, light\./);
  });
  test("fallback.ts", () => {
    expect(run("fallback.ts")).toMatch(/^\S.* custom did not answer \(network\)/);
  });
  test("object-stream.ts", () => {
    expect(run("object-stream.ts")).toBe('{}\n{"boats":7,"harbour":"Vik"}\n7 boats in Vik\n');
  });
  test("telemetry.ts", () => {
    expect(run("telemetry.ts")).toMatch(/'gen_ai\.usage\.output_tokens': \d+/);
  });
  test("server.ts, with page.ts", async () => {
    const port = await freePort();
    const server = spawn(node, [...FLAGS, "examples/server.ts"], { cwd: root, env: { ...process.env, PORT: String(port) } });
    try {
      await new Promise<void>((resolve, reject) => {
        server.stdout.once("data", () => resolve());
        server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
      });
      let shown = "";
      const message = await ask(`http://127.0.0.1:${port}/`, ASKED, (text) => {
        shown += text;
      });
      expect(shown).toBe("It turns.");
      expect(message).toMatchObject({ role: "assistant", content: [{ type: "text", text: "It turns." }] });
    } finally {
      server.kill();
    }
  });
});
