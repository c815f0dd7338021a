/** Forms in which gateways write the answers of all four protocols: other JSON types, other names, other frames. */
import type { BuiltResponse, JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { hasSnakeCase } from "../src/generate-content/camel-case.ts";
import { callOf, body as chatBody, delta, stream } from "./chat-drive.ts";
import { chunk, readBody as generateBody, readStream as generateStream } from "./generate-support.ts";
import { block, readBody as messagesBody, readStream as messagesStream, sse, start, stop } from "./messages-given.ts";
import { answer, message, renderOf, readBody as responsesBody, readStream as responsesStream } from "./responses-reading.ts";

const tools = ["tide", "wind"].map((name) => ({ name, parameters: { type: "object", properties: {} } }));
const call = callOf({ tools });
const hook = '{"harbour":"Hook"}';
const HOOK = { harbour: "Hook" };
const [finished, called] = [delta({}, { finish_reason: "stop" }), delta({}, { finish_reason: "tool_calls" })];
const chat = (...frames: (object | string)[]): BuiltResponse => stream({}, frames, { call });
const asked = (fields: object): object => ({ type: "function", ...fields });
type Event = { type: string; [field: string]: unknown };
const messages = (...events: Event[]): BuiltResponse => messagesStream(sse([start(), ...events]));
const textBlock = (text: string, index = 0): Event[] => block(index, { type: "text", text: "" }, { type: "text_delta", text });
const responses = (...events: (JsonObject | string)[]): BuiltResponse => responsesStream(events, { tools });
const output = (delta: string, more: JsonObject = {}): JsonObject => ({
  type: "response.output_text.delta",
  output_index: 0,
  delta,
  ...more,
});
const completed = (items: unknown = [], more: JsonObject = {}): JsonObject => ({
  type: "response.completed",
  response: { ...answer([], more), output: items },
});
const item = (more: JsonObject = {}): JsonObject => ({
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "tide",
  arguments: hook,
  ...more,
});
const generate = (...chunks: unknown[]): BuiltResponse => generateStream(chunks).response;
const calls = (read: BuiltResponse): unknown[] => read.toolCalls.map(({ name, input }) => [name, input]);

describe("lists and indexes of another JSON type", () => {
  it("are read in Chat Completions: calls and choices by index, indexes as text", () => {
    const one = (index: string, fields: object): object => delta({ tool_calls: { [index]: fields } });
    const read = chat(
      one("0", asked({ id: "a", function: { name: "tide", arguments: "" } })),
      one("1", asked({ id: "b", function: { name: "wind", arguments: "" } })),
      one("0", asked({ function: { arguments: hook } })),
      one("1", asked({ function: { arguments: "{}" } })),
      called,
    );
    expect(calls(read)).toEqual([
      ["tide", HOOK],
      ["wind", {}],
    ]);
    expect(chat({ model: "m", choices: { 0: { index: "0", delta: { content: "Noon" }, finish_reason: "stop" } } }).text).toBe("Noon");
    expect(chatBody({}, { choices: { 0: { message: { content: "Noon" }, finish_reason: "stop" } } }).text).toBe("Noon");
  });

  it("are read in Messages, also interleaved", () => {
    const tool = (index: string, name: string): Event => ({
      type: "content_block_start",
      index,
      content_block: { type: "tool_use", id: name, name, input: {} },
    });
    const json = (index: string, partial_json: string): Event => ({
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json },
    });
    const read = messages(
      tool("0", "tide"),
      tool("1", "wind"),
      json("0", hook.slice(0, 5)),
      json("1", "{}"),
      json("0", hook.slice(5)),
      ...stop("tool_use"),
    );
    expect(calls(read)).toEqual([
      ["tide", HOOK],
      ["wind", {}],
    ]);
  });

  it.each([
    ["an object by index", { 0: { type: "text", text: "Noon" } }],
    ["one block without its list", { type: "text", text: "Noon" }],
    ["text", "Noon"],
    ["a list of text", ["Noon"]],
    ["a block without a type", [{ text: "Noon" }]],
  ])("are read in an unstreamed message: the content is %s", (_, content) => {
    expect(messagesBody({ type: "message", role: "assistant", content, stop_reason: "end_turn" })).toMatchObject({
      text: "Noon",
      finishReason: "stop",
    });
  });

  it("are read in Responses", () => {
    const added = (output_index: string, name: string): JsonObject => ({
      type: "response.output_item.added",
      output_index,
      item: item({ id: name, call_id: name, name, arguments: "" }),
    });
    const args = (output_index: string, text: string): JsonObject => ({
      type: "response.function_call_arguments.delta",
      output_index,
      delta: text,
    });
    const read = responses(
      added("0", "tide"),
      added("1", "wind"),
      args("0", hook.slice(0, 5)),
      args("1", "{}"),
      args("0", hook.slice(5)),
      completed(),
    );
    expect(calls(read)).toEqual([
      ["tide", HOOK],
      ["wind", {}],
    ]);
    expect(responses(completed({ 0: message("Noon"), 1: item() }))).toMatchObject({ text: "Noon", toolCalls: [{ input: HOOK }] });
    for (const items of [message("Noon"), "Noon", [{ role: "assistant", content: "Noon" }]])
      expect(responsesBody({ ...answer([]), output: items }).text).toBe("Noon");
  });

  it("are read in generateContent", () => {
    expect(
      generate({ candidates: { 0: { content: { parts: { 0: { text: "No" }, 1: { text: "on" } } }, finishReason: "STOP" } } }).text,
    ).toBe("Noon");
    for (const content of ["Noon", [{ text: "Noon" }], { parts: ["Noon"] }])
      expect(generate({ candidates: [{ content, finishReason: "STOP" }] }).text).toBe("Noon");
    const second = { index: "1", content: { parts: [{ text: "Other" }] }, finishReason: "STOP" };
    const both = generate({ candidates: [{ index: "0", content: { parts: [{ text: "Noon" }] }, finishReason: "STOP" }, second] });
    expect(both).toMatchObject({ text: "Noon", notes: expect.arrayContaining([expect.objectContaining({ field: "candidates" })]) });
  });

  it("name the only choice or candidate by any index", () => {
    expect(chat({ model: "m", choices: [{ index: 1, delta: { content: "Noon" }, finish_reason: "stop" }] }).text).toBe("Noon");
    expect(generate({ candidates: [{ index: 1, content: { parts: [{ text: "Noon" }] }, finishReason: "STOP" }] }).text).toBe("Noon");
  });
});

