import type { ChatEvent } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { block, readBody, readStream, sse, start, stop } from "./messages-given.ts";

const text = (value: string): Record<string, unknown> => ({ type: "text_delta", text: value });
const hello = [start(), ...block(0, { type: "text", text: "" }, text("Good "), text("day")), ...stop("end_turn")];

describe("an answer of the Messages protocol", () => {
  test("is read the same in packets of any size", () => {
    const wire = sse(hello);
    const whole = readStream(wire);
    expect(whole).toMatchObject({
      id: "msg_a",
      model: "claude-opus-4-8",
      text: "Good day",
      finishReason: "stop",
      rawFinishReason: "end_turn",
    });
    for (const size of [1, 2, 7, 64]) expect(readStream(wire, undefined, size)).toEqual(whole);
  });

  test("gives the same message streamed and unstreamed", () => {
    const thinking = { type: "thinking", thinking: "Two and two.", signature: "sig-1" };
    const call = { type: "tool_use", id: "toolu_1", name: "add", input: { a: 2, b: 2 } };
    const usage = { input_tokens: 10, output_tokens: 7 };
    const streamed = readStream(
      sse([
        start(),
        ...block(
          0,
          { type: "thinking", thinking: "", signature: "" },
          { type: "thinking_delta", thinking: "Two and two." },
          { type: "signature_delta", signature: "sig-1" },
        ),
        ...block(
          1,
          { ...call, input: {} },
          { type: "input_json_delta", partial_json: '{"a":2,' },
          { type: "input_json_delta", partial_json: '"b":2}' },
        ),
        ...stop("tool_use", usage),
      ]),
    );
    const whole = readBody({
      id: "msg_a",
      type: "message",
      model: "claude-opus-4-8",
      content: [thinking, call],
      stop_reason: "tool_use",
      usage,
    });
    expect(streamed.message).toEqual(whole.message);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.toolCalls).toMatchObject([{ id: "toolu_1", name: "add", input: { a: 2, b: 2 } }]);
    expect(whole.finishReason).toBe("tool-calls");
  });

  test("keeps a thinking block with a signature and without text in its position", () => {
    const { message } = readStream(
      sse([
        start(),
        ...block(0, { type: "thinking", thinking: "", signature: "" }, { type: "signature_delta", signature: "sig-empty" }),
        ...block(1, { type: "redacted_thinking", data: "sealed" }),
        ...block(2, { type: "text", text: "" }, text("Yes")),
        ...stop("end_turn"),
      ]),
    );
    expect(message.content).toMatchObject([
      { type: "reasoning", text: "", replay: { data: { type: "thinking", thinking: "", signature: "sig-empty" } } },
      { type: "reasoning", text: "", replay: { data: { type: "redacted_thinking", data: "sealed" } } },
      { type: "text", text: "Yes" },
    ]);
  });

  test("keeps half a surrogate pair in signed thinking", () => {
    const { message } = readStream(
      sse([
        start(),
        ...block(
          0,
          { type: "thinking", thinking: "", signature: "" },
          { type: "thinking_delta", thinking: "odd \ud83d" },
          { type: "signature_delta", signature: "s" },
        ),
        ...stop("end_turn"),
      ]),
    );
    expect(message.content).toMatchObject([{ replay: { data: { thinking: "odd \ud83d" } } }]);
  });

  test("reads empty arguments as {} and arguments that the first event contains", () => {
    const { toolCalls } = readStream(
      sse([
        start(),
        ...block(0, { type: "tool_use", id: "a", name: "now", input: {} }, { type: "input_json_delta", partial_json: "" }),
        ...block(1, {
          type: "tool_use",
          id: "b",
          name: "add",
          input: { a: 1 },
          caller: { type: "code_execution_20250825", tool_id: "srv_1" },
        }),
        ...stop("tool_use"),
      ]),
    );
    expect(toolCalls).toMatchObject([
      { name: "now", input: {} },
      { name: "add", input: { a: 1 }, replay: { data: { caller: { tool_id: "srv_1" } } } },
    ]);
  });

  test("reports arguments that were cut by the limit as an input error", () => {
    const { toolCalls, finishReason } = readStream(
      sse([
        start(),
        ...block(0, { type: "tool_use", id: "a", name: "add", input: {} }, { type: "input_json_delta", partial_json: '{"a": 1' }),
        ...stop("max_tokens"),
      ]),
    );
    expect(finishReason).toBe("length");
    expect(toolCalls[0]?.inputError).toBeDefined();
  });

  test("keeps blocks of the vendor's own tools complete and in order, with their streamed input", () => {
    const results = {
      type: "web_search_tool_result",
      tool_use_id: "srv_1",
      content: [{ type: "web_search_result", url: "https://a.example", encrypted_content: "x" }],
    };
    const { message, toolCalls, finishReason } = readStream(
      sse([
        start(),
        ...block(
          0,
          { type: "server_tool_use", id: "srv_1", name: "web_search", input: {} },
          { type: "input_json_delta", partial_json: '{"query":"sky"}' },
        ),
        ...block(1, results),
        ...stop("pause_turn"),
      ]),
    );
    expect(toolCalls).toEqual([]);
    expect(finishReason).toBe("pause");
    expect(message.content).toMatchObject([
      { type: "opaque", kind: "server_tool_use", replay: { data: { type: "server_tool_use", id: "srv_1", input: { query: "sky" } } } },
      { type: "opaque", kind: "web_search_tool_result", replay: { data: results } },
    ]);
  });

  test("appends deltas to a compaction block", () => {
    const { message } = readStream(
      sse([
        start(),
        ...block(0, { type: "compaction", content: "So " }, { type: "compaction_delta", content: "far" }),
        ...stop("compaction"),
      ]),
    );
    expect(message.content).toMatchObject([{ kind: "compaction", replay: { data: { content: "So far" } } }]);
  });

  test("turns citations into sources with their range and keeps them with the text", () => {
    const citation = { type: "web_search_result_location", url: "https://a.example", title: "A", cited_text: "blue", encrypted_index: "e" };
    const { message, sources } = readStream(
      sse([
        start(),
        ...block(0, { type: "text", text: "" }, text("It is ")),
        ...block(1, { type: "text", text: "", citations: [] }, { type: "citations_delta", citation }, text("blue.")),
        ...stop("end_turn"),
      ]),
    );
    expect(sources).toEqual([{ type: "source", url: "https://a.example", title: "A", quote: "blue", start: 6, end: 11 }]);
    expect(message.content).toMatchObject([
      { text: "It is " },
      { text: "blue.", replay: { data: { citations: [citation] } } },
      { type: "source" },
    ]);
  });

  test("returns the output tool's arguments as text, streamed and unstreamed", () => {
    const state = { toolName: (name: string) => name, outputTool: "output" };
    const streamed = readStream(
      sse([
        start(),
        ...block(0, { type: "tool_use", id: "a", name: "output", input: {} }, { type: "input_json_delta", partial_json: '{"n":1}' }),
        ...stop("tool_use"),
      ]),
      state,
    );
    expect(streamed).toMatchObject({ text: '{"n":1}', toolCalls: [], finishReason: "stop" });
    const whole = readBody(
      { type: "message", content: [{ type: "tool_use", id: "a", name: "output", input: { n: 1 } }], stop_reason: "tool_use" },
      state,
    );
    expect(whole).toMatchObject({ text: '{"n":1}', toolCalls: [], finishReason: "stop" });
  });

  test("returns renamed tools under their own names", () => {
    const { toolCalls } = readStream(
      sse([start(), ...block(0, { type: "tool_use", id: "a", name: "get_weather", input: {} }), ...stop("tool_use")]),
      {
        toolName: (name) => (name === "get_weather" ? "get.weather" : name),
      },
    );
    expect(toolCalls[0]?.name).toBe("get.weather");
  });
});

