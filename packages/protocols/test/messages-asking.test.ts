import type { ChatRequest, JsonObject, Message } from "@lumiverse/core";
import { connect } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import { explained, origin, provider, sse, start, stop } from "./messages-given.ts";

const hi: Message = { role: "user", content: "Hello" };
const own = (data: unknown): { origin: typeof origin; data: unknown } => ({ origin, data });
interface Sent {
  role: string;
  content: JsonObject[];
}
const sentMessages = async (request: Partial<ChatRequest>): Promise<Sent[]> =>
  (await explained(request)).body["messages"] as unknown as Sent[];

describe("a tool whose property names the vendor refuses", () => {
  const parameters = {
    type: "object",
    properties: {
      $top: { type: "integer" },
      "Due Date": { type: "object", properties: { "@odata.type": { type: "string" } }, required: ["@odata.type"] },
      Due_Date: { type: "string", enum: ["$top"] },
      again: { $ref: "#/properties/$top" },
    },
    required: ["$top", "again"],
  };
  const tools = [{ name: "list", parameters }];
  const input = { $top: 5, "Due Date": { "@odata.type": "x" }, Due_Date: "$top" };

  test("is sent with names that it accepts, with a note", async () => {
    const { body, notes } = await explained({ tools });
    const schema = (body["tools"] as unknown as { input_schema: JsonObject }[])[0]?.input_schema ?? {};
    const properties = schema["properties"] as Record<string, JsonObject>;
    for (const name of Object.keys(properties)) expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
    expect(Object.keys(properties)).toHaveLength(4);
    expect(properties["Due_Date"]).toEqual({ type: "string", enum: ["$top"] });
    const [renamed] = Object.keys(properties);
    expect(schema["required"]).toEqual([renamed, "again"]);
    expect(properties["again"]).toEqual({ $ref: `#/properties/${renamed}` });
    expect(notes).toContainEqual(
      expect.objectContaining({ kind: "schema", field: "tools.list#/properties/$top", message: expect.stringContaining("name") }),
    );
  });

  test("gets its calls with the original names, streamed and unstreamed, in the events too", async () => {
    const { body } = await explained({ tools });
    const properties = Object.keys(
      (body["tools"] as unknown as { input_schema: { properties: object } }[])[0]?.input_schema.properties ?? {},
    );
    const sent = { [properties[0] ?? ""]: 5, [properties[1] ?? ""]: { "_odata.type": "x" }, Due_Date: "$top" };
    const block = { type: "tool_use", id: "a", name: "list", input: {} };
    const json = JSON.stringify(sent);
    const streamed = sse([
      start(),
      { type: "content_block_start", index: 0, content_block: block },
      ...[json.slice(0, 9), json.slice(9)].map((text) => ({
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: text },
      })),
      { type: "content_block_stop", index: 0 },
      ...stop("tool_use"),
    ]);
    const whole = JSON.stringify({
      type: "message",
      content: [{ ...block, input: sent }],
      stop_reason: "tool_use",
      usage: { input_tokens: 1, output_tokens: 1 },
    });
    for (const text of [streamed, whole]) {
      const connection = connect(provider(), { apiKey: "k", fetch: async () => new Response(text) });
      const stream = connection.stream({ model: origin.model, messages: [hi], tools });
      let deltas = "";
      for await (const event of stream) if (event.type === "tool-call-delta") deltas += event.text;
      expect((await stream.response()).toolCalls[0]?.input).toEqual(input);
      expect(JSON.parse(deltas)).toEqual(input);
    }
  });

  test("sees its earlier calls under the names that it declared", async () => {
    const call: Message = {
      role: "assistant",
      content: [{ type: "tool-call", id: "a", name: "list", arguments: JSON.stringify(input), input }],
    };
    const messages = await sentMessages({
      tools,
      messages: [hi, call, { role: "tool", content: [{ type: "tool-result", id: "a", content: "ok" }] }],
    });
    expect(JSON.stringify(messages[1])).not.toContain('"$top":');
    expect(Object.values(messages[1]?.content[0]?.["input"] as object)).toEqual([5, { "_odata.type": "x" }, "$top"]);
  });

  test("other tools are sent as they are, without a note", async () => {
    const plain = { type: "object", properties: { "a.b-c_d": { type: "string" } } };
    const { body, notes } = await explained({ tools: [{ name: "plain", parameters: plain }] });
    expect(body["tools"]).toEqual([{ name: "plain", input_schema: plain }]);
    expect(notes).toEqual([]);
  });
});

