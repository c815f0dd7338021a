import type { Message, Part } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { type Dialect, mistralTemplate, openaiStrict, schemaOmitting } from "../src/chat-completions/index.ts";
import { kinds, render, thrown } from "./chat-drive.ts";

const origin = { provider: "acme", protocol: "chat-completions", model: "m-1", scope: "vendor" };
const own = (data: unknown = null): { origin: typeof origin; data: unknown } => ({ origin, data });
const messagesOf = (dialect: Dialect, messages: readonly Message[], more = {}): Record<string, unknown>[] =>
  render(dialect, { messages, ...more }).body["messages"] as Record<string, unknown>[];
const call = (id: string, name = "find"): Part => ({ type: "tool-call", id, name, arguments: "{}", input: {} });
const toolTurn: readonly Message[] = [
  { role: "user", content: "Look." },
  { role: "assistant", content: [call("call-1")] },
  { role: "tool", content: [{ type: "tool-result", id: "call-1", name: "find", content: "found" }] },
];

describe("the body", () => {
  it("has its keys in a fixed order, and no field that was not requested", () => {
    const { request, body } = render({}, { maxOutputTokens: 5, temperature: 0, stop: ["x"], tools: [{ name: "f" }] }, { streaming: true });
    expect(Object.keys(body)).toEqual(["model", "messages", "tools", "max_tokens", "temperature", "stop", "stream", "stream_options"]);
    expect(request.url.href).toBe("https://api.acme.test/v1/chat/completions");
    expect(Object.keys(render({}).body)).toEqual(["model", "messages"]);
  });

  it("spells parameters as the dialect does", () => {
    const { body } = render(
      { maxTokens: "max_completion_tokens", names: { seed: "random_seed" }, streamOptions: false, path: "/chat" },
      { maxOutputTokens: 5, seed: 7, topK: 3, minP: 0.1, repetitionPenalty: 1.1, logprobs: 2 },
      { streaming: true },
    );
    expect(body).toMatchObject({
      max_completion_tokens: 5,
      random_seed: 7,
      top_k: 3,
      min_p: 0.1,
      repetition_penalty: 1.1,
      logprobs: true,
      top_logprobs: 2,
    });
    expect(body).not.toHaveProperty("stream_options");
  });

  it("lets raw parameters win over defaults, and notes them", () => {
    const { body, notes } = render(
      { defaults: { service_tier: "flex", a: { b: 1 } } },
      { parameters: { service_tier: "auto", a: { c: 2 } } },
    );
    expect(body).toMatchObject({ service_tier: "auto", a: { b: 1, c: 2 } });
    expect(kinds(notes)).toEqual(["parameter service_tier", "parameter a.c"]);
  });

  it("requests the reasoning effort in the host's own words", () => {
    const effort = { reasoning: { kind: "effort", word: "low" } } as const;
    expect(render({}, {}, effort).body["reasoning_effort"]).toBe("low");
    expect(render({}, {}, { reasoning: { kind: "off" } }).body["reasoning_effort"]).toBe("none");
    const dialect: Dialect = {
      defaults: {},
      reasoning: { on: ({ effort: word }) => ({ thinking: { type: "enabled" }, ...(word === undefined ? {} : { level: word }) }) },
    };
    expect(render(dialect, {}, effort).body).toMatchObject({ thinking: { type: "enabled" }, level: "low" });
    expect(kinds(render({}, {}, { reasoning: { kind: "budget", tokens: 100 } }).notes)).toEqual(["dropped reasoning"]);
  });

  it("is changed last by the one provider's hook, before raw parameters", () => {
    const dialect: Dialect = { finishBody: ({ body }) => void (body["x"] = 1) };
    expect(render(dialect, { parameters: { x: 2 } }).body["x"]).toBe(2);
  });
});

