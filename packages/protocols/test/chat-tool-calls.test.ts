import { describe, expect, it, vi } from "vitest";
import { type Answer, body, callOf, delta, kinds, render, stream, thrown } from "./chat-drive.ts";

const end = delta({}, { finish_reason: "tool_calls" });
const calls = (answer: Answer): [string, string, string][] => answer.toolCalls.map((call) => [call.id, call.name, call.arguments]);
const tool = (fields: object): object => delta({ tool_calls: [fields] });

describe("tool calls", () => {
  it("are put together by index, whatever the packets", () => {
    const frames = [
      tool({ index: 0, id: "call-a", type: "function", function: { name: "find", arguments: "" } }),
      tool({ index: 1, id: "call-b", type: "function", function: { name: "open", arguments: '{"n"' } }),
      tool({ index: 0, function: { arguments: '{"q":1}' } }),
      tool({ index: 1, id: "", function: { name: "", arguments: ":2}" } }),
      end,
    ];
    for (const size of [1, 9, 10_000]) {
      const answer = stream({}, frames, { size });
      expect(calls(answer)).toEqual([
        ["call-a", "find", '{"q":1}'],
        ["call-b", "open", '{"n":2}'],
      ]);
      expect(answer.finishReason).toBe("tool-calls");
    }
  });

  it("are joined by id when there is no index, and by order when there is neither", () => {
    const answer = stream({}, [
      tool({ id: "x", function: { name: "one", arguments: "{" } }),
      tool({ id: "x", function: { arguments: "}" } }),
      tool({ id: "y", function: { name: "two" } }),
      tool({ function: { arguments: '{"k":' } }),
      tool({ function: { arguments: "3}" } }),
      end,
    ]);
    expect(calls(answer)).toEqual([
      ["x", "one", "{}"],
      ["y", "two", '{"k":3}'],
    ]);
  });

  it("are two when a new id with a name comes under a used index", () => {
    const answer = stream({}, [
      tool({ index: 0, id: "x", function: { name: "one", arguments: "{}" } }),
      tool({ index: 0, id: "y", function: { name: "one", arguments: "{}" } }),
      end,
    ]);
    expect(calls(answer)).toEqual([
      ["x", "one", "{}"],
      ["y", "one", "{}"],
    ]);
  });

  it("are one where the id changes in the middle without a name", () => {
    const answer = stream({}, [
      tool({ index: 0, id: "x", function: { name: "one", arguments: '{"a"' } }),
      tool({ index: 0, id: "other", function: { name: "", arguments: ":1}" } }),
      end,
    ]);
    expect(calls(answer)).toEqual([["x", "one", '{"a":1}']]);
  });

  it("never join a name that each delta repeats", () => {
    const again = (text: string): object => tool({ index: 0, id: "x", function: { name: "search_files", arguments: text } });
    expect(calls(stream({}, [again("{"), again("}"), end]))).toEqual([["x", "search_files", "{}"]]);
  });

  it("start when the name comes after the id", () => {
    const answer = stream({}, [
      tool({ index: 0, id: "x" }),
      tool({ index: 0, function: { arguments: "{" } }),
      tool({ index: 0, function: { name: "late", arguments: "}" } }),
      end,
    ]);
    expect(calls(answer)).toEqual([["x", "late", "{}"]]);
    expect(answer.events.findIndex((event) => event.type === "part-start")).toBeLessThan(
      answer.events.findIndex((event) => event.type === "tool-call-delta"),
    );
  });

  it("take arguments as an object, as null and not at all", () => {
    const answer = body(
      {},
      {
        model: "m",
        choices: [
          {
            message: {
              content: null,
              tool_calls: [
                { index: 3, id: "a", function: { name: "one", arguments: { k: [1] } } },
                { index: 3, id: "b", function: { name: "two", arguments: null } },
                { id: "c", function: { name: "three" } },
              ],
            },
            finish_reason: "tool_calls",
          },
        ],
      },
    );
    expect(answer.toolCalls.map((call) => call.input)).toEqual([{ k: [1] }, {}, {}]);
  });

  it("get an id where the host sends none: the same for the same turn, another in the next", () => {
    const frames = [
      tool({ index: 0, function: { name: "find", arguments: "{}" } }),
      tool({ index: 1, function: { name: "find", arguments: "{}" } }),
      end,
    ];
    const first = calls(stream({}, frames)).map(([id]) => id);
    expect(calls(stream({}, frames)).map(([id]) => id)).toEqual(first);
    expect(new Set(first).size).toBe(2);
    const messages = [
      { role: "user" as const, content: "a" },
      { role: "assistant" as const, content: "b" },
      { role: "user" as const, content: "c" },
    ];
    const later = calls(stream({}, frames, { call: callOf({ messages }) })).map(([id]) => id);
    expect(later.some((id) => first.includes(id))).toBe(false);
  });

  it("with a null list, a null role and an empty element are nothing", () => {
    const answer = stream({}, [delta({ role: null, content: "x", tool_calls: null }), tool({}), delta({}, { finish_reason: "stop" })]);
    expect([answer.text, answer.toolCalls, answer.finishReason]).toEqual(["x", [], "stop"]);
  });

  it("without a name are left out with a note", () => {
    const answer = stream({}, [delta({ content: "x" }), tool({ index: 0, function: { arguments: "{}" } }), end]);
    expect(answer.toolCalls).toEqual([]);
    expect(kinds(answer.notes)).toContain("dropped tool_calls");
  });

  it("of the old function_call field are read", () => {
    const answer = stream({}, [
      delta({ function_call: { name: "find", arguments: "{" } }),
      delta({ function_call: { arguments: "}" } }),
      delta({}, { finish_reason: "function_call" }),
    ]);
    expect(answer.toolCalls).toMatchObject([{ name: "find", input: {} }]);
    expect(answer.finishReason).toBe("tool-calls");
  });
});

