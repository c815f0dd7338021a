/** Oddities of hosts that speak Chat Completions: what they say decides, not where and how often they say it. */
import { describe, expect, it } from "vitest";
import { chatCompletions, renameOutputLimit } from "../src/chat-completions/index.ts";
import { vendorFields } from "../src/vendor-fields/index.ts";
import { type Answer, body, callOf, delta, kinds, render, routeCallOf, stream, thrown } from "./chat-drive.ts";

/** Milliseconds of CPU time of this thread. Unlike a clock, it does not count the work of other programs. */
function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const tools = ["tide", "wind"].map((name) => ({ name, parameters: { type: "object", properties: {} } }));
const call = callOf({ tools });
const streaming = callOf({}, { streaming: true });
const hook = '{"harbour":"Hook"}';
const delft = '{"harbour":"Delft"}';
const end = delta({}, { finish_reason: "tool_calls" });
type Fields = Readonly<Record<string, unknown>>;
const part = (index: number | undefined, id: string | undefined, name: string | undefined, args: unknown): Fields => ({
  ...(index === undefined ? {} : { index }),
  ...(id === undefined ? {} : { id }),
  function: { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) },
});
const calling = (...parts: readonly Fields[]): object => delta({ tool_calls: parts });
const callsOf = (answer: Answer): string[] => answer.toolCalls.map(({ name, arguments: args }) => `${name}${args}`);

