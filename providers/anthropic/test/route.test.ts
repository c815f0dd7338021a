import { type ConnectOptions, connect, type Explanation } from "@lumiverse/core";
import { type ChatRequest, isLumiverseError, type LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { anthropic } from "../src/provider.ts";
import { type AnthropicSettings, settings } from "../src/settings.ts";

const HI: ChatRequest = { model: "claude-sonnet-4-5", messages: [{ role: "user", content: "When does the ferry leave?" }] };
type Options = Omit<ConnectOptions<AnthropicSettings>, "apiKey">;
const KEY = "planted-key-of-the-harbour";
const explained = (request: ChatRequest, options: Options = {}): Promise<Explanation> =>
  connect(anthropic, { apiKey: KEY, ...options }).explain(request);

/** A connection to a host that gives these answers in order, and the requests that the host received. */
function connectedTo(answers: readonly string[], options: Options = {}): { received: Request[]; connection: ReturnType<typeof connect> } {
  const received: Request[] = [];
  const left = [...answers];
  const fetch: typeof globalThis.fetch = (input, init) => {
    received.push(new Request(input, init));
    const body = left.shift() ?? "";
    const type = body.startsWith("{") ? "application/json" : "text/event-stream";
    return Promise.resolve(new Response(body, { headers: { "content-type": type } }));
  };
  return { received, connection: connect(anthropic, { apiKey: KEY, ...options, fetch }) };
}
const event = (data: { type: string; [field: string]: unknown }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const start = (id: string): string =>
  event({ type: "message_start", message: { id, type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [] } }) +
  event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
const textDelta = (text: string): string => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const end =
  event({ type: "content_block_stop", index: 0 }) +
  event({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { input_tokens: 9, output_tokens: 3 } }) +
  event({ type: "message_stop" });

async function refusal(request: ChatRequest, options?: Options): Promise<LumiverseError> {
  const { received, connection } = connectedTo([], options);
  const error: unknown = await connection.generate(request).catch((cause: unknown) => cause);
  expect(received).toHaveLength(0);
  if (!isLumiverseError(error)) throw new Error(`not a refusal: ${String(error)}`);
  return error;
}

describe("a host other than Anthropic", () => {
  const proxy = { baseURL: "https://proxy.example/anthropic/v1" };

  it("gets the call under its own path and the key in x-api-key", async () => {
    const { received, connection } = connectedTo([start("msg_p") + textDelta("Nine.") + end], proxy);
    await connection.stream(HI).response();
    expect(received[0]?.url).toBe("https://proxy.example/anthropic/v1/messages");
    expect(received[0]?.headers.get("x-api-key")).toBe(KEY);
    expect(received[0]?.headers.get("anthropic-version")).toBe("2023-06-01");
  });

  it("gets cache breakpoints on blocks instead of at the top of the body", async () => {
    const promptCache = { enabled: true, automatic: true };
    expect((await explained(HI, { settings: { promptCache } })).body["cache_control"]).toEqual({ type: "ephemeral" });
    const { body } = await explained(HI, { ...proxy, settings: { promptCache } });
    expect(body["cache_control"]).toBeUndefined();
    expect(body["messages"]).toMatchObject([{ content: [{ cache_control: { type: "ephemeral" } }] }]);
  });

  it("gets only the betas that the setting lists, with a note on the others", async () => {
    const request: ChatRequest = {
      ...HI,
      tools: [{ name: "lake_level" }],
      reasoning: "low",
      maxOutputTokens: 6000,
      parameters: { speed: "fast" },
    };
    const { headers, notes } = await explained(request, { ...proxy, settings: { betas: ["context-1m-2025-08-07"] } });
    expect(headers["anthropic-beta"]).toBe("context-1m-2025-08-07");
    expect(notes).toContainEqual(expect.objectContaining({ field: "settings.betas", message: expect.stringContaining("fast-mode") }));
    expect((await explained(request)).headers["anthropic-beta"]).toContain("fast-mode");
  });

  it("counts as Anthropic when replayScope is vendor", async () => {
    const { body } = await explained(HI, { ...proxy, replayScope: "vendor", settings: { promptCache: { enabled: true } } });
    expect(body["cache_control"]).toEqual({ type: "ephemeral" });
  });
});

describe("a call", () => {
  it("is sent as a stream when an unstreamed answer may take longer than a connection lasts", async () => {
    const stream = start("msg_s") + textDelta("Nine.") + end;
    const long = connectedTo([stream]);
    const response = await long.connection.generate({ ...HI, maxOutputTokens: 32_000 });
    expect(await long.received[0]?.json()).toMatchObject({ max_tokens: 32_000, stream: true });
    expect(response).toMatchObject({ text: "Nine.", finishReason: "stop" });
    expect((await explained({ ...HI, maxOutputTokens: 4000 }, {})).body["max_tokens"]).toBe(4000);
    const short = connectedTo([
      JSON.stringify({ id: "msg_w", type: "message", content: [{ type: "text", text: "Nine." }], stop_reason: "end_turn" }),
    ]);
    await short.connection.generate({ ...HI, maxOutputTokens: 4000 });
    expect(await short.received[0]?.json()).not.toHaveProperty("stream");
  });

  it("has the browser header only when the setting allows it", async () => {
    const header = "anthropic-dangerous-direct-browser-access";
    expect((await explained(HI)).headers[header]).toBeUndefined();
    expect((await explained(HI, { settings: { browserAccess: true } })).headers[header]).toBe("true");
  });

  it("is repeated when the first event of a stream reports an overload", async () => {
    const overload = event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
    const { received, connection } = connectedTo([overload, start("msg_r") + textDelta("Nine.") + end]);
    const response = await connection.stream(HI).response();
    expect(received).toHaveLength(2);
    expect(response.text).toBe("Nine.");
    expect(response.attempts).toMatchObject([{ status: 200, error: "overloaded" }, { status: 200 }]);
  });

  it("returns nothing that a stream contained before its second message_start", async () => {
    const { connection } = connectedTo([start("msg_a") + textDelta("Hal") + start("msg_b") + textDelta("Nine.") + end]);
    const response = await connection.stream(HI).response();
    expect(response).toMatchObject({ id: "msg_b", text: "Nine.", message: { content: [{ type: "text", text: "Nine." }] } });
    expect(response.notes).toContainEqual(expect.objectContaining({ kind: "warning" }));
  });
});

describe("a request that is refused before anything is sent", () => {
  const schema = { type: "object", properties: { hour: { type: "integer" } }, required: ["hour"] };

  it.each<[what: string, field: string, request: Partial<ChatRequest>]>([
    [
      "a forced tool together with a thinking budget",
      "toolChoice",
      { tools: [{ name: "boats" }], toolChoice: "required", reasoning: "low" },
    ],
    [
      "output by tool together with a thinking budget",
      "output",
      { model: "claude-sonnet-4-20250514", output: { schema }, reasoning: "low" },
    ],
    ["reasoning off on a model that always thinks", "reasoning", { model: "claude-fable-5-1", reasoning: "off" }],
    [
      "a forced tool on a model that always thinks",
      "toolChoice",
      { model: "claude-opus-5-5", tools: [{ name: "boats" }], toolChoice: { name: "boats" } },
    ],
    ["a prefill on a model that accepts none", "prefill", { model: "claude-opus-4-6", prefill: "The first boat" }],
    ["audio", "messages", { messages: [{ role: "user", content: [{ type: "audio", data: "AAAA", mediaType: "audio/wav" }] }] }],
  ])("%s", async (_, field, request) => {
    const error = await refusal({ ...HI, maxOutputTokens: 4000, ...request });
    expect(error).toMatchObject({ code: "unsupported", field });
    expect(error.message).toContain("anthropic");
  });
});

describe("prompt caching", () => {
  it("has six settings, and five of them are shown only while it is enabled", () => {
    const fields = settings.fields.filter(({ path }) => path.startsWith("promptCache."));
    expect(fields.map(({ path, title }) => [path, title])).toEqual([
      ["promptCache.enabled", "Enable Prompt Caching"],
      ["promptCache.ttl", "Prompt Cache TTL"],
      ["promptCache.automatic", "Use Automatic Caching"],
      ["promptCache.tools", "Cache Tools"],
      ["promptCache.system", "Cache System Prompt"],
      ["promptCache.conversation", "Cache Conversation Prefix"],
    ]);
    for (const field of fields.slice(1)) expect(field.condition, field.path).toEqual({ path: "promptCache.enabled", equals: true });
    expect(settings.parse({ promptCache: {} }).promptCache).toEqual({
      enabled: false,
      ttl: "5m",
      automatic: false,
      tools: false,
      system: false,
      conversation: false,
    });
  });

  it.each([
    [{ enabled: true }, "Cache 5m • auto"],
    [{ enabled: true, automatic: true, system: true }, "Cache 5m • auto + system"],
    [{ enabled: true, ttl: "1h" as const, tools: true, system: true, conversation: true }, "Cache 1h • tools + system + messages"],
    [{ enabled: false, system: true }, undefined],
  ])("with %j has its summary", async (promptCache, summary) => {
    expect((await explained(HI, { settings: { promptCache } })).cache?.summary).toBe(summary);
  });

  it("explains where a breakpoint is and that a short prompt is not cached", async () => {
    const { cache } = await explained(HI, { settings: { promptCache: { enabled: true, conversation: true } } });
    expect(cache?.breakpoints).toMatchObject([{ at: "messages[0].content[0]", ttl: "5m", by: "explicit" }]);
    expect(cache?.excluded).toContainEqual({ what: "messages[0].content[0]", because: expect.stringContaining("1024") });
  });

  it("explains where the prompt differs from the previous one", async () => {
    const connection = connect(anthropic, { apiKey: KEY, settings: { promptCache: { enabled: true, system: true } } });
    const at = (hour: string): ChatRequest => ({ ...HI, messages: [{ role: "system", content: `It is ${hour}.` }, ...HI.messages] });
    const { prefixBreak } = await connection.explain(at("ten"), { previous: at("nine") });
    expect(prefixBreak?.at).toBe("system[0]");
  });
});

describe("structured output and images", () => {
  it("returns structured output through a tool that the caller forces", async () => {
    const tools = [{ name: "answer", parameters: { type: "object", properties: { hour: { type: "integer" } }, required: ["hour"] } }];
    const whole = { id: "msg_o", type: "message", content: [{ type: "tool_use", id: "toolu_o", name: "answer", input: { hour: 9 } }] };
    const { received, connection } = connectedTo([JSON.stringify({ ...whole, stop_reason: "tool_use" })]);
    const response = await connection.generate({ ...HI, maxOutputTokens: 100, tools, toolChoice: { name: "answer" } });
    expect(await received[0]?.json()).toMatchObject({ tools: [{ name: "answer" }], tool_choice: { type: "tool", name: "answer" } });
    expect(response.toolCalls[0]?.input).toEqual({ hour: 9 });
  });

  it("accepts images as bytes and by URL on every model since Claude 3", async () => {
    const connection = connect(anthropic, { apiKey: KEY });
    for (const model of ["claude-3-haiku-20240307", "claude-haiku-4-5", "claude-sonnet-5-5", "claude-opus-7-1"])
      for (const way of ["input.image", "input.url"] as const) expect((await connection.supports(way, model)).support, model).toBe("yes");
  });
});
