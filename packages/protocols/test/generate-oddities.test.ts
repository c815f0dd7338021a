import type { Reader } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { bodyOf, callOf, chunk, protocol, readBody, readStream } from "./generate-support.ts";

const part = (more: Record<string, unknown>): Record<string, unknown> => ({ functionCall: { name: "ferry", id: "fc-a", ...more } });
const quay = { name: "ferry", input: { to: "quay" } };
const piece = { jsonPath: "$.to", stringValue: "quay" };
const counts = { promptTokenCount: 9, candidatesTokenCount: 4 };

describe("a finish reason is not final", () => {
  it("on every chunk does not end the answer", () => {
    const { response } = readStream([
      chunk([{ text: "High " }], "STOP"),
      chunk([{ text: "water" }], "STOP"),
      chunk([{ text: "." }], "MAX_TOKENS"),
    ]);
    expect(response).toMatchObject({ text: "High water.", finishReason: "length" });
  });

  it("on empty chunks while the model thinks does not end the answer", () => {
    const { response } = readStream([
      chunk([{ text: "Hm.", thought: true }], "STOP"),
      chunk([], "STOP"),
      { candidates: [{ finishReason: "STOP", index: 0 }] },
      chunk([{ text: "At four." }]),
      chunk([], "STOP", { usageMetadata: counts }),
    ]);
    expect(response).toMatchObject({ text: "At four.", reasoning: "Hm.", finishReason: "stop", notes: [] });
  });

  it("without a value, or with the first value of the list, is none", () => {
    for (const word of ["", "FINISH_REASON_UNSPECIFIED"]) {
      expect(readStream([chunk([{ text: "a" }], word), chunk([{ text: "b" }], "STOP"), chunk([], word)]).response).toMatchObject({
        text: "ab",
        finishReason: "stop",
      });
      expect(() => readStream([chunk([{ text: "a" }], word)])).toThrow(expect.objectContaining({ code: "truncated" }));
    }
  });

  it("is not needed where the answer is one JSON object", () => {
    expect(readBody(chunk([{ text: "High water." }], undefined, { usageMetadata: counts })).response).toMatchObject({
      text: "High water.",
      finishReason: "stop",
      usage: { input: 9, output: 4, completeness: "exact" },
      notes: [{ kind: "unknown", field: "finishReason" }],
    });
    expect(readBody(chunk([part({ args: { to: "quay" } })])).response).toMatchObject({ toolCalls: [quay], finishReason: "tool-calls" });
    expect(() => readBody(chunk([]))).toThrow(expect.objectContaining({ code: "truncated" }));
  });

  it("lets the reader say what may still follow", () => {
    const call = callOf();
    const phases = (chunks: readonly unknown[]): unknown[] => {
      const reader: Reader = protocol.reader({ call, rendered: protocol.render(call) });
      for (const one of chunks) reader.message({ event: undefined, data: JSON.stringify(one) }, () => {});
      return [reader.phase, reader.expects];
    };
    expect(phases([chunk([{ text: "a" }])])).toEqual(["open", undefined]);
    expect(phases([chunk([{ text: "a" }], "STOP")])).toEqual(["finishing", "content"]);
    expect(phases([chunk([], "STOP")])).toEqual(["finishing", "content"]);
    // A host that has sent content without a reason does not write one on every chunk.
    expect(phases([chunk([{ text: "a" }]), chunk([{ text: "b" }], "STOP", { usageMetadata: counts })])).toEqual(["finishing", undefined]);
    // Counts before the last content are a preview.
    expect(phases([chunk([{ text: "a" }], undefined, { usageMetadata: counts }), chunk([{ text: "b" }], "STOP")])).toEqual([
      "finishing",
      "usage",
    ]);
    const thought = { text: "hm", thought: true };
    expect(phases([chunk([thought]), chunk([{ text: "a" }], "STOP")])).toEqual(["finishing", "content"]);
    const each = [chunk([{ text: "a" }], "STOP"), chunk([{ text: "b" }]), chunk([{ text: "c" }], "STOP")];
    expect(phases(each)).toEqual(["finishing", "content"]);
    expect(phases([chunk([{ text: "a" }]), chunk([], "STOP")])).toEqual(["finishing", "usage"]);
    expect(phases([chunk([{ text: "a" }]), chunk([], "STOP"), chunk([{ text: "b" }])])).toEqual(["open", undefined]);
  });

  it("a block of the prompt ends the answer, unless content follows it or it has no reason", () => {
    const blocked = { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: counts };
    expect(readStream([blocked]).response.finishReason).toBe("content-filter");
    expect(readStream([blocked, chunk([{ text: "a" }], "STOP")]).response).toMatchObject({ text: "a", finishReason: "stop" });
    for (const blockReason of ["", "BLOCK_REASON_UNSPECIFIED", null])
      expect(readStream([{ promptFeedback: { blockReason } }, chunk([{ text: "a" }], "STOP")]).response.finishReason).toBe("stop");
  });
});

