import { connect, isLumiverseError } from "@lumiverse/core";
import { expect, test } from "vitest";
import { custom } from "../src/provider.ts";
import type { CustomSettings } from "../src/settings.ts";

const messages = [{ role: "user" as const, content: "Which boat?" }];
const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1790000000,
  model: "any",
  choices: [{ index: 0, message: { role: "assistant", content: "The red one." }, finish_reason: "stop" }],
};
interface Sent {
  url: string;
  headers: Headers;
}
function host(list: object = { object: "list", data: [] }): { fetch: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (input, init) => {
      const url = String(input);
      sent.push({ url, headers: new Headers(init?.headers) });
      return new Response(JSON.stringify(url.endsWith("/models") ? list : answer), { headers: { "content-type": "application/json" } });
    },
  };
}

test("a connection without a base URL is a configuration error", () => {
  expect(() => connect(custom)).toThrow(expect.objectContaining({ code: "configuration", field: "baseURL" }));
});

test.each([
  ["http://localhost:1234", "http://localhost:1234/v1/chat/completions"],
  ["localhost:5000/v1/", "http://localhost:5000/v1/chat/completions"],
  ["http://localhost:8000/v1/chat/completions", "http://localhost:8000/v1/chat/completions"],
  ["https://proxy.example/paas/v4", "https://proxy.example/paas/v4/chat/completions"],
])("the base URL %s is normalized", async (baseURL, url) => {
  const { fetch, sent } = host();
  await connect(custom, { baseURL, fetch }).generate({ model: "any", messages });
  expect(sent.map((one) => one.url)).toEqual([url]);
});

test("no key is sent without apiKey, whatever the environment contains", async () => {
  process.env["CUSTOM_API_KEY"] = "harbour-key-of-somebody";
  try {
    const { fetch, sent } = host();
    await connect(custom, { baseURL: "http://localhost:1234/v1", fetch }).generate({ model: "any", messages });
    expect(sent[0]?.headers.has("authorization")).toBe(false);
  } finally {
    delete process.env["CUSTOM_API_KEY"];
  }
});

test("reasoning without a signature is sent to other models, and never to Claude, which refuses it", async () => {
  const history = [
    ...messages,
    {
      role: "assistant" as const,
      content: [
        { type: "reasoning" as const, text: "Two boats." },
        { type: "text" as const, text: "The red one." },
      ],
    },
    ...messages,
  ];
  const connection = connect(custom, { baseURL: "http://localhost:1234/v1", settings: { protocol: "messages" } });
  const sent = async (model: string): Promise<string> => JSON.stringify((await connection.explain({ model, messages: history })).body);
  expect(await sent("kimi-k2.6")).toContain("Two boats.");
  expect(await sent("anthropic/claude-sonnet-5")).not.toContain("Two boats.");
});

test("a path without a version gives a hint about it, also to the Responses API", async () => {
  const fetch = async (): Promise<Response> => Response.json({ error: { message: "Not Found" } }, { status: 404 });
  const hintAt = (baseURL: string): Promise<unknown> =>
    connect(custom, { baseURL, fetch, settings: { protocol: "responses" } })
      .generate({ model: "any", messages })
      .then(undefined, (error: unknown) => (isLumiverseError(error) ? error.hint : error));
  expect(await hintAt("http://localhost:1234/api")).toContain("http://localhost:1234/api/v1");
  expect(await hintAt("http://localhost:1234/v1")).toContain("Chat Completions");
});

test("a length of the body among the headers is not sent, because fetch would never return", async () => {
  const { fetch, sent } = host();
  await connect(custom, { baseURL: "http://localhost:1234/v1", fetch, headers: { "Content-Length": "5" } }).generate({
    model: "any",
    messages,
  });
  expect(sent[0]?.headers.has("content-length")).toBe(false);
});

