import type { OperationContext, OperationResponse } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { countTokens, listModels } from "../src/generate-content/index.ts";
import { callOf, host } from "./generate-support.ts";

const context: OperationContext = { base: new URL("https://gemini.example/v1beta"), settings: {}, keyed: true };
const response = (json: unknown, status = 200): OperationResponse => ({ status, headers: new Headers(), text: "", json, url: "" });

describe("counting", () => {
  const call = callOf({
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "u" },
    ],
    tools: [{ name: "roll" }],
    toolChoice: "auto",
  });

  it("counts system prompt and tools too, which the Gemini API does only in the wrapped form", () => {
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

  it("sends Vertex the body itself, without the fields that it does not count", () => {
    expect(Object.keys(countTokens(host, "plain").request({ ...context, call }).body ?? {})).toEqual([
      "systemInstruction",
      "contents",
      "tools",
    ]);
  });

  it("reads the total, and leaves refusals to core", async () => {
    expect(await countTokens(host, "plain").parse(response({ totalTokens: 61 }), context)).toEqual({ value: 61 });
    expect(await countTokens(host, "plain").parse(response({ error: {} }, 400), context)).toBeUndefined();
    expect(await countTokens(host, "plain").parse(response({}), context)).toBeUndefined();
  });
});

describe("the list of models", () => {
  it("asks for large pages and follows them", async () => {
    const list = listModels();
    expect(list.request(context).url.search).toBe("?pageSize=1000");
    expect(list.request(context, { token: "a b&c" }).url.searchParams.get("pageToken")).toBe("a b&c");
    expect(await list.parse(response({ models: [], nextPageToken: "next" }), context)).toEqual({ value: [], next: { token: "next" } });
    expect(await list.parse(response({ models: [], nextPageToken: "" }), context)).toEqual({ value: [] });
    expect(await list.parse(response({ error: {} }, 403), context)).toBeUndefined();
  });

  it("keeps what generates content, with its limits and whether it thinks", async () => {
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
    const value = (await listModels().parse(response({ models }), context))?.value ?? [];
    expect(value.map((model) => model.id)).toEqual(["gemini-3.5-flash", "mystery-9"]);
    expect(value[0]).toMatchObject({
      name: "Gemini 3.5 Flash",
      inputTokens: 1000,
      maxOutputTokens: 500,
      source: "live",
      takes: { reasoning: ["minimal", "low", "medium", "high"] },
    });
    expect(value[1]?.takes).toMatchObject({ reasoning: true, temperature: [0, 1.5] });
  });
});
