import type { AssistantMessage, Message, ToolCallPart } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { safetySettings } from "../src/generate-content/index.ts";
import { bodyOf, callOf, chunk, originOf, protocol, readBody } from "./generate-support.ts";

const PLACEHOLDER = "skip_thought_signature_validator";
const tool = {
  name: "weather",
  description: "Weather of a town",
  parameters: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
};
const callPart = (id: string, signature?: string): ToolCallPart => ({
  type: "tool-call",
  id,
  name: "weather",
  arguments: '{"town":"Pisa"}',
  input: { town: "Pisa" },
  ...(signature === undefined ? {} : { replay: { origin: originOf("gemini-3.5-flash"), data: { thoughtSignature: signature } } }),
});
const result = (...ids: string[]): Message => ({
  role: "tool",
  content: ids.map((id) => ({ type: "tool-result", id, name: "weather", content: `sunny ${id}` })),
});

describe("the request", () => {
  it("streams with alt=sse and has no key in its URL", () => {
    expect(bodyOf().url).toBe("https://gemini.example/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse");
    expect(bodyOf({ streaming: false }).url).toBe("https://gemini.example/v1beta/models/gemini-3.5-flash:generateContent");
  });

  it("contains only what the call asks for", () => {
    expect(bodyOf().body).toEqual({ contents: [{ role: "user", parts: [{ text: "Hello" }] }] });
  });

  it("has what is the same in every turn before the conversation", () => {
    const { body } = bodyOf({
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "u" },
      ],
      tools: [tool],
      toolChoice: "auto",
      temperature: 1,
    });
    expect(Object.keys(body)).toEqual(["systemInstruction", "tools", "toolConfig", "contents", "generationConfig"]);
  });
});

describe("messages", () => {
  it("join leading system messages and keep later ones in place as user turns", () => {
    const { body, notes } = bodyOf({
      messages: [
        { role: "system", content: "one" },
        { role: "system", content: [{ type: "text", text: "two" }] },
        { role: "user", content: "u" },
        { role: "system", content: "late" },
      ],
    });
    expect(body["systemInstruction"]).toEqual({ parts: [{ text: "one" }, { text: "two" }] });
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "u" }] },
      { role: "user", parts: [{ text: "late" }] },
    ]);
    expect(notes.map((note) => note.kind)).toEqual(["moved"]);
  });

  it("have Gemma's system prompt before the first user turn, with a note", () => {
    const { body, notes } = bodyOf({
      model: "gemma-3-27b-it",
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "u" },
      ],
    });
    expect(body["systemInstruction"]).toBeUndefined();
    expect(body["contents"]).toEqual([{ role: "user", parts: [{ text: "s" }, { text: "u" }] }]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: "moved" }));
  });

  it("get a user turn when there is only a system prompt", () => {
    const { body, notes } = bodyOf({ messages: [{ role: "system", content: "s" }] });
    expect(body["contents"]).toHaveLength(1);
    expect(notes).toContainEqual(expect.objectContaining({ kind: "changed" }));
  });

  it("contain bytes and data URLs inline, and other URLs as files with the type of their extension", () => {
    const { body } = bodyOf({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", data: "AAEC", mediaType: "image/webp" },
            { type: "image", url: "data:image/png;base64,AwQF" },
            { type: "file", url: "https://files.example/report.pdf?x=1" },
            { type: "audio", data: "BgcI", mediaType: "audio/wav" },
            { type: "file", url: "https://youtu.be/abc" },
            { type: "file", url: "gs://bucket/thing", mediaType: "text/plain" },
            { type: "image", url: "https://files.example/noending" },
          ],
        },
      ],
    });
    expect(body["contents"]).toEqual([
      {
        role: "user",
        parts: [
          { inlineData: { mimeType: "image/webp", data: "AAEC" } },
          { inlineData: { mimeType: "image/png", data: "AwQF" } },
          { fileData: { mimeType: "application/pdf", fileUri: "https://files.example/report.pdf?x=1" } },
          { inlineData: { mimeType: "audio/wav", data: "BgcI" } },
          { fileData: { mimeType: "video/mp4", fileUri: "https://youtu.be/abc" } },
          { fileData: { mimeType: "text/plain", fileUri: "gs://bucket/thing" } },
          { fileData: { fileUri: "https://files.example/noending" } },
        ],
      },
    ]);
  });

  it("end with the prefill, joined to the last model turn", () => {
    const { body } = bodyOf({
      messages: [
        { role: "user", content: "u" },
        { role: "assistant", content: "Well, " },
      ],
      prefill: "so",
    });
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "u" }] },
      { role: "model", parts: [{ text: "Well, " }, { text: "so" }] },
    ]);
  });
});

