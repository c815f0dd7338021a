import { connect, type Explanation } from "@lumiverse/core";
import type { ChatRequest, LumiverseError, OperationContext, OperationResponse } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { openai } from "../src/provider.ts";
import type { OpenaiSettings } from "../src/settings.ts";

const hi = [{ role: "user" as const, content: "hi" }];
const tools = [{ name: "f" }];
const explain = (
  request: Partial<ChatRequest> & { model: string },
  settings: OpenaiSettings = {},
  more: object = {},
): Promise<Explanation> => connect(openai, { apiKey: "sk-test-000", settings, ...more }).explain({ messages: hi, ...request });

describe("the API that a call goes to", () => {
  const audio = [{ role: "user" as const, content: [{ type: "audio" as const, data: "QQ==", mediaType: "audio/wav" }] }];
  test.each<[string, Partial<ChatRequest> & { model: string }, OpenaiSettings, object, string]>([
    ["the vendor's own host", { model: "gpt-5.4" }, {}, {}, "responses"],
    ["its regions", { model: "gpt-5.4" }, {}, { baseURL: "https://eu.api.openai.com/v1" }, "responses"],
    ["another host", { model: "gpt-5.4" }, {}, { baseURL: "https://proxy.test/v1" }, "chat-completions"],
    [
      "a host that only ends like the vendor's",
      { model: "gpt-5.4" },
      {},
      { baseURL: "https://evilapi.openai.com.test/v1" },
      "chat-completions",
    ],
    [
      "another host with the setting responses",
      { model: "gpt-5.4" },
      { api: "responses" },
      { baseURL: "https://proxy.test/v1" },
      "responses",
    ],
    [
      "a Responses-only model anywhere",
      { model: "gpt-5.4-pro" },
      { api: "chat-completions" },
      { baseURL: "https://proxy.test/v1" },
      "responses",
    ],
    ["audio", { model: "gpt-audio", messages: audio }, {}, {}, "chat-completions"],
    ["a stop sequence", { model: "gpt-4.1", stop: "END" }, {}, {}, "chat-completions"],
    ["a seed", { model: "gpt-4.1", seed: 1 }, {}, {}, "chat-completions"],
    ["a raw field that Responses lacks", { model: "gpt-4.1", parameters: { logit_bias: { 5: 1 } } }, {}, {}, "chat-completions"],
    ["a seed together with tools that need Responses", { model: "gpt-5.5", seed: 1, tools }, {}, {}, "responses"],
    ["log-probabilities", { model: "gpt-4.1", logprobs: true }, {}, {}, "responses"],
    ["the setting chat-completions", { model: "gpt-4.1" }, { api: "chat-completions" }, {}, "chat-completions"],
  ])("is chosen by host, model and request: %s", (_, request, settings, more, protocol) => {
    const connection = connect(openai, { apiKey: "sk-test-000", settings, ...more });
    const call = {
      request: { messages: hi, ...request },
      settings,
      streaming: false,
      hasKey: true,
      policy: { unsupported: {}, replayScope: "own" as const },
      degradations: new Set<string>(),
      ...(connection.baseURL === "https://api.openai.com/v1" || connection.baseURL === undefined
        ? {}
        : { baseURL: new URL(connection.baseURL) }),
    };
    expect(openai.route(call).protocol.id).toBe(protocol);
  });
});

describe("a request", () => {
  test("contains the settings that its model accepts", async () => {
    const settings: OpenaiSettings = {
      organization: "org-1",
      project: "proj_1",
      verbosity: "low",
      serviceTier: "flex",
      promptCacheKey: "k",
      promptCacheRetention: "24h",
      safetyIdentifier: "u1",
      store: true,
    };
    const explained = await explain({ model: "gpt-5.4", reasoning: "high" }, settings);
    expect(explained.url).toBe("https://api.openai.com/v1/responses");
    expect(explained.headers).toMatchObject({ "openai-organization": "org-1", "openai-project": "proj_1" });
    expect(explained.body).toMatchObject({
      store: true,
      text: { verbosity: "low" },
      service_tier: "flex",
      prompt_cache_key: "k",
      prompt_cache_retention: "24h",
      safety_identifier: "u1",
      reasoning: { effort: "high", summary: "auto" },
      include: ["reasoning.encrypted_content"],
    });
    const newer = await explain({ model: "gpt-5.6-sol" }, { ...settings, promptCacheRetention: "in_memory" });
    expect(newer.body["prompt_cache_retention"]).toBeUndefined();
    expect(newer.notes).toMatchObject([{ kind: "cache", field: "promptCacheRetention" }]);
    const older = await explain({ model: "gpt-4.1" }, settings);
    expect(older.body["text"]).toBeUndefined();
    expect(older.body["include"]).toBeUndefined();
  });

  test("loses its temperature, with a note, only while the model reasons", async () => {
    const reasoning = await explain({ model: "gpt-5.5", temperature: 0.4 });
    expect(reasoning.body["temperature"]).toBeUndefined();
    expect(reasoning.notes).toMatchObject([{ kind: "dropped", field: "temperature" }]);
    const off = await explain({ model: "gpt-5.5", temperature: 0.4, reasoning: "off" });
    expect(off.body).toMatchObject({ temperature: 0.4, reasoning: { effort: "none" } });
  });

  test("is refused before anything is sent when the model always reasons, or reasons with tools on Chat Completions", async () => {
    await expect(explain({ model: "gpt-6.2-sol", reasoning: "off" })).rejects.toMatchObject({ code: "unsupported", field: "reasoning" });
    await expect(explain({ model: "gpt-5.5", tools }, { api: "chat-completions" })).rejects.toMatchObject({
      code: "unsupported",
      field: "tools",
    });
  });

  test("contains only settings that the schema accepts, and the form lists every field", async () => {
    const module = await openai.settings?.();
    expect(() => module?.parse({ api: "telepathy" })).toThrow(/settings\.api/);
    expect(() => module?.parse({ organisation: "x" })).toThrow(/organisation/);
    expect(module?.fields.map((field) => field.path)).toEqual([
      "api",
      "organization",
      "project",
      "reasoningSummary",
      "verbosity",
      "serviceTier",
      "store",
      "safetyIdentifier",
      "promptCacheKey",
      "promptCacheRetention",
      "promptCache.mode",
      "promptCache.ttl",
      "promptCache.system",
      "promptCache.conversation",
    ]);
    expect(module?.fields.every((field) => field.title !== "" && field.section !== undefined)).toBe(true);
  });
});