describe("a finish reason", () => {
  it.each([
    ["end_turn", "stop"],
    ["COMPLETE", "stop"],
    ["FINISH_REASON_STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["max_output_tokens", "length"],
    ["content-filter", "content-filter"],
    ["PROHIBITED_CONTENT", "content-filter"],
    ["guardrail_intervened", "content-filter"],
    ["context_length_exceeded", "context-overflow"],
  ])("%s means %s on every protocol", (word, meaning) => {
    expect(chat(delta({ content: "Noon" }), delta({}, { finish_reason: word })).finishReason).toBe(meaning);
    expect(messages(...textBlock("Noon"), ...stop(word)).finishReason).toBe(meaning);
    expect(generate(chunk([{ text: "Noon" }], word)).finishReason).toBe(meaning);
    if (meaning !== "stop")
      expect(responses(output("Noon"), completed([], { status: "incomplete", incomplete_details: { reason: word } })).finishReason).toBe(
        meaning,
      );
  });

  it("of another protocol's word ends a turn that calls tools", () => {
    const whole = delta({ tool_calls: [asked({ index: 0, id: "a", function: { name: "tide", arguments: hook } })] });
    for (const word of ["tool_use", "toolUse", "tool-calls"])
      expect(chat(whole, delta({}, { finish_reason: word })).finishReason).toBe("tool-calls");
    const tool = block(0, { type: "tool_use", id: "a", name: "tide", input: HOOK });
    for (const word of ["tool_calls", "function_call", "stop", "stop_sequence"])
      expect(messages(...tool, ...stop(word)).finishReason).toBe("tool-calls");
    expect(generate(chunk([{ functionCall: { name: "tide", args: HOOK } }], "tool_calls")).finishReason).toBe("tool-calls");
    expect(generate(chunk([{ text: "Noon" }], "tool_calls")).finishReason).toBe("stop");
  });

  it("in words that mean nothing is none", () => {
    for (const word of ["null", "None"]) {
      expect(() => stream({}, [delta({ content: "No" }, { finish_reason: word })], { end: "" })).toThrow(
        expect.objectContaining({ code: "truncated" }),
      );
      expect(() => generate(chunk([{ text: "No" }], word))).toThrow(expect.objectContaining({ code: "truncated" }));
      expect(messages(...textBlock("Noon"), ...stop(word))).toMatchObject({
        finishReason: "stop",
        notes: [expect.objectContaining({ field: "stop_reason" })],
      });
    }
  });

  it("is a number of Google's enumeration, or has another name", () => {
    expect(generate(chunk([{ text: "Noon" }]), { candidates: [{ finishReason: 2 }] }).finishReason).toBe("length");
    expect(() => generate(chunk([{ text: "Noon" }]), { candidates: [{ finishReason: 0 }] })).toThrow(
      expect.objectContaining({ code: "truncated" }),
    );
    expect(chat(delta({ content: "Noon" }), delta({}, { finishReason: "length" })).finishReason).toBe("length");
    expect(
      responses(output("Noon"), { type: "response.incomplete", response: { id: "r", incomplete_details: "max_output_tokens" } })
        .finishReason,
    ).toBe("length");
    expect(responses(output("Noon"), { type: "response.incomplete", response: { id: "r" } }).finishReason).toBe("other");
  });

  it("that is missing before message_stop leaves a note", () => {
    const read = messages(...block(0, { type: "tool_use", id: "a", name: "tide", input: HOOK }), { type: "message_stop" });
    expect(read).toMatchObject({
      finishReason: "tool-calls",
      notes: expect.arrayContaining([expect.objectContaining({ field: "stop_reason" })]),
    });
  });
});

describe("token counts", () => {
  it("as text are read on every protocol", () => {
    const counted = { input: 7, output: 3, completeness: "exact" };
    expect(chat(delta({ content: "a" }), finished, { choices: [], usage: { prompt_tokens: "7", completion_tokens: "3" } }).usage).toEqual(
      counted,
    );
    expect(
      messagesStream(
        sse([
          start({ input_tokens: "7", output_tokens: "1" }),
          ...textBlock("a"),
          { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: "3" } },
        ]),
      ).usage,
    ).toMatchObject(counted);
    expect(responses(output("a"), completed([], { usage: { input_tokens: "7", output_tokens: "3" } })).usage).toMatchObject(counted);
    expect(
      generate(chunk([{ text: "a" }], "STOP", { usageMetadata: { promptTokenCount: "7", responseTokenCount: "3" } })).usage,
    ).toMatchObject(counted);
  });

  it("have the names of another protocol", () => {
    const [mine, theirs] = [
      { input_tokens: 7, output_tokens: 3 },
      { prompt_tokens: 7, completion_tokens: 3 },
    ];
    expect(chat(delta({ content: "a" }), finished, { choices: [], usage: mine }).usage).toMatchObject({ input: 7, output: 3 });
    const cached = { ...mine, cache_read_input_tokens: 5, cache_creation_input_tokens: 2 };
    // Where cached tokens are counted apart, the prompt stays unknown.
    expect(chat(delta({ content: "a" }), finished, { choices: [], usage: cached }).usage).toEqual({ output: 3, completeness: "exact" });
    const read = messagesStream(
      sse([start({}), ...textBlock("a"), { type: "message_delta", delta: { stop_reason: "end_turn", usage: theirs } }]),
    );
    expect(read.usage).toMatchObject({ input: 7, output: 3, completeness: "exact" });
    expect(responses(output("a"), completed([], { usage: theirs })).usage).toMatchObject({ input: 7, output: 3 });
  });

  it("that no name is known of are unknown and not exact", () => {
    expect(chat(delta({ content: "a" }), finished, { choices: [], usage: { credits: 3 } }).usage).toEqual({ completeness: "unknown" });
  });

  it("come with message_stop, or beside the response of the terminal event", () => {
    const end = [
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop", usage: { output_tokens: 3 } },
    ];
    expect(messages(...textBlock("a"), ...end).usage).toMatchObject({ output: 3, completeness: "exact" });
    const beside = {
      type: "response.completed",
      response: { id: "r", status: "completed", output: [] },
      usage: { input_tokens: 7, output_tokens: 3 },
    };
    expect(responses(output("a"), beside).usage).toMatchObject({ input: 7, output: 3 });
  });
});

