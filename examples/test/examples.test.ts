import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectAnswer, root, runExample, serveExample } from "./processes.ts";

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

describe("an example runs", () => {
  test("tool-loop.ts", async () => {
    expect(await runExample("tool-loop.ts")).toMatch(/^tide High at five\.\n[\s\S]*wind West, light\.\n/);
  });
  test("mcp-agent.ts", async () => {
    expect(await runExample("mcp-agent.ts")).toMatch(/^tide .*High at five\.[\s\S]*wind .*West, light\./);
  });
  test("fallback.ts", async () => {
    expect(await runExample("fallback.ts")).toMatch(/^\S.* custom did not answer \(network\)/);
  });
  test("object-stream.ts", async () => {
    expect(await runExample("object-stream.ts")).toBe('{}\n{"boats":7,"harbour":"Vik"}\n7 boats in Vik\n');
  });
  test("telemetry.ts", async () => {
    expect(await runExample("telemetry.ts")).toMatch(/'gen_ai\.usage\.output_tokens': \d+/);
  });
  test("server.ts, with page.ts", async () => {
    await using server = await serveExample("server.ts");
    await expectAnswer(server.url);
  });
});