describe("a refused call", () => {
  const recovered = (error: Partial<LumiverseError>): string | undefined => {
    const call = {
      request: { model: "gpt-5.4", messages: hi },
      settings: {},
      streaming: false,
      hasKey: true,
      policy: { unsupported: {}, replayScope: "own" as const },
      degradations: new Set<string>(),
    };
    const found = openai.recover?.({ error: { status: 400, message: "", ...error } as LumiverseError, call }); // recover reads these fields only
    return found === undefined ? undefined : [...found.call.degradations].join();
  };
  test.each<[Partial<LumiverseError>, string | undefined]>([
    [{ message: "openai: Encrypted content is not supported." }, "encrypted-reasoning"],
    [
      { message: "openai: Your organization must be verified to generate reasoning summaries.", field: "reasoning.summary" },
      "reasoning-summary",
    ],
    [{ message: "openai: The encrypted content gAAA could not be verified.", vendorCode: "invalid_encrypted_content" }, "replay"],
    [{ message: "openai: Item 'rs_0' of type 'reasoning' was provided without its required following item." }, "replay"],
    [{ message: "openai: Item with id 'rs_0' not found. Items are not persisted when `store` is set to false.", status: 404 }, "replay"],
    [{ message: "openai: something else" }, undefined],
    [{ message: "Encrypted content is not supported", status: 500 }, undefined],
  ])("is repeated without the feature that %j names", (error, degradation) => {
    expect(recovered(error)).toBe(degradation);
  });
});

describe("operations", () => {
  const context: OperationContext<OpenaiSettings> = {
    base: new URL("https://api.openai.com/v1"),
    settings: { project: "proj_1" },
    hasKey: true,
  };
  const foreign: OperationContext<OpenaiSettings> = { ...context, base: new URL("https://proxy.test/v1") };
  type Answered = OperationResponse & { context: OperationContext<OpenaiSettings> };
  const response = (status: number, json: unknown, context: OperationContext<OpenaiSettings>): Answered => ({
    status,
    headers: new Headers(),
    text: "",
    json,
    url: "",
    context,
  });
  const ids = [
    "gpt-5.4",
    "text-embedding-3-small",
    "gpt-4o-mini-tts",
    "gpt-4o-transcribe",
    "gpt-realtime",
    "gpt-image-1",
    "omni-moderation-latest",
    "o3",
    "ft:gpt-4.1-mini-2025-04-14:acme::b7",
    "gpt-3.5-turbo-instruct",
    "sora-2",
    "gpt-audio",
  ];
  const listed = { object: "list", data: ids.map((id) => ({ id, object: "model", created: 1_700_000_000, owned_by: "x" })) };

  test("the model list contains chat models with the capabilities of their family", async () => {
    const { models } = await openai.operations();
    expect(models?.request(context)).toMatchObject({ method: "GET", headers: { "OpenAI-Project": "proj_1" } });
    const value = models?.parse(response(200, listed, context))?.value;
    expect(value?.map((model) => model.id)).toEqual(["gpt-5.4", "o3", "ft:gpt-4.1-mini-2025-04-14:acme::b7", "gpt-audio"]);
    expect(value?.[0]).toMatchObject({ source: "live", released: "2023-11-14", capabilities: { "reasoning.off": true } });
    expect(models?.parse(response(200, listed, foreign))?.value).toHaveLength(ids.length);
    expect(models?.parse(response(401, {}, context))).toBeUndefined();
  });

  test.each<[number, unknown, OperationContext<OpenaiSettings>, string, unknown]>([
    [200, listed, context, "valid", "unknown"],
    [200, listed, foreign, "unknown", "unknown"],
    [401, { error: { message: "Incorrect API key", code: "invalid_api_key" } }, context, "invalid", false],
    [403, { error: { message: "You have insufficient permissions", code: "missing_scope" } }, context, "valid", "unknown"],
    [403, { error: { message: "Country not supported", code: "unsupported_country_region_territory" } }, context, "unknown", false],
    [429, { error: { message: "quota", code: "insufficient_quota" } }, context, "valid", false],
  ])("a key check judges the key by status %i and %j", async (status, json, where, key, usable) => {
    const { check } = await openai.operations();
    expect(check.parse(response(status, json, where))?.value).toMatchObject({ key, usable });
  });
});
