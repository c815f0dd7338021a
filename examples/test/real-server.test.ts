/**
 * The examples over a real model server. Without LUMIVERSE_LLAMA, or where the server cannot be installed, the tests are skipped. The model's texts are random,
 * so the tests look at their form.
 */
import { connect } from "@lumiverse/core";
import { custom } from "@lumiverse/custom/provider";
import { streamObject } from "@lumiverse/toolkit/object-stream";
import { parseJsonEventStream, uiMessageChunkSchema } from "ai";
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from "vitest";
import * as z from "zod";
import { ask } from "../page.ts";
import { LLAMA, type LocalServer, startLocalServer } from "./local-server.ts";
import { type ExampleOptions, runExample, serveExample } from "./processes.ts";
import { askInPage } from "./use-chat-page.ts";

const flags = ["--conditions=@lumiverse/source", "--import", "./examples/test/to-local-server.ts"];

describe.skipIf(LLAMA === undefined)("over a real server", () => {
  let started: LocalServer | string = "it was not started";
  beforeAll(async () => {
    started = await startLocalServer();
  }, 300_000);
  afterAll(() => {
    if (typeof started !== "string") started.process.kill("SIGKILL");
  });
  const server = ({ skip }: TestContext): LocalServer => (typeof started === "string" ? skip(started) : started);
  /** The settings of an example whose requests go to the real server. */
  const over = (context: TestContext): ExampleOptions => ({ env: { LUMIVERSE_LOCAL_SERVER: server(context).url }, flags });

  test.for([
    ["fallback.ts", /^\s*\w.* custom did not answer \(network\)/],
    ["telemetry.ts", /'gen_ai\.usage\.output_tokens': 64/],
    // A result of a tool that ran, or of arguments that did not fit, and then a text.
    ["tool-loop.ts", /^(?:(?:tide|wind) .+\n)+\s*\w/],
    ["mcp-agent.ts", /^(?:(?:tide|wind) .+\n)+\s*\w/],
    ["object-stream.ts", /^\{\}\n\{"boats":.*\n-?\d+ boats in .*\n$/s],
  ] as const)("%s runs", { timeout: 150_000 }, async ([file, shown], context) => {
    expect(await runExample(file, over(context))).toMatch(shown);
  });

  test("server.ts streams to page.ts", async (context) => {
    await using serving = await serveExample("server.ts", over(context));
    let shown = "";
    const message = await ask(serving.url, [{ role: "user", content: "Is the wheel turning?" }], (text) => {
      shown += text;
    });
    expect(shown.trim()).not.toBe("");
    expect(message).toMatchObject({ role: "assistant", content: [{ type: "text", text: shown }] });
  }, 150_000);

  test("use-chat-server.ts streams the chunks of useChat", async (context) => {
    await using serving = await serveExample("use-chat-server.ts", over(context));
    const messages = [{ id: "1", role: "user", parts: [{ type: "text", text: "Is the wheel turning?" }] }];
    const { body } = await fetch(serving.url, { method: "POST", body: JSON.stringify({ messages }) });
    if (body === null) throw new Error("the answer has no body");
    const types: string[] = [];
    // The DOM types do not declare that streams are iterable.
    const parsed = parseJsonEventStream({ stream: body, schema: uiMessageChunkSchema }) as unknown as AsyncIterable<{
      success: boolean;
      value?: { type: string };
    }>;
    for await (const { success, value } of parsed) {
      expect(success).toBe(true);
      types.push(value?.type ?? "");
    }
    expect([types.includes("text-delta"), types.at(-1)]).toEqual([true, "finish"]);
  }, 150_000);

  test("use-chat.tsx shows the answer of use-chat-server.ts", async (context) => {
    await using serving = await serveExample("use-chat-server.ts", over(context));
    const question = "Is the wheel turning?";
    const shows = await askInPage(serving.url, question);
    await vi.waitFor(() => expect(shows()).toMatch(new RegExp(`^${question.replace("?", "\\?")}\n\\s*\\w`)), 60_000);
  }, 120_000);

  test("an object of Chat Completions grows and fits its schema", async (context) => {
    const connection = connect(custom, { baseURL: `${server(context).url}/v1`, retry: false });
    const schema = z.object({ boats: z.enum(["one", "two", "three"]), harbour: z.string() });
    const request = {
      model: "tiny",
      messages: [{ role: "user" as const, content: "How many boats lie in Vik?" }],
      // The token of a quotation mark, so that the random text ends.
      parameters: { logit_bias: { 261: 20 } },
    };
    const stream = streamObject(connection, request, { schema });
    let partial = 0;
    for await (const event of stream) if (event.type === "partial") partial++;
    expect(partial).toBeGreaterThan(1);
    expect(schema.parse(await stream.output())).toEqual(await stream.output());
  }, 150_000);
});
