import { type ConnectOptions, connect, type Explanation } from "@lumiverse/core";
import { type ChatRequest, isLumiverseError, type OperationContext, type OperationResponse } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { google } from "../src/provider.ts";
import { type GoogleSettings, settings } from "../src/settings.ts";

const KEY = "planted-key-of-the-harbour";
const HI: ChatRequest = { model: "gemini-2.5-flash", messages: [{ role: "user", content: "When does the ferry leave?" }] };
type Options = Omit<ConnectOptions<GoogleSettings>, "apiKey">;
const explained = (request: ChatRequest, options: Options = {}): Promise<Explanation> =>
  connect(google, { apiKey: KEY, ...options }).explain(request);

describe("the URL of a call", () => {
  it("contains the model and the method", async () => {
    const connection = connect(google, { apiKey: KEY });
    const at = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash";
    expect((await connection.explain(HI)).url).toBe(`${at}:streamGenerateContent?alt=sse`);
    expect((await connection.explain(HI, { streaming: false })).url).toBe(`${at}:generateContent`);
  });

  it.each([
    ["models/gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:"],
    ["tunedModels/harbour-1", "/v1beta/tunedModels/harbour-1:"],
    ["gemini 2/../x?y", "/v1beta/models/gemini%202%2F..%2Fx%3Fy:"],
  ])("contains the model %s escaped, with its collection", async (model, path) => {
    expect((await explained({ ...HI, model })).url).toContain(path);
  });

  it.each([
    ["models/../cachedContents", "/v1beta/models/models%2F..%2FcachedContents:"],
    ["models/x:countTokens?y=", "/v1beta/models/x%3AcountTokens%3Fy%3D:"],
    ["models/%2e%2e#x", "/v1beta/models/%252e%252e%23x:"],
  ])("reaches no other endpoint by the id %s", async (model, path) => {
    expect(new URL((await explained({ ...HI, model })).url).pathname).toContain(path);
  });

  it.each(["..", ".", "models/..", "tunedModels/", " .. "])("is not made of the id %j", async (model) => {
    await expect(explained({ ...HI, model })).rejects.toMatchObject({ code: "invalid-request", field: "model" });
  });

  it.each([
    ["https://proxy.example", "https://proxy.example/v1beta/models/"],
    ["https://proxy.example/gemini/", "https://proxy.example/gemini/v1beta/models/"],
    ["https://proxy.example/gemini/v1", "https://proxy.example/gemini/v1/models/"],
    ["https://generativelanguage.googleapis.com/v1beta/openai/", "https://generativelanguage.googleapis.com/v1beta/models/"],
  ])("begins with the base URL %s and a version", async (baseURL, begin) => {
    expect((await explained(HI, { baseURL })).url.startsWith(begin)).toBe(true);
  });
});

describe("the key", () => {
  it("is sent in one header only, to a proxy too", async () => {
    for (const baseURL of [undefined, "https://proxy.example/v1beta"]) {
      let received: Request | undefined;
      const fetch: typeof globalThis.fetch = (input, init) => {
        received = new Request(input, init);
        const answer = { candidates: [{ content: { parts: [{ text: "Nine." }] }, finishReason: "STOP" }] };
        return Promise.resolve(new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } }));
      };
      await connect(google, { apiKey: KEY, fetch, ...(baseURL === undefined ? {} : { baseURL }) }).generate(HI);
      const carriers = [...(received?.headers ?? [])].filter(([, value]) => value.includes(KEY)).map(([name]) => name);
      expect(carriers).toEqual(["x-goog-api-key"]);
      expect(received?.url).not.toContain(KEY);
      expect(await received?.text()).not.toContain(KEY);
    }
  });
});