describe("tool turns", () => {
  const turn = (...content: AssistantMessage["content"][number][]): AssistantMessage => ({
    role: "assistant",
    content: content as AssistantMessage["content"],
  });

  it("have the results of parallel calls in one turn after them, in their order", () => {
    const { body } = bodyOf({
      tools: [tool],
      messages: [
        { role: "user", content: "u" },
        turn(callPart("a", "c2lnLWE="), callPart("b")),
        result("a", "b"),
        { role: "user", content: "and?" },
      ],
    });
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "u" }] },
      {
        role: "model",
        parts: [
          { functionCall: { id: "a", name: "weather", args: { town: "Pisa" } }, thoughtSignature: "c2lnLWE=" },
          { functionCall: { id: "b", name: "weather", args: { town: "Pisa" } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "weather", response: { output: "sunny a" } } },
          { functionResponse: { id: "b", name: "weather", response: { output: "sunny b" } } },
        ],
      },
      { role: "user", parts: [{ text: "and?" }] },
    ]);
  });

  it("have the placeholder signature on the first foreign call of each step, from Gemini 3 on", () => {
    const messages: Message[] = [
      { role: "user", content: "u" },
      turn(callPart("a"), callPart("b")),
      result("a", "b"),
      turn(callPart("c")),
      result("c"),
    ];
    const signatures = (model: string): unknown[] =>
      (bodyOf({ model, tools: [tool], messages }).body["contents"] as { parts: Record<string, unknown>[] }[]).flatMap(({ parts }) =>
        parts.filter((part) => "functionCall" in part).map((part) => part["thoughtSignature"]),
      );
    expect(signatures("gemini-3.1-pro-preview")).toEqual([PLACEHOLDER, undefined, PLACEHOLDER]);
    expect(signatures("gemini-2.5-pro")).toEqual([undefined, undefined, undefined]);
    expect(bodyOf({ tools: [tool], messages }).notes).toContainEqual(expect.objectContaining({ kind: "foreign" }));
  });

  it("have no ids for models that match calls by name", () => {
    const { body } = bodyOf({
      model: "gemini-2.5-flash",
      tools: [tool],
      messages: [{ role: "user", content: "u" }, turn(callPart("a")), result("a")],
    });
    expect(JSON.stringify(body["contents"])).not.toContain('"id"');
  });

  it("have no signatures after the vendor refused them", () => {
    const origin = originOf("gemini-3.5-flash");
    const messages: Message[] = [
      { role: "user", content: "u" },
      turn(callPart("a", "c2lnLWE=")),
      result("a"),
      turn({ type: "text", text: "Sunny." }, { type: "text", text: "", replay: { origin, data: { thoughtSignature: "c2lnLWU=" } } }),
      { role: "user", content: "more" },
    ];
    expect(JSON.stringify(bodyOf({ tools: [tool], messages }).body)).toContain("c2lnLWU=");
    const text = JSON.stringify(bodyOf({ tools: [tool], messages, degradations: ["signatures"] }).body);
    expect(text).not.toContain("c2ln");
    expect(text.split(PLACEHOLDER)).toHaveLength(2);
    expect(text).not.toContain('{"text":""}');
  });

  it("have errors under the key error and wrap arguments that are not an object", () => {
    const call: ToolCallPart = { type: "tool-call", id: "a", name: "weather", arguments: "[1]", input: [1] };
    const { body } = bodyOf({
      tools: [tool],
      messages: [
        { role: "user", content: "u" },
        turn(call),
        { role: "tool", content: [{ type: "tool-result", id: "a", name: "weather", content: "timeout", isError: true }] },
      ],
    });
    expect(body["contents"]).toMatchObject([
      {},
      { parts: [{ functionCall: { args: { value: [1] } } }] },
      { parts: [{ functionResponse: { response: { error: "timeout" } } }] },
    ]);
  });

  it("parse the arguments of a call without input", () => {
    const call: ToolCallPart = { type: "tool-call", id: "a", name: "weather", arguments: '{"town":"Bari"}' };
    expect(bodyOf({ tools: [tool], messages: [{ role: "user", content: "u" }, turn(call), result("a")] }).body["contents"]).toMatchObject([
      {},
      { parts: [{ functionCall: { args: { town: "Bari" } } }] },
      {},
    ]);
  });

  it("have media in the result from Gemini 3 on, and in a user turn after it before", () => {
    const messages: Message[] = [
      { role: "user", content: "u" },
      turn(callPart("a")),
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            id: "a",
            name: "weather",
            content: [
              { type: "text", text: "a map" },
              { type: "image", data: "AAEC", mediaType: "image/png" },
            ],
          },
        ],
      },
    ];
    const image = { inlineData: { mimeType: "image/png", data: "AAEC" } };
    expect((bodyOf({ tools: [tool], messages }).body["contents"] as unknown[]).slice(2)).toEqual([
      { role: "user", parts: [{ functionResponse: { id: "a", name: "weather", response: { output: "a map" }, parts: [image] } }] },
    ]);
    const before = bodyOf({ model: "gemini-2.5-flash", tools: [tool], messages });
    expect((before.body["contents"] as unknown[]).slice(2)).toEqual([
      { role: "user", parts: [{ functionResponse: { name: "weather", response: { output: "a map" } } }] },
      { role: "user", parts: [{ text: "From the result of weather:" }, image] },
    ]);
    expect(before.notes).toContainEqual(expect.objectContaining({ kind: "moved" }));
  });

  it("have reasoning only with its signature", () => {
    const origin = originOf("gemini-3.5-flash");
    const { body, notes } = bodyOf({
      messages: [
        { role: "user", content: "u" },
        turn(
          { type: "reasoning", text: "signed", replay: { origin, data: { thoughtSignature: "c2lnLXI=" } } },
          { type: "reasoning", text: "bare" },
          { type: "text", text: "t" },
        ),
        { role: "user", content: "v" },
      ],
    });
    expect(body["contents"]).toMatchObject([
      {},
      { parts: [{ text: "signed", thought: true, thoughtSignature: "c2lnLXI=" }, { text: "t" }] },
      {},
    ]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: "dropped", field: "messages" }));
  });

  it("have the vendor's own parts byte for byte after a trip through JSON", () => {
    const parts = [
      { text: "Looking.", thoughtSignature: "c2lnLTA=" },
      { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "c2lnLTE=" },
      { functionCall: { id: "a", name: "weather", args: { town: "Pisa" } }, thoughtSignature: "c2lnLTI=" },
      { functionCall: { id: "b", name: "weather", args: { town: "Bari" } } },
      { text: "", thoughtSignature: "c2lnLTM=" },
    ];
    const { response } = readBody(chunk(parts, "STOP"));
    const message = JSON.parse(JSON.stringify(response.message)) as AssistantMessage;
    const { body } = bodyOf({ tools: [tool], messages: [{ role: "user", content: "u" }, message, result("a", "b")] });
    expect(JSON.stringify((body["contents"] as unknown[])[1])).toBe(JSON.stringify({ role: "model", parts }));
  });
});