describe("tool calls", () => {
  it.each<[string, object[], string[]]>([
    [
      "of two tools with index 0 and no ids",
      [calling(part(0, "", "tide", hook)), calling(part(0, "", "wind", delft))],
      [`tide${hook}`, `wind${delft}`],
    ],
    [
      "of two tools in lists without indexes",
      [
        calling(part(undefined, "a", "tide", ""), part(undefined, "b", "wind", "")),
        calling(part(undefined, undefined, undefined, hook.slice(0, 5)), part(undefined, undefined, undefined, delft.slice(0, 7))),
        calling(part(undefined, undefined, undefined, hook.slice(5)), part(undefined, undefined, undefined, delft.slice(7))),
      ],
      [`tide${hook}`, `wind${delft}`],
    ],
    [
      "of one tool in two lists of calls without indexes",
      [
        calling(part(undefined, "a", "tide", hook), part(undefined, "b", "wind", hook)),
        calling(part(undefined, "c", "tide", delft), part(undefined, "d", "wind", delft)),
      ],
      [`tide${hook}`, `wind${hook}`, `tide${delft}`, `wind${delft}`],
    ],
    [
      "of two tools with index 0 in one delta",
      [calling(part(0, undefined, "tide", hook), part(0, undefined, "wind", delft))],
      [`tide${hook}`, `wind${delft}`],
    ],
    [
      "of one tool twice with index 0 in one delta",
      [calling(part(0, "", "tide", hook), part(0, "", "tide", delft))],
      [`tide${hook}`, `tide${delft}`],
    ],
    [
      "of one tool twice with index 0, in pieces",
      [
        calling(part(0, "", "tide", "")),
        calling(part(0, "", "", '{"harbour":')),
        calling(part(0, "", "", '"Hook"}')),
        calling(part(0, "", "tide", "")),
        calling(part(0, "", "", delft.slice(0, 7))),
        calling(part(0, "", "", delft.slice(7))),
      ],
      [`tide${hook}`, `tide${delft}`],
    ],
    [
      "of two tools without arguments, with index 0",
      [calling(part(0, "", "tide", "")), calling(part(0, "", "wind", ""))],
      ["tide", "wind"],
    ],
    [
      "without index and ids",
      [calling(part(undefined, undefined, "tide", hook)), calling(part(undefined, undefined, "wind", delft))],
      [`tide${hook}`, `wind${delft}`],
    ],
    ["joined in the arguments of one", [calling(part(0, "a", "tide", hook + delft))], [`tide${hook}`, `tide${delft}`]],
    [
      "of one id under two indexes, whole each time",
      [calling(part(0, "abc", "tide", hook)), calling(part(1, "abc", "tide", hook))],
      [`tide${hook}`],
    ],
    [
      "of one id under two indexes, in pieces the second time",
      [
        calling(part(0, "abc", "tide", hook)),
        calling(part(1, "abc", "tide", "")),
        calling(part(1, undefined, undefined, hook.slice(0, 5))),
        calling(part(1, undefined, undefined, hook.slice(5))),
      ],
      [`tide${hook}`],
    ],
    [
      "of one id under two indexes, begun under the first",
      [calling(part(0, "abc", "tide", hook.slice(0, 5))), calling(part(1, "abc", undefined, hook.slice(5)))],
      [`tide${hook}`],
    ],
    [
      "of one id that the host gives every call",
      [calling(part(0, "0", "tide", hook)), calling(part(1, "0", "tide", delft)), calling(part(2, "0", "wind", hook))],
      [`tide${hook}`, `tide${delft}`, `wind${hook}`],
    ],
    [
      "whose arguments come once more in full",
      [
        calling(part(0, "a", "tide", hook.slice(0, 5))),
        calling(part(0, undefined, undefined, hook.slice(5))),
        calling(part(0, "a", "tide", hook)),
      ],
      [`tide${hook}`],
    ],
    [
      "whose arguments come once more with other blanks",
      [calling(part(0, "a", "tide", hook)), calling(part(0, "a", "tide", '{ "harbour": "Hook" }'))],
      [`tide${hook}`],
    ],
    [
      "whose arguments are cumulative",
      [calling(part(0, "a", "tide", '{"har')), calling(part(0, "a", "tide", '{"harbour":"Ho')), calling(part(0, "a", "tide", hook))],
      [`tide${hook}`],
    ],
    [
      "whose arguments begin with a placeholder",
      [
        calling(part(0, "a", "tide", "{}")),
        calling(part(0, undefined, undefined, hook.slice(0, 5))),
        calling(part(0, undefined, undefined, hook.slice(5))),
      ],
      [`tide${hook}`],
    ],
    ["whose arguments are an object", [calling(part(0, "a", "tide", { harbour: "Hook" }))], [`tide${hook}`]],
    [
      "whose arguments are an object, twice",
      [
        calling(part(0, "a", "tide", {})),
        calling(part(0, "a", "tide", { harbour: "Hook" })),
        calling(part(0, "a", "tide", { harbour: "Hook" })),
      ],
      [`tide${hook}`],
    ],
    ["with a number as id", [delta({ tool_calls: [{ ...part(0, undefined, "tide", hook), id: 7 }] })], [`tide${hook}`]],
    ["that are no list", [delta({ tool_calls: part(0, "a", "tide", hook) })], [`tide${hook}`]],
    [
      "mirrored in the older field",
      [delta({ tool_calls: [part(0, "a", "tide", hook)], function_call: { name: "tide", arguments: hook } })],
      [`tide${hook}`],
    ],
    [
      "in the whole message after the deltas",
      [delta({ role: "assistant" }), delta({}, { message: { tool_calls: [part(undefined, "a", "tide", hook)] } })],
      [`tide${hook}`],
    ],
  ])("%s are each called once", (_, frames, expected) => {
    const answer = stream({}, [...frames, end], { call });
    expect(callsOf(answer)).toEqual(expected);
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(expected.length);
    expect(answer.finishReason).toBe("tool-calls");
  });

  it("repeated in a whole message are called once", () => {
    const twice = [part(undefined, "abc", "tide", hook), part(undefined, "abc", "tide", hook), part(undefined, "abc", "tide", delft)];
    const answer = body({}, { choices: [{ message: { tool_calls: twice }, finish_reason: "tool_calls" }] }, call);
    expect(callsOf(answer)).toEqual([`tide${hook}`, `tide${delft}`]);
  });

  it("whose arguments are broken and not cut are no finish of length; cut ones are", () => {
    const finish = (args: string): string => stream({}, [calling(part(0, "a", "tide", args)), end], { call }).finishReason;
    expect(finish('{"harbour":Hook}')).toBe("tool-calls");
    expect(finish(`${hook}}`)).toBe("tool-calls");
    for (const cut of ['{"har', '{"harbour":', '{"a":[1,', '{"a":tru', '{"a":"\\u00', '{"a":-']) expect(finish(cut), cut).toBe("length");
  });

  it("cut off inside an object that repeats the beginning are not taken for whole", () => {
    const frames = [calling(part(0, "a", "tide", '{"a":')), calling(part(0, "a", "tide", '{"a":1}'))];
    const answer = stream({}, [...frames, delta({}, { finish_reason: "length" })], { call });
    expect([answer.finishReason, answer.toolCalls[0]?.arguments]).toEqual(["length", '{"a":{"a":1}']);
  });
});

