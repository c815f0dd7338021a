/** What the SDK's functions make of a call, and what they get back, over a scripted provider. */
import { anthropic } from "@lumiverse/anthropic/provider";
import { connect } from "@lumiverse/core";
import { openai } from "@lumiverse/openai/provider";
import { type MockReply, mock } from "@lumiverse/toolkit/mock";
import { generateObject, generateText, isStepCount, NoObjectGeneratedError, Output, streamObject, streamText, tool } from "ai";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { type AnswerMetadata, hostedTool, languageModel } from "../src/index.ts";
import { collect, errorOf, PNG, PROVIDERS, serve, sse } from "./helpers.ts";

vi.stubGlobal("AI_SDK_LOG_WARNINGS", false);

function scripted(...script: MockReply[]) {
  const vendor = mock(script);
  return { ...vendor, model: languageModel(vendor.connection, "mock"), bodies: () => vendor.requests.map(({ body }) => body) };
}

test("every setting of the SDK reaches the request", async () => {
  const { model, bodies } = scripted("ok");
  await generateText({
    model,
    instructions: "Be brief.",
    prompt: "hi",
    maxOutputTokens: 5,
    temperature: 0.1,
    topP: 0.2,
    topK: 3,
    presencePenalty: 0.4,
    frequencyPenalty: 0.5,
    stopSequences: ["END"],
    seed: 6,
    reasoning: "high",
    tools: { look: tool({ description: "Looks.", inputSchema: z.object({ at: z.string() }), strict: true }) },
    toolChoice: { type: "tool", toolName: "look" },
    headers: { "x-trace": "1" },
    providerOptions: { lumiverse: { parallelToolCalls: false, minP: 0.1 }, groq: { ignored: true } },
    maxRetries: 0,
  }).catch(() => undefined); // the mock does not call the tool
  expect(bodies()[0]).toMatchObject({
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "hi" },
    ],
    maxOutputTokens: 5,
    temperature: 0.1,
    topP: 0.2,
    topK: 3,
    presencePenalty: 0.4,
    frequencyPenalty: 0.5,
    stop: ["END"],
    seed: 6,
    reasoning: { kind: "effort", word: "high" },
    tools: [{ name: "look", description: "Looks.", strict: true, parameters: { type: "object", required: ["at"] } }],
    toolChoice: { name: "look" },
    parallelToolCalls: false,
    minP: 0.1,
  });
});

describe("structured output", () => {
  const schema = z.object({ boats: z.int(), harbour: z.string() });
  const value = { boats: 7, harbour: "Vik" };
  test("generateObject requests the schema and returns the object", async () => {
    const { model, bodies } = scripted({ json: value });
    expect((await generateObject({ model, schema, schemaName: "fleet", prompt: "hi" })).object).toEqual(value);
    expect(bodies()[0]).toMatchObject({ output: { name: "fleet", strategy: "schema", schema: { required: ["boats", "harbour"] } } });
  });
  test("streamObject yields the object as it grows", async () => {
    const { model } = scripted({ json: value, chunkSize: 6 } as MockReply);
    const { partialObjectStream, object } = streamObject({ model, schema, prompt: "hi" });
    expect((await collect(partialObjectStream)).at(-1)).toEqual(value);
    expect(await object).toEqual(value);
  });
  test("output of generateText and streamText returns the object", async () => {
    const { model } = scripted({ json: value }, { json: value });
    expect((await generateText({ model, prompt: "hi", output: Output.object({ schema }) })).output).toEqual(value);
    expect(await streamText({ model, prompt: "hi", output: Output.object({ schema }) }).output).toEqual(value);
  });
  test("in a code fence is read by generateText", async () => {
    const { model } = scripted(`\`\`\`json\n${JSON.stringify(value)}\n\`\`\``);
    const { output, text } = await generateText({ model, prompt: "hi", output: Output.object({ schema }) });
    expect(output).toEqual(value);
    expect(text).toContain("```");
  });
  test("that does not fit is the SDK's own error with the text, and can be repaired", async () => {
    const { model } = scripted("seven boats", "seven boats");
    const error = await errorOf(generateObject({ model, schema, prompt: "hi" }));
    expect(NoObjectGeneratedError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ text: "seven boats" });
    const repaired = await generateObject({ model, schema, prompt: "hi", experimental_repairText: async () => JSON.stringify(value) });
    expect(repaired.object).toEqual(value);
  });
});