it("a text that is a number is text", () => {
  const parts = [{ text: 3, thought: true }, { text: "Gate " }, { text: 6 }];
  const { response } = readStream([...parts.map((one) => chunk([one])), chunk([], "STOP")]);
  expect(response).toMatchObject({ text: "Gate 6", reasoning: "3" });
});

describe("heartbeats", () => {
  it.each(["event: ping\ndata: \n\n", "data: ping\n\n", "data:\n\n", ": still working\n\n", "data: {}\n\n"])(
    "%j in mid-answer changes nothing",
    (beat) => {
      const chunks = [chunk([{ text: "Half " }]), chunk([{ text: "past four." }], "STOP")];
      const wire = chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(beat);
      expect(readStream([], undefined, undefined, wire).response).toEqual(readStream(chunks).response);
    },
  );
});

describe("tool calls", () => {
  it.each([
    ["in one chunk without willContinue", [chunk([part({ partialArgs: [piece] })])]],
    ["in one chunk with willContinue: false", [chunk([part({ partialArgs: [piece], willContinue: false })])]],
    [
      "in a second chunk after one without willContinue",
      [chunk([part({ partialArgs: [] })]), chunk([{ functionCall: { partialArgs: [piece] } }])],
    ],
    [
      "and once more in full",
      [chunk([part({ willContinue: true })]), chunk([{ functionCall: { partialArgs: [piece] } }]), chunk([part({ args: { to: "quay" } })])],
    ],
    [
      "and once more in full after the end",
      [chunk([part({ partialArgs: [piece], willContinue: true })]), chunk([{ functionCall: {} }]), chunk([part({ args: { to: "quay" } })])],
    ],
    [
      "and in full without a name",
      [chunk([part({ willContinue: true, partialArgs: [piece] })]), chunk([{ functionCall: { args: { to: "quay" } } }])],
    ],
  ])("whose arguments arrive in pieces %s are whole", (_, chunks) => {
    const { response } = readStream([...chunks, chunk([], "STOP")]);
    expect(response.toolCalls).toMatchObject([quay]);
    expect(response.finishReason).toBe("tool-calls");
  });

  it.each([
    ["whole each time", [part({ args: { to: "quay" } }), part({ args: { to: "quay" } })]],
    ["without arguments first", [part({}), part({ args: { to: "quay" } })]],
    ["without arguments first, and text between", [part({}), { text: "x" }, part({ args: { to: "quay" } })]],
    ["without arguments at the end", [part({ args: { to: "quay" } }), part({ args: {} })]],
  ])("announced twice under one id, %s, are one call", (_, parts) => {
    for (const chunks of [[chunk(parts, "STOP")], [...parts.map((one) => chunk([one])), chunk([], "STOP")]]) {
      const { response } = readStream(chunks);
      expect(response.toolCalls).toMatchObject([quay]);
      expect(response.finishReason).toBe("tool-calls");
    }
  });

  it("with other arguments under one id, or without ids, are calls of their own", () => {
    expect(readBody(chunk([part({ args: { to: "quay" } }), part({ args: { to: "pier" } })], "STOP")).response.toolCalls).toHaveLength(2);
    const same = { functionCall: { name: "ferry", args: { to: "quay" } } };
    expect(readBody(chunk([same, same], "STOP")).response.toolCalls).toHaveLength(2);
  });

  it("are found beside fields that a server fills with nothing", () => {
    const zeros = { text: "", thought: false, thoughtSignature: "", inlineData: { mimeType: "", data: "" }, executableCode: { code: "" } };
    const call = { ...zeros, functionCall: { id: "", name: "ferry", args: { to: "quay" }, partialArgs: [], willContinue: false } };
    const text = { ...zeros, text: "Aye.", functionCall: { id: "", name: "", args: {} } };
    const { response } = readBody(chunk([text, call], "STOP", { usageMetadata: counts }));
    expect(response).toMatchObject({ text: "Aye.", toolCalls: [quay], notes: [] });
    expect(response.message.content).toHaveLength(2);
  });

  it("have arguments as text in some gateways", () => {
    const { response } = readBody(chunk([{ functionCall: { name: "ferry", args: '{"to":"quay"}' } }], "STOP"));
    expect(response.toolCalls).toMatchObject([quay]);
  });

  it("beside text in one part are read after the text", () => {
    const { response } = readBody(chunk([{ text: "Looking.", ...part({ args: { to: "quay" } }) }], "STOP"));
    expect(response).toMatchObject({ text: "Looking.", toolCalls: [quay] });
  });
});