describe("the finish reason", () => {
  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["pause_turn", "pause"],
    ["refusal", "refusal"],
    ["model_context_window_exceeded", "context-overflow"],
    ["some_new_word", "other"],
  ])("%s becomes %s", (raw, reason) => {
    expect(readStream(sse([start(), ...stop(raw)]))).toMatchObject({ finishReason: reason, rawFinishReason: raw });
  });

  test("an unknown stop reason is noted", () => {
    expect(readStream(sse([start(), ...stop("some_new_word")])).notes).toMatchObject([{ kind: "unknown", field: "some_new_word" }]);
  });

  test("a refusal without content or details is an answer and not an error", () => {
    expect(
      readBody({ type: "message", content: [], stop_reason: "refusal", stop_details: null, usage: { input_tokens: 3, output_tokens: 0 } }),
    ).toMatchObject({
      finishReason: "refusal",
      text: "",
      message: { content: [] },
    });
  });

  test("a refusal has the vendor's details and a note on the text before it", () => {
    const details = { type: "refusal", category: "cyber", explanation: "no" };
    const read = readStream(
      sse([start(), ...block(0, { type: "text", text: "" }, text("Sure")), ...stop("refusal", undefined, { stop_details: details })]),
    );
    expect(read.details).toMatchObject({ refusal: details });
    expect(read.notes).toMatchObject([{ kind: "warning" }]);
  });

  test("an answer cut by the default limit has a note", () => {
    expect(readStream(sse([start(), ...stop("max_tokens")]), { toolName: (name) => name, defaultLimit: 4096 }).notes).toMatchObject([
      { kind: "cut", field: "maxOutputTokens" },
    ]);
  });

  test("a stream that is cut off is an error, never a short answer", () => {
    const wire = sse(hello);
    const end = wire.indexOf("event: message_delta");
    for (let at = 0; at < end; at += 1)
      expect(() => readStream(wire.slice(0, at))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^truncated$|^malformed-response$/) }),
      );
    expect(() => readStream(wire.slice(0, end))).toThrow(expect.objectContaining({ code: "truncated" }));
  });

  test("a stream that ends after its stop reason is complete, with a note", () => {
    const read = readStream(sse(hello.slice(0, -1)));
    expect(read).toMatchObject({ text: "Good day", finishReason: "stop" });
    expect(read.notes).toMatchObject([{ kind: "warning" }]);
  });
});