describe("messages", () => {
  it("are strings when they contain only text, and lists of parts with media", () => {
    const messages: Message[] = [
      {
        role: "system",
        content: [
          { type: "text", text: "Be" },
          { type: "text", text: "kind." },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image", data: "QUJD", mediaType: "image/png", detail: "low" },
          { type: "audio", data: "QUJD", mediaType: "audio/mpeg" },
          { type: "file", data: "QUJD", mediaType: "application/pdf", filename: "a.pdf" },
          { type: "file", url: "https://a.test/v.mp4", mediaType: "video/mp4" },
        ],
      },
    ];
    expect(messagesOf({}, messages)).toEqual([
      { role: "system", content: "Be\n\nkind." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,QUJD", detail: "low" } },
          { type: "input_audio", input_audio: { data: "QUJD", format: "mp3" } },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,QUJD" } },
          { type: "video_url", video_url: { url: "https://a.test/v.mp4" } },
        ],
      },
    ]);
  });

  it("spell documents as the host does, and refuse what it fetches not", () => {
    const file: Message = { role: "user", content: [{ type: "file", data: "QUJD", mediaType: "application/pdf", filename: "a.pdf" }] };
    expect(messagesOf({ files: "file_url" }, [file])[0]?.["content"]).toEqual([
      { type: "file_url", file_url: { url: "QUJD" }, file_name: "a.pdf" },
    ]);
    expect(messagesOf({ files: "document_url" }, [file])[0]?.["content"]).toEqual([
      { type: "document_url", document_url: "data:application/pdf;base64,QUJD", document_name: "a.pdf" },
    ]);
    const image: Message = { role: "user", content: [{ type: "image", url: "https://a.test/i.png" }] };
    expect(thrown(() => messagesOf({ images: "data" }, [image])).code).toBe("unsupported");
    expect(thrown(() => messagesOf({ files: "none" }, [file])).hint).toContain("text");
    expect(thrown(() => messagesOf({ content: "string" }, [image])).code).toBe("unsupported");
    const warned = render(
      { content: "string" },
      { messages: [{ role: "user", content: [{ type: "text", text: "a" }, ...(image.content as [])] }] },
      {
        policy: { unsupported: "drop", replayScope: "own" },
      },
    );
    expect(warned.body["messages"]).toEqual([{ role: "user", content: "a" }]);
    expect(kinds(warned.notes)).toEqual(["dropped messages"]);
  });

  it("move system texts to where the host accepts them", () => {
    const messages: Message[] = [
      { role: "system", content: "A" },
      { role: "user", content: "1" },
      { role: "assistant", content: "2" },
      { role: "system", content: "B" },
      { role: "user", content: "3" },
    ];
    const flat = (place: NonNullable<Dialect["systemPlacement"]>): string[] =>
      messagesOf({ systemPlacement: place }, messages).map((message) => `${message["role"]} ${message["content"]}`);
    expect(flat("anywhere")).toEqual(["system A", "user 1", "assistant 2", "system B", "user 3"]);
    expect(flat("first")).toEqual(["system A\n\nB", "user 1", "assistant 2", "user 3"]);
    expect(flat("leading")).toEqual(["system A", "user 1", "assistant 2", "user B\n\n3"]);
    expect(flat("user")).toEqual(["user A\n\nB\n\n1", "assistant 2", "user 3"]);
    expect(messagesOf({ systemRole: "developer" }, messages)[0]).toEqual({ role: "developer", content: "A" });
  });

  it("alternate when the host demands it, and no content is dropped", () => {
    const messages: Message[] = [
      { role: "system", content: "S" },
      { role: "assistant", content: "Hi" },
      { role: "user", content: "1" },
      {
        role: "user",
        content: [
          { type: "text", text: "2" },
          { type: "image", url: "https://a.test/i.png" },
        ],
      },
    ];
    expect(messagesOf({ alternation: "merge" }, messages)).toEqual([
      { role: "system", content: "S" },
      { role: "user", content: "Continue." },
      { role: "assistant", content: "Hi" },
      {
        role: "user",
        content: [
          { type: "text", text: "1" },
          { type: "text", text: "2" },
          { type: "image_url", image_url: { url: "https://a.test/i.png" } },
        ],
      },
    ]);
  });

  it("end in a prefill with the host's mark", () => {
    const last = (dialect: Dialect): unknown => messagesOf(dialect, [{ role: "user", content: "x" }], { prefill: "Dear" }).at(-1);
    expect(last({})).toEqual({ role: "assistant", content: "Dear" });
    expect(last({ prefill: "prefix" })).toEqual({ role: "assistant", content: "Dear", prefix: true });
    expect(last({ prefill: "partial" })).toEqual({ role: "assistant", content: "Dear", partial: true });
  });
});

