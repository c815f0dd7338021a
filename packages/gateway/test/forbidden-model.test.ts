/** A key that may not use a model reaches it by no route, no spelling and no other place of a request. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestGateway, type TestGateway } from "./gateways.ts";

let one: TestGateway;
let key: string;
beforeAll(async () => {
  one = await openTestGateway({ keys: "required" });
  await one.gateway.aliases.save({ name: "Fast", targets: [{ target: "groq/llama-3.3-70b-versatile" }] });
  await one.gateway.aliases.save({ name: "Chain", targets: [{ target: "groq/llama-3.3-70b-versatile" }, { target: "third/m" }] });
  key = (await one.gateway.keys.create({ name: "Team", models: ["local/*", "spare/m"] })).secret;
});
afterAll(() => one.close());

/** By the connection with its model and alone, by an alias and by a list, and in another case. */
const FORBIDDEN = [
  "groq/llama-3.3-70b-versatile",
  "GROQ/Llama-3.3-70B-Versatile",
  "groq",
  "Fast",
  "FAST",
  "chain",
  "spare/other",
  "spare/M",
];

const messages = [{ role: "user", content: "Hi" }];
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];

type Route = readonly [what: string, path: (model: string) => string, body: (model: string) => object];

const ROUTES: readonly Route[] = [
  ["Chat Completions", () => "/v1/chat/completions", (model) => ({ model, messages })],
  ["a stream of Chat Completions", () => "/v1/chat/completions", (model) => ({ model, messages, stream: true })],
  ["Responses", () => "/v1/responses", (model) => ({ model, input: "Hi" })],
  ["Messages", () => "/v1/messages", (model) => ({ model, max_tokens: 9, messages })],
  ["count_tokens", () => "/v1/messages/count_tokens", (model) => ({ model, messages })],
  ["generateContent", (model) => `/v1beta/models/${model}:generateContent`, () => ({ contents })],
  ["an escaped path", (model) => `/v1beta/models/${encodeURIComponent(model)}:generateContent`, () => ({ contents })],
  ["streamGenerateContent", (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`, () => ({ contents })],
  ["countTokens", (model) => `/v1beta/models/${model}:countTokens`, () => ({ contents })],
  [
    "countTokens of a whole request",
    (model) => `/v1beta/models/${model}:countTokens`,
    () => ({ generateContentRequest: { model: "models/local/m", contents } }),
  ],
  ["the neutral form", () => "/lumiverse/v1/chat", (model) => ({ model, request: { messages } })],
  // What else names a model does not count.
  ["a granted model in the query", () => "/v1/chat/completions?model=local/m", (model) => ({ model, messages })],
  [
    "a granted model in the body beside the path",
    (model) => `/v1beta/models/${model}:generateContent`,
    () => ({ model: "local/m", contents }),
  ],
  [
    "a granted model inside of the neutral request",
    () => "/lumiverse/v1/chat",
    (model) => ({ model, request: { model: "local/m", messages } }),
  ],
];

test.each(ROUTES)("a forbidden model is refused with 403 before a byte leaves: %s", async (_, path, body) => {
  for (const model of FORBIDDEN) {
    const answer = await one.ask(path(model), body(model), { key });
    expect([model, answer.status]).toEqual([model, 403]);
    expect(await answer.text()).not.toMatch(/third|versatile.*versatile/);
  }
  expect(one.vendor.asked).toEqual([]);
});

test.each(ROUTES)("a granted model is not: %s", async (_, path, body) => {
  expect((await one.ask(path("local/m"), body("local/m"), { key })).status).toBe(200);
  one.vendor.asked.length = 0;
});

test("a forbidden model in the query or in a header chooses nothing", async () => {
  const forbidden = "groq/llama-3.3-70b-versatile";
  const options = { key, headers: { "x-model": forbidden, "x-lumiverse-model": forbidden } };
  const answer = await one.ask(`/v1/chat/completions?model=${forbidden}`, { model: "local/m", messages }, options);
  expect([answer.status, one.vendor.asked.map(({ body }) => body.model)]).toEqual([200, ["m"]]);
  one.vendor.asked.length = 0;
  expect((await one.ask(`/v1/chat/completions?model=${forbidden}`, { messages }, options)).status).toBe(400);
  expect(one.vendor.asked).toEqual([]);
});

test("a forbidden model inside of extra_body, which gateways behind a connection lay over the request, is refused", async () => {
  const ask = (extra_body: unknown): Promise<Response> =>
    one.ask("/v1/chat/completions", { model: "local/m", messages, extra_body }, { key });
  for (const extra_body of [{ model: "other" }, { models: ["other"] }]) {
    const answer = await ask(extra_body);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("extra_body.")]);
  }
  expect(one.vendor.asked).toEqual([]);
  expect((await ask({ top_k: 5 })).status).toBe(200);
  one.vendor.asked.length = 0;
});