test("headers of the settings are sent with every call and every operation", async () => {
  const { fetch, sent } = host();
  const connection = connect(custom, { baseURL: "http://localhost:1234/v1", fetch, settings: { headers: { "x-berth": "7" } } });
  await connection.generate({ model: "any", messages });
  await connection.models();
  expect(sent.map(({ headers }) => headers.get("x-berth"))).toEqual(["7", "7"]);
});

test("the server is probed once per connection, and only with server: auto", async () => {
  const list = { object: "list", data: [{ id: "any", object: "model", owned_by: "vllm", max_model_len: 4096 }] };
  const auto = host(list);
  const connection = connect(custom, { baseURL: "http://localhost:8000/v1", fetch: auto.fetch, settings: { server: "auto" } });
  expect((await connection.explain({ model: "any", messages })).server).toBeUndefined(); // explain sends nothing
  await connection.generate({ model: "any", messages });
  await connection.generate({ model: "any", messages });
  const first = await connection.explain({ model: "any", messages, reasoning: "high" });
  expect(auto.sent.filter(({ url }) => url.endsWith("/models"))).toHaveLength(1);
  expect(first.server).toMatchObject({ server: "vllm", contextTokens: 4096, from: expect.stringContaining("owned_by") });
  const plain = host(list);
  await connect(custom, { baseURL: "http://localhost:8000/v1", fetch: plain.fetch }).generate({ model: "any", messages });
  expect(plain.sent).toHaveLength(1);
});

test("a server that does not answer the probe stays unknown, and calls still work", async () => {
  const { fetch, sent } = host();
  const broken: typeof fetch = (input, init) =>
    String(input).endsWith("/models") ? Promise.reject(new TypeError("no such page")) : fetch(input, init);
  const connection = connect(custom, { baseURL: "http://localhost:9000/v1", fetch: broken, settings: { server: "auto" } });
  expect((await connection.generate({ model: "any", messages })).text).toBe("The red one.");
  expect(sent).toHaveLength(1);
});

test("the request does not depend on the port of the base URL", async () => {
  const body = async (port: number) =>
    (await connect(custom, { baseURL: `http://localhost:${port}/v1` }).explain({ model: "any", messages, repetitionPenalty: 1.1 })).body;
  expect(await body(11434)).toEqual(await body(8080));
});

test.each<[string, CustomSettings, string]>([
  ["chat-completions", {}, "/v1/chat/completions"],
  ["responses", { protocol: "responses" }, "/v1/responses"],
  ["messages", { protocol: "messages" }, "/v1/messages"],
])("the setting protocol selects %s", async (protocol, settings, path) => {
  const explained = await connect(custom, { baseURL: "http://localhost:8080/v1", settings }).explain({ model: "any", messages });
  expect([explained.protocol, new URL(explained.url).pathname]).toEqual([protocol, path]);
});

test("the form shows settings of Chat Completions only while that protocol is selected", async () => {
  const settings = await custom.settings?.();
  const fields = settings?.fields ?? [];
  expect(settings?.parse({})).toEqual({ protocol: "chat-completions" });
  expect(fields.find(({ path }) => path === "maxTokensField")?.condition).toEqual({ path: "protocol", equals: "chat-completions" });
  expect(fields.every(({ title, help, section, order }) => title !== "" && help !== undefined && section !== undefined && order > 0)).toBe(
    true,
  );
});

test("models of the settings are added to the list of the server, and replace it when the server has none", async () => {
  const { fetch } = host({ object: "list", data: [{ id: "listed" }] });
  const settings = { models: ["hidden", "listed"] };
  const both = await connect(custom, { baseURL: "http://localhost:1234", fetch, settings }).models();
  expect(both.models.map(({ id }) => id)).toEqual(["listed", "hidden"]);
  const nothing: typeof globalThis.fetch = async () => new Response("{}", { status: 404, headers: { "content-type": "application/json" } });
  const alone = await connect(custom, { baseURL: "http://localhost:1234", fetch: nothing, settings }).models();
  expect(alone.models.map(({ id }) => id)).toEqual(["hidden", "listed"]);
  expect(alone.notes[0]?.message).toContain("The live list failed");
});
