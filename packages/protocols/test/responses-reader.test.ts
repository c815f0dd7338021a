import { isLumiverseError, type JsonObject, type LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { readFailure } from "../src/responses/errors.ts";
import { meant } from "./meaning.ts";
import { answer, call, callOf, message, type Read, readBody, readStream, reasoning, stream, usage } from "./responses-reading.ts";

function thrown(run: () => unknown): LumiverseError {
  try {
    run();
  } catch (error) {
    if (isLumiverseError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
const seen = ({ events: _, phase: __, ...folded }: Read): unknown => folded;

describe("an answer, streamed or whole", () => {
  const hosted = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "tides" } };
  const cases: Record<string, JsonObject[]> = {
    text: [message("Grüße 🌊 aus Kiel")],
    "reasoning and text": [reasoning("rs_1", "First thought.", "Second thought."), message("Done.", { phase: "final_answer" })],
    "two calls after empty reasoning": [reasoning("rs_1"), call("1", "look", { at: "x" }), call("2", "look", "")],
    "a hosted tool between": [hosted, message("Low tide at 4.")],
    "open reasoning": [
      { type: "reasoning", id: "r1", summary: [], content: [{ type: "reasoning_text", text: "Plain to see." }] },
      message("Yes."),
    ],
  };
  for (const [name, items] of Object.entries(cases))
    test(`reads the same either way: ${name}`, () => {
      expect(seen(readStream(stream(items)))).toEqual(seen(readBody(answer(items))));
    });

  test("gives text, reasoning, finish, usage in disjoint buckets, and the model that answered", () => {
    const read = readStream(stream([reasoning("rs_1", "One.", "Two."), message("All good.")]));
    expect(read).toMatchObject({
      id: "resp_a1",
      model: "m-1-dated",
      text: "All good.",
      reasoning: "One.\n\nTwo.",
      finishReason: "stop",
      rawFinishReason: "completed",
      phase: "done",
    });
    expect(read.usage).toEqual({ input: 30, cacheRead: 8, cacheWrite: 2, output: 20, reasoning: 5, completeness: "exact" });
  });

  test("an empty reasoning item becomes an empty part that carries the finished item", () => {
    const [part] = readStream(stream([reasoning("rs_9"), message("x")])).message.content as unknown as {
      type: string;
      text: string;
      replay: { data: { item: JsonObject } };
    }[];
    expect(part).toMatchObject({ type: "reasoning", text: "" });
    expect(part?.replay.data.item).toEqual(reasoning("rs_9"));
  });

  test("items are found by their place even when every event has another id", () => {
    const events = stream([reasoning("rs_1", "hm"), call("1", "a", { n: 1 }), call("2", "b", { n: 2 })]).map((event, n) => {
      const turned: JsonObject = { ...event, item_id: `turned_${n}` };
      if (event["item"] !== undefined) turned["item"] = { ...(event["item"] as JsonObject), id: `turned_${n}` };
      return turned;
    });
    const read = readStream(events);
    expect(read.toolCalls.map(({ name, input }) => [name, input])).toEqual([
      ["a", { n: 1 }],
      ["b", { n: 2 }],
    ]);
    expect(read.reasoning).toBe("hm");
    expect(read.message.content).toHaveLength(3);
  });

  test("interleaved calls keep their arguments apart", () => {
    const at = (output_index: number, delta: string): JsonObject => ({
      type: "response.function_call_arguments.delta",
      output_index,
      delta,
    });
    const added = (output_index: number, id: string): JsonObject => ({
      type: "response.output_item.added",
      output_index,
      item: call(id, `f${id}`, ""),
    });
    const read = readStream([
      added(0, "1"),
      added(1, "2"),
      at(0, '{"a"'),
      at(1, '{"b"'),
      at(0, ":1}"),
      at(1, ":2}"),
      { type: "response.completed", response: answer([]) },
    ]);
    expect(read.toolCalls.map((one) => one.input)).toEqual([{ a: 1 }, { b: 2 }]);
    expect(read.finishReason).toBe("tool-calls");
  });

  test("the finished item's arguments replace what the deltas said", () => {
    const events = stream([call("1", "f", { ok: true })]).map((event) =>
      event["type"] === "response.function_call_arguments.delta" ? { ...event, delta: "~" } : event,
    );
    expect(readStream(events).toolCalls[0]?.input).toEqual({ ok: true });
  });

  test("text that came only with the finished item is emitted, and a terminal response may have no items", () => {
    const events = stream([message("Whole at once")], answer([])).filter((event) => event["type"] !== "response.output_text.delta");
    expect(readStream(events).text).toBe("Whole at once");
  });

  test("a terminal response is read when nothing was streamed", () => {
    const items = [reasoning("rs_1", "t"), message("late"), call("1", "f", {})];
    const read = readStream([{ type: "response.completed", response: answer(items) }]);
    expect(read).toMatchObject({ text: "late", reasoning: "t", finishReason: "tool-calls" });
    expect(readStream(stream(items)).message.content).toHaveLength(3);
  });

  test("text that differs from its finished item is kept as it was streamed, with a note", () => {
    const events = stream([message("abcd")]).map((event) =>
      event["type"] === "response.output_text.delta" ? { ...event, delta: "zz" } : event,
    );
    const read = readStream(events);
    expect(read.text).toBe("zz");
    expect(read.notes.map((note) => note.field)).toEqual(["text"]);
  });
});

describe("how an answer ends", () => {
  const incomplete = (reason: unknown): JsonObject => answer([message("so f")], { status: "incomplete", incomplete_details: { reason } });
  test.each([
    ["max_output_tokens", "length"],
    ["content_filter", "content-filter"],
    ["some_new_reason", "other"],
  ])("incomplete for %s is %s", (raw, reason) => {
    const read = readStream(stream([message("so f")], incomplete(raw)));
    expect(read).toMatchObject({ finishReason: reason, rawFinishReason: raw, text: "so f" });
    expect(read.notes).toHaveLength(reason === "other" ? 1 : 0);
    expect(readBody(incomplete(raw)).finishReason).toBe(reason);
  });

  test("a refusal is a finish reason and not the answer's text", () => {
    const item = message("", { content: [{ type: "refusal", refusal: "I would rather not." }] });
    const events = stream([item]);
    events.splice(2, 0, { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "I would" });
    const read = readStream(events);
    expect(read).toMatchObject({ text: "", finishReason: "refusal", details: { refusal: "I would rather not." } });
    expect(read.message.content).toMatchObject([
      { type: "opaque", kind: "refusal", replay: { data: { part: { refusal: "I would rather not." } } } },
    ]);
  });

  test("a cut stream is an error, never a short answer, whatever had arrived", () => {
    const whole = stream([reasoning("rs_1", "t"), message("text"), call("1", "f", {})]);
    for (let cut = 0; cut < whole.length; cut++) expect(thrown(() => readStream(whole.slice(0, cut))).code).toBe("truncated");
    expect(readStream(whole, {}, false).phase).toBe("finishing");
    expect(readStream([...whole, "[DONE]"], {}, false).phase).toBe("done");
  });

  test("content after the terminal event is read, nothing after [DONE] is", () => {
    const late = { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "b" };
    expect(readStream([...stream([message("a")]), late]).text).toBe("ab");
    expect(readStream([...stream([message("a")]), late], {}, false).phase).toBe("open");
    expect(readStream([...stream([message("a")]), "[DONE]", late]).text).toBe("a");
  });
});

describe("failures inside an answer", () => {
  test.each<[string, JsonObject]>([
    ["flat, as documented", { type: "error", code: "insufficient_quota", message: "You are out of credit", param: null }],
    [
      "nested, as sent",
      { type: "error", error: { type: "insufficient_quota", code: "insufficient_quota", message: "You are out of credit", param: null } },
    ],
    [
      "as a failed response",
      {
        type: "response.failed",
        response: { id: "r", status: "failed", error: { code: "insufficient_quota", message: "You are out of credit" }, output: [] },
      },
    ],
    ["without a type, from a proxy", { error: { code: "insufficient_quota", message: "You are out of credit" } }],
  ])("the error event is understood %s", (_, event) => {
    const error = thrown(() => readStream([event]));
    expect(error).toMatchObject({
      code: "insufficient-balance",
      retryable: false,
      message: "You are out of credit",
      vendorCode: "insufficient_quota",
    });
  });

  test.each<[string, string, boolean]>([
    ["rate_limit_exceeded", "rate-limit", true],
    ["server_error", "server", true],
    ["server_is_overloaded", "overloaded", true],
    ["context_length_exceeded", "context-overflow", false],
    ["bio_policy", "content-filter", false],
    ["something_new", "server", true],
  ])("%s in a failed body of status 200 is %s", (code, is, retryable) => {
    const error = thrown(() =>
      readBody({ id: "r", object: "response", status: "failed", error: { code, message: "no luck" }, output: [] }),
    );
    expect(error).toMatchObject({ code: is, retryable });
  });

  test("a bare error, an HTML page and another API's answer are errors", () => {
    const strayed = (text: string): LumiverseError =>
      thrown(() => {
        const given = callOf();
        const reader = given.route.protocol.reader({ call: given, rendered: given.route.protocol.render(given) });
        meant(reader, (failure) => readFailure(failure, given, {})).unframedText(text, () => {});
      });
    expect(strayed('{"error":{"message":"nope","code":"rate_limit_exceeded"}}').code).toBe("rate-limit");
    expect(strayed("<!DOCTYPE html><html>").code).toBe("malformed-response");
    expect(thrown(() => readBody({ error: "not today" })).message).toBe("not today");
    expect(thrown(() => readBody({ choices: [{ message: { content: "hi" } }] })).message).toContain("Chat Completions");
    expect(thrown(() => readBody("gateway")).code).toBe("malformed-response");
    expect(thrown(() => readBody([])).code).toBe("malformed-response");
  });

  test("an event that is not JSON is a typed error, and events without a blank line between them are read one by one", () => {
    expect(thrown(() => readStream(["{broken"])).code).toBe("malformed-response");
    const glued = stream([message("ab")])
      .map((event) => JSON.stringify(event))
      .join("\n");
    expect(readStream([glued]).text).toBe("ab");
  });

  test("an unknown event passes with one note", () => {
    const events = stream([message("ab")]);
    events.splice(
      2,
      0,
      { type: "response.dance.started" },
      { type: "response.dance.started" },
      { type: "response.web_search_call.searching", output_index: 0 },
      { type: "keepalive" },
    );
    const read = readStream(events);
    expect(read.text).toBe("ab");
    expect(read.notes).toEqual([
      { kind: "unknown", field: "response.dance.started", message: expect.stringContaining("response.dance.started") },
    ]);
  });
});

describe("items other than text", () => {
  test("the server's own calls and unknown items are kept whole in order, and dispatched to nobody", () => {
    const items = [
      { type: "custom_tool_call", id: "ctc_1", call_id: "xs_1", name: "x_keyword_search", input: "boats", status: "completed" },
      { type: "dream_sequence", id: "ds_1", depth: 2 },
      { type: "compaction", id: "cmp_1", encrypted_content: "zz" },
      message("found"),
    ];
    const read = readStream(stream(items));
    expect(read).toMatchObject({ toolCalls: [], finishReason: "stop", text: "found" });
    expect((read.message.content as unknown as { kind?: string }[]).map((part) => part.kind)).toEqual([
      "custom_tool_call",
      "dream_sequence",
      "compaction",
      undefined,
    ]);
    expect(read.message.content[1]).toMatchObject({ replay: { data: { item: items[1] } } });
  });

  test("a made picture is an image part whose bytes are not kept twice", () => {
    const read = readBody(
      answer([{ type: "image_generation_call", id: "ig_1", status: "completed", output_format: "webp", result: "QUJD" }]),
    );
    expect(read.message.content[0]).toMatchObject({ type: "image", mediaType: "image/webp", data: "QUJD" });
    expect(JSON.stringify(read.message.content[0]).split("QUJD")).toHaveLength(2);
  });

  test("annotations become sources, counted in UTF-16 from the start of the answer's text, each once", () => {
    const cite = (start_index: number, end_index: number, title: string): JsonObject => ({
      type: "url_citation",
      url: "https://tide.test",
      title,
      start_index,
      end_index,
    });
    const content = [
      { type: "output_text", text: "🌊ab", annotations: [] },
      { type: "output_text", text: "🌊 tide", annotations: [cite(2, 6, "Tides"), cite(2, 6, "Tides"), cite(0, 1, "7")] },
    ];
    const read = readStream(stream([message("", { content })]));
    expect(read.sources).toEqual([
      { type: "source", url: "https://tide.test", title: "Tides", start: 7, end: 11 },
      { type: "source", url: "https://tide.test", number: 7, start: 4, end: 6 },
    ]);
    expect(read.text.slice(7, 11)).toBe("tide");
  });

  test("annotations that came only in events are read", () => {
    const events = stream([message("text")]);
    events.splice(3, 0, {
      type: "response.output_text.annotation.added",
      output_index: 0,
      content_index: 0,
      annotation: { type: "file_citation", file_id: "file-1", filename: "notes.pdf", index: 2 },
    });
    expect(readStream(events).sources).toEqual([{ type: "source", title: "notes.pdf" }]);
  });

  test("an undeclared parallel wrapper is the calls inside it", () => {
    const args = {
      tool_uses: [
        { recipient_name: "functions.look", parameters: { at: 1 } },
        { recipient_name: "functions.turn", parameters: {} },
      ],
    };
    const tools = [{ name: "look" }, { name: "turn" }];
    for (const read of [
      readStream(stream([reasoning("rs_1"), call("9", "parallel", args)]), { tools }),
      readBody(answer([reasoning("rs_1"), call("9", "parallel", args)]), { tools }),
    ]) {
      expect(read.toolCalls.map(({ id, name, input }) => [id, name, input])).toEqual([
        ["call_9_0", "look", { at: 1 }],
        ["call_9_1", "turn", {}],
      ]);
      expect(read.finishReason).toBe("tool-calls");
    }
  });

  test("a function that the caller calls parallel is the caller's, and a wrapper of nothing stays a call", () => {
    const tools = [{ name: "parallel" }];
    expect(readStream(stream([call("1", "parallel", { tool_uses: [] })]), { tools }).toolCalls.map((one) => one.name)).toEqual([
      "parallel",
    ]);
    expect(readStream(stream([call("1", "parallel", "{}")]), {}).toolCalls.map((one) => one.name)).toEqual(["parallel"]);
  });

  test("renamed tools come back under their own names", () => {
    const tools = [{ name: "wetter.für morgen" }];
    expect(readStream(stream([call("1", "wetter_f_r_morgen", {})]), { tools }).toolCalls[0]?.name).toBe("wetter.für morgen");
  });

  test("output requested as a tool is the answer's text", () => {
    const output = { name: "weather report", schema: { type: "object", properties: { c: { type: "number" } } }, strategy: "tool" };
    for (const read of [
      readStream(stream([call("1", "weather_report", { c: 21 })]), { output }),
      readBody(answer([call("1", "weather_report", { c: 21 })]), { output }),
    ])
      expect(read).toMatchObject({ text: '{"c":21}', toolCalls: [], finishReason: "stop" });
  });

  test("log-probabilities, tier, fingerprint and fields of single hosts are read into the details", () => {
    const logprobs = [{ token: "Hi", bytes: [72, 105], logprob: -0.25, top_logprobs: [{ token: "Yo", bytes: [], logprob: -1.5 }] }];
    const read = readBody(
      answer([message("Hi", { content: [{ type: "output_text", text: "Hi", annotations: [], logprobs }] })], {
        service_tier: "flex",
        metadata: { system_fingerprint: "fp_77" },
        citations: ["https://a.test"],
        usage: { ...usage, num_sources_used: 3 },
      }),
    );
    expect(read.details).toEqual({
      serviceTier: "flex",
      systemFingerprint: "fp_77",
      citations: ["https://a.test"],
      sourcesUsed: 3,
      logprobs: [{ token: "Hi", logprob: -0.25, top: [{ token: "Yo", logprob: -1.5 }] }],
    });
  });
});

describe("usage", () => {
  const usageOf = (json: unknown, dialect = {}): unknown => readBody(answer([message("x")], { usage: json }), { dialect }).usage;
  test("missing is undefined and never zero", () => {
    expect(usageOf(null)).toEqual({ completeness: "unknown" });
    expect(usageOf({ input_tokens: 3, output_tokens: 2 })).toEqual({ input: 3, output: 2, completeness: "exact" });
  });
  test("more cached tokens than prompt tokens are limited to the prompt", () => {
    expect(usageOf({ input_tokens: 5, input_tokens_details: { cached_tokens: 9 }, output_tokens: 1 })).toEqual({
      input: 0,
      cacheRead: 5,
      output: 1,
      completeness: "exact",
    });
  });
  test("a host's own price is read at the path of its dialect", () => {
    const dialect = { cost: { path: "cost_in_usd_ticks", currency: "USD", unit: 1e-10 } };
    expect(usageOf({ input_tokens: 1, output_tokens: 1, cost_in_usd_ticks: 25_000_000 }, dialect)).toMatchObject({
      cost: { amount: 0.0025, currency: "USD", from: "provider" },
    });
  });
});

test("a field called __proto__ in an item reaches no prototype", () => {
  const raw = JSON.stringify(answer([message("x"), call("1", "f", {})])).replaceAll(
    '"status":"completed","',
    '"status":"completed","__proto__":{"polluted":true},"',
  );
  const read = readBody(JSON.parse(raw));
  expect(read.text).toBe("x");
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

describe("what hosts fill with nothing or put into their own envelope", () => {
  test("an empty reason for an incomplete answer says nothing", () => {
    const end = answer([message("Hi")], { status: "completed", incomplete_details: { reason: "" } });
    expect(readStream(stream([message("Hi")], end)).finishReason).toBe("stop");
  });
  test("a failure in a vendor's own envelope inside a stream is a failure", () => {
    const failure = { choices: null, base_resp: { status_code: 1004, status_msg: "login fail" } };
    expect(() => readStream([failure], {}, false)).toThrow();
    expect(readFailure({ status: 200, headers: new Headers(), text: "", json: failure }, callOf(), {}).code).toBe("authentication");
  });
});