describe("fields that a server fills with nothing", () => {
  const nothing = {
    content: "",
    refusal: "",
    reasoning: "",
    audio: { id: "", data: "", transcript: "", expires_at: 0 },
    function_call: { name: "", arguments: "" },
    images: [],
    annotations: [],
  };
  const filled = { ...part(0, "a", "tide", hook), type: "function", custom: { name: "", input: "" } };

  it("say nothing beside a call, whole or streamed", () => {
    const whole = body(
      {},
      { error: { code: 0, message: "" }, choices: [{ message: { ...nothing, tool_calls: [filled] }, finish_reason: "tool_calls" }] },
      call,
    );
    const streamed = stream(
      {},
      [delta({ ...nothing, tool_calls: [filled] }, { finish_reason: "" }), delta(nothing, { finish_reason: "tool_calls" })],
      { call },
    );
    for (const answer of [whole, streamed]) {
      expect(callsOf(answer)).toEqual([`tide${hook}`]);
      expect(answer.message.content).toHaveLength(1);
      expect(answer.finishReason).toBe("tool-calls");
    }
  });

  it("are no usage after usage", () => {
    const frames = [
      delta({ content: "x" }),
      delta({}, { finish_reason: "stop" }),
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
    ];
    const answer = stream({}, [...frames, { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }]);
    expect(answer.usage).toMatchObject({ input: 3, output: 2 });
  });

  it("leave a custom tool's call as it is", () => {
    const custom = { index: 0, id: "a", type: "custom", custom: { name: "grep", input: "x" }, function: { name: "", arguments: "" } };
    expect(callsOf(stream({}, [calling(custom), end], { call }))).toEqual(["grepx"]);
  });
});

describe("the end of an answer", () => {
  it("is the last finish reason, wherever the earlier ones stand", () => {
    const frames = [
      delta({ reasoning: "Hm." }, { finish_reason: "stop" }),
      delta({ content: "a" }, { finish_reason: "stop" }),
      delta({ content: "b" }),
    ];
    const answer = stream({}, [...frames, delta({}, { finish_reason: "length" })]);
    expect([answer.text, answer.reasoning, answer.finishReason]).toEqual(["ab", "Hm.", "length"]);
  });

  it("stays tool-calls when stop follows tool_calls", () => {
    expect(stream({}, [calling(part(0, "a", "tide", hook)), end, delta({}, { finish_reason: "stop" })], { call }).finishReason).toBe(
      "tool-calls",
    );
  });

  it("is not proved by a finish reason before the last content, but by [DONE] or usage after it", () => {
    const early = [delta({ content: "a" }, { finish_reason: "stop" }), delta({ content: "b" })];
    expect(thrown(() => stream({}, early, { end: "" })).code).toBe("truncated");
    expect(stream({}, early).text).toBe("ab");
    expect(stream({}, [...early, { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }], { end: "" }).finishReason).toBe(
      "stop",
    );
  });

  it("is not proved by usage before the text", () => {
    const preview = { choices: [], usage: { prompt_tokens: 12, completion_tokens: 1 } };
    expect(thrown(() => stream({}, [preview, delta({ content: "First " })], { end: "" })).code).toBe("truncated");
    expect(thrown(() => stream({}, [delta({ content: "a" }), preview, delta({ content: "b" })], { end: "" })).code).toBe("truncated");
    const answer = stream({}, [preview, delta({ content: "a" }), delta({}, { finish_reason: "stop" })], { call: streaming });
    expect(answer.usage).toMatchObject({ input: 12, completeness: "partial" });
    expect(kinds(answer.notes)).toEqual(["warning usage"]);
  });

  it("without the usage that was requested leaves a note", () => {
    const frames = [delta({ content: "a" }), delta({}, { finish_reason: "stop" })];
    expect(kinds(stream({}, frames, { call: streaming }).notes)).toEqual(["warning usage"]);
    expect(stream({ streamOptions: false, usageUnasked: false }, frames, { call: streaming }).notes).toEqual([]);
  });
});

