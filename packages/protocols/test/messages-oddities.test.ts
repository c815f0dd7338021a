import type { ChatEvent, Reader } from "@lumiverse/core/provider";
import { describe, expect, test, vi } from "vitest";
import { MessagesReader } from "../src/messages/response/reader.ts";
import { block, readBody, readStream, sse, start, stop } from "./messages-given.ts";

type Event = { type: string; [field: string]: unknown };
const text = (value: string): Record<string, unknown> => ({ type: "text_delta", text: value });
const thinking = (value: string): Record<string, unknown> => ({ type: "thinking_delta", thinking: value });
const json = (value: string): Record<string, unknown> => ({ type: "input_json_delta", partial_json: value });
const delta = (index: number, value: Record<string, unknown>): Event => ({ type: "content_block_delta", index, delta: value });
const called = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: "tool_use",
  id: "call-a",
  name: "ferry",
  input: {},
  ...more,
});
const readEvents = (events: readonly Event[]): ReturnType<typeof readStream> => readStream(sse(events));
const reasonEvent = (reason: string): Event => ({ type: "message_delta", delta: { stop_reason: reason }, usage: { output_tokens: 3 } });

test("a message that begins with its content and its stop reason is read without a message_delta", () => {
  const read = readEvents([
    {
      type: "message_start",
      message: { id: "msg_a", model: "m-1", content: [called({ input: { to: "quay" } })], stop_reason: "tool_use" },
    },
    { type: "message_stop" },
  ]);
  expect(read).toMatchObject({ toolCalls: [{ input: { to: "quay" } }], finishReason: "tool-calls", rawFinishReason: "tool_use" });
});

describe("a delta that names its own kind", () => {
  test("is text inside the block of a call, and the call stays whole", () => {
    const read = readEvents([start(), ...block(0, called(), json('{"to":"quay"}'), text("Looking "), text("it up.")), ...stop("tool_use")]);
    expect(read).toMatchObject({ text: "Looking it up.", toolCalls: [{ input: { to: "quay" } }], finishReason: "tool-calls" });
  });

  test("is reasoning inside a block of text, with its signature", () => {
    const read = readEvents([
      start(),
      ...block(0, { type: "text", text: "" }, thinking("Two boats."), { type: "signature_delta", signature: "sig-b" }, text("Two.")),
      ...stop("end_turn"),
    ]);
    expect(read).toMatchObject({ text: "Two.", reasoning: "Two boats.", notes: [] });
    expect(read.message.content).toContainEqual(
      expect.objectContaining({
        type: "reasoning",
        replay: expect.objectContaining({ data: expect.objectContaining({ signature: "sig-b" }) }),
      }),
    );
  });

  test("is read without a content_block_start, and without a stop", () => {
    const read = readEvents([start(), delta(0, thinking("Hm.")), delta(1, text("Noon")), delta(1, text(".")), ...stop("end_turn")]);
    expect(read).toMatchObject({ text: "Noon.", reasoning: "Hm.", notes: [] });
  });

  test("is read after its block has stopped", () => {
    const read = readEvents([start(), ...block(0, { type: "text", text: "" }, text("At ")), delta(0, text("noon.")), ...stop("end_turn")]);
    expect(read.text).toBe("At noon.");
  });

  test("is arguments that go on after the block of their call has stopped", () => {
    const read = readEvents([start(), ...block(0, called(), json('{"to":')), delta(0, json('"quay"}')), ...stop("tool_use")]);
    expect(read.toolCalls).toMatchObject([{ input: { to: "quay" } }]);
  });

  test("is a signature that comes before the thinking or after the block has stopped", () => {
    const signature = { type: "signature_delta", signature: "sig-c" };
    const before = readEvents([start(), ...block(0, { type: "thinking", thinking: "" }, signature, thinking("So.")), ...stop("end_turn")]);
    const after = readEvents([
      start(),
      ...block(0, { type: "thinking", thinking: "", signature: "" }, thinking("So.")),
      delta(0, signature),
      ...block(1, { type: "text", text: "Yes" }),
      ...stop("end_turn"),
    ]);
    for (const { message } of [before, after])
      expect(message.content[0]).toMatchObject({ replay: { data: { thinking: "So.", signature: "sig-c" } } });
  });

  test("is read where the event has no index or the delta no type", () => {
    const read = readEvents([
      start(),
      { type: "content_block_start", content_block: { type: "text", text: "" } },
      { type: "content_block_delta", delta: { text: "No" } },
      { type: "content_block_delta", delta: { type: "text_delta", text: "on" } },
      { type: "content_block_stop" },
      ...stop("end_turn"),
    ]);
    expect(read.text).toBe("Noon");
  });

  test("is found beside fields that a server fills with nothing", () => {
    const zeros = { text: "", thinking: "", signature: "", partial_json: "" };
    const read = readEvents([
      start(),
      ...block(0, { type: "thinking", ...zeros }, { ...zeros, ...thinking("Hm.") }, { ...zeros, type: "signature_delta", signature: "s" }),
      ...block(1, { type: "text", ...zeros, name: "", input: null }, { ...zeros, ...text("Aye.") }),
      ...block(2, { ...zeros, ...called() }, { ...zeros, ...json('{"to":') }, { ...zeros, ...json('"quay"}') }),
      ...stop("tool_use"),
    ]);
    expect(read).toMatchObject({ text: "Aye.", reasoning: "Hm.", toolCalls: [{ input: { to: "quay" } }] });
    expect(read.message.content[0]).toMatchObject({ replay: { data: { signature: "s" } } });
  });
});

