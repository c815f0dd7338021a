import type { OperationContext, OperationResponse } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { countTokens, modelList } from "../src/generate-content/operations.ts";
import { callOf, host } from "./generate-support.ts";

const context: OperationContext = { base: new URL("https://gemini.example/v1beta"), settings: {}, hasKey: true };
const response = (json: unknown, status = 200): OperationResponse => ({ status, headers: new Headers(), text: "", json, url: "" });

describe("countTokens", () => {
  const call = callOf({
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "u" },
    ],
    tools: [{ name: "roll" }],
    toolChoice: "auto",
  });

  it("counts the system prompt and tools, which the Gemini API does only in the wrapped form", () => {
    const { url, body } = countTokens(host, "wrapped").request({ ...context, call });
    expect(url.pathname).toBe("/v1beta/models/gemini-3.5-flash:countTokens");
    expect(body).toMatchObject({
      generateContentRequest: {
        model: "models/gemini-3.5-flash",
        systemInstruction: { parts: [{ text: "s" }] },
        tools: [{}],
        contents: [{}],
      },
    });
  });

  it("sends only the counted fields in the bare form", () => {
    expect(Object.keys(countTokens(host, "bare").request({ ...context, call }).body ?? {})).toEqual([
      "systemInstruction",
      "contents",
      "tools",
    ]);
  });

  it("reads the total and leaves refusals to core", () => {
    expect(countTokens(host, "bare").parse({ ...response({ totalTokens: 61 }), context })).toEqual({ value: 61 });
    expect(countTokens(host, "bare").parse({ ...response({ error: {} }, 400), context })).toBeUndefined();
    expect(countTokens(host, "bare").parse({ ...response({}), context })).toBeUndefined();
  });
});

describe("modelList", () => {
  it("leaves out entries without a text as their name", async () => {
    const models = [{ name: { toString: 1 } }, {}, { name: "models/gemini-3.5-flash" }];
    const read = await modelList().parse({ ...response({ models }), context });
    expect(read?.value.map(({ id }) => id)).toEqual(["gemini-3.5-flash"]);
  });

  it("requests large pages and follows them", () => {
    const list = modelList();
    expect(list.request(context).url.search).toBe("?pageSize=1000");
    expect(list.request({ ...context, page: { token: "a b&c" } }).url.searchParams.get("pageToken")).toBe("a b&c");
    expect(list.parse({ ...response({ models: [], nextPageToken: "next" }), context })).toEqual({ value: [], next: { token: "next" } });
    expect(list.parse({ ...response({ models: [], nextPageToken: "" }), context })).toEqual({ value: [] });
    expect(list.parse({ ...response({ error: {} }, 403), context })).toBeUndefined();
  });

  it("keeps models that generate content, with their limits and whether they think", () => {
    const models = [
      {
        name: "models/gemini-3.5-flash",
        displayName: "Gemini 3.5 Flash",
        inputTokenLimit: 1000,
        outputTokenLimit: 500,
        supportedGenerationMethods: ["generateContent", "countTokens"],
        thinking: true,
        maxTemperature: 2,
      },
      { name: "models/mystery-9", supportedGenerationMethods: ["generateContent"], thinking: true, maxTemperature: 1.5 },
      { name: "models/embed-1", supportedGenerationMethods: ["embedContent"] },
    ];
    const value = modelList().parse({ ...response({ models }), context })?.value ?? [];
    expect(value.map((model) => model.id)).toEqual(["gemini-3.5-flash", "mystery-9"]);
    expect(value[0]).toMatchObject({
      name: "Gemini 3.5 Flash",
      inputTokens: 1000,
      maxOutputTokens: 500,
      source: "live",
      capabilities: { reasoning: ["minimal", "low", "medium", "high"] },
    });
    expect(value[1]?.capabilities).toMatchObject({ reasoning: true, temperature: [0, 1.5] });
  });
});