describe("the finish reason", () => {
  const call = tool({ index: 0, id: "x", function: { name: "f", arguments: "{}" } });

  it("is tool-calls when the host reports stop and there are calls", () => {
    expect(stream({}, [call, delta({}, { finish_reason: "stop" })]).finishReason).toBe("tool-calls");
  });

  it("is stop when the host reports tool_calls and there are none", () => {
    expect(stream({}, [delta({ content: "x" }), end]).finishReason).toBe("stop");
  });

  it("is length when the host reports tool_calls and the arguments are cut off", () => {
    const answer = stream({}, [tool({ index: 0, id: "x", function: { name: "f", arguments: '{"a": "b' } }), end]);
    expect(answer.finishReason).toBe("length");
    expect(answer.toolCalls[0]?.inputError).toBeDefined();
    expect(kinds(answer.notes)).toEqual(["changed finish_reason"]);
  });

  it("stays length with calls", () => {
    expect(stream({}, [call, delta({}, { finish_reason: "length" })]).finishReason).toBe("length");
  });
});

describe("output requested as a tool", () => {
  const schema = { type: "object", properties: { n: { type: "number" } } };
  const asked = callOf({}, { output: { name: "answer", schema, strategy: "tool" } });

  it("is one forced tool in the request", () => {
    const { body } = render({}, {}, { output: { name: "answer", schema, strategy: "tool" } });
    expect(body["tools"]).toMatchObject([{ type: "function", function: { name: "answer", parameters: schema } }]);
    expect(body["tool_choice"]).toEqual({ type: "function", function: { name: "answer" } });
  });

  it("is returned as text, and other text is dropped with a note", () => {
    const answer = stream(
      {},
      [
        delta({ content: "Here you are:" }),
        tool({ index: 0, id: "x", function: { name: "answer", arguments: '{"n":' } }),
        tool({ index: 0, function: { arguments: "1}" } }),
        end,
      ],
      {
        call: asked,
      },
    );
    expect([answer.text, answer.toolCalls, answer.finishReason]).toEqual(['{"n":1}', [], "stop"]);
    expect(kinds(answer.notes)).toEqual(["dropped content"]);
  });

  it("keeps the prose of a model that did not call", () => {
    expect(stream({}, [delta({ content: "No." }), delta({}, { finish_reason: "stop" })], { call: asked }).text).toBe("No.");
  });
});