describe("usage", () => {
  test("later counts replace earlier ones", () => {
    const events: ChatEvent[] = [];
    const read = readStream(
      sse([
        start({ input_tokens: 4, cache_read_input_tokens: 100, cache_creation_input_tokens: 0, output_tokens: 1 }),
        { type: "message_delta", delta: {}, usage: { output_tokens: 5 } },
        ...stop("end_turn", { input_tokens: 6, output_tokens: 9, output_tokens_details: { thinking_tokens: 3 } }),
      ]),
      undefined,
      undefined,
      events,
    );
    expect(read.usage).toEqual({ input: 6, cacheRead: 100, cacheWrite: 0, output: 9, reasoning: 3, completeness: "exact" });
    expect(events.findLastIndex((event) => event.type === "usage")).toBeLessThan(events.findIndex((event) => event.type === "finish"));
  });

  test("the details have cache writes by TTL", () => {
    const read = readStream(
      sse([
        start({ input_tokens: 4, cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 } }),
        ...stop("end_turn"),
      ]),
    );
    expect(read.details["cacheWrites"]).toEqual({ "5m": 20, "1h": 30 });
  });

  test("with compaction the usage is the sum of the iterations", () => {
    const iterations = [
      { type: "compaction", input_tokens: 100, output_tokens: 10 },
      { type: "message", input_tokens: 20, output_tokens: 5 },
      { type: "advisor_message", input_tokens: 9, output_tokens: 9 },
    ];
    expect(readStream(sse([start(), ...stop("end_turn", { input_tokens: 20, output_tokens: 5, iterations })])).usage).toMatchObject({
      input: 120,
      output: 15,
    });
  });

  test("an answer without counts has unknown usage", () => {
    expect(readBody({ type: "message", content: [], stop_reason: "end_turn" }).usage).toEqual({ completeness: "unknown" });
  });
});