describe("tool calls", () => {
  const part = (index: number, id: string | undefined, name: string | undefined, args: unknown): object =>
    delta({ tool_calls: [asked({ index, id, function: { name, arguments: args } })] });

  it.each<[string, object[]]>([
    ["whose name comes in pieces", [part(0, "a", "ti", ""), part(0, undefined, "de", ""), part(0, undefined, undefined, hook)]],
    [
      "whose name comes in many pieces",
      [..."tide"].map((piece, n) => part(0, n === 0 ? "a" : undefined, piece, "")).concat(part(0, undefined, undefined, hook)),
    ],
    [
      "whose every piece has a new id",
      [part(0, "a", "tide", ""), part(0, "b", "tide", hook.slice(0, 5)), part(0, "c", "tide", hook.slice(5))],
    ],
    [
      "whose arguments come at another index",
      [part(0, "a", "tide", ""), part(1, undefined, undefined, hook.slice(0, 5)), part(1, undefined, undefined, hook.slice(5))],
    ],
    [
      "whose arguments are parameters",
      [delta({ tool_calls: [asked({ index: 0, id: "a", function: { name: "tide", parameters: HOOK } })] })],
    ],
    ["whose arguments are encoded twice", [part(0, "a", "tide", JSON.stringify(hook))]],
  ])("%s are one call in Chat Completions", (_, frames) => {
    expect(calls(chat(...frames, called))).toEqual([["tide", HOOK]]);
  });

  it("with the tail of the second at an index of its own are two calls", () => {
    const read = chat(
      part(0, "a", "tide", ""),
      part(0, undefined, undefined, hook),
      part(0, "b", "wind", ""),
      part(1, undefined, undefined, "{}"),
      called,
    );
    expect(calls(read)).toEqual([
      ["tide", HOOK],
      ["wind", {}],
    ]);
  });

  it("with arguments that are encoded twice are read on the other protocols", () => {
    const twice = JSON.stringify(hook);
    const json = { type: "input_json_delta", partial_json: twice };
    expect(calls(messages(...block(0, { type: "tool_use", id: "a", name: "tide", input: {} }, json), ...stop("tool_use")))).toEqual([
      ["tide", HOOK],
    ]);
    expect(calls(messages(...block(0, { type: "tool_use", id: "a", name: "tide", input: twice }), ...stop("tool_use")))).toEqual([
      ["tide", HOOK],
    ]);
    expect(calls(responses(completed([item({ arguments: twice })])))).toEqual([["tide", HOOK]]);
    expect(calls(generate(chunk([{ functionCall: { name: "tide", args: twice } }], "STOP")))).toEqual([["tide", HOOK]]);
    expect(calls(generate(chunk([{ functionCall: { name: "tide", arguments: HOOK } }], "STOP")))).toEqual([["tide", HOOK]]);
  });

  it("without a name are dropped with a note", () => {
    const read = messages(...textBlock("a"), ...block(1, { type: "tool_use", id: "a", name: "", input: HOOK }), ...stop("tool_use"));
    expect(read).toMatchObject({ text: "a", toolCalls: [], notes: [expect.objectContaining({ kind: "dropped" })] });
    expect(responses(completed([item({ name: "" })]))).toMatchObject({
      toolCalls: [],
      notes: expect.arrayContaining([expect.objectContaining({ field: "function_call" })]),
    });
  });

  it("that no event of Responses announced are named by their deltas", () => {
    const named = { type: "response.function_call_arguments.delta", item_id: "fc_1", call_id: "c1", name: "tide", delta: HOOK };
    expect(calls(responses(named, completed()))).toEqual([["tide", HOOK]]);
  });
});