describe("tools", () => {
  it("have JSON Schema from 2.5 on and the OpenAPI subset before", () => {
    expect(bodyOf({ tools: [tool] }).body["tools"]).toEqual([
      { functionDeclarations: [{ name: "weather", description: "Weather of a town", parametersJsonSchema: tool.parameters }] },
    ]);
    const [old] = bodyOf({ model: "gemini-2.0-flash", tools: [tool] }).body["tools"] as [
      { functionDeclarations: [Record<string, unknown>] },
    ];
    expect(Object.keys(old.functionDeclarations[0])).toEqual(["name", "description", "parameters"]);
  });

  it("have no parameters when the tool accepts none", () => {
    const tools = [
      { name: "a" },
      { name: "b", parameters: { type: "object", properties: {}, required: [] } },
      { name: "c", parameters: { type: "object", additionalProperties: { type: "string" } } },
    ];
    const [{ functionDeclarations }] = bodyOf({ tools }).body["tools"] as [{ functionDeclarations: Record<string, unknown>[] }];
    expect(functionDeclarations.map((one) => "parametersJsonSchema" in one)).toEqual([false, false, true]);
  });

  it.each([
    ["auto", { mode: "AUTO" }],
    ["none", { mode: "NONE" }],
    ["required", { mode: "ANY" }],
    [{ name: "weather" }, { mode: "ANY", allowedFunctionNames: ["weather"] }],
  ] as const)("have a calling mode for the choice %j", (toolChoice, functionCallingConfig) => {
    expect(bodyOf({ tools: [tool], toolChoice }).body["toolConfig"]).toEqual({ functionCallingConfig });
  });

  it("have the mode VALIDATED when one is strict", () => {
    expect(bodyOf({ tools: [{ ...tool, strict: true }] }).body["toolConfig"]).toEqual({ functionCallingConfig: { mode: "VALIDATED" } });
  });

  it("of the vendor are sent unchanged, and with the flag together with functions", () => {
    const hosted = { hosted: { codeExecution: {} } };
    expect(bodyOf({ tools: [hosted], toolChoice: "auto" }).body).toMatchObject({ tools: [{ codeExecution: {} }] });
    expect(bodyOf({ tools: [hosted], toolChoice: "auto" }).body["toolConfig"]).toBeUndefined();
    const mixed = bodyOf({ tools: [tool, hosted] }).body;
    expect(mixed["tools"]).toHaveLength(2);
    expect(mixed["toolConfig"]).toEqual({ functionCallingConfig: { mode: "VALIDATED" }, includeServerSideToolInvocations: true });
  });

  it("are renamed everywhere when the protocol refuses the name", () => {
    const odd = { name: "räum auf" };
    const { body } = bodyOf({
      tools: [odd],
      toolChoice: odd,
      messages: [
        { role: "user", content: "u" },
        { role: "assistant", content: [{ ...callPart("a"), name: odd.name }] },
        { role: "tool", content: [{ type: "tool-result", id: "a", name: odd.name, content: "ok" }] },
      ],
    });
    expect(JSON.stringify(body)).not.toContain("räum");
    expect(JSON.stringify(body).split("r_um_auf")).toHaveLength(5);
  });
});