describe("a failure in an answer", () => {
  const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_7" };

  test("is retryable when the first event reports an overload", () => {
    expect(() => readStream(sse([overloaded]))).toThrow(
      expect.objectContaining({ code: "overloaded", retryable: true, requestId: "req_7" }),
    );
  });

  test("is thrown when an event in mid-stream reports it", () => {
    expect(() => readStream(sse([...hello.slice(0, 3), { type: "error", error: { type: "api_error", message: "Internal" } }]))).toThrow(
      expect.objectContaining({ code: "server" }),
    );
  });

  test("is thrown when bare JSON between events reports it", () => {
    expect(() => readStream(`${sse(hello.slice(0, 3))}${JSON.stringify(overloaded)}`, undefined, 9)).toThrow(
      expect.objectContaining({ code: "overloaded" }),
    );
  });

  test("is thrown when a body with HTTP 200 reports it or is not a message", () => {
    expect(() => readBody(overloaded)).toThrow(expect.objectContaining({ code: "overloaded" }));
    expect(() => readBody({ object: "list", data: [] })).toThrow(expect.objectContaining({ code: "malformed-response" }));
  });

  test("is thrown for an HTML page instead of the stream", () => {
    expect(() => readStream("<!doctype html><html><body>Bad gateway</body></html>")).toThrow(
      expect.objectContaining({ code: "malformed-response", retryable: false }),
    );
  });

  test("is thrown for an event that is not JSON", () => {
    expect(() => readStream('event: message_start\ndata: {"type": oops}\n\n')).toThrow(
      expect.objectContaining({ code: "malformed-response" }),
    );
  });

  test("a second message_start discards everything before it, in the events too", () => {
    const events: ChatEvent[] = [];
    const read = readStream(
      sse([
        start(),
        ...block(0, { type: "text", text: "" }, text("half")),
        start({ input_tokens: 2 }),
        ...block(0, { type: "text", text: "" }, text("whole")),
        ...stop("end_turn"),
      ]),
      undefined,
      undefined,
      events,
    );
    expect(read).toMatchObject({ text: "whole", usage: { input: 2 } });
    expect(read.notes).toMatchObject([{ kind: "warning" }]);
    expect(events.filter(({ type }) => type === "replace")).toEqual([{ type: "replace", index: 0 }]);
  });

  test("unknown events, blocks and deltas are noted once each", () => {
    const read = readStream(
      sse([
        start(),
        { type: "sparkle" },
        { type: "sparkle" },
        ...block(0, { type: "hologram", shape: "cat" }),
        ...block(1, { type: "text", text: "" }, { type: "glow_delta", glow: 1 }, text("ok")),
        ...stop("end_turn"),
      ]),
    );
    expect(read.text).toBe("ok");
    expect(read.message.content).toMatchObject([
      { type: "opaque", kind: "hologram", replay: { data: { shape: "cat" } } },
      { type: "text" },
    ]);
    expect(read.notes.map((note) => note.field)).toEqual(["sparkle", "hologram", "glow_delta"]);
  });

  test("a history that the vendor changed is noted", () => {
    const begin = start();
    const read = readStream(
      sse([
        {
          ...begin,
          message: {
            ...(begin.message as object),
            input_transformations: [{ type: "thinking_dropped", reason: "model_binding_mismatch" }],
          },
        },
        ...stop("end_turn"),
      ]),
    );
    expect(read.notes).toMatchObject([{ kind: "dropped", message: expect.stringContaining("model_binding_mismatch") }]);
  });

  test("the container of an answer is kept for the next request", () => {
    expect(readStream(sse([start(), ...stop("end_turn", {}, { container: { id: "cont_1" } })])).message.replay?.data).toEqual({
      container: { id: "cont_1" },
    });
  });
});
