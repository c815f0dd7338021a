import { random } from "@lumiverse/conformance/internals";
import { type ChatRequest, isLumiverseError, type JsonObject, type SpelledCall } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId, ParsedRequest } from "../../src/inbound/protocol.ts";
import { REQUESTS } from "./requests.ts";

const PROTOCOLS: readonly InboundProtocolId[] = ["chat-completions", "responses", "messages", "generate-content"];
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e300,
  "",
  "x",
  [],
  [null],
  {},
  { type: "text" },
  { text: 3 },
  [{ type: "tool_use" }],
  "\ud800",
];
const ROUNDS = 4000;

function parse(protocol: InboundProtocolId, body: unknown): ParsedRequest {
  return inboundProtocols[protocol].parse({ body, headers: new Headers(), ...(protocol === "generate-content" ? { model: "m-1" } : {}) });
}

/** The body of a call of the same protocol, for a provider that renders the model and nothing else. */
function respelled(request: ChatRequest, streaming: boolean): JsonObject | undefined {
  const http: SpelledCall["http"] = { body: { model: request.model } };
  request.spelling?.respell({
    request,
    streaming,
    http,
    notes: [],
    googleSignatures: false,
    bodyOfDefaults: () => undefined,
    isRepeated: false,
    bodyBeforeRecovery: () => undefined,
  });
  return http.body;
}

/** A copy with some values replaced, removed or repeated. */
function mutated(value: unknown, draw: () => number, rate: number): unknown {
  if (draw() < rate) return VALUES[Math.floor(draw() * VALUES.length)];
  if (Array.isArray(value))
    return value.flatMap((item: unknown) => (draw() < rate ? [item, mutated(item, draw, rate)] : [mutated(item, draw, rate)]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      draw() < rate ? [] : [[draw() < rate / 4 ? "type" : key, mutated(inner, draw, rate)]],
    ),
  );
}

describe.each(PROTOCOLS)("a request of %s", (protocol) => {
  it("is parsed without a loss, or refused with the path of the mistake, whatever it contains", () => {
    const draw = random(7);
    let parsed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const body = mutated(REQUESTS[protocol], draw, 0.002 + draw() * 0.05);
      try {
        const { request, stream } = parse(protocol, body);
        // A body in the shape of another endpoint is read as that.
        if (request.spelling?.protocol !== protocol) continue;
        expect(respelled(request, stream)).toEqual(body);
        parsed++;
      } catch (error) {
        if (!isLumiverseError(error)) throw error;
        expect(error).toMatchObject({ code: "invalid-request", status: 400, field: expect.any(String) });
      }
    }
    expect(parsed).toBeGreaterThan(ROUNDS / 20);
  });

  it("is read in linear time and without recursion into the client's data", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(() => parse(protocol, { ...REQUESTS[protocol], unknown_field: deep })).toThrow(/nested/);
    const many = Array.from({ length: 100_000 }, () => ({ type: "text", text: "x" }));
    const body =
      protocol === "generate-content"
        ? { contents: [{ parts: many }] }
        : protocol === "responses"
          ? { model: "m-1", input: [{ role: "user", content: many }] }
          : { model: "m-1", max_tokens: 1, messages: [{ role: "user", content: many }] };
    const { request, stream } = parse(protocol, body);
    expect(respelled(request, stream)).toEqual(body);
  });

  it.each([undefined, null, "x", [], 3])("must be an object, not %j", (body) => {
    expect(() => parse(protocol, body)).toThrow(/must be a JSON object/);
  });
});