describe("failures inside an answer", () => {
  const partly = delta({ content: "so far" });

  it.each([
    [
      "an error event",
      `event: error\ndata: ${JSON.stringify({ error: { message: "bad call", code: "tool_use_failed", failed_generation: "{oops", status_code: 400 } })}\n\n`,
      "invalid-request",
    ],
    ["an error without choices", { error: { message: "upstream is gone", code: 502 } }, "server"],
    ["an error with empty choices", { error: { message: "slow down", code: 429 }, choices: [] }, "rate-limit"],
    ["an error beside a choice", { error: "broken", choices: [{ delta: { content: "" }, finish_reason: "error" }] }, "server"],
    ["an error in a choice", { choices: [{ index: 0, error: { message: "gone", code: 503 } }] }, "overloaded"],
    ["a flat error", { object: "error", message: "CUDA error", type: "InternalServerError", code: 500 }, "server"],
    ["a bare line", '{"error":"Unhandled exception"}\n', "server"],
    ["an HTML page", "<html><body>502</body></html>\n", "malformed-response"],
    ["a frame that is no JSON", 'data: {"choices":[\n\n', "malformed-response"],
  ])("%s throws typed", (_, frame, code) => {
    for (const size of [1, 11, 10_000]) expect(thrown(() => stream({}, [partly, frame], { size, end: "" })).code).toBe(code);
  });

  it("keep what the model wrote", () => {
    const error = { error: { message: "bad call", code: "tool_use_failed", failed_generation: "{oops" } };
    const dialect = { errors: [{ code: "tool_use_failed", is: "invalid-generation" }] } as const;
    expect(thrown(() => stream(dialect, [partly, error]))).toMatchObject({
      code: "invalid-generation",
      generation: "{oops",
      vendorCode: "tool_use_failed",
    });
  });

  it("in a body with status 200 throw typed", () => {
    expect(thrown(() => body({}, { error: { message: "no", code: "400" } })).code).toBe("invalid-request");
    expect(thrown(() => body({}, "Invalid token")).code).toBe("authentication");
    expect(thrown(() => body({}, { detail: "no such thing" })).code).toBe("server");
    expect(thrown(() => body({}, { id: "x", choices: [] })).code).toBe("malformed-response");
    expect(thrown(() => body({}, [])).code).toBe("malformed-response");
  });

  it("that arrive as text throw, and text waits only while it may be one", () => {
    const dialect = { failureTexts: [{ startsWith: "### Proxy error", is: "server", message: "the upstream failed" }] } as const;
    for (const size of [1, 100_000]) {
      const letters = [..."### Proxy error (404)"].map((letter) => delta({ content: letter }));
      expect(thrown(() => stream(dialect, letters, { size })).message).toBe("the upstream failed");
    }
    const answer = stream(dialect, [delta({ content: "### Pro" }), delta({ content: "se" }), delta({}, { finish_reason: "stop" })]);
    expect(answer.text).toBe("### Prose");
    expect(answer.events.find((event) => event.type === "text")).toMatchObject({ text: "### Prose" });
    expect(stream(dialect, [delta({ content: "### Pro" }), delta({}, { finish_reason: "stop" })]).text).toBe("### Pro");
  });

  it("of one frame are salvaged where another is glued to it", () => {
    const good = JSON.stringify(delta({ content: "kept" }));
    const answer = stream({}, [`data: {"id":"answer-1","choices":[{"delta":{"con data: ${good}\n\n`, delta({}, { finish_reason: "stop" })]);
    expect(answer.text).toBe("kept");
    expect(kinds(answer.notes)).toEqual(["warning data"]);
  });
});

it("long arguments are not searched for a placeholder with every delta that repeats the id of their call", () => {
  const blank = " ".repeat(10_000);
  const search = vi.spyOn(RegExp.prototype, "test");
  const deltas = Array.from({ length: 200 }, () => tool({ id: "x", function: { arguments: "{" } }));
  const answer = stream({}, [tool({ id: "x", function: { name: "one", arguments: `${blank}{"q":1}` } }), ...deltas, end]);
  const searched = search.mock.calls.reduce((sum, [text]) => sum + text.length, 0);
  vi.restoreAllMocks();
  expect(answer.toolCalls[0]).toMatchObject({ id: "x", name: "one", input: { q: 1 } });
  expect(searched).toBeLessThan(400_000);
});