describe("odd shapes of an answer", () => {
  it("a part without its list is read", () => {
    expect(readBody({ candidates: [{ content: { parts: { text: "a" } }, finishReason: "STOP" }] }).response.text).toBe("a");
  });

  it("usage that came before the text alone is partial, with a note", () => {
    const { response } = readStream([{ usageMetadata: counts }, chunk([{ text: "a" }]), chunk([], "STOP")]);
    expect(response.usage).toMatchObject({ input: 9, completeness: "partial" });
    expect(response.notes).toMatchObject([{ kind: "warning", field: "usage" }]);
    const later = readStream([
      { usageMetadata: counts },
      chunk([{ text: "a" }], "STOP"),
      { usageMetadata: { ...counts, candidatesTokenCount: 7 } },
    ]);
    expect(later.response.usage).toMatchObject({ output: 7, completeness: "exact" });
  });

  it("usage of zeros overwrites nothing", () => {
    const zeros = { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 };
    const { response } = readStream([chunk([{ text: "a" }], "STOP", { usageMetadata: counts }), { usageMetadata: zeros }]);
    expect(response.usage).toMatchObject({ input: 9, output: 4, completeness: "exact" });
  });

  it("an error that is filled with nothing is none, and one in words or in another envelope is", () => {
    const answer = chunk([{ text: "a" }], "STOP");
    for (const error of [null, "", {}, { code: 0, message: "", status: "", details: [] }])
      expect(readBody({ ...answer, error }).response.text).toBe("a");
    expect(() => readBody({ error: "quota is used up" })).toThrow(expect.objectContaining({ message: "quota is used up" }));
    for (const [body, code] of [
      [{ code: 401, message: "no key" }, "authentication"],
      [{ statusCode: 429, message: "slow down" }, "rate-limit"],
      [{ detail: "Model not loaded" }, "server"],
      [{ message: "Forbidden" }, "permission"],
    ] as const)
      expect(() => readBody(body)).toThrow(expect.objectContaining({ code }));
    expect(() => readBody({ base_resp: { status_code: 1008, status_msg: "no balance" } })).toThrow(
      expect.objectContaining({ code: "insufficient-balance" }),
    );
  });
});