describe("what may still follow a finish reason", () => {
  const stop = { finish_reason: "stop" };
  const after = (frames: readonly object[], given = callOf({}, { streaming: true })): string => {
    const protocol = chatCompletions({});
    const reader = protocol.reader({ call: given, rendered: protocol.render(given) });
    for (const frame of frames) reader.message({ event: undefined, data: JSON.stringify(frame) }, () => {});
    return `${reader.phase} ${reader.expects ?? "nothing"}`;
  };
  const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } };

  it("is content when it came beside content or before the text, usage when that was requested, else nothing", () => {
    expect(after([delta({ content: "a" }, stop)])).toBe("finishing content");
    expect(after([delta({ role: "assistant", content: "" }, stop)])).toBe("finishing content");
    expect(after([delta({ reasoning: "Hm." }), delta({}, stop)])).toBe("finishing content");
    expect(after([delta({ content: "a" }), delta({}, stop)])).toBe("finishing usage");
    expect(after([delta({ content: "a" }), delta({}, stop), usage])).toBe("finishing nothing");
    expect(after([usage, delta({ content: "a" }), delta({}, stop)])).toBe("finishing usage");
    expect(after([delta({ content: "a" }), delta({}, stop)], callOf())).toBe("finishing nothing");
    expect(after([delta({ content: "a" }), delta({}, stop), delta({ content: "b" })])).toBe("open nothing");
  });
});

describe("heartbeats", () => {
  it.each([
    "event: ping\ndata: \n\n",
    "data: ping\n\n",
    "data:\n\n",
    "data: \n\n",
    ": comment\n\n",
    "event: ping\ndata: {}\n\n",
    "event: heartbeat\n\n",
    "data: [ping]\n\n",
    "data: keep-alive\n\n",
  ])("%j is skipped", (beat) => {
    const answer = stream({}, [
      beat,
      delta({ content: "a" }),
      beat,
      delta({ content: "b" }),
      beat,
      delta({}, { finish_reason: "stop" }),
      beat,
    ]);
    expect([answer.text, answer.finishReason, answer.notes]).toEqual(["ab", "stop", []]);
  });
});

describe("<think> in text", () => {
  const close = ["The notes end with\n", "</think>\nand the answer follows."];
  const open = ["<think> opens the notes of a model, ", "and users never see them."];
  const fence = ["Write:\n```\nnotes\n", "</think>\nanswer\n```\nThen parse it."];
  const read = (texts: readonly string[], reasoning: false | readonly string[] | undefined, finish = "stop", model = "m-1"): Answer => {
    const capabilities = reasoning === undefined ? {} : { reasoning };
    const known = callOf({ model });
    return stream({}, [...texts.map((content) => delta({ content })), delta({}, { finish_reason: finish })], {
      call: { ...known, route: { ...known.route, capabilities } },
    });
  };

  it("is text where the model is known not to reason", () => {
    for (const texts of [close, open, fence]) {
      const answer = read(texts, false);
      expect([answer.text, answer.reasoning, answer.notes]).toEqual([texts.join(""), "", []]);
    }
  });

  it("is read of a model whose name says that it reasons, whatever the host says of its fields", () => {
    const answer = read(["<think>Hm.</think>Yes."], false, "stop", "deepseek-r1-distill-llama-70b");
    expect([answer.text, answer.reasoning]).toEqual(["Yes.", "Hm."]);
  });

  it("is text inside a block of code, of any model", () => {
    for (const reasoning of [undefined, ["low"]]) expect(read(fence, reasoning).text).toBe(fence.join(""));
  });

  it("is reasoning of an unknown model with a note, and of a known one without", () => {
    expect([read(close, undefined).reasoning, kinds(read(close, undefined).notes)]).toEqual(["The notes end with", ["changed content"]]);
    expect([read(close, ["low"]).reasoning, read(close, ["low"]).notes]).toEqual(["The notes end with", []]);
  });

  it("without its end is text when the model stopped, and reasoning when it was cut off", () => {
    const stopped = read(open, undefined);
    expect([stopped.text, stopped.reasoning, kinds(stopped.notes)]).toEqual([open.join(""), "", ["changed content"]]);
    expect(read(open, undefined, "length").reasoning).toBe(open.join("").slice("<think> ".length));
  });

  it("quoted in the reasoning does not end it", () => {
    for (const size of [1, 3, 40]) {
      const text = "<think>They ask about `</think>` tags.</think>Yes.";
      const answer = read(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [], ["low"]);
      expect([answer.text, answer.reasoning]).toEqual(["Yes.", "They ask about `</think>` tags."]);
    }
  });

  it("after a reasoning field is what the model wrote", () => {
    const answer = stream({}, [
      delta({ reasoning: "Hm." }),
      ...close.map((content) => delta({ content })),
      delta({}, { finish_reason: "stop" }),
    ]);
    expect([answer.text, answer.reasoning]).toEqual([close.join(""), "Hm."]);
  });
});