describe("an answer in message_start", () => {
  const content = [{ type: "text", text: "Noon." }, called({ input: { to: "quay" } })];
  const whole = { type: "message_start", message: { id: "msg-a", role: "assistant", model: "m", content, usage: { input_tokens: 10 } } };

  test("is read when no blocks follow", () => {
    expect(readEvents([whole, ...stop("tool_use")])).toMatchObject({ text: "Noon.", toolCalls: [{ input: { to: "quay" } }] });
  });

  test("is not read twice when its blocks follow", () => {
    const read = readEvents([
      whole,
      ...block(0, { type: "text", text: "" }, text("Noon.")),
      ...block(1, called(), json('{"to":"quay"}')),
      ...stop("tool_use"),
    ]);
    expect(read).toMatchObject({ text: "Noon.", toolCalls: [{ input: { to: "quay" } }] });
    expect(read.toolCalls).toHaveLength(1);
  });
});

describe("a finish reason is not final", () => {
  const late = [...block(0, { type: "thinking", thinking: "" }, thinking("Hm.")), reasonEvent("end_turn"), { type: "message_stop" }];
  const answer = [...block(1, { type: "text", text: "" }, text("Noon.")), reasonEvent("max_tokens"), { type: "message_stop" }];

  test("text after a stop reason and after message_stop is read, and the last reason counts", () => {
    expect(readEvents([start(), ...late, ...answer])).toMatchObject({ text: "Noon.", reasoning: "Hm.", finishReason: "length" });
  });

  test("a second message after thinking alone continues the answer", () => {
    expect(readEvents([start(), ...late, start(), ...answer])).toMatchObject({ text: "Noon.", reasoning: "Hm." });
  });

  test("a second message after a complete one is ignored with a note", () => {
    const read = readEvents([start(), ...answer, start(), ...block(0, { type: "text", text: "Else" }), ...stop("end_turn")]);
    expect(read.text).toBe("Noon.");
    expect(read.notes).toContainEqual(expect.objectContaining({ field: "message_start" }));
  });

  test("several message_delta events give the last usage, and an empty reason is none", () => {
    const read = readEvents([
      start(),
      { type: "message_delta", delta: { stop_reason: "" }, usage: { output_tokens: 1 } },
      ...block(0, { type: "text", text: "Noon." }),
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_delta", delta: { stop_reason: null }, usage: { input_tokens: 0, output_tokens: 8 } },
      { type: "message_stop" },
    ]);
    expect(read).toMatchObject({ finishReason: "stop", usage: { input: 10, output: 8, completeness: "exact" } });
    expect(() => readEvents([start(), { type: "message_delta", delta: { stop_reason: "" } }])).toThrow(
      expect.objectContaining({ code: "truncated" }),
    );
  });

  test("the reader says what may still follow", () => {
    const reader: Reader = new MessagesReader({ toolName: (name) => name });
    const push = (event: Event): void => reader.message({ event: event.type, data: JSON.stringify(event) }, () => {});
    for (const event of [start(), ...late.slice(0, -1)]) push(event);
    expect([reader.phase, reader.expects]).toEqual(["finishing", "content"]);
    for (const event of answer.slice(0, -2)) push(event);
    expect([reader.phase, reader.expects]).toEqual(["open", undefined]);
    const other: Reader = new MessagesReader({ toolName: (name) => name });
    for (const event of [start(), ...block(0, { type: "text", text: "x" }), { type: "message_delta", delta: { stop_reason: "end_turn" } }])
      other.message({ event: event.type, data: JSON.stringify(event) }, () => {});
    expect(other.expects).toBe("usage");
    other.message({ event: "message_stop", data: '{"type":"message_stop"}' }, () => {});
    expect([other.phase, other.expects]).toEqual(["finishing", undefined]);
  });
});