describe("long answers are read in linear time", () => {
  const seconds = (run: () => unknown): number => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };

  it("with many passages, chunks and URLs", () => {
    const text = "Ebb and flood. ".repeat(4000);
    const groundingChunks = Array.from({ length: 4000 }, (_, i) => ({ web: { uri: `https://s.example/${i}` } }));
    const groundingSupports = Array.from({ length: 4000 }, (_, i) => ({
      segment: { startIndex: i * 15, endIndex: i * 15 + 14, text: "Ebb and flood!" },
      groundingChunkIndices: [i],
    }));
    const urlMetadata = groundingChunks.map(({ web }) => ({
      retrievedUrl: `${web.uri}/x`,
      urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS",
    }));
    const answer = {
      candidates: [
        {
          content: { parts: [{ text }] },
          finishReason: "STOP",
          groundingMetadata: { groundingChunks, groundingSupports },
          urlContextMetadata: { urlMetadata },
        },
      ],
    };
    expect(seconds(() => readBody(answer))).toBeLessThan(1.5);
  });

  it("with many log-probabilities", () => {
    const chosenCandidates = Array.from({ length: 300_000 }, () => ({ token: "a", logProbability: -1 }));
    const { response } = readBody({
      candidates: [{ content: { parts: [{ text: "a" }] }, finishReason: "STOP", logprobsResult: { chosenCandidates } }],
    });
    expect(response.details.logprobs).toHaveLength(300_000);
  });

  it("with a wait of many digits in an error", () => {
    const message = `Please retry in ${"1".repeat(200_000)}`;
    const error = { code: 429, message, status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "1".repeat(200_000) }] };
    expect(seconds(() => expect(() => readBody({ error })).toThrow(expect.objectContaining({ code: "rate-limit" })))).toBeLessThan(1);
  });

  it("with a path of many keys in the arguments", () => {
    const jsonPath = `$${".a".repeat(50_000)}`;
    const pieces = [
      { jsonPath, numberValue: 1 },
      { jsonPath: "$.b", numberValue: 2 },
      { jsonPath: "$.a.c", numberValue: 3 },
    ];
    const { response } = readBody(chunk([part({ partialArgs: pieces })], "STOP"));
    expect(response.toolCalls).toHaveLength(1);
  });
});

describe("a tool schema", () => {
  const to = { to: { type: "string" } };
  const sent = (
    parameters: Record<string, unknown>,
    model = "gemini-3.5-flash",
  ): { schema: Record<string, unknown> | undefined; notes: number } => {
    const { body, notes } = bodyOf({ model, tools: [{ name: "ferry", parameters }] });
    const [tool] = body["tools"] as { functionDeclarations: Record<string, Record<string, unknown>>[] }[];
    const declared = tool?.functionDeclarations[0] ?? {};
    return { schema: declared["parametersJsonSchema"] ?? declared["parameters"], notes: notes.length };
  };

  it.each([
    ["an untyped root", { properties: to }],
    ["a nullable root", { type: ["object", "null"], properties: to }],
    ["anyOf at the root", { type: "object", properties: to, anyOf: [{ required: ["to"] }] }],
    ["oneOf at the root", { oneOf: [{ type: "object", properties: to }] }],
    ["allOf at the root", { allOf: [{ type: "object", properties: to }] }],
    ["$ref at the root", { $ref: "#/$defs/a", $defs: { a: { type: "object", properties: to } } }],
  ])("with %s is sent as an object with its properties", (_, parameters) => {
    for (const model of ["gemini-3.5-flash", "gemini-2.0-flash"]) {
      const { schema, notes } = sent(parameters, model);
      expect(schema).toMatchObject({ type: "object", properties: to });
      for (const keyword of ["anyOf", "oneOf", "allOf", "$ref"]) expect(schema).not.toHaveProperty(keyword);
      expect(notes > 0).toBe("anyOf" in parameters || "oneOf" in parameters);
    }
  });

  it("that restricts nothing is not sent", () => {
    for (const model of ["gemini-3.5-flash", "gemini-2.0-flash"])
      for (const parameters of [{}, { type: "object" }, { $schema: "x" }])
        expect(sent(parameters, model)).toEqual({ schema: undefined, notes: 0 });
  });
});