test("a tool schema of an older draft is converted with a note", async () => {
  const parameters = {
    type: "object",
    properties: {
      pair: { type: "array", items: [{ type: "string" }, { type: "number" }], additionalItems: false },
      depth: { type: "number", minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false, required: true },
      any: { type: "any" },
    },
  };
  const { body, notes } = await explained({ tools: [{ name: "old", parameters }] });
  expect(body["tools"]).toEqual([
    {
      name: "old",
      input_schema: {
        type: "object",
        properties: {
          pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false },
          depth: { type: "number", exclusiveMinimum: 0, maximum: 9 },
          any: {},
        },
        required: ["depth"],
      },
    },
  ]);
  expect(notes.map(({ field }) => field)).toEqual(
    ["pair", "depth", "depth", "depth", "any"].map((name) => `tools.old#/properties/${name}`),
  );
});

test.each([
  ["an empty schema", {}],
  ["a schema without a type", { properties: { a: { type: "string" } } }],
  ["an object without properties", { type: "object" }],
  ["a nullable object", { type: ["object", "null"], properties: {} }],
  ["anyOf at the root", { type: "object", properties: { a: {}, b: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] }],
  [
    "oneOf at the root",
    {
      oneOf: [
        { type: "object", properties: { a: {} } },
        { type: "object", properties: { b: {} } },
      ],
    },
  ],
  ["allOf at the root", { allOf: [{ type: "object", properties: { a: {} } }] }],
  ["$ref at the root", { $ref: "#/$defs/A", $defs: { A: { type: "object", properties: { a: {} } } } }],
])("a tool with %s is sent as an object", async (_, parameters) => {
  const { body } = await explained({ tools: [{ name: "t", parameters }] });
  const schema = (body["tools"] as unknown as { input_schema: JsonObject }[])[0]?.input_schema ?? {};
  expect(schema["type"]).toBe("object");
  for (const keyword of ["anyOf", "oneOf", "allOf", "$ref"]) expect(schema).not.toHaveProperty(keyword);
  if (JSON.stringify(parameters).includes('"a"')) expect(JSON.stringify(schema)).toMatch(/\ba\b/);
});

describe("the result of a failed call", () => {
  const call = (id: string): Message => ({
    role: "assistant",
    content: [{ type: "tool-call", id, name: "shot", arguments: "{}", input: {} }],
  });
  const failed = (content: JsonObject[]): Message => ({
    role: "tool",
    content: [{ type: "tool-result", id: "a", name: "shot", content: content as never, isError: true }],
  });
  const image = { type: "image", data: "AAAA", mediaType: "image/png" };

  test("has text alone, and its pictures follow all results", async () => {
    const [, , user] = await sentMessages({
      messages: [hi, call("a"), failed([{ type: "text", text: "no" }, image]), { role: "user", content: "And?" }],
      tools: [{ name: "shot" }],
    });
    expect(user?.content).toMatchObject([
      { type: "tool_result", is_error: true, content: [{ type: "text", text: "no" }] },
      { type: "text" },
      { type: "image" },
      { type: "text", text: "And?" },
    ]);
  });

  test.each<[string, JsonObject[]]>([
    ["an empty list", []],
    ["blank text", [{ type: "text", text: " \n" }]],
  ])("with %s says that the call failed, because the vendor refuses an empty one", async (_, content) => {
    const [, , user] = await sentMessages({ messages: [hi, call("a"), failed(content)], tools: [{ name: "shot" }] });
    expect(user?.content).toEqual([
      { type: "tool_result", tool_use_id: "a", is_error: true, content: [{ type: "text", text: "The call failed." }] },
    ]);
  });

  test("with pictures alone says that the call failed", async () => {
    const { body, notes } = await explained({ messages: [hi, call("a"), failed([image])], tools: [{ name: "shot" }] });
    const [, , user] = body["messages"] as unknown as Sent[];
    expect(user?.content[0]).toMatchObject({ is_error: true, content: [{ type: "text", text: "The call failed." }] });
    expect(user?.content[2]).toMatchObject({ type: "image" });
    expect(notes).toContainEqual(expect.objectContaining({ kind: "moved" }));
  });
});

describe("what answers have and requests do not", () => {
  test("is left out of citations", async () => {
    const citation = {
      type: "char_location",
      cited_text: "x",
      document_index: 0,
      document_title: null,
      start_char_index: 0,
      end_char_index: 1,
    };
    const answer: Message = {
      role: "assistant",
      content: [{ type: "text", text: "x", replay: own({ citations: [{ ...citation, file_id: null, score: 1 }] }) }],
    };
    const [, assistant] = await sentMessages({ messages: [hi, answer, hi] });
    expect(assistant?.content).toEqual([{ type: "text", text: "x", citations: [citation] }]);
  });

  test("is left out of results of code execution, at any depth", async () => {
    const use = { type: "server_tool_use", id: "srv_1", name: "bash_code_execution", input: { command: "ls" }, caller: { type: "direct" } };
    const output = { type: "bash_code_execution_output", file_id: "file_1" };
    const result = { type: "bash_code_execution_result", content: [output], return_code: 0, stderr: "", stdout: "a" };
    const block = { type: "bash_code_execution_tool_result", tool_use_id: "srv_1", content: result };
    const answered = { ...block, elapsed: 3, content: { ...result, content: [{ ...output, size: 1 }], truncated: false } };
    const answer: Message = {
      role: "assistant",
      content: [use, answered].map((data) => ({ type: "opaque" as const, kind: data.type, replay: own(data) })),
    };
    const [, assistant] = await sentMessages({ messages: [hi, answer, hi] });
    expect(assistant?.content).toEqual([use, block]);
  });
});