test("deltas that are numbers are text and reasoning", () => {
  const numbers = [thinking(3 as never), { type: "text_delta", text: "Gate " }, { type: "text_delta", text: 6 }];
  const read = readEvents([start(), ...numbers.map((value, index) => delta(Math.min(index, 1), value)), ...stop("end_turn")]);
  expect(read).toMatchObject({ text: "Gate 6", reasoning: "3" });
});

describe("heartbeats", () => {
  test.each([
    ["a ping event without data", "event: ping\ndata: \n\n"],
    ["a ping as data", "data: ping\n\n"],
    ["empty data", "data:\n\n"],
    ["a comment", ": still working\n\n"],
    ["a ping with an empty object", "event: ping\ndata: {}\n\n"],
    ["OpenRouter's comment as data", "data: : OPENROUTER PROCESSING\n\n"],
  ])("%s in mid-answer changes nothing", (_, beat) => {
    const events = [start(), ...block(0, { type: "text", text: "" }, text("Half "), text("past four.")), ...stop("end_turn")];
    const read = readStream(beat + events.map((event) => sse([event]) + beat).join(""));
    expect(read).toEqual(readEvents(events));
  });

  test("two events without a blank line between them are both read", () => {
    const wire = sse([start(), ...block(0, { type: "text", text: "" }, text("a"), text("b")), ...stop("end_turn")]);
    const joined = wire.replace(
      `\n\nevent: content_block_delta\ndata: ${JSON.stringify(delta(0, text("b")))}`,
      `\ndata: ${JSON.stringify(delta(0, text("b")))}`,
    );
    expect(joined).not.toBe(wire);
    expect(readStream(joined).text).toBe("ab");
  });
});

describe("a call that is stated twice", () => {
  const once = { toolCalls: [{ id: "call-a", name: "ferry", input: { to: "quay" } }], finishReason: "tool-calls" };

  test.each([
    ["the arguments once more in full", [json('{"to":'), json('"quay"}'), json('{"to":"quay"}')]],
    ["the arguments so far with every delta", [json('{"to'), json('{"to":"qu'), json('{"to":"quay"}')]],
    ["an empty object before the arguments", [json("{}"), json('{"to":"quay"}')]],
    ["an empty object after the arguments", [json('{"to":"quay"}'), json("{}")]],
  ])("%s is one call", (_, deltas) => {
    expect(readEvents([start(), ...block(0, called(), ...deltas), ...stop("tool_use")])).toMatchObject(once);
  });

  test("arguments that are cut stay broken", () => {
    const { toolCalls } = readEvents([start(), ...block(0, called(), json('{"to":"qu')), ...stop("max_tokens")]);
    expect(toolCalls[0]?.inputError).toBeDefined();
  });

  test.each([
    ["whole at both indexes", [...block(0, called(), json('{"to":"quay"}')), ...block(1, called(), json('{"to": "quay"}'))]],
    ["without arguments first", [...block(0, called()), ...block(1, called(), json('{"to":"quay"}'))]],
    [
      "without arguments first, and text between",
      [...block(0, called()), ...block(1, { type: "text", text: "x" }), ...block(2, called(), json('{"to":"quay"}'))],
    ],
    ["with the input in the second announcement", [...block(0, called()), ...block(1, called({ input: { to: "quay" } }))]],
    ["without arguments at the end", [...block(0, called(), json('{"to":"quay"}')), ...block(1, called())]],
    [
      "at one index before it stops",
      [{ type: "content_block_start", index: 0, content_block: called() }, ...block(0, called(), json('{"to":"quay"}'))],
    ],
  ] as [string, Event[]][])("under one id, %s, is one call", (_, events) => {
    const emitted: ChatEvent[] = [];
    const read = readStream(sse([start(), ...events, ...stop("tool_use")]), undefined, undefined, emitted);
    expect(read.toolCalls).toMatchObject([{ name: "ferry", input: { to: "quay" } }]);
    expect(read.finishReason).toBe("tool-calls");
  });

  test("with other arguments under the same id is a call of its own", () => {
    const { toolCalls } = readEvents([
      start(),
      ...block(0, called(), json('{"to":"quay"}')),
      ...block(1, called(), json('{"to":"pier"}')),
      ...stop("tool_use"),
    ]);
    expect(toolCalls.map((call) => call.input)).toEqual([{ to: "quay" }, { to: "pier" }]);
    expect(new Set(toolCalls.map((call) => call.id)).size).toBe(2);
  });

  test("is one call in an unstreamed answer too", () => {
    const content = [called(), called({ input: { to: "quay" } }), called({ input: { to: "quay" } })];
    expect(readBody({ type: "message", content, stop_reason: "tool_use" }).toolCalls).toHaveLength(1);
  });
});

