/** The official clients against a gateway that listens, over a vendor that speaks Chat Completions. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayServer } from "../src/node.ts";
import { listen, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { chunk, json, refuse, slow, WORDS } from "./vendor-server.ts";

let one: TestGateway;
let server: GatewayServer;
let secret: string;
let openai: OpenAI;
let anthropic: Anthropic;
let gemini: GoogleGenAI;
const TEXT = WORDS.join("");
const messages = [{ role: "user" as const, content: "Count to five." }];

beforeAll(async () => {
  one = await openTestGateway({ keys: "required" });
  server = await listen(one.gateway);
  await one.gateway.aliases.save({ name: "claude-house", description: "House model", targets: [{ target: "local/house" }] });
  secret = (await one.gateway.keys.create({ name: "Clients" })).secret;
  openai = new OpenAI({ apiKey: secret, baseURL: `${server.url}/v1` });
  anthropic = new Anthropic({ apiKey: secret, baseURL: server.url });
  gemini = new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl: server.url } });
  const tool = (asked: { body: { stream?: boolean } }, response: Parameters<typeof json>[0]): void => {
    const call = { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } };
    if (asked.body.stream === true) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`${chunk({ tool_calls: [call] })}${chunk({}, "tool_calls")}data: [DONE]\n\n`);
    } else
      json(response, 200, {
        id: "chat-1",
        model: "tool",
        choices: [{ index: 0, message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      });
  };
  one.vendor.answers.set("tool", tool);
  one.vendor.answers.set("slow", slow(300));
  one.vendor.answers.set("busy", refuse(503, { "retry-after-ms": "1" }));
  one.vendor.answers.set("limited", refuse(429, { "retry-after-ms": "1" }));
  one.vendor.answers.set("wrong", refuse(400));
});
beforeEach(() => void one.vendor.asked.splice(0));
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await one.close();
});

describe("openai, Chat Completions", () => {
  test("answers and streams", async () => {
    const answer = await openai.chat.completions.create({ model: "local/m", messages });
    expect(answer.choices[0]?.message.content).toBe(TEXT);
    const stream = await openai.chat.completions.create({
      model: "local/m",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage: number | undefined;
    for await (const part of stream) {
      text += part.choices[0]?.delta.content ?? "";
      usage = part.usage?.completion_tokens ?? usage;
    }
    expect([text, usage]).toEqual([TEXT, 5]);
  });

  test("calls tools", async () => {
    const tools = [
      {
        type: "function" as const,
        function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
      },
    ];
    const answer = await openai.chat.completions.create({ model: "local/tool", messages, tools });
    expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: "weather", arguments: '{"city":"Bern"}' } });
  });

  test("an abort ends the vendor's call", async () => {
    const stream = await openai.chat.completions.create({ model: "local/slow", messages, stream: true });
    for await (const _ of stream) break;
    await until(() => one.vendor.open === 0, "the end of the vendor's call");
  });

  test("default retries of the client do not multiply those of the gateway", async () => {
    for (const [model, status] of [
      ["busy", 503],
      ["limited", 429],
    ] as const) {
      one.vendor.asked.splice(0);
      await expect(openai.chat.completions.create({ model: `local/${model}`, messages })).rejects.toMatchObject({ status });
      expect(one.vendor.asked).toHaveLength(3);
    }
  });

  test("lists models and finds one", async () => {
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["claude-house", "local/listed-model", "groq/llama-3.3-70b-versatile"]));
    expect((await openai.models.retrieve("local/listed-model")).id).toBe("local/listed-model");
    await expect(openai.models.retrieve("local/no-such")).rejects.toMatchObject({ status: 404 });
  });
});

describe("openai, Responses", () => {
  test("answers and streams", async () => {
    const answer = await openai.responses.create({ model: "local/m", input: "Count to five." });
    expect([answer.output_text, answer.model, answer.status]).toEqual([TEXT, "local/m", "completed"]);
    const stream = openai.responses.stream({ model: "local/m", input: "Count to five." });
    let text = "";
    for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
    expect(text).toBe(TEXT);
    expect((await stream.finalResponse()).output_text).toBe(TEXT);
  });

  test("calls tools", async () => {
    const tools = [
      {
        type: "function" as const,
        name: "weather",
        parameters: { type: "object", properties: { city: { type: "string" } } },
        strict: false,
      },
    ];
    const answer = await openai.responses.create({ model: "local/tool", input: "Weather?", tools });
    expect(answer.output).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: "function_call", name: "weather", arguments: '{"city":"Bern"}' })]),
    );
  });

  test("a response of a vendor that stores nothing says so, and a reference to a stored one is refused, never dropped", async () => {
    const answer = await openai.responses.create({ model: "local/m", input: "Count to five.", store: true });
    expect(answer).toMatchObject({ store: false });
    one.vendor.asked.splice(0);
    const refused = openai.responses.create({ model: "local/m", input: "Go on.", previous_response_id: answer.id });
    await expect(refused).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(refused).rejects.toMatchObject({ param: "previous_response_id", type: "invalid_request_error" });
    await expect(refused).rejects.toThrow("Send the whole conversation in input");
    expect(one.vendor.asked).toEqual([]);
  });

  test("an error has OpenAI's class", async () => {
    await expect(openai.responses.create({ model: "local/wrong", input: "x" })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });
});

describe("@anthropic-ai/sdk", () => {
  const ask = { model: "local/m", max_tokens: 100, messages };

  test("answers and streams", async () => {
    const answer = await anthropic.messages.create(ask);
    // Anthropic's answers have no `citations` where there are none, and the AI SDK refuses null.
    expect([answer.content, answer.model]).toEqual([[{ type: "text", text: TEXT }], "local/m"]);
    const stream = anthropic.messages.stream(ask);
    const final = await stream.finalMessage();
    expect(final.content[0]).toMatchObject({ type: "text", text: TEXT });
    expect([final.stop_reason, final.usage.input_tokens, final.usage.output_tokens]).toEqual(["end_turn", 10, 5]);
  });

  test("calls tools, in a stream too", async () => {
    const tools = [{ name: "weather", input_schema: { type: "object" as const, properties: { city: { type: "string" } } } }];
    const answer = await anthropic.messages.create({ ...ask, model: "local/tool", tools });
    const expected = [expect.objectContaining({ type: "tool_use", name: "weather", input: { city: "Bern" } })];
    expect([answer.content, answer.stop_reason]).toEqual([expected, "tool_use"]);
    const streamed = await anthropic.messages.stream({ ...ask, model: "local/tool", tools }).finalMessage();
    expect([streamed.content, streamed.stop_reason]).toEqual([expected, "tool_use"]);
  });

  test("keeps the estimate of the prompt where the vendor reports no usage", async () => {
    const begun: number[] = [];
    const stream = anthropic.messages.stream({ ...ask, model: "local/tool" });
    stream.on("streamEvent", (event) => void (event.type === "message_start" && begun.push(event.message.usage.input_tokens)));
    const { usage } = await stream.finalMessage();
    expect(usage.input_tokens).toBeGreaterThan(0);
    expect(begun).toEqual([usage.input_tokens]);
  });

  test("counts tokens by an estimate where the vendor has no counter: a tool result of 40 kB is more than 5,000", async () => {
    const content = "The quick brown fox jumps over the lazy dog. ".repeat(900);
    const history: Anthropic.MessageParam[] = [
      { role: "user", content: "Read it." },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "read", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content }] },
    ];
    const { input_tokens } = await anthropic.messages.countTokens({ model: "local/m", messages: history });
    expect(input_tokens).toBeGreaterThan(5000);
    expect(input_tokens).toBeLessThan(20_000);
    await expect(anthropic.messages.countTokens({ model: "no-such", messages })).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  test("errors have Anthropic's classes, and default retries of the client do not multiply those of the gateway", async () => {
    await expect(anthropic.messages.create({ ...ask, model: "no-such" })).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    await expect(new Anthropic({ apiKey: "lv-unknown", baseURL: server.url }).messages.create(ask)).rejects.toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
    one.vendor.asked.splice(0);
    await expect(anthropic.messages.create({ ...ask, model: "local/limited" })).rejects.toBeInstanceOf(Anthropic.RateLimitError);
    expect(one.vendor.asked).toHaveLength(3);
  });

  test("pages through the list of models, which has display names", async () => {
    const found: string[] = [];
    for await (const model of anthropic.models.list({ limit: 3 })) found.push(model.id);
    expect(found).toEqual((await openai.models.list()).data.map(({ id }) => id));
    expect(await anthropic.models.retrieve("claude-house")).toMatchObject({ id: "claude-house", display_name: "House model" });
  });

  test("an abort ends the vendor's call", async () => {
    const stream = anthropic.messages.stream({ ...ask, model: "local/slow" });
    for await (const event of stream) if (event.type === "content_block_delta") break;
    stream.abort();
    await until(() => one.vendor.open === 0, "the end of the vendor's call");
  });
});

describe("@google/genai", () => {
  test("answers and streams, for models with slashes in their names", async () => {
    const answer = await gemini.models.generateContent({ model: "models/local/org/m:8b", contents: "Count to five." });
    expect([answer.text, one.vendor.asked[0]?.body.model]).toEqual([TEXT, "org/m:8b"]);
    let text = "";
    for await (const part of await gemini.models.generateContentStream({ model: "models/local/m", contents: "Count to five." }))
      text += part.text ?? "";
    expect(text).toBe(TEXT);
  });

  test("calls tools, counts tokens and pages through the list of models", async () => {
    const tools = [
      { functionDeclarations: [{ name: "weather", parametersJsonSchema: { type: "object", properties: { city: { type: "string" } } } }] },
    ];
    const answer = await gemini.models.generateContent({ model: "models/local/tool", contents: "Weather?", config: { tools } });
    expect(answer.functionCalls?.[0]).toMatchObject({ name: "weather", args: { city: "Bern" } });
    expect((await gemini.models.countTokens({ model: "models/local/m", contents: "Count to five." })).totalTokens).toBeGreaterThan(3);
    const names: (string | undefined)[] = [];
    for await (const model of await gemini.models.list({ config: { pageSize: 2 } })) names.push(model.name);
    expect(names).toEqual((await openai.models.list()).data.map(({ id }) => `models/${id}`));
  });

  test("an error has Gemini's shape", async () => {
    await expect(gemini.models.generateContent({ model: "models/no-such", contents: "x" })).rejects.toMatchObject({ status: 404 });
  });
});

describe("a target that always fails", () => {
  const FAILURES: Readonly<Record<string, Parameters<TestGateway["vendor"]["answers"]["set"]>[1]>> = {
    overloaded: refuse(503, { "retry-after-ms": "1" }),
    limited: refuse(429, { "retry-after-ms": "1" }),
    reset: (_, response) => void response.destroy(),
    silent: () => {},
  };
  let failing: TestGateway;
  let listening: GatewayServer;
  beforeAll(async () => {
    failing = await openTestGateway({ keys: "optional" });
    failing.profiles.connectOptions.timeouts = { response: 300 };
    listening = await listen(failing.gateway);
  });
  afterAll(async () => {
    await listening.close({ graceMs: 0 });
    await failing.close();
  });
  const retrying = (): Record<string, (model: string) => Promise<unknown>> => {
    const apiKey = "any";
    const gpt = new OpenAI({ apiKey, baseURL: `${listening.url}/v1` });
    const claude = new Anthropic({ apiKey, baseURL: listening.url });
    const google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: listening.url } });
    return {
      chat: (model) => gpt.chat.completions.create({ model, messages }),
      "chat-stream": (model) => gpt.chat.completions.create({ model, messages, stream: true }),
      responses: (model) => gpt.responses.create({ model, input: "Count to five." }),
      messages: (model) => claude.messages.create({ model, messages, max_tokens: 100 }),
      gemini: (model) => google.models.generateContent({ model, contents: "Count to five." }),
    };
  };

  test.each(Object.entries(FAILURES))(
    "is asked as often as the gateway may ask, whatever an official client repeats: %s",
    async (failure, answer) => {
      const calls = Object.entries(retrying()).flatMap(([client, call]) => [
        { name: `local/${failure}-${client}`, model: `${failure}-${client}`, call },
        { name: `list-${failure}-${client}`, model: `${failure}-${client}-of-list`, call },
      ]);
      for (const { name, model } of calls) {
        failing.vendor.answers.set(model, answer);
        const targets = ["local", "spare"].map((connection) => ({ target: `${connection}/${model}` }));
        if (name.startsWith("list-")) await failing.gateway.aliases.save({ name, targets });
      }
      await Promise.all(calls.map(({ name, call }) => expect(call(name), name).rejects.toThrow()));
      for (const { name, model } of calls) {
        const asked = failing.vendor.asked.filter(({ body }) => body.model === model).length;
        expect(asked, name).toBe(name.startsWith("list-") ? 2 : 3);
      }
    },
    60_000,
  );
});

test("the list of models arrives within a second when no vendor answers, and holds what a key may name", async () => {
  const silent = await openTestGateway({ keys: "required" });
  const profiles = silent.profiles.connectOptions;
  profiles.fetch = (_, init) =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
  await silent.gateway.aliases.save({ name: "fast", targets: [{ target: "groq" }] });
  const { secret: guest } = await silent.gateway.keys.create({ name: "Guest", models: ["fast", "local/*"] });
  const list = (): Promise<Response> =>
    silent.gateway.fetch(new Request("http://localhost/v1/models", { headers: { "x-api-key": guest } }));
  const finished = await Promise.race([list(), new Promise((resolve) => setTimeout(() => resolve("too late"), 5000))]);
  expect(finished).toBeInstanceOf(Response);
  const { data } = (await (finished as Response).json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual(["fast", "local/local-model"]);
  await silent.close();
});