describe("failures with HTTP 200", () => {
  it.each<[object, string]>([
    [{ base_resp: { status_code: 1004, status_msg: "login fail" } }, "authentication"],
    [{ base_resp: { status_code: 1008, status_msg: "insufficient balance" }, choices: null }, "insufficient-balance"],
    [{ base_resp: { status_code: 1002, status_msg: "rate limit" }, choices: [] }, "rate-limit"],
    [{ base_resp: { status_code: 2013, status_msg: "invalid params" } }, "invalid-request"],
    [{ base_resp: { status_code: 1026, status_msg: "input sensitive" } }, "content-filter"],
    [{ base_resp: { status_code: "constructor", status_msg: "?" } }, "server"],
    [{ error_code: 336000, error_msg: "Internal error" }, "server"],
    [{ code: 429, message: "slow down" }, "rate-limit"],
    [{ code: 50_001, message: "broken", choices: [] }, "server"],
    [{ success: false, message: "no" }, "server"],
    [{ message: "Forbidden" }, "permission"],
    [{ statusCode: 429, message: "slow down" }, "rate-limit"],
    [{ errors: [{ message: "broken" }] }, "server"],
  ])("%j is a typed error", (json, code) => {
    expect(thrown(() => body({}, json)).code).toBe(code);
    if (!("message" in json) || "code" in json) expect(thrown(() => stream({}, [delta({ content: "a" }), json])).code).toBe(code);
  });

  it("are not an envelope that reports success", () => {
    const ok = { base_resp: { status_code: 0, status_msg: "" }, choices: [{ message: { content: "a" }, finish_reason: "stop" }] };
    expect(body({}, ok).text).toBe("a");
  });
});

describe("a host that demands max_completion_tokens", () => {
  const refusal = {
    status: 400,
    message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  };

  it("gets it in one more attempt, which is remembered", () => {
    const given = routeCallOf({ maxOutputTokens: 50 });
    const recovery = renameOutputLimit(refusal as never, given, { setting: "maxTokensField" }); // only these fields are read
    expect([recovery?.remember, recovery?.note.message]).toEqual(["max_completion_tokens", expect.stringContaining("maxTokensField")]);
    expect(render({}, { maxOutputTokens: 50 }, { degradations: recovery?.call.degradations ?? new Set() }).body).toMatchObject({
      max_completion_tokens: 50,
    });
  });

  it("is not asked again after that, nor for other refusals", () => {
    expect(
      renameOutputLimit(refusal as never, routeCallOf({ maxOutputTokens: 50 }, { degradations: new Set(["max_completion_tokens"]) })),
    ).toBeUndefined();
    expect(renameOutputLimit(refusal as never, routeCallOf())).toBeUndefined();
    expect(renameOutputLimit(refusal as never, routeCallOf(), { alwaysLimits: true })).toBeDefined();
    expect(
      renameOutputLimit({ status: 400, message: "max_tokens is too large" } as never, routeCallOf({ maxOutputTokens: 50 })),
    ).toBeUndefined();
  });
});