describe("usage", () => {
  test("that came at the start alone is partial, with a note", () => {
    const read = readEvents([
      start(),
      ...block(0, { type: "text", text: "x" }),
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop" },
    ]);
    expect(read.usage).toEqual({ input: 10, output: 1, completeness: "partial" });
    expect(read.notes).toMatchObject([{ kind: "warning", field: "usage" }]);
  });

  test("of zeros overwrites nothing", () => {
    const zeros = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 0 };
    const read = readEvents([
      start(),
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } },
      { type: "message_delta", delta: {}, usage: zeros },
      { type: "message_stop" },
    ]);
    expect(read.usage).toMatchObject({ input: 10, output: 4, completeness: "exact" });
  });

  test("tells one-hour cache writes apart", () => {
    const writes = { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 };
    const usage = { input_tokens: 4, output_tokens: 1, cache_creation_input_tokens: 50, cache_creation: writes };
    expect(readEvents([start(usage), ...stop("end_turn")]).usage).toMatchObject({ cacheWrite: 50, cacheWrite1h: 30 });
    expect(readBody({ type: "message", content: [], stop_reason: "end_turn", usage }).usage).toMatchObject({ cacheWrite1h: 30 });
  });

  test.each([{}, { cache_creation_input_tokens: 0 }])("counts cache writes whose sum the host leaves out (%j)", (sum) => {
    const usage = { input_tokens: 4, ...sum, cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 } };
    expect(readEvents([start(usage), ...stop("end_turn")]).usage).toMatchObject({ input: 4, cacheWrite: 50, cacheWrite1h: 30 });
  });

  test.each([
    [{}, 50],
    [{ cache_creation_input_tokens: 0 }, 50],
    [{ cache_creation_input_tokens: 70 }, 70],
  ])("counts the cache writes of an iteration by the larger of their sum (%j) and their parts", (sum, cacheWrite) => {
    const counts = {
      input_tokens: 4,
      output_tokens: 1,
      ...sum,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
    };
    const once = { ...counts, iterations: [{ type: "message", ...counts }] };
    expect(readBody({ type: "message", content: [], stop_reason: "end_turn", usage: once }).usage).toMatchObject({
      cacheWrite,
      cacheWrite1h: 30,
    });
    const twice = {
      ...counts,
      iterations: [
        { type: "compaction", ...counts },
        { type: "message", ...counts },
      ],
    };
    const read = readBody({ type: "message", content: [], stop_reason: "end_turn", usage: twice });
    expect(read.usage).toMatchObject({ input: 8, cacheWrite: 2 * cacheWrite, cacheWrite1h: 60, output: 2 });
    // Parts that do not add up to the sum are not reported as parts of it.
    expect(read.details["cacheWrites"]).toEqual(cacheWrite === 50 ? { "5m": 40, "1h": 60 } : undefined);
  });

  test("keeps what was written for an hour although zeros follow", () => {
    const writes = (short: number, hour: number): object => ({
      cache_creation_input_tokens: short + hour,
      cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: hour },
    });
    const zeros = { input_tokens: 0, output_tokens: 3, ...writes(0, 0) };
    const read = readEvents([start({ input_tokens: 4, ...writes(20, 30) }), ...stop("end_turn", zeros)]);
    expect(read.usage).toMatchObject({ cacheWrite1h: 30 });
    expect(read.details["cacheWrites"]).toEqual({ "5m": 20, "1h": 30 });
  });

  test.each([
    [{ speed: "fast" }, "fast"],
    [{ inference_geo: "us" }, "region"],
    [{ server_tool_use: { web_search_requests: 2 } }, "web searches"],
  ])("with a price of its own (%j) names it as another charge, streamed and unstreamed", (reported, charge) => {
    const usage = { input_tokens: 4, output_tokens: 1, ...reported };
    expect(readEvents([start(usage), ...stop("end_turn", usage)]).usage.otherCharges).toContain(charge);
    expect(readBody({ type: "message", content: [], stop_reason: "end_turn", usage }).usage.otherCharges).toContain(charge);
  });

  test("of a usual speed and without searches has no other charge", () => {
    const usage = { input_tokens: 4, output_tokens: 1, speed: "standard", server_tool_use: { web_search_requests: 0 } };
    expect(readBody({ type: "message", content: [], stop_reason: "end_turn", usage }).usage.otherCharges).toBeUndefined();
  });

  test("with iterations of an advisor or a fallback names them as other charges", () => {
    const iterations = [
      { type: "message", input_tokens: 20, output_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 7 } },
      { type: "advisor_message", input_tokens: 9, output_tokens: 9 },
    ];
    expect(readEvents([start(), ...stop("end_turn", { output_tokens: 5, iterations })]).usage.otherCharges).toContain("other models");
    expect(
      readEvents([start(), ...stop("end_turn", { output_tokens: 5, iterations: iterations.slice(0, 1) })]).usage.otherCharges,
    ).toBeUndefined();
    const fallback = [...iterations.slice(0, 1), { type: "fallback_message", model: "claude-b", input_tokens: 9, output_tokens: 9 }];
    expect(readEvents([start(), ...stop("end_turn", { output_tokens: 5, iterations: fallback })]).usage.otherCharges).toContain(
      "other models",
    );
  });
});

