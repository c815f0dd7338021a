/** The examples that are not servers alone: scripts, the agent, the bot, and a provider package outside the workspace. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replay } from "@lumiverse/conformance";
import { conforms } from "@lumiverse/conformance/vitest";
import { connect } from "@lumiverse/core";
import { describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { evidence } from "../provider-package/src/evidence.ts";
import { tidepool } from "../provider-package/src/provider.ts";
import { fixtures } from "../provider-package/test/evidence.ts";
import { root, runExample, startExample } from "./processes.ts";

test("chat.ts prints two answers of one conversation", async () => {
  expect(await runExample("chat.ts")).toMatch(/^\S.*\n\S.*\n$/);
});

test("cli-agent.ts asks before each tool of the MCP server, one question at a time, and answers", async () => {
  const output = await runExample("cli-agent.ts", { input: "When shall we sail from Vik?\ny\ny\n" });
  expect(output).toMatch(/^> Run tide \{.*Vik.*?\}\? Run \w+ \{.*?\}\? .*\w.*\n> $/);
});

test("bot.ts answers in the channel where it is named, and nowhere else", async () => {
  const port = await freePort();
  const chat = `http://127.0.0.1:${port}`;
  const vendor = await replay({ fixtures: { groq: join(root, "providers/groq/fixtures") }, delayMs: 0 });
  await using _chat = await startExample("bot/chat-server.ts", vendor, { PORT: String(port) });
  await using _bot = await startExample("bot/bot.ts", vendor, { CHAT_URL: chat });
  const heard: unknown[] = [];
  const listener = new WebSocket(chat.replace("http", "ws"));
  listener.on("message", (data) => heard.push(JSON.parse(String(data))));
  await new Promise((resolve) => listener.once("open", resolve));
  const post = (channel: string, body: string): Promise<Response> => fetch(`${chat}/channels/${channel}`, { method: "POST", body });
  const say = (channel: string, text: string): Promise<Response> => post(channel, JSON.stringify({ author: "ada", text }));
  try {
    expect((await post("mill", "{")).status).toBe(400);
    await say("harbour", "Is the wheel turning?");
    await say("mill", "@miller Is the wheel turning?");
    await vi.waitFor(() => expect(heard).toContainEqual({ channel: "mill", author: "miller", text: "It turns." }), 15_000);
    expect(heard).toHaveLength(3);
  } finally {
    listener.close();
    await vendor.close();
  }
});

describe("provider-package", () => {
  conforms(tidepool, { fixtures });

  test("sends the host's own name of the limit", async () => {
    const { body } = await connect(tidepool, { apiKey: "example-key-0001" }).explain({
      model: "tide-2-medium",
      messages: [{ role: "user", content: "Hello" }],
      maxOutputTokens: 9,
    });
    expect(body).toMatchObject({ max_completion_tokens: 9 });
    expect(Object.keys(evidence)).toContain("maxOutputTokens");
  });
});

test("every example has a row in README.md", () => {
  const readme = readFileSync(join(root, "examples/README.md"), "utf8");
  const others = ["README.md", "package.json", "tsconfig.json", "node_modules", "test"];
  const missing = readdirSync(join(root, "examples")).filter((name) => !others.includes(name) && !readme.includes(`](${name}`));
  expect(missing).toEqual([]);
});