describe("tool turns", () => {
  it("are one call list and one message a result", () => {
    expect(messagesOf({}, toolTurn).slice(1)).toEqual([
      { role: "assistant", content: null, tool_calls: [{ id: "call-1", type: "function", function: { name: "find", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "call-1", content: "found" },
    ]);
    const content = (kind: NonNullable<Dialect["toolTurnContent"]>): unknown =>
      messagesOf({ toolTurnContent: kind }, toolTurn)[1]?.["content"];
    expect([content("omit"), content("empty"), content("space")]).toEqual([undefined, "", " "]);
    expect(messagesOf({ toolResultName: true }, toolTurn)[2]).toMatchObject({ name: "find" });
  });

  it("state in the text that a call failed", () => {
    const messages = [
      ...toolTurn.slice(0, 2),
      { role: "tool", content: [{ type: "tool-result", id: "call-1", content: "no disk", isError: true }] },
    ] as const;
    expect(messagesOf({}, messages)[2]).toMatchObject({ content: "Error: no disk" });
  });

  it("carry images in a user turn after all results, or in the result when the host accepts that", () => {
    const image = { type: "image", data: "QUJD", mediaType: "image/png" } as const;
    const messages: Message[] = [
      { role: "assistant", content: [call("a"), call("b")] },
      {
        role: "tool",
        content: [
          { type: "tool-result", id: "a", name: "shot", content: [image] },
          { type: "tool-result", id: "b", content: "ok" },
        ],
      },
    ];
    const wire = { type: "image_url", image_url: { url: "data:image/png;base64,QUJD" } };
    expect(messagesOf({}, messages).slice(1)).toEqual([
      { role: "tool", tool_call_id: "a", content: "The result is attached to the next message." },
      { role: "tool", tool_call_id: "b", content: "ok" },
      { role: "user", content: [{ type: "text", text: "Attached by shot:" }, wire] },
    ]);
    expect(messagesOf({ toolImages: "parts" }, messages)[1]).toEqual({ role: "tool", tool_call_id: "a", content: [wire] });
  });

  it("carry ids that the host accepts, the same for call and result and in every request", () => {
    const once = messagesOf(mistralTemplate, [...toolTurn, { role: "user", content: "And?" }]);
    expect(once[1]).toMatchObject({ tool_calls: [{ id: expect.stringMatching(/^[A-Za-z0-9]{9}$/) }] });
    expect(once[1]).toMatchObject({ tool_calls: [{ id: once[2]?.["tool_call_id"] }] });
    expect(messagesOf(mistralTemplate, [...toolTurn, { role: "user", content: "And?" }])).toEqual(once);
    expect(once.map((message) => message["role"])).toEqual(["user", "assistant", "tool", "assistant", "user"]);
    const fits = messagesOf(mistralTemplate, [{ role: "assistant", content: [call("abcDEF123")] }]);
    expect(fits[0]).toMatchObject({ tool_calls: [{ id: "abcDEF123" }] });
  });
});

describe("tools", () => {
  it("are omitted when there are none", () => {
    const { body } = render({}, { tools: [], parallelToolCalls: false });
    expect(Object.keys(body)).toEqual(["model", "messages"]);
  });

  it("carry choice, parallel calls and hosted tools", () => {
    const { body } = render(
      { requiredToolChoice: "any" },
      { tools: [{ name: "f", description: "d" }, { hosted: { type: "search" } }], toolChoice: "required", parallelToolCalls: false },
    );
    expect(body["tools"]).toEqual([
      { type: "function", function: { name: "f", description: "d", parameters: { type: "object", properties: {} } } },
      { type: "search" },
    ]);
    expect(body).toMatchObject({ tool_choice: "any", parallel_tool_calls: false });
  });

  it("are renamed where the host refuses the name, and the answer names them as given", () => {
    const { body, notes, state } = render(
      { toolName: { min: 3 } },
      { tools: [{ name: "go" }, { name: "a.b" }], toolChoice: { name: "go" } },
    );
    const names = (body["tools"] as { function: { name: string } }[]).map((tool) => tool.function.name);
    expect(names).toEqual(["go_", "a_b"]);
    expect(body["tool_choice"]).toEqual({ type: "function", function: { name: "go_" } });
    expect(kinds(notes)).toEqual(["changed tools"]);
    expect((state as { names: { decode: (name: string) => string } }).names.decode("a_b")).toBe("a.b");
  });

  it("are strict only when requested, supported and compiled without loss", () => {
    const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
    const open = { type: "object", additionalProperties: { type: "number" } };
    const strict = (dialect: Dialect, parameters: object): unknown =>
      (
        render(dialect, { tools: [{ name: "f", strict: true, parameters: parameters as never }] }).body["tools"] as {
          function: { strict?: boolean };
        }[]
      )[0]?.function.strict;
    expect(strict({ compileStrictSchema: openaiStrict }, closed)).toBe(true);
    expect(strict({ compileStrictSchema: openaiStrict }, open)).toBeUndefined();
    expect(strict({}, closed)).toBeUndefined();
    expect(strict({ compileStrictSchema: openaiStrict, strict: "omit" }, closed)).toBeUndefined();
  });
});

describe("structured output", () => {
  const schema = { type: "object", properties: { n: { type: "number", minimum: 1 } }, required: ["n"], additionalProperties: false };
  const format = (dialect: Dialect, more: object = {}): unknown =>
    render(dialect, {}, { output: { name: "my answer", schema, strategy: "schema", ...more } }).body["response_format"];

  it("is a schema with strict where nothing is lost by it", () => {
    expect(format({})).toEqual({ type: "json_schema", json_schema: { name: "my_answer", schema } });
    expect(format({ compileStrictSchema: openaiStrict })).toMatchObject({ json_schema: { name: "my_answer", strict: true } });
    expect(format({ compileStrictSchema: openaiStrict }, { strict: false })).not.toMatchObject({ json_schema: { strict: true } });
  });

  it("drops keywords that the host refuses, with a note", () => {
    const { body, notes } = render({ compileSchema: schemaOmitting("minimum") }, {}, { output: { name: "o", schema, strategy: "schema" } });
    expect(JSON.stringify(body["response_format"])).not.toContain('minimum":');
    expect(notes.map((note) => note.kind)).toEqual(["schema"]);
  });

  it("is JSON mode, or no field when the prompt alone requests it", () => {
    expect(format({}, { strategy: "json" })).toEqual({ type: "json_object" });
    expect(format({}, { strategy: "prompt" })).toBeUndefined();
  });
});

describe("reasoning on the way back", () => {
  const thought: Part = { type: "reasoning", text: "Hm.", replay: own() };
  const turns = (...content: Part[]): Message[] => [
    { role: "user", content: "1" },
    { role: "assistant", content },
    { role: "user", content: "2" },
  ];
  const turn = (reasoning: Dialect["reasoning"], ...content: Part[]): Record<string, unknown> | undefined =>
    messagesOf({ reasoning: reasoning ?? {} }, turns(...content))[1];
  const text: Part = { type: "text", text: "Yes." };

  it("is not sent back unless the dialect says so", () => {
    expect(turn({}, thought, text)).toEqual({ role: "assistant", content: "Yes." });
  });

  it("is sent back in the field that the host reads", () => {
    expect(turn({ replay: "always" }, thought, text)).toEqual({ role: "assistant", content: "Yes.", reasoning_content: "Hm." });
    expect(turn({ replay: "always", replayField: "reasoning" }, thought, text)).toMatchObject({ reasoning: "Hm." });
    expect(turn({ replay: "tool-turns" }, thought, text)).not.toHaveProperty("reasoning_content");
    expect(turn({ replay: "tool-turns" }, thought, call("a"))).toMatchObject({ reasoning_content: "Hm." });
  });

  it("is present as an empty text where the host demands it, and that of others is not sent", () => {
    expect(turn({ replay: "present" }, text)).toMatchObject({ reasoning_content: "" });
    expect(turn({ replay: "present" }, { type: "reasoning", text: "foreign" }, text)).toMatchObject({ reasoning_content: "" });
    expect(turn({ replay: "always" }, { type: "reasoning", text: "foreign" }, text)).not.toHaveProperty("reasoning_content");
  });

  it("is sent back as content chunks in the order in which they came", () => {
    const reference = { type: "reference", reference_ids: [1] };
    const opaque: Part = { type: "opaque", kind: "reference", replay: own({ content: reference }) };
    expect(turn({ replay: "always", replayField: "content" }, thought, text, opaque)).toEqual({
      role: "assistant",
      content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }], closed: true }, { type: "text", text: "Yes." }, reference],
    });
  });

  it("is sent back as details, unchanged except for what upstreams refuse", () => {
    const details = [
      { type: "reasoning.text", format: "anthropic-claude-v1", text: "a", signature: "s" },
      { type: "reasoning.text", format: "anthropic-claude-v1", text: "unsigned" },
      { type: "reasoning.encrypted", id: "rs-1", data: "x" },
      { type: "reasoning.encrypted", id: "rs-1", data: "x" },
    ];
    const message = (list: unknown): Message[] => [
      { role: "user", content: "1" },
      { role: "assistant", content: [thought, text], replay: own({ reasoning_details: list }) },
    ];
    const dialect: Dialect = { reasoning: { replay: "always", replayField: "reasoning_details" } };
    expect(messagesOf(dialect, message(details))[1]).toEqual({
      role: "assistant",
      content: "Yes.",
      reasoning_details: [details[0], details[2]],
    });
    expect(messagesOf(dialect, message([]))[1]).toMatchObject({ reasoning_details: [] });
  });

  it("does not make a turn on its own", () => {
    const { body, notes } = render({}, { messages: turns(thought) });
    expect((body["messages"] as unknown[]).length).toBe(2);
    expect(kinds(notes)).toEqual(["dropped messages"]);
  });
});

describe("a prefill that the host continues", () => {
  it("is a plain last turn and two fields of the body", () => {
    const { body } = render({ prefill: "continue" }, { prefill: "Once" });
    expect(body["messages"]).toEqual([expect.objectContaining({ role: "user" }), { role: "assistant", content: "Once" }]);
    expect(body).toMatchObject({ add_generation_prompt: false, continue_final_message: true });
  });

  it("does not change calls without a prefill", () => {
    expect(Object.keys(render({ prefill: "continue" }, {}).body)).toEqual(["model", "messages"]);
  });
});