describe("a call of a custom tool in Responses", () => {
  const custom = item({ type: "custom_tool_call", arguments: undefined, input: "see the tide" });
  const input = (fields: JsonObject): JsonObject => ({ type: "response.custom_tool_call_input.delta", output_index: 0, ...fields });

  it("is a call where the request has a tool of its name", () => {
    const read = responses(
      { type: "response.output_item.added", output_index: 0, item: { ...custom, input: "" } },
      input({ delta: "see " }),
      input({ delta: "the tide" }),
      completed(),
    );
    for (const one of [
      read,
      responses(completed([custom])),
      responses({ type: "response.output_item.done", output_index: 0, item: custom }, completed([custom])),
    ])
      expect(one).toMatchObject({ finishReason: "tool-calls", toolCalls: [{ id: "call_1", name: "tide", arguments: "see the tide" }] });
  });

  it("stays an item of the vendor where the vendor runs it", () => {
    const own = { ...custom, name: "x_search" };
    const read = responses(
      { type: "response.output_item.added", output_index: 0, item: own },
      input({ delta: "boats" }),
      completed([own, message("Noon")]),
    );
    expect(read).toMatchObject({ text: "Noon", toolCalls: [], finishReason: "stop", notes: [] });
  });

  it("goes back as it came, with a result of its own type", () => {
    const read = responses(completed([custom]));
    const result = { type: "tool-result" as const, id: "call_1", name: "tide", content: "high" };
    const { body } = renderOf({ tools, messages: [{ role: "user", content: "When?" }, read.message, { role: "tool", content: [result] }] });
    expect(body["input"]).toEqual([
      expect.anything(),
      { type: "custom_tool_call", id: "fc_1", call_id: "call_1", name: "tide", input: "see the tide" },
      { type: "custom_tool_call_output", call_id: "call_1", output: "high" },
    ]);
  });
});