describe("an image in a tool result reaches the vendor", () => {
  const look = tool({
    inputSchema: z.object({}),
    execute: () => PNG,
    toModelOutput: ({ output }) => ({
      type: "content",
      value: [
        { type: "text", text: "The pier." },
        { type: "file", mediaType: "image/png", data: { type: "data", data: output } },
      ],
    }),
  });
  test("as an image part of the result", async () => {
    const { model, bodies } = scripted({ toolCalls: [{ name: "look" }] }, "A boat.");
    const { text } = await generateText({ model, tools: { look }, prompt: "hi", stopWhen: isStepCount(3) });
    expect(text).toBe("A boat.");
    expect(bodies()[1]).toMatchObject({
      messages: [
        {},
        {},
        {
          role: "tool",
          content: [
            {
              id: "call_1",
              content: [
                { type: "text", text: "The pier." },
                { type: "image", data: PNG, mediaType: "image/png" },
              ],
            },
          ],
        },
      ],
    });
  });
  test("in Anthropic's own format", async () => {
    await using host = await serve((response, n) => {
      const start = {
        type: "message_start",
        message: { id: "a", model: "m", role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } },
      };
      const block = n === 1 ? { type: "tool_use", id: "toolu_1", name: "look", input: {} } : { type: "text", text: "A boat." };
      const end = { type: "message_delta", delta: { stop_reason: n === 1 ? "tool_use" : "end_turn" }, usage: { output_tokens: 3 } };
      sse(response, start, { type: "content_block_start", index: 0, content_block: block }, { type: "content_block_stop", index: 0 }, end, {
        type: "message_stop",
      });
      response.end();
    });
    const connection = connect(anthropic, { apiKey: "k", baseURL: host.url, retry: false });
    const result = streamText({
      model: languageModel(connection, "claude-sonnet-4-5"),
      tools: { look },
      prompt: "hi",
      stopWhen: isStepCount(3),
    });
    expect(await result.text).toBe("A boat.");
    expect(JSON.parse(host.seen[1] ?? "").messages.at(-1).content[0]).toMatchObject({
      type: "tool_result",
      tool_use_id: "toolu_1",
      content: [{ type: "text" }, { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } }],
    });
  });
});

describe("an image in a tool result over every protocol", () => {
  const MODELS: Readonly<Record<string, string>> = {
    anthropic: "claude-sonnet-4-5",
    google: "gemini-3-flash-preview",
    openai: "gpt-5.4",
    groq: "meta-llama/llama-4-scout-17b-16e-instruct",
  };
  test.each(PROVIDERS.map((provider) => [provider.id, provider] as const))("%s: is sent", async (id, provider) => {
    const bodies: string[] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      bodies.push(String(init?.body));
      return Response.json({ error: { message: "enough" } }, { status: 400 });
    };
    const model = languageModel(connect(provider, { apiKey: "k", fetch, retry: false }), MODELS[id] ?? "");
    const output = {
      type: "content" as const,
      value: [{ type: "file" as const, mediaType: "image/png", data: { type: "data" as const, data: PNG } }],
    };
    const error = await errorOf(
      generateText({
        model,
        maxRetries: 0,
        tools: { look: tool({ inputSchema: z.object({}) }) },
        messages: [
          { role: "user", content: "Look." },
          { role: "assistant", content: [{ type: "tool-call", toolCallId: "call_look01", toolName: "look", input: {} }] },
          { role: "tool", content: [{ type: "tool-result", toolCallId: "call_look01", toolName: "look", output }] },
        ],
      }),
    );
    expect([error instanceof Error && error.name, bodies.length]).toEqual(["AI_APICallError", 1]);
    expect(bodies[0]).toContain(PNG);
  });
});