describe("a call of the vendor's own tool without its result", () => {
  const opaque = (data: JsonObject): JsonObject => ({ type: "opaque", kind: String(data["type"]), replay: own(data) });
  const search = opaque({ type: "server_tool_use", id: "srv_1", name: "web_search", input: {} });
  const result = opaque({ type: "web_search_tool_result", tool_use_id: "srv_1", content: [] });
  const said = { type: "text", text: "I look." };
  const turn = (...content: JsonObject[]): Message => ({ role: "assistant", content: content as never });
  const types = (sent: Sent | undefined): unknown[] => (sent?.content ?? []).map((block) => block["type"]);

  test("is left out once the conversation moved on", async () => {
    const { body, notes } = await explained({ messages: [hi, turn(said, search), hi] });
    const messages = body["messages"] as unknown as Sent[];
    expect(messages.map(types)).toEqual([["text"], ["text"], ["text"]]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: "dropped", field: "messages" }));
  });

  test("takes its turn with it when nothing else is in it", async () => {
    expect((await sentMessages({ messages: [hi, turn(search), hi] })).map(types)).toEqual([["text", "text"]]);
  });

  test("stays in the last turn, which the vendor continues", async () => {
    expect((await sentMessages({ messages: [hi, turn(said, search)] })).map(types)).toEqual([["text"], ["text", "server_tool_use"]]);
  });

  test("stays with its result, in the same turn or in the one that continues it", async () => {
    const messages = await sentMessages({ messages: [hi, turn(search), turn(result, said), hi] });
    expect(messages.map(types)).toEqual([["text"], ["server_tool_use", "web_search_tool_result", "text"], ["text"]]);
  });

  test("stays while its code waits for a tool of the caller", async () => {
    const code = opaque({ type: "server_tool_use", id: "srv_2", name: "code_execution", input: {} });
    const call = {
      type: "tool-call",
      id: "a",
      name: "add",
      arguments: "{}",
      input: {},
      replay: own({ caller: { type: "code_execution_20250825", tool_id: "srv_2" } }),
    };
    const results: Message = { role: "tool", content: [{ type: "tool-result", id: "a", content: "2" }] };
    const messages = await sentMessages({ messages: [hi, turn(code, call), results], tools: [{ name: "add" }] });
    expect(types(messages[1])).toEqual(["server_tool_use", "tool_use"]);
  });

  test("and a result without its call are both left out", async () => {
    expect((await sentMessages({ messages: [hi, turn(result, said), hi] })).map(types)).toEqual([["text"], ["text"], ["text"]]);
  });
});

describe("max_tokens without maxOutputTokens", () => {
  test.each([
    ["claude-opus-5", 128_000],
    ["claude-sonnet-4-5", 64_000],
    // These refuse a prompt whose length and max_tokens exceed the window, and an unknown model may.
    ["claude-opus-4-1", 4096],
    ["claude-3-haiku-20240307", 4096],
    ["local-model", 4096],
  ])("%s gets %i", async (model, limit) => {
    expect((await explained({ model })).body["max_tokens"]).toBe(limit);
  });

  test("leaves room for a budget below the model's limit", async () => {
    const { body, notes } = await explained({ model: "claude-opus-4-1", reasoning: { budgetTokens: 40_000 } });
    const thinking = body["thinking"] as unknown as { budget_tokens: number };
    expect(thinking.budget_tokens).toBeLessThan(Number(body["max_tokens"]));
    expect(Number(body["max_tokens"])).toBeLessThanOrEqual(32_000);
    expect(notes).toContainEqual(expect.objectContaining({ kind: "clamped", field: "reasoning" }));
  });
});

test("an empty user message is left out with a note", async () => {
  const { body, notes } = await explained({ messages: [hi, { role: "assistant", content: "Yes?" }, { role: "user", content: "  " }, hi] });
  expect((body["messages"] as unknown as Sent[]).map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(notes).toContainEqual(expect.objectContaining({ kind: "changed", field: "messages" }));
});