describe("a failure inside an answer with HTTP 200", () => {
  const refused = { base_resp: { status_code: 1004, status_msg: "login fail" } };

  test("in the envelope base_resp is a typed error, streamed and unstreamed", () => {
    const error = expect.objectContaining({ code: "authentication", vendorCode: "1004" });
    expect(() => readBody(refused)).toThrow(error);
    expect(() => readStream(`data: ${JSON.stringify({ type: "", ...refused })}\n\n`)).toThrow(error);
    expect(() => readBody({ base_resp: { status_code: 424242 } })).toThrow(expect.objectContaining({ code: "server" }));
  });

  test("in the envelope success: false is a typed error with the status that it states", () => {
    expect(() => readBody({ code: 401, msg: "token expired", success: false })).toThrow(
      expect.objectContaining({ code: "authentication", message: "token expired" }),
    );
  });

  test.each<[unknown, string]>([
    [{ code: 401, message: "no key" }, "authentication"],
    [{ statusCode: 429, message: "slow down" }, "rate-limit"],
    [{ detail: "Model not loaded" }, "server"],
    [{ errors: [{ message: "broken" }] }, "server"],
    [[{ error: { code: 503, message: "busy" } }], "overloaded"],
    [{ message: "Forbidden" }, "permission"],
  ])("%j is a typed error", (body, code) => {
    expect(() => readBody(body)).toThrow(expect.objectContaining({ code }));
  });

  test("is not seen in an error that is filled with nothing", () => {
    const body = { type: "message", content: [{ type: "text", text: "ok" }], stop_reason: "end_turn", base_resp: { status_code: 0 } };
    for (const error of [null, "", {}, { type: "", message: "", code: 0 }]) expect(readBody({ ...body, error }).text).toBe("ok");
  });
});

test("a call that is announced again and again does not have its blank arguments searched each time", () => {
  const trim = vi.spyOn(String.prototype, "trim");
  const announced = { type: "content_block_start", index: 0, content_block: called() };
  const read = readEvents([start(), announced, delta(0, json(" ".repeat(10_000))), ...Array(200).fill(announced), ...stop("tool_use")]);
  const searched = trim.mock.contexts.reduce<number>((sum, text) => sum + String(text).length, 0);
  vi.restoreAllMocks();
  expect(read.toolCalls).toMatchObject([{ name: "ferry", input: {} }]);
  expect(searched).toBeLessThan(200_000);
});
