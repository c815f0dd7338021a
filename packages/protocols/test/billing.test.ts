/** What a request asks for that the token counts of its answer do not cover. */
import type { Protocol, Usage } from "@lumiverse/core/provider";
import { expect, it } from "vitest";
import { chatCompletions } from "../src/chat-completions/protocol.ts";
import { generateContent } from "../src/generate-content/index.ts";
import { messages } from "../src/messages/index.ts";
import { premiumMode, readUsage, type TokenCounts, usageOf } from "../src/messages/response/usage.ts";
import { responses } from "../src/responses/index.ts";

const chat: Pick<Protocol, "billing"> = chatCompletions({} as never); // the dialect plays no part in billing
const gemini: Pick<Protocol, "billing"> = generateContent({} as never); // nor does the host

const NO_USAGE: Usage = { completeness: "unknown" };

it.each([
  ["chat-completions", chat, { model: "m", tools: [{ type: "function" }] }, {}],
  ["chat-completions", chat, { service_tier: "flex" }, { serviceTier: "flex" }],
  ["chat-completions", chat, { tools: [{ type: "builtin_function" }] }, { otherCharges: "tools of the host" }],
  ["chat-completions", chat, { web_search_options: {} }, { otherCharges: "searches" }],
  ["chat-completions", chat, { modalities: ["text", "audio"] }, { otherCharges: "output that is not text" }],
  ["responses", responses(), { tools: [{ type: "function" }, { type: "mcp" }], prompt_cache_options: { ttl: "30m" } }, {}],
  [
    "responses",
    responses(),
    { tools: [{ type: "web_search" }], service_tier: "priority" },
    { serviceTier: "priority", otherCharges: "tools of the host" },
  ],
  ["responses", responses(), { prompt_cache_options: { ttl: "12h" } }, { otherCharges: expect.stringContaining("cache writes") }],
  ["responses", responses(), { prompt: { id: "pmpt_1" } }, { otherCharges: expect.stringContaining("stored prompt") }],
  ["messages", messages(), { tools: [{ name: "own" }, { type: "bash_20250124" }], speed: "standard", inference_geo: "global" }, {}],
  ["messages", messages(), { tools: [{ type: "web_search_20250305" }] }, { otherCharges: "tools of the host" }],
  ["messages", messages(), { speed: "fast" }, { otherCharges: expect.stringContaining("fast") }],
  ["messages", messages(), { inference_geo: "us" }, { otherCharges: expect.stringContaining("region") }],
  ["generate-content", gemini, { tools: [{ functionDeclarations: [] }, { codeExecution: {} }] }, {}],
  [
    "generate-content",
    gemini,
    { tools: [{ googleSearch: {} }], serviceTier: "flex" },
    { serviceTier: "flex", otherCharges: "tools of the host" },
  ],
])("%s: %#", (_name, protocol, body, billing) => {
  const url = new URL("https://host.example/v1");
  expect((protocol as Pick<Protocol, "billing">).billing?.({ method: "POST", url, body }, { usage: NO_USAGE })).toEqual(billing); // every row has a protocol
});

it("a tier in a header of Vertex AI counts as asked for", () => {
  const url = new URL("https://host.example/v1");
  const headers = { "x-vertex-ai-llm-shared-request-type": "priority" };
  expect(gemini.billing?.({ method: "POST", url, body: {}, headers }, { usage: NO_USAGE })).toEqual({ serviceTier: "priority" });
});

it.each([
  ["counted apart", { ttl: "1h" }, { cacheWrite: 9 }, { cacheWrites: { "5m": 9, "1h": 0 } }, undefined],
  ["not counted apart", { ttl: "1h" }, { cacheWrite: 9 }, {}, expect.stringContaining("for an hour")],
  ["none", { ttl: "1h" }, { cacheWrite: 0 }, {}, undefined],
  ["for five minutes", { ttl: "5m" }, { cacheWrite: 9 }, {}, undefined],
])("writes to the cache of Messages: %s", (_name, ttl, counts, details, charge) => {
  const url = new URL("https://host.example/v1");
  const body = { system: [{ type: "text", text: '{"ttl":"1h"}', cache_control: { type: "ephemeral", ...ttl } }] };
  expect(messages().billing?.({ method: "POST", url, body }, { usage: { ...NO_USAGE, ...counts }, details })?.otherCharges).toEqual(charge);
});

it.each([
  ["claude-sonnet-4-5-20250929", 2, 150_000, expect.stringContaining("price bands")],
  ["claude-sonnet-4-5-20250929", 1, 150_000, undefined],
  ["claude-sonnet-4-5-20250929", 2, 90_000, undefined],
  ["claude-opus-5-5", 2, 150_000, undefined],
])("the band of %s is unknown where %i iterations have prompts of %i tokens together", (model, count, tokens, charge) => {
  const iterations = Array.from({ length: count }, () => ({ type: "message", input_tokens: tokens, output_tokens: 1 }));
  const answer = { usage: { ...NO_USAGE, input: count * tokens }, details: { iterations } };
  const request = { method: "POST", url: new URL("https://host.example/v1"), body: { model } } as const;
  expect(messages().billing?.(request, answer)?.otherCharges).toEqual(charge);
});

it.each([
  ["the prompt as a whole", { cache_control: { type: "ephemeral", ttl: "1h" } }],
  ["a tool", { tools: [{ name: "t", cache_control: { type: "ephemeral", ttl: "1h" } }] }],
  ["a result of a tool", { messages: [{ content: [{ type: "tool_result", content: [{ cache_control: { ttl: "1h" } }] }] }] }],
])("a mark for an hour is seen on %s", (_name, body) => {
  const url = new URL("https://host.example/v1");
  const answer = { usage: { ...NO_USAGE, cacheWrite: 9 } };
  expect(messages().billing?.({ method: "POST", url, body }, answer)?.otherCharges).toContain("for an hour");
});

it.each([
  { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 499 },
  {},
])("writes that an answer splits into %j are not counted apart", (split) => {
  const counts: TokenCounts = { details: {} };
  readUsage(counts, { input_tokens: 4, output_tokens: 1, cache_creation_input_tokens: 500, cache_creation: split });
  const url = new URL("https://host.example/v1");
  const body = { cache_control: { type: "ephemeral", ttl: "1h" } };
  const answer = { usage: usageOf(counts, "exact"), details: counts.details };
  expect(messages().billing?.({ method: "POST", url, body }, answer)?.otherCharges).toContain("for an hour");
});

it("writes that a later event reports without a split are not counted apart", () => {
  const counts: TokenCounts = { details: {} };
  readUsage(counts, { input_tokens: 4, cache_creation_input_tokens: 9, cache_creation: { ephemeral_5m_input_tokens: 9 } });
  expect(counts.details["cacheWrites"]).toEqual({ "5m": 9, "1h": 0 });
  readUsage(counts, { input_tokens: 8, cache_creation_input_tokens: 20 });
  expect(counts.details).toEqual({});
});

it("modes that an answer reports count as those that a request asks for", () => {
  expect(premiumMode("standard", "not_available")).toBeUndefined();
  expect(premiumMode(undefined, "us")).toContain("region");
  expect(premiumMode("fast", undefined)).toContain("fast");
});