describe("operations", () => {
  const context: OperationContext<GoogleSettings> = {
    base: new URL("https://generativelanguage.googleapis.com/v1beta"),
    settings: {},
    hasKey: true,
  };
  const response = (json: unknown, status = 200): OperationResponse => ({ status, headers: new Headers(), text: "", json, url: "" });
  const refused = (status: number, word: string, message: string, reason?: string): OperationResponse =>
    response({ error: { code: status, status: word, message, details: reason === undefined ? [] : [{ reason }] } }, status);

  it.each([
    ["accepted", response({ models: [] }), { key: "valid", usable: "unknown" }],
    ["wrong", refused(400, "INVALID_ARGUMENT", "m", "API_KEY_INVALID"), { key: "invalid", usable: false }],
    ["leaked", refused(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), { key: "invalid", usable: false }],
    ["of a project without the API", refused(403, "PERMISSION_DENIED", "m", "SERVICE_DISABLED"), { key: "valid", usable: false }],
    ["out of quota", refused(429, "RESOURCE_EXHAUSTED", "m"), { key: "valid", usable: false }],
  ])("a key that is %s has its own verdict", async (_, answer, verdict) => {
    expect((await google.operations()).check.parse({ ...answer, context })?.value).toMatchObject(verdict);
  });

  it("a key has no verdict while the vendor is down", async () => {
    const { check } = await google.operations();
    expect(check.parse({ ...refused(503, "UNAVAILABLE", "m"), context })).toBeUndefined();
  });

  it("the model list leaves out models that generate no content and states whether a model thinks", async () => {
    const entry = (name: string, methods: string[], thinking?: boolean): object => ({
      name: `models/${name}`,
      supportedGenerationMethods: methods,
      ...(thinking === undefined ? {} : { thinking }),
    });
    const models = [entry("lake-embedding", ["embedContent"]), entry("lake-unheard-of", ["generateContent"], true)];
    const operations = await google.operations();
    const read = operations.models?.parse({ ...response({ models, nextPageToken: "p2" }), context });
    expect(read?.next).toEqual({ token: "p2" });
    expect(read?.value).toMatchObject([{ id: "lake-unheard-of", capabilities: { reasoning: true } }]);
  });
});

describe("settings", () => {
  it("are refused by name when they do not exist or have a wrong value", () => {
    expect(settings.parse({ safety: { harassment: "OFF" }, webSearch: true })).toEqual({ safety: { harassment: "OFF" }, webSearch: true });
    for (const [wrong, path] of [
      [{ safety: { civicIntegrity: "OFF" } }, "civicIntegrity"],
      [{ safety: { harassment: "LOUD" } }, "safety.harassment"],
      [{ serviceTier: "gold" }, "serviceTier"],
    ] as const)
      expect(() => settings.parse(wrong), JSON.stringify(wrong)).toThrow(path);
  });

  it("have a title and a section", () => {
    for (const field of settings.fields)
      expect([field.title !== field.path, field.section], field.path).toEqual([true, expect.any(String)]);
  });
});

describe("a request that is refused before anything is sent", () => {
  it.each<[what: string, field: string, request: Partial<ChatRequest>]>([
    ["reasoning off on a model that always thinks", "reasoning", { model: "gemini-3-flash-preview", reasoning: "off" }],
    ["a prefill on a model that accepts none", "prefill", { model: "gemini-3.6-flash", prefill: "The first boat" }],
    [
      "functions together with the vendor's tools before Gemini 3",
      "tools",
      { tools: [{ name: "boats" }, { hosted: { googleSearch: {} } }] },
    ],
  ])("%s", async (_, field, request) => {
    const error: unknown = await explained({ ...HI, ...request }).catch((cause: unknown) => cause);
    expect(isLumiverseError(error)).toBe(true);
    expect(error).toMatchObject({ code: "unsupported", field });
  });
});

describe("structured output and images", () => {
  const shape = { type: "OBJECT", properties: { hour: { type: "INTEGER" } } };

  it.each([
    ["bare", { responseMimeType: "application/json", responseSchema: shape }],
    ["in snake case", { response_mime_type: "application/json", response_schema: shape }],
    ["in their own object", { generationConfig: { responseMimeType: "application/json", responseSchema: shape } }],
  ])("accepts responseMimeType and responseSchema in parameters, %s", async (_, parameters) => {
    const { body, notes } = await explained({ ...HI, parameters });
    expect(body["generationConfig"]).toEqual({ responseMimeType: "application/json", responseSchema: shape });
    expect(notes.map(({ kind }) => kind)).toEqual(["parameter", "parameter"]);
  });

  it("accepts images as bytes, and by URL from 2.5 on", async () => {
    const connection = connect(google, { apiKey: KEY });
    const supports = async (capability: "input.image" | "input.url", model: string): Promise<string> =>
      (await connection.supports(capability, model)).support;
    for (const model of ["gemini-2.0-flash", "gemini-2.5-pro", "gemini-3.1-pro-preview", "gemini-5-flash"])
      expect(await supports("input.image", model), model).toBe("yes");
    expect(await supports("input.url", "gemini-2.0-flash")).toBe("no");
    expect(await supports("input.url", "gemini-5-flash")).toBe("yes");
  });
});

describe("a seed", () => {
  it("beyond 32 bits is reduced with a note, and sent as it is by the policy send", async () => {
    const { body, notes } = await explained({ ...HI, seed: 2 ** 40 + 7 });
    expect(body["generationConfig"]).toEqual({ seed: 7 });
    expect(notes).toMatchObject([{ kind: "changed", field: "seed" }]);
    const sent = await explained({ ...HI, seed: 2 ** 40 + 7 }, { unsupported: "send" });
    expect(sent.body["generationConfig"]).toEqual({ seed: 2 ** 40 + 7 });
  });
});