describe("a mistake in a request", () => {
  const user = { role: "user", content: "Hi" };
  it.each([
    ["chat-completions", { messages: [user] }, "model"],
    ["chat-completions", { model: "m", messages: "Hi" }, "messages"],
    ["chat-completions", { model: "m", messages: [] }, "messages"],
    ["chat-completions", { model: "m", messages: [{ role: "robot" }] }, "messages[0].role"],
    ["chat-completions", { model: "m", messages: [user], temperature: "hot" }, "temperature"],
    ["chat-completions", { model: "m", messages: [user], tools: [{ function: {} }] }, "tools[0].function.name"],
    [
      "messages",
      { model: "m", max_tokens: 1, messages: [{ role: "user", content: [{ type: "image" }] }] },
      "messages[0].content[0].source",
    ],
    ["messages", { model: "m", max_tokens: 1, messages: [user], tools: [{ name: "t" }] }, "tools[0].input_schema"],
    ["responses", { model: "m" }, "input"],
    ["responses", { model: "m", input: [{ type: "function_call", name: "t" }] }, "input[0].call_id"],
    ["generate-content", {}, "contents"],
    ["generate-content", { contents: [{ role: "robot", parts: [] }] }, "contents[0].role"],
    ["generate-content", { contents: "Hi", generationConfig: { topP: "x" } }, "generationConfig.topP"],
  ] as const)("of %s %j is named by its path %s", (protocol, body, field) => {
    expect(() => parse(protocol, body)).toThrow(expect.objectContaining({ code: "invalid-request", field }));
  });
});

describe("the neutral form of a request", () => {
  it("has the reasoning that each protocol asks for in its own way", () => {
    const ask = (protocol: InboundProtocolId, fields: object): unknown => {
      const base =
        protocol === "generate-content"
          ? { contents: "Hi" }
          : protocol === "responses"
            ? { model: "m", input: "Hi" }
            : { model: "m", messages: [{ role: "user", content: "Hi" }] };
      return parse(protocol, { ...base, ...fields }).request.reasoning;
    };
    expect(ask("chat-completions", { reasoning_effort: "minimal" })).toBe("minimal");
    expect(ask("chat-completions", { reasoning: { max_tokens: 900 } })).toEqual({ budgetTokens: 900 });
    expect(ask("chat-completions", { thinking: { type: "disabled" } })).toBe("off");
    expect(ask("responses", { reasoning: { effort: "xhigh" } })).toBe("max");
    expect(ask("messages", { thinking: { type: "enabled", budget_tokens: 2000 } })).toEqual({ budgetTokens: 2000 });
    expect(ask("messages", { thinking: { type: "adaptive" }, output_config: { effort: "low" } })).toBe("low");
    expect(ask("generate-content", { generationConfig: { thinkingConfig: { thinkingLevel: "HIGH" } } })).toBe("high");
    expect(ask("generate-content", { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } })).toBe("off");
    expect(ask("generate-content", { generationConfig: { thinkingConfig: { thinkingBudget: -1 } } })).toBeUndefined();
  });

  it("has Google's schemas as JSON Schema", () => {
    const { tools, output } = parse("generate-content", REQUESTS["generate-content"]).request;
    expect(tools?.[0]).toEqual({
      name: "look",
      description: "Looks",
      parameters: { type: "object", properties: { at: { type: "integer", enum: ["STRING"] } } },
    });
    expect(output).toEqual({ schema: { type: "object", properties: { type: { type: "string" } } } });
  });

  it("pairs Google's results with calls that have no ids", () => {
    const contents = [
      { role: "user", parts: [{ text: "Hi" }] },
      {
        role: "model",
        parts: [
          { functionCall: { name: "a", args: {} } },
          { functionCall: { name: "b", args: {} } },
          { functionCall: { name: "a", args: {} } },
        ],
      },
      {
        role: "user",
        parts: ["a", "b", "a"].map((name, n) => ({
          functionResponse: { name, response: n === 1 ? { error: "no" } : { output: String(n) } },
        })),
      },
    ];
    const { messages } = parse("generate-content", { contents }).request;
    expect(messages[2]).toEqual({
      role: "tool",
      content: [
        { type: "tool-result", id: "call_0", name: "a", content: "0" },
        { type: "tool-result", id: "call_1", name: "b", content: "no", isError: true },
        { type: "tool-result", id: "call_2", name: "a", content: "2" },
      ],
    });
  });
});