describe("events in another frame", () => {
  const json = JSON.stringify;

  it.each(["  [DONE]  ", '"[DONE]"', "DONE", "[done]", "data: [DONE]"])("the end %j is no event", (end) => {
    expect(chat(delta({ content: "Noon" }), finished, `data: ${end}\n\n`).text).toBe("Noon");
    expect(messagesStream(`${sse([start(), ...textBlock("Noon"), ...stop("end_turn")])}data: ${end}\n\n`).text).toBe("Noon");
    expect(responses(output("Noon"), completed(), end).text).toBe("Noon");
    expect(generate(chunk([{ text: "Noon" }], "STOP"), end).text).toBe("Noon");
  });

  it("two objects in one line are two events", () => {
    const [one, two] = [output("No"), output("on")];
    expect(chat(`data: ${json(delta({ content: "No" }))}${json(delta({ content: "on" }))}\n\n`, finished).text).toBe("Noon");
    expect(responses(json(one) + json(two), completed()).text).toBe("Noon");
    expect(generate(json(chunk([{ text: "No" }])) + json(chunk([{ text: "on" }], "STOP"))).text).toBe("Noon");
  });

  it("a list holds events", () => {
    expect(chat(`data: ${json([delta({ content: "No" }), delta({ content: "on" })])}\n\n`, finished).text).toBe("Noon");
    expect(responses(json([output("Noon"), completed()])).text).toBe("Noon");
    expect(generate(json([chunk([{ text: "No" }]), chunk([{ text: "on" }], "STOP")])).text).toBe("Noon");
  });

  it("an event of the name error whose data is text is a failure with that text", () => {
    const failed = "event: error\ndata: the upstream is gone\n\n";
    const error = expect.objectContaining({ code: "server", message: expect.stringContaining("the upstream is gone") });
    expect(() => chat(delta({ content: "No" }), failed)).toThrow(error);
    expect(() => messagesStream(sse([start(), ...textBlock("No")]) + failed)).toThrow(error);
  });

  it("an envelope of a gateway is opened", () => {
    const whole = { choices: [{ message: { content: "Noon" }, finish_reason: "stop" }] };
    expect(chatBody({}, { code: 0, data: whole }).text).toBe("Noon");
    expect(messagesBody({ data: { type: "message", content: [{ type: "text", text: "Noon" }], stop_reason: "end_turn" } }).text).toBe(
      "Noon",
    );
    expect(generate({ response: chunk([{ text: "Noon" }], "STOP") }).text).toBe("Noon");
    expect(generateBody({ response: chunk([{ text: "Noon" }], "STOP") }).response.text).toBe("Noon");
    expect(responses(output("Noon"), { ...answer([]), type: "response.completed" }).text).toBe("Noon");
  });

  it("the text of the older Completions API is the text", () => {
    expect(chat({ choices: [{ index: 0, text: "No" }] }, { choices: [{ index: 0, text: "on", finish_reason: "stop" }] }).text).toBe("Noon");
    expect(chatBody({}, { choices: [{ index: 0, text: "Noon", finish_reason: "stop" }] }).text).toBe("Noon");
  });
});

