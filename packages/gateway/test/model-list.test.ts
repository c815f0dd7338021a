import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { anthropicList, anthropicModel, geminiList, geminiModel, openaiList, openaiModel } from "../src/server/model-list.ts";
import type { ModelName } from "../src/server/model-names.ts";

const MODELS: readonly ModelName[] = Array.from({ length: 7 }, (_, n) => ({
  id: `home/m-${n}`,
  name: `Model ${n}`,
  owner: "lumiverse",
  contextTokens: 1000,
}));
const IDS = MODELS.map(({ id }) => id);

/** A fetch that answers with a list, page by page. */
const listing =
  (list: (query: URLSearchParams) => unknown): typeof fetch =>
  async (input) =>
    Response.json(list(new URL(input instanceof Request ? input.url : String(input)).searchParams));

describe("the list of models", () => {
  it("is read whole by OpenAI's client", async () => {
    const client = new OpenAI({ apiKey: "k", baseURL: "http://gateway.test/v1", fetch: listing(() => openaiList(MODELS)) });
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(IDS);
  });

  it("states the limits of models to every client", () => {
    const model = { id: "fast", name: "Fast", owner: "lumiverse", contextTokens: 128_000, maxOutputTokens: 4096 };
    expect(openaiModel(model)).toEqual({
      id: "fast",
      object: "model",
      created: 0,
      owned_by: "lumiverse",
      context_length: 128_000,
      max_completion_tokens: 4096,
    });
    expect(anthropicModel(model)).toMatchObject({ display_name: "Fast", max_input_tokens: 128_000, max_tokens: 4096 });
    expect(geminiModel(model)).toMatchObject({ displayName: "Fast", inputTokenLimit: 128_000, outputTokenLimit: 4096 });
  });

  it.each([
    { released: "2026-01-15", created_at: "2026-01-15T00:00:00Z" },
    // Some models are released by month in the catalogues.
    { released: "2026-01", created_at: "2026-01-01T00:00:00Z" },
    { released: undefined, created_at: "1970-01-01T00:00:00Z" },
    // A vendor's own list may hold anything.
    { released: "soon", created_at: "1970-01-01T00:00:00Z" },
  ])("has a valid date for a model that was released: $released", ({ released, created_at }) => {
    const model: ModelName = { id: "m", name: "m", owner: "lumiverse", ...(released === undefined ? {} : { released }) };
    expect(anthropicModel(model)).toMatchObject({ created_at });
    expect(openaiModel(model)).toMatchObject({ created: Date.parse(created_at) / 1000 });
  });

  it("is read page by page by Anthropic's client", async () => {
    const client = new Anthropic({
      apiKey: "k",
      baseURL: "http://gateway.test",
      fetch: listing((query) => anthropicList(MODELS, query)),
    });
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 3 })) ids.push(model.id);
    expect(ids).toEqual(IDS);
    const before = anthropicList(MODELS, new URLSearchParams({ before_id: "home/m-4", limit: "2" }));
    expect(before).toMatchObject({ first_id: "home/m-2", last_id: "home/m-3", has_more: true });
  });

  it("is read page by page by Google's client", async () => {
    const original = globalThis.fetch;
    globalThis.fetch = listing((query) => geminiList(MODELS, query));
    try {
      const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: "http://gateway.test" } });
      const names: (string | undefined)[] = [];
      for await (const model of await client.models.list({ config: { pageSize: 3 } })) names.push(model.name);
      expect(names).toEqual(IDS.map((id) => `models/${id}`));
    } finally {
      globalThis.fetch = original;
    }
  });

  it.each([
    [{ limit: "0" }, "limit"],
    [{ limit: "x" }, "limit"],
    [{ after_id: "nobody" }, "after_id"],
  ] as const)("refuses the page %j", (query, field) => {
    expect(() => anthropicList(MODELS, new URLSearchParams(query))).toThrow(
      expect.objectContaining({ code: "invalid", issues: [expect.objectContaining({ path: field })] }),
    );
  });

  it("refuses a page token that it did not give", () => {
    expect(() => geminiList(MODELS, new URLSearchParams({ pageToken: "nobody" }))).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: "pageToken" })] }),
    );
  });
});
