import { connect, type Explanation } from "@lumiverse/core";
import type { ChatRequest } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { openai } from "../src/provider.ts";
import type { OpenaiSettings } from "../src/settings.ts";

const talk: ChatRequest["messages"] = [
  { role: "system", content: "The harbour's rules." },
  { role: "user", content: "First." },
];
const explain = (request: Partial<ChatRequest>, settings: OpenaiSettings = {}): Promise<Explanation> =>
  connect(openai, { apiKey: "sk-test-000", settings }).explain({ model: "gpt-5.6", messages: talk, ...request });

test("the plan states each breakpoint, and one breakpoint covers tools and system prompt", async () => {
  const tools = [{ name: "tide" }];
  const { cache, body } = await explain({ tools, cache: { tools: true, system: true, conversation: true } });
  expect(cache?.summary).toBe("Cache 30m • system + messages");
  expect(cache?.breakpoints.map((one) => [one.at, one.by])).toEqual([
    ["input[0]", "explicit"],
    ["input[1]", "explicit"],
  ]);
  expect(JSON.stringify(body).split("prompt_cache_breakpoint")).toHaveLength(3);
});

test("the last part of a user turn carries the breakpoint, whatever its type", async () => {
  const image = { type: "image" as const, url: "https://pictures.test/pier.png" };
  const { body } = await explain({
    messages: [{ role: "user", content: [{ type: "text", text: "See." }, image] }],
    cache: { conversation: true },
  });
  expect(body["input"]).toMatchObject([
    { content: [{ type: "input_text" }, { type: "input_image", prompt_cache_breakpoint: { mode: "explicit" } }] },
  ]);
});

test("a breakpoint without a part to carry it is noted, and no other is set", async () => {
  const { cache, notes, body } = await explain({ messages: talk.slice(1), cache: { system: true } });
  expect(body["prompt_cache_options"]).toEqual({ mode: "explicit" });
  expect(notes).toMatchObject([{ kind: "cache", field: "cache" }]);
  expect(cache?.excluded.map((one) => one.what)).toEqual(["system prompt", "everything"]);
});

test("request.cache replaces the connection's setting, and without either no cache field is sent", async () => {
  const off = await explain({ cache: false }, { promptCache: { mode: "implicit", ttl: "12h" } });
  expect(off.body["prompt_cache_options"]).toEqual({ mode: "explicit" });
  expect(off.cache?.excluded).toEqual([{ what: "everything", because: "caching is off" }]);
  const silent = await explain({});
  expect(silent.body["prompt_cache_options"]).toBeUndefined();
  expect(silent.body["instructions"]).toBe("The harbour's rules.");
  expect(silent.cache).toBeUndefined();
});

test("cache options and the older retention are never sent together", async () => {
  const { body, notes } = await explain({ cache: {} }, { promptCacheRetention: "24h" });
  expect(body["prompt_cache_options"]).toEqual({ mode: "implicit" });
  expect(body["prompt_cache_retention"]).toBeUndefined();
  expect(notes).toMatchObject([{ kind: "cache", field: "promptCacheRetention" }]);
});

test.each(["gpt-5.5", "gpt-4.1", "o3"])("%s accepts no cache options, so a note is left and nothing is sent", async (model) => {
  const { body, notes } = await explain({ model, cache: false });
  expect(body["prompt_cache_options"]).toBeUndefined();
  expect(notes).toMatchObject([{ kind: "cache", field: "cache", message: expect.stringContaining("cannot be switched off") as string }]);
});