describe("snake case in generateContent", () => {
  it("is the same answer", () => {
    const parts = [
      { text: "Hm", thought: true, thought_signature: "sig-a" },
      { text: "Noon" },
      { function_call: { name: "tide", args: { harbour_name: "Hook" } } },
      { inline_data: { mime_type: "image/png", data: "AAAA" } },
    ];
    const usage_metadata = { prompt_token_count: 7, candidates_token_count: 3 };
    for (const { response } of [
      generateBody({ candidates: [{ content: { parts }, finish_reason: "STOP" }], usage_metadata, response_id: "r-1" }),
      generateStream([{ candidates: [{ content: { parts } }] }, { candidates: [{ finish_reason: "STOP" }], usage_metadata }]),
    ]) {
      expect(response).toMatchObject({
        text: "Noon",
        reasoning: "Hm",
        finishReason: "tool-calls",
        usage: { input: 7, output: 3 },
        notes: [],
      });
      expect(calls(response)).toEqual([["tide", { harbour_name: "Hook" }]]);
      expect(response.message.content).toContainEqual(expect.objectContaining({ type: "image", mediaType: "image/png" }));
    }
    const args = { function_call: { name: "tide", arguments: { harbour_name: "Hook" } } };
    expect(calls(generate(chunk([args], "STOP")))).toEqual([["tide", { harbour_name: "Hook" }]]);
    expect(generateBody({ prompt_feedback: { block_reason: "SAFETY" } }).response.finishReason).toBe("content-filter");
  });

  it("is not seen in a field that the protocol does not have", () => {
    const candidate = { content: { parts: [{ text: "Noon", x_tide: "low" }] }, finishReason: "STOP", x_harbour: "Hook" };
    expect([candidate, ...candidate.content.parts].map(hasSnakeCase)).toEqual([false, false]);
  });

  it("holds for pieces of arguments", () => {
    const piece = (fields: JsonObject, more: JsonObject = {}): unknown =>
      chunk([{ function_call: { ...more, partial_args: [{ json_path: "$.harbour", ...fields }], will_continue: true } }]);
    const read = generate(
      piece({ string_value: "Ho", will_continue: true }, { name: "tide" }),
      piece({ string_value: "ok" }),
      chunk([{ function_call: {} }], "STOP"),
    );
    expect(calls(read)).toEqual([["tide", HOOK]]);
  });
});