describe("generationConfig", () => {
  it("has every parameter of the protocol", () => {
    const { body } = bodyOf({
      model: "gemini-2.5-flash",
      temperature: 0.4,
      topP: 0.9,
      topK: 20,
      maxOutputTokens: 99,
      stop: "END",
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      logprobs: 3,
    });
    expect(body["generationConfig"]).toEqual({
      temperature: 0.4,
      topP: 0.9,
      topK: 20,
      maxOutputTokens: 99,
      stopSequences: ["END"],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      responseLogprobs: true,
      logprobs: 3,
    });
  });

  it.each([
    ["gemini-3.5-flash", { kind: "effort", word: "low" }, { includeThoughts: true, thinkingLevel: "LOW" }],
    ["gemini-2.5-flash", { kind: "budget", tokens: 2048 }, { includeThoughts: true, thinkingBudget: 2048 }],
    ["gemini-2.5-flash", { kind: "off" }, { thinkingBudget: 0 }],
    ["gemini-2.5-flash-lite", { kind: "on" }, { includeThoughts: true, thinkingBudget: -1 }],
    ["gemma-4-31b-it", { kind: "off" }, { thinkingLevel: "MINIMAL" }],
  ] as const)("has the thinking of %s for %j", (model, reasoned, thinkingConfig) => {
    expect(bodyOf({ model, reasoned }).body["generationConfig"]).toEqual({ thinkingConfig });
  });

  it("has the output's JSON Schema from 2.5 on, the subset before, and only JSON mode without a schema", () => {
    const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const outcome = { name: "count", schema, strategy: "schema" } as const;
    expect(bodyOf({ outcome }).body["generationConfig"]).toEqual({ responseMimeType: "application/json", responseJsonSchema: schema });
    expect(Object.keys(bodyOf({ model: "gemini-2.0-flash", outcome }).body["generationConfig"] as object)).toEqual([
      "responseMimeType",
      "responseSchema",
    ]);
    expect(bodyOf({ outcome: { name: "o", strategy: "json" } }).body["generationConfig"]).toEqual({ responseMimeType: "application/json" });
    expect(bodyOf({ outcome: { ...outcome, strategy: "prompt" } }).body["generationConfig"]).toBeUndefined();
  });

  it("is left out when the output is requested as a tool", () => {
    const { body } = bodyOf({
      outcome: { name: "person", schema: { type: "object", properties: { n: { type: "string" } } }, strategy: "tool" },
    });
    expect(body).toMatchObject({
      tools: [{ functionDeclarations: [{ name: "person" }] }],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["person"] } },
    });
  });

  it("comes with a note for each loss of the schema", () => {
    const { notes } = bodyOf({
      outcome: {
        name: "o",
        schema: { type: "object", properties: { a: { type: "string", pattern: "^x", not: { const: "xy" } } } },
        strategy: "schema",
      },
    });
    expect(notes).toContainEqual(expect.objectContaining({ kind: "schema", field: expect.stringMatching(/^output#\/properties\/a/) }));
  });

  it("has the modality of image and speech models", () => {
    expect(bodyOf({ model: "gemini-2.5-flash-image" }).body["generationConfig"]).toEqual({ responseModalities: ["TEXT", "IMAGE"] });
    expect(bodyOf({ model: "gemini-2.5-flash-preview-tts" }).body["generationConfig"]).toEqual({ responseModalities: ["AUDIO"] });
  });
});

describe("raw parameters", () => {
  it("are moved into generationConfig", () => {
    const responseSchema = { type: "OBJECT", properties: { n: { type: "STRING" } } };
    const { body, notes } = bodyOf({ parameters: { responseMimeType: "application/json", responseSchema } });
    expect(body["generationConfig"]).toEqual({ responseMimeType: "application/json", responseSchema });
    expect(notes.map((note) => note.field)).toEqual(["generationConfig.responseMimeType", "generationConfig.responseSchema"]);
  });

  it("may be in snake_case, nested, or named as in other protocols", () => {
    const { body } = bodyOf({
      temperature: 1,
      parameters: {
        max_tokens: 5,
        top_k: 3,
        stop: "X",
        generation_config: { response_mime_type: "text/plain" },
        thinkingBudget: 64,
        thinking_config: { include_thoughts: true },
        media_resolution: "MEDIA_RESOLUTION_LOW",
      },
    });
    expect(body["generationConfig"]).toMatchObject({
      temperature: 1,
      maxOutputTokens: 5,
      topK: 3,
      stopSequences: ["X"],
      responseMimeType: "text/plain",
      mediaResolution: "MEDIA_RESOLUTION_LOW",
      thinkingConfig: { includeThoughts: true },
    });
  });

  it("stay at the top of the body when they belong there or are unknown", () => {
    const parameters = {
      safety_settings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "OFF" }],
      labels: { team: "a" },
      brandNewField: 1,
    };
    expect(bodyOf({ parameters }).body).toMatchObject({
      safetySettings: parameters.safety_settings,
      labels: { team: "a" },
      brandNewField: 1,
    });
  });

  it("with cached content replace the system prompt, tools and toolConfig, with notes", () => {
    const { body, notes } = bodyOf({
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "u" },
      ],
      tools: [tool],
      toolChoice: "auto",
      parameters: { cachedContent: "cachedContents/abc" },
    });
    expect(Object.keys(body)).toEqual(["contents", "cachedContent"]);
    expect(notes.filter((note) => note.kind === "dropped").map((note) => note.field)).toEqual(["systemInstruction", "tools", "toolConfig"]);
  });

  it("replace a rendered field of another name", () => {
    const { body } = bodyOf({
      reasoned: { kind: "effort", word: "high" },
      outcome: { name: "o", schema: { type: "object", properties: { a: { type: "string" } } }, strategy: "schema" },
      parameters: { thinkingConfig: { thinkingBudget: 9 }, responseSchema: { type: "OBJECT" } },
    });
    expect(body["generationConfig"]).toEqual({
      responseMimeType: "application/json",
      thinkingConfig: { includeThoughts: true, thinkingBudget: 9 },
      responseSchema: { type: "OBJECT" },
    });
  });

  it("do not change a prototype", () => {
    bodyOf({
      parameters: JSON.parse('{"__proto__":{"polluted":1},"generationConfig":{"__proto__":{"polluted":1}}}') as Record<string, unknown>,
    });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a connection", () => {
  it("sends safety settings only for the categories that are set", () => {
    expect(safetySettings({ harassment: "BLOCK_NONE", dangerousContent: "OFF" })).toEqual([
      { category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" },
      { category: "HARM_CATEGORY_DANGEROUS_CONTENT", threshold: "OFF" },
    ]);
    expect(safetySettings({})).toBeUndefined();
    expect(safetySettings(undefined)).toBeUndefined();
  });

  it("sends the same bytes for the same call", () => {
    const call = callOf({
      tools: [tool],
      messages: [{ role: "user", content: "u" }, { role: "assistant", content: [callPart("a")] }, result("a")],
    });
    expect(JSON.stringify(protocol.render(call).request.body)).toBe(JSON.stringify(protocol.render(call).request.body));
  });
});

describe("a reference at the root of a tool's schema", () => {
  it.each([
    [
      "to a reference",
      { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/B" }, B: { type: "object", properties: { at: { type: "string" } } } } },
    ],
    ["to itself", { $ref: "#" }],
    ["to nothing", { $ref: "#/$defs/None" }],
  ])("%s is replaced, so that the root is an object", (_, parameters) => {
    const { tools } = bodyOf({ tools: [{ name: "look", parameters }] }).body as {
      tools: { functionDeclarations: Record<string, unknown>[] }[];
    };
    const declared = tools[0]?.functionDeclarations[0];
    const schema = declared?.["parametersJsonSchema"] ?? declared?.["parameters"] ?? { type: "object" };
    expect(schema).toMatchObject({ type: "object" });
    expect(schema).not.toHaveProperty("$ref");
  });
});