describe("the time that reading takes grows with the answer's length", () => {
  const cost = (frames: readonly object[], given = callOf()): number => {
    const start = cpuTime();
    stream({}, frames, { call: given, size: 1 << 16 });
    return cpuTime() - start;
  };
  const repeated =
    (make: (n: number) => object): ((count: number) => object[]) =>
    (count) =>
      Array.from({ length: count }, (_, n) => make(n));
  it.each<[string, (count: number) => object[]]>([
    ["blanks at the head", repeated(() => delta({ content: "  " }))],
    ["blanks in a thinking block", (count) => [delta({ content: "<think>" }), ...repeated(() => delta({ content: "\n" }))(count)]],
    ["closing tags in code", (count) => [delta({ content: "```\n" }), ...repeated(() => delta({ content: "</think>\n" }))(count)]],
    ["calls of one id", repeated((n) => calling(part(n, "0", "tide", `{"n":${n}}`)))],
    ["calls with new ids", repeated((n) => calling(part(undefined, `id-${n}`, "tide", "{}")))],
    ["arguments that are cumulative in small steps", repeated(() => calling(part(0, "a", "tide", '{"')))],
    ["calls joined in one", repeated((n) => calling(part(0, "a", "tide", `{"n":${n}}`)))],
  ])("%s", (_, make) => {
    const ending = delta({}, { finish_reason: "stop" });
    cost([...make(200), ending], call);
    const small = Math.min(...[1, 2, 3].map(() => cost([...make(2000), ending], call)));
    const large = Math.min(...[1, 2].map(() => cost([...make(32_000), ending], call)));
    expect(large).toBeLessThan(130 * small + 200);
  });

  it("arguments that are cumulative, as a whole text each time", () => {
    const pieces = (count: number): object[] =>
      Array.from({ length: count }, (_, n) => calling(part(0, "a", "tide", `{"harbour":"${"x".repeat(n * 4)}`)));
    const small = Math.min(...[1, 2, 3].map(() => cost(pieces(400), call)));
    // Four times as many pieces have sixteen times as many characters.
    expect(cost(pieces(1600), call)).toBeLessThan(30 * small + 60);
  });

  it("a broken frame with a long run of blanks", () => {
    const start = cpuTime();
    expect(thrown(() => stream({}, [`data: x${" ".repeat(200_000)}y\n\n`])).code).toBe("malformed-response");
    expect(cpuTime() - start).toBeLessThan(1000);
  });

  it("lists of search results", () => {
    const search = (count: number): object => ({
      ...delta({ content: "a" }),
      citations: Array.from({ length: count }, (_, n) => `https://a.test/${n}`),
      search_results: Array.from({ length: count }, (_, n) => ({ url: `https://a.test/${n}`, title: `t${n}` })),
    });
    const small = Math.min(cost([search(2000)]), cost([search(2000)]));
    expect(cost([search(16_000)])).toBeLessThan(30 * small + 60);
  });
});

it.each([{}, { text: null }, { text: "" }])("text in the place of a delta is text, beside %j", (beside) => {
  const pieces = ["High ", "water."].map((delta) => ({ choices: [{ index: 0, delta, ...beside }] }));
  expect(stream({}, [...pieces, { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }])).toMatchObject({
    text: "High water.",
    finishReason: "stop",
  });
});

it("a refusal in words, in an event named error, is read by its sentence", () => {
  expect(thrown(() => stream({}, ["event: error\ndata: Unauthorized\n\n"])).code).toBe("authentication");
});

it("numbers and booleans in the place of text are text", () => {
  const pieces: object[] = [
    { reasoning_content: 3 },
    { content: "Gate " },
    { content: 6 },
    { content: 0 },
    { content: " is " },
    { content: true },
  ];
  const answer = { text: "Gate 60 is true", reasoning: "3", finishReason: "stop" };
  expect(stream({}, [...pieces.map((piece) => delta(piece)), delta({}, { finish_reason: "stop" })])).toMatchObject(answer);
  expect(body({}, { choices: [{ index: 0, message: { content: 42 }, finish_reason: "stop" }] })).toMatchObject({ text: "42" });
});

it("reasoning is read from any field, whichever the dialect reads first", () => {
  for (const fields of [["reasoning"], ["reasoning_content"], []])
    for (const field of ["reasoning_content", "reasoning"]) {
      const events = [delta({ [field]: "Hm." }), delta({ content: "Noon." }, { finish_reason: "stop" })];
      expect(stream({ reasoning: { fields } }, events)).toMatchObject({ reasoning: "Hm.", text: "Noon." });
    }
});

it("a number in the place of text is a slot of the vendor's message, so a gateway's client gets it once", () => {
  const reader = vendorFields.open("chat-completions");
  expect(reader?.read({ choices: [{ index: 0, delta: { content: 60 } }] })).toEqual({
    fields: { choices: [{ index: 0, delta: { content: "" } }] },
    slots: [{ path: ["choices", 0, "delta", "content"], holds: "text", length: 2 }],
  });
  expect(reader?.read({ choices: [{ index: 0, delta: { reasoning_content: 7 } }] }).slots).toMatchObject([
    { holds: "reasoning", length: 1 },
  ]);
});