describe("reasoning", () => {
  it.each<[string, object]>([
    ["text in the field thinking", { thinking: "Hm" }],
    ["an object with text", { reasoning: { text: "Hm" } }],
    ["an object with content", { thinking: { content: "Hm" } }],
    ["a list of texts", { reasoning_content: [{ type: "text", text: "Hm" }] }],
    ["a part of the content with a summary", { content: [{ type: "reasoning", summary: [{ type: "summary_text", text: "Hm" }] }] }],
  ])("of Chat Completions is %s", (_, fields) => {
    expect(chat(delta(fields), delta({ content: "Noon" }), finished)).toMatchObject({ reasoning: "Hm", text: "Noon" });
  });

  it("in a field and in a block of tags is returned once", () => {
    const both = [delta({ reasoning_content: "Hm", content: "<think>Hm" }), delta({ content: "</think>\n\nNoon" }), finished];
    expect(chat(...both)).toMatchObject({ reasoning: "Hm", text: "Noon" });
    expect(
      chatBody({}, { choices: [{ message: { reasoning: "Hm", content: "<think>Hm</think>Noon" }, finish_reason: "stop" }] }),
    ).toMatchObject({ reasoning: "Hm", text: "Noon" });
    expect(chat(delta({ reasoning: "Hm. " }), delta({ content: "<think>So.</think>Noon" }), finished)).toMatchObject({
      reasoning: "Hm. So.",
      text: "Noon",
    });
  });

  it("leaves no closing tag at the head of the text", () => {
    expect(chat(delta({ reasoning: "Hm" }), delta({ content: "</thi" }), delta({ content: "nk>\n\nNoon" }), finished)).toMatchObject({
      reasoning: "Hm",
      text: "Noon",
    });
  });

  it.each([
    ["<think>The tag `</think>` ends it.</think>Noon", "The tag `</think>` ends it."],
    ["<think>I write `a </think> b` here.</think>Noon", "I write `a </think> b` here."],
    ["<think>I write ``a </think> ` b`` here.</think>Noon", "I write ``a </think> ` b`` here."],
    ["<think>I write `<think>x</think>` here.</think>\nNoon", "I write `<think>x</think>` here."],
    ["<think>Use ` as a quote.</think>Noon", "Use ` as a quote."],
    ["I think `</think>` ends it.\n</think>\n\nNoon", "I think `</think>` ends it."],
  ])("ends at the first tag outside of a code span: %j", (text, reasoning) => {
    for (const size of [1, 3, text.length]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(chat(...pieces.map((content) => delta({ content })), finished)).toMatchObject({ reasoning, text: "Noon" });
    }
  });

  it("of Responses has older names and other forms", () => {
    const piece = (type: string, more: JsonObject): JsonObject => ({ type, output_index: 0, delta: "Hm", ...more });
    const rest = [output("Noon", { output_index: 1 }), completed()];
    for (const type of ["response.reasoning.delta", "response.reasoning_summary.delta"]) {
      expect(responses(piece(type, {}), ...rest)).toMatchObject({ reasoning: "Hm", notes: [] });
      expect(responses(piece(type, { delta: { text: "Hm" } }), ...rest).reasoning).toBe("Hm");
    }
    for (const fields of [{ summary: "Hm" }, { summary: ["Hm"] }, { summary: [{ text: "Hm" }], content: [{ text: "Hm" }] }])
      expect(responsesBody(answer([{ type: "reasoning", id: "rs", ...fields }, message("Noon")])).reasoning).toBe("Hm");
  });
});