describe("files of the user", () => {
  test("of bytes whose media type is only half known are recognised", async () => {
    const { model, bodies } = scripted("ok");
    const bytes = Uint8Array.from(atob(PNG), (c) => c.charCodeAt(0));
    await generateText({ model, messages: [{ role: "user", content: [{ type: "file", data: bytes, mediaType: "image" }] }] });
    expect(bodies()[0]).toMatchObject({ messages: [{ content: [{ type: "image", data: PNG, mediaType: "image/png" }] }] });
  });
  test("by URL stay URLs where the vendor fetches them", async () => {
    const vendor = mock(["ok"], { capabilities: { "input.url": true } });
    const download = vi.fn();
    const model = languageModel(vendor.connection, "mock");
    expect(await model.supportedUrls).toEqual({ "*/*": [/^https?:\/\//] });
    expect(await languageModel(mock(["ok"]).connection, "mock").supportedUrls).toEqual({});
    await generateText({
      model,
      messages: [{ role: "user", content: [{ type: "file", data: new URL("https://example.invalid/pier.png"), mediaType: "image/png" }] }],
      experimental_download: async (files) => {
        for (const { isUrlSupportedByModel } of files) if (!isUrlSupportedByModel) download();
        return files.map(() => null);
      },
    });
    expect(download).not.toHaveBeenCalled();
    expect(vendor.requests[0]?.body).toMatchObject({
      messages: [{ content: [{ type: "image", url: "https://example.invalid/pier.png" }] }],
    });
  });
  test("that were uploaded are referenced by the vendor's id", async () => {
    const { model, bodies } = scripted("ok");
    const data = { type: "reference" as const, reference: { mock: "file_1", other: "file_2" } };
    await generateText({ model, messages: [{ role: "user", content: [{ type: "file", data, mediaType: "application/pdf" }] }] });
    expect(bodies()[0]).toMatchObject({ messages: [{ content: [{ type: "file", url: "file_1", mediaType: "application/pdf" }] }] });
  });
});

test("a file without an id for the provider rejects the call", async () => {
  const data = { type: "reference" as const, reference: { other: "file_2" } };
  const prompt = [{ role: "user" as const, content: [{ type: "file" as const, data, mediaType: "application/pdf" }] }];
  const failed = scripted("ok").model.doStream({ prompt });
  expect(await errorOf(failed)).toMatchObject({ name: "AI_UnsupportedFunctionalityError" });
});

describe("an answer", () => {
  test("has usage in the SDK's buckets, notes as warnings, and everything else as metadata", async () => {
    const usage = {
      input: 10,
      cacheRead: 20,
      cacheWrite: 30,
      output: 9,
      reasoning: 4,
      completeness: "exact" as const,
      cost: { amount: 0.1, currency: "USD", from: "provider" as const },
    };
    const vendor = mock([{ text: "ok", usage }], { capabilities: { topK: false } });
    const result = await generateText({
      model: languageModel(vendor.connection, "mock", { requestBody: true }),
      prompt: "hi",
      topK: 3,
      include: { requestBody: true },
    });
    expect(result.usage).toMatchObject({
      inputTokens: 60,
      inputTokenDetails: { noCacheTokens: 10, cacheReadTokens: 20, cacheWriteTokens: 30 },
      outputTokens: 9,
      outputTokenDetails: { textTokens: 5, reasoningTokens: 4 },
    });
    expect(result.warnings).toEqual([{ type: "unsupported", feature: "topK", details: expect.any(String) }]);
    const metadata = result.providerMetadata?.["lumiverse"] as unknown as AnswerMetadata;
    expect(metadata).toMatchObject({ provider: "mock", cost: { amount: 0.1 }, usage, transport: { status: 200 } });
    expect(metadata.notes).toHaveLength(1);
    expect(result.request.body).toMatchObject({ messages: [{ role: "user", content: "hi" }] });
    expect(result.response).toMatchObject({ modelId: "mock", timestamp: expect.any(Date) });
  });
  test("has the same in a stream, whose warnings come first", async () => {
    const vendor = mock(["ok"], { capabilities: { topK: false } });
    const result = streamText({ model: languageModel(vendor.connection, "mock"), prompt: "hi", topK: 3 });
    const parts = await collect(result.fullStream);
    expect(parts.find(({ type }) => type === "start-step")).toMatchObject({ warnings: [{ type: "unsupported", feature: "topK" }] });
    expect((await result.providerMetadata)?.["lumiverse"]).toMatchObject({ provider: "mock", finishReason: "stop" });
  });
  test("has the files and sources that the model returned", async () => {
    const parts = [
      { type: "image" as const, data: PNG, mediaType: "image/png" },
      { type: "source" as const, url: "https://example.invalid/tide", title: "Tides", number: 1 },
    ];
    for (const run of ["generate", "stream"]) {
      const { model } = scripted({ text: "ok", parts });
      const result = run === "generate" ? await generateText({ model, prompt: "hi" }) : streamText({ model, prompt: "hi" });
      const [files, sources] = [await result.files, await result.sources];
      expect(files).toMatchObject([{ mediaType: "image/png", base64: PNG }]);
      expect(sources).toMatchObject([
        { sourceType: "url", url: "https://example.invalid/tide", title: "Tides", providerMetadata: { lumiverse: { number: 1 } } },
      ]);
    }
  });
  test("with arguments that do not parse goes to repairToolCall", async () => {
    const { model } = scripted({ toolCalls: [{ name: "look", input: '{"at": nowhere' }] }, "ok");
    const seen: string[] = [];
    const look = tool({ inputSchema: z.object({ at: z.string() }), execute: ({ at }) => void seen.push(at) });
    await generateText({
      model,
      tools: { look },
      prompt: "hi",
      stopWhen: isStepCount(2),
      repairToolCall: async ({ toolCall }) => ({ ...toolCall, input: '{"at":"sea"}' }),
    });
    expect(seen).toEqual(["sea"]);
  });
});

describe("a tool that the vendor runs", () => {
  test("is sent in the vendor's spelling, shown as executed, and sent back whole", async () => {
    const search = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "tide" } };
    const message = {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "High at five.", annotations: [] }],
    };
    await using host = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          id: "resp_1",
          object: "response",
          status: "completed",
          model: "gpt-5.4",
          output: [search, message],
          usage: { input_tokens: 1, output_tokens: 2 },
        }),
      );
    });
    const model = languageModel(
      connect(openai, { apiKey: "k", baseURL: host.url, retry: false, settings: { api: "responses" } }),
      "gpt-5.4",
    );
    const tools = { web_search: hostedTool({ type: "web_search" }) };
    const first = await generateText({ model, tools, prompt: "When?" });
    expect(first.toolCalls).toMatchObject([{ toolName: "web_search", providerExecuted: true, input: { action: { query: "tide" } } }]);
    expect(first.toolResults).toMatchObject([{ toolName: "web_search", output: { status: "completed" } }]);
    await generateText({
      model,
      tools,
      messages: [
        { role: "user", content: "When?" },
        ...JSON.parse(JSON.stringify(first.response.messages)),
        { role: "user", content: "Sure?" },
      ],
    });
    const [one, two] = host.seen.map((body) => JSON.parse(body));
    expect(one.tools).toEqual([{ type: "web_search" }]);
    expect(two.input).toContainEqual(expect.objectContaining(search));
  });
  test("of another package is left out with a warning", async () => {
    const { model } = scripted("ok");
    const foreign = { ...hostedTool({}), id: "anthropic.web_search_20250305" as const };
    const { warnings } = await generateText({ model, tools: { foreign }, prompt: "hi" });
    expect(warnings).toMatchObject([{ type: "unsupported", feature: "provider-defined tool anthropic.web_search_20250305" }]);
  });
});

test("what another package's vendor said is left out of the prompt with warnings", async () => {
  const { model, bodies } = scripted("ok");
  const { warnings } = await generateText({
    model,
    messages: [
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", providerOptions: { anthropic: { signature: "s" } } },
          { type: "custom", kind: "openai.compaction", providerOptions: {} },
          { type: "text", text: "hello", providerOptions: { lumiverse: { replay: "forged" } } },
        ],
      },
      { role: "user", content: "go on" },
    ],
  });
  expect(warnings).toMatchObject([{ type: "other" }, { type: "other" }]);
  expect(bodies()[0]).toMatchObject({ messages: [{}, { role: "assistant", content: [{ type: "text", text: "hello" }] }, {}] });
});
