import type { LumiverseError } from "@lumiverse/core/provider";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterBytes } from "../src/generate-content/response/grounding.ts";
import { PartialArguments } from "../src/generate-content/response/partial-arguments.ts";
import { callOf, chunk, readBody, readStream } from "./generate-support.ts";

const thrown = (run: () => unknown): LumiverseError => {
  try {
    run();
  } catch (error) {
    return error as LumiverseError;
  }
  throw new Error("nothing was thrown");
};

describe("text and thoughts", () => {
  const chunks = [
    chunk([{ text: "Let me see. ", thought: true }]),
    chunk([{ text: "Two" }], undefined, { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1, thoughtsTokenCount: 4 } }),
    chunk([{ text: " pears 🍐" }]),
    chunk([{ text: "", thoughtSignature: "c2lnLTE=" }], "STOP", {
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4, thoughtsTokenCount: 4, serviceTier: "standard" },
    }),
  ];

  it("are separated", () => {
    const { response } = readStream(chunks);
    expect(response.text).toBe("Two pears 🍐");
    expect(response.reasoning).toBe("Let me see. ");
    expect(response.finishReason).toBe("stop");
    expect(response.id).toBe("resp-seven");
    expect(response.model).toBe("gemini-3.5-flash-test");
  });

  it("keep a last, empty part with a signature as a part of its own", () => {
    const { response } = readStream(chunks);
    const last = response.message.content.at(-1);
    expect(last).toMatchObject({ type: "text", text: "", replay: { data: { thoughtSignature: "c2lnLTE=" } } });
  });

  it("never join a signed part to another", () => {
    const { response } = readBody(
      chunk([{ text: "a" }, { text: "b", thoughtSignature: "czE=" }, { text: "c", thoughtSignature: "czI=" }, { text: "d" }], "STOP"),
    );
    expect((response.message.content as readonly { text?: string }[]).map((part) => part.text)).toEqual(["a", "b", "c", "d"]);
  });

  it("are read as the same events from packets of any size", () => {
    const whole = readStream(chunks);
    for (const size of [1, 2, 7, 64]) expect(readStream(chunks, callOf(), size).events).toEqual(whole.events);
  });

  it("are read from a list of chunks without alt=sse", () => {
    expect(readBody(chunks).response).toEqual(readStream(chunks).response);
  });

  it("leave out an empty part without a signature and a candidate without parts", () => {
    const { response } = readStream([{ candidates: [{ content: {}, index: 0 }] }, chunk([{ text: "" }]), chunk([{ text: "x" }], "STOP")]);
    expect(response.message.content).toHaveLength(1);
  });

  it("are read from the first candidate, and others are noted", () => {
    const { response } = readBody({
      candidates: [
        { index: 0, content: { parts: [{ text: "first" }] }, finishReason: "STOP" },
        { index: 1, content: { parts: [{ text: "second" }] }, finishReason: "STOP" },
      ],
    });
    expect(response.text).toBe("first");
    expect(response.notes).toContainEqual(expect.objectContaining({ kind: "warning", field: "candidates" }));
  });

  it("are read from chunks without a blank line between them", () => {
    expect(
      readStream([`${JSON.stringify(chunk([{ text: "a" }]))}\r\ndata: ${JSON.stringify(chunk([{ text: "b" }], "STOP"))}`]).response.text,
    ).toBe("ab");
  });
});

describe("usage", () => {
  it("is the last value of each cumulative count, and is emitted before finish", () => {
    const { events, response } = readStream([
      chunk([{ text: "a" }], undefined, { usageMetadata: { promptTokenCount: 120, cachedContentTokenCount: 100, thoughtsTokenCount: 30 } }),
      chunk([{ text: "b" }], "STOP", {
        usageMetadata: { promptTokenCount: 120, candidatesTokenCount: 8, toolUsePromptTokenCount: 5, trafficType: "ON_DEMAND" },
      }),
    ]);
    expect(response.usage).toEqual({ input: 25, cacheRead: 100, output: 38, reasoning: 30, completeness: "exact" });
    expect(response.details.serviceTier).toBe("ON_DEMAND");
    expect(events.findLastIndex((event) => event.type === "usage")).toBeLessThan(events.findIndex((event) => event.type === "finish"));
  });

  it.each([
    ["audio in the prompt", "promptTokensDetails", "AUDIO", true],
    ["audio in the cache", "cacheTokensDetails", "AUDIO", true],
    ["an image in the answer", "candidatesTokensDetails", "IMAGE", true],
    ["audio in the answer", "candidatesTokensDetails", "AUDIO", true],
    // They cost what text costs.
    ["an image in the prompt", "promptTokensDetails", "IMAGE", false],
    ["text in the answer", "candidatesTokensDetails", "TEXT", false],
  ])("with %s has another charge where that has a price of its own", (_what, field, modality, isCharged) => {
    const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 2, [field]: [{ modality, tokenCount: 2 }] };
    const { response } = readBody(chunk([{ text: "a" }], "STOP", { usageMetadata }));
    expect(response.usage.otherCharges !== undefined).toBe(isCharged);
  });

  it("is unknown when no count arrived", () => {
    const { response } = readBody(chunk([{ text: "a" }], "STOP", { usageMetadata: { trafficType: "ON_DEMAND" } }));
    expect(response.usage).toEqual({ completeness: "unknown" });
  });

  it("has no output when the prompt was blocked", () => {
    const { response } = readBody({
      promptFeedback: { blockReason: "SAFETY" },
      usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
    });
    expect(response.usage).toEqual({ input: 9, completeness: "exact" });
  });
});

describe("tool calls", () => {
  it("end the turn with tool-calls, although the protocol says STOP", () => {
    const { response } = readStream([
      chunk([
        { functionCall: { id: "fc-a", name: "weather", args: { city: "Turin" } }, thoughtSignature: "c2lnLWE=" },
        { functionCall: { id: "fc-b", name: "weather", args: { city: "Pisa" } } },
      ]),
      chunk([{ text: "" }], "STOP"),
    ]);
    expect(response.finishReason).toBe("tool-calls");
    expect(response.toolCalls.map(({ id, input }) => ({ id, input }))).toEqual([
      { id: "fc-a", input: { city: "Turin" } },
      { id: "fc-b", input: { city: "Pisa" } },
    ]);
    expect(response.toolCalls.map((call) => call.replay?.data)).toEqual([{ thoughtSignature: "c2lnLWE=" }, undefined]);
  });

  it("without ids get ids that differ within a turn and are the same at every reading", () => {
    const chunks = [chunk([{ functionCall: { name: "roll" } }, { functionCall: { name: "roll" } }], "STOP")];
    const [a, b] = readStream(chunks).response.toolCalls;
    expect(a?.id).toMatch(/^call_\w{12}$/);
    expect(b?.id).not.toBe(a?.id);
    expect(readStream(chunks).response.toolCalls[0]?.id).toBe(a?.id);
    expect(a?.input).toEqual({});
  });

  it("keep the finish reason length when the tokens ran out", () => {
    expect(readStream([chunk([{ functionCall: { name: "roll", args: {} } }], "MAX_TOKENS")]).response.finishReason).toBe("length");
  });

  it("return renamed tools under their own names", () => {
    const call = callOf({ tools: [{ name: "räum auf" }] });
    const { response } = readStream([chunk([{ functionCall: { name: "r_um_auf", args: {} } }], "STOP")], call);
    expect(response.toolCalls[0]?.name).toBe("räum auf");
  });

  it("return the output tool's arguments as text", () => {
    const call = callOf({ outcome: { name: "person", schema: { type: "object" }, strategy: "tool" } });
    const { response } = readStream([chunk([{ functionCall: { name: "person", args: { name: "Ida" } } }], "STOP")], call);
    expect(response).toMatchObject({ text: '{"name":"Ida"}', toolCalls: [], finishReason: "stop" });
  });

  it("with streamed arguments give text that grows into JSON", () => {
    const { events, response } = readStream([
      chunk([{ functionCall: { name: "plan", willContinue: true }, thoughtSignature: "c2lnLXA=" }]),
      chunk([
        { functionCall: { partialArgs: [{ jsonPath: "$.stops[0].town", stringValue: 'Ro"', willContinue: true }], willContinue: true } },
      ]),
      chunk([{ functionCall: { partialArgs: [{ jsonPath: "$.stops[0].town", stringValue: "ma" }], willContinue: true } }]),
      chunk([
        {
          functionCall: {
            partialArgs: [
              { jsonPath: "$.stops[1].nights", numberValue: 2 },
              { jsonPath: "$.paid", boolValue: true },
            ],
            willContinue: true,
          },
        },
      ]),
      chunk([{ functionCall: {} }], "STOP"),
    ]);
    expect(response.toolCalls[0]).toMatchObject({
      name: "plan",
      input: { stops: [{ town: 'Ro"ma' }, { nights: 2 }], paid: true },
      replay: { data: { thoughtSignature: "c2lnLXA=" } },
    });
    const deltas = events.flatMap((event) => (event.type === "tool-call-delta" ? [event.text] : []));
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.join("")).toBe(response.toolCalls[0]?.arguments);
    expect(response.finishReason).toBe("tool-calls");
  });

  it("close streamed arguments whose last piece is missing", () => {
    const { response } = readStream([
      chunk([{ functionCall: { name: "plan", willContinue: true } }]),
      chunk(
        [{ functionCall: { partialArgs: [{ jsonPath: "$.town", stringValue: "Bari", willContinue: true }], willContinue: true } }],
        "STOP",
      ),
    ]);
    expect(response.toolCalls[0]?.input).toEqual({ town: "Bari" });
  });

  it("that were cut off do not parse", () => {
    const start = chunk([{ functionCall: { name: "plan", willContinue: true } }]);
    const piece = { functionCall: { partialArgs: [{ jsonPath: "$.town", stringValue: "Ba", willContinue: true }], willContinue: true } };
    for (const chunks of [
      [start, chunk([piece], "MAX_TOKENS")],
      [start, chunk([], "MAX_TOKENS")],
    ]) {
      const [call] = readStream(chunks).response.toolCalls;
      expect(call?.input).toBeUndefined();
      expect(call?.inputError).toBeDefined();
    }
  });

  it("without a name are ignored with a note", () => {
    const { response } = readStream([chunk([{ functionCall: { args: {} } }], "STOP")]);
    expect(response.toolCalls).toEqual([]);
    expect(response.notes).toContainEqual(expect.objectContaining({ kind: "unknown", field: "functionCall" }));
  });
});

describe("partial arguments", () => {
  const written = (pieces: readonly Record<string, unknown>[]): string => {
    const writer = new PartialArguments();
    const text = PartialArguments.begin + pieces.map((piece) => writer.add(piece)).join("");
    const { text: end, replacement } = writer.close();
    return replacement ?? text + end;
  };

  it("are an empty object without pieces", () => {
    expect(written([])).toBe("{}");
  });

  it("are replaced at the end when values arrive out of order", () => {
    const pieces = [
      { jsonPath: "$.a.x", numberValue: 1 },
      { jsonPath: "$.b", nullValue: null },
      { jsonPath: "$.a.y", stringValue: "late" },
    ];
    expect(JSON.parse(written(pieces))).toEqual({ a: { x: 1, y: "late" }, b: null });
  });

  it("accept quoted keys, and __proto__ as an ordinary key", () => {
    const json = written([
      { jsonPath: "$['odd key']", stringValue: "v" },
      { jsonPath: "$.__proto__.polluted", boolValue: true },
      { jsonPath: "$['odd key']", stringValue: "w" },
    ]);
    expect(json).toContain('"__proto__":{"polluted":true}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("give the same object wherever its strings are cut", () => {
    const key = fc.string({ minLength: 1 }).filter((text) => !/[\\'"\]]/.test(text));
    const leaf = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { minLength: 1, maxLength: 4 }),
        fc.dictionary(key, tie("tree"), { minKeys: 1, maxKeys: 4 }),
      ),
    }));
    const pieces = (value: unknown, path: string): Record<string, unknown>[] => {
      if (Array.isArray(value)) return value.flatMap((one, at) => pieces(one, `${path}[${at}]`));
      if (typeof value === "object" && value !== null)
        return Object.entries(value).flatMap(([name, one]) => pieces(one, `${path}['${name}']`));
      if (typeof value === "number") return [{ jsonPath: path, numberValue: value }];
      if (typeof value === "boolean") return [{ jsonPath: path, boolValue: value }];
      if (typeof value !== "string") return [{ jsonPath: path, nullValue: "NULL_VALUE" }];
      const half = Math.floor(value.length / 2);
      return [
        { jsonPath: path, stringValue: value.slice(0, half), willContinue: true },
        { jsonPath: path, stringValue: value.slice(half) },
      ];
    };
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5 }), (input) => {
        expect(JSON.parse(written(pieces(input, "$")))).toEqual(JSON.parse(JSON.stringify(input)));
      }),
    );
  });

  it("do not fill a list up to an index far beyond its end", () => {
    expect(written([{ jsonPath: "$.list[999999999]", numberValue: 1 }]).length).toBeLessThan(40);
  });
});

describe("other parts", () => {
  it("of the vendor's own tools are kept complete and in order", () => {
    const code = { executableCode: { language: "PYTHON", code: "print(6*7)" }, thoughtSignature: "c2lnLWM=" };
    const { response } = readBody(
      chunk([code, { codeExecutionResult: { outcome: "OUTCOME_OK", output: "42" } }, { text: "It is 42." }], "STOP", {
        usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
      }),
    );
    expect(response.message.content).toMatchObject([
      { type: "opaque", kind: "executableCode", replay: { data: { raw: code } } },
      { type: "opaque", kind: "codeExecutionResult" },
      { type: "text", text: "It is 42." },
    ]);
    expect(response.notes).toEqual([]);
  });

  it("of an unknown kind are kept with a note", () => {
    const { response } = readBody(chunk([{ hologram: { depth: 3 } }], "STOP"));
    expect(response.message.content).toMatchObject([
      { type: "opaque", kind: "hologram", replay: { data: { raw: { hologram: { depth: 3 } } } } },
    ]);
    expect(response.notes).toContainEqual(expect.objectContaining({ kind: "unknown", field: "parts.hologram" }));
  });

  it("with text and an unknown field are text, which is returned once and with its signature", () => {
    const part = { text: "Noon", thoughtSignature: "c2lnLXQ=", mood: { calm: true } };
    const { response } = readBody(chunk([part], "STOP"));
    expect(response.message.content).toMatchObject([{ type: "text", text: "Noon", replay: { data: { thoughtSignature: "c2lnLXQ=" } } }]);
    expect(response.message.content).toHaveLength(1);
  });

  it("with images keep their signature, and images of a thought are hidden", () => {
    const { response } = readBody(
      chunk(
        [
          { thought: true, inlineData: { mimeType: "image/png", data: "AAEC" } },
          { inlineData: { mimeType: "image/png", data: "AwQF" }, thoughtSignature: "c2lnLWk=" },
        ],
        "STOP",
      ),
    );
    expect(response.message.content).toMatchObject([
      { type: "opaque", kind: "thought.inlineData" },
      { type: "image", data: "AwQF", mediaType: "image/png", replay: { data: { thoughtSignature: "c2lnLWk=" } } },
    ]);
  });

  it("have log-probabilities from several chunks", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "a", logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: "b", logProbability: -1 }] }],
    };
    const one = { candidates: [{ content: { parts: [{ text: "a" }] }, logprobsResult, index: 0 }] };
    const two = { candidates: [{ content: { parts: [{ text: "a" }] }, logprobsResult, finishReason: "STOP", index: 0 }] };
    expect(readStream([one, two]).response.details.logprobs).toEqual([
      { token: "a", logprob: -0.5, top: [{ token: "b", logprob: -1 }] },
      { token: "a", logprob: -0.5, top: [{ token: "b", logprob: -1 }] },
    ]);
  });
});

describe("sources", () => {
  const grounded = (text: string, supports: unknown[], chunks: unknown[]): Record<string, unknown> => ({
    candidates: [
      {
        content: { parts: [{ text }] },
        finishReason: "STOP",
        groundingMetadata: {
          groundingChunks: chunks,
          groundingSupports: supports,
          webSearchQueries: ["q"],
          searchEntryPoint: { renderedContent: "<i>q</i>" },
        },
      },
    ],
  });

  it("have ranges in UTF-16 units, from UTF-8 byte offsets", () => {
    const text = "Über 🍐: Birnen.";
    const bytes = new TextEncoder().encode("Über 🍐: ").length;
    const end = new TextEncoder().encode(text).length;
    const { response } = readBody(
      grounded(
        text,
        [{ segment: { startIndex: bytes, endIndex: end, text: "Birnen." }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://pears.example", title: "Pears", domain: "pears.example" } }],
      ),
    );
    expect(response.sources).toMatchObject([{ url: "https://pears.example", title: "Pears", number: 1 }]);
    const [source] = response.sources;
    expect(text.slice(source?.start, source?.end)).toBe("Birnen.");
    expect(response.details).toMatchObject({ webSearchQueries: ["q"], searchEntryPoint: "<i>q</i>" });
  });

  it("have the right range in any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (before, after) => {
        expect(afterBytes(before + after, 0, new TextEncoder().encode(before).length)).toBe(before.length);
      }),
    );
    const { response } = readBody(
      grounded(
        "é, then pears",
        [{ segment: { startIndex: 4, endIndex: 8 }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://p.example" } }],
      ),
    );
    expect(response.sources).toMatchObject([{ start: 3, end: 7 }]);
  });

  it("follow the cited passage when the offsets name another one", () => {
    const { response } = readBody(
      grounded(
        "One. Two.",
        [{ segment: { startIndex: 0, endIndex: 4, text: "Two." }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://two.example" } }],
      ),
    );
    expect(response.sources).toMatchObject([{ start: 5, end: 9 }]);
  });

  it("follow the cited passage when the offsets are out of range", () => {
    const { response } = readBody(
      grounded(
        "One. Two.",
        [{ segment: { startIndex: 700, endIndex: 800, text: "Two." }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://two.example" } }],
      ),
    );
    expect(response.sources).toMatchObject([{ start: 5, end: 9 }]);
  });

  it("appear once for each passage that they support", () => {
    const { response } = readBody(
      grounded(
        "One. Two. Three.",
        [
          { segment: { endIndex: 4, text: "One." }, groundingChunkIndices: [0, 1] },
          { segment: { startIndex: 10, endIndex: 16, text: "Three." }, groundingChunkIndices: [1] },
        ],
        [{ web: { uri: "https://a.example" } }, { web: { uri: "https://b.example" } }],
      ),
    );
    expect(response.sources.map(({ number, start }) => [number, start])).toEqual([
      [1, 0],
      [2, 0],
      [2, 10],
    ]);
  });

  it("that support no passage appear once, although the metadata repeats", () => {
    const metadata = { groundingChunks: [{ retrievedContext: { uri: "gs://b/doc", title: "Doc", text: "a passage" } }] };
    const { response } = readStream([
      { candidates: [{ content: { parts: [{ text: "x" }] }, groundingMetadata: metadata }] },
      { candidates: [{ content: { parts: [{ text: "y" }] }, groundingMetadata: metadata, finishReason: "STOP" }] },
    ]);
    expect(response.sources).toMatchObject([{ url: "gs://b/doc", title: "Doc", quote: "a passage", number: 1 }]);
  });

  it("are read from both spellings of citations, with a note on the licence", () => {
    for (const key of ["citations", "citationSources"]) {
      const { response } = readBody({
        candidates: [
          {
            content: { parts: [{ text: "abcdef" }] },
            finishReason: "STOP",
            citationMetadata: { [key]: [{ startIndex: 1, endIndex: 3, uri: "https://c.example", license: "mit" }] },
          },
        ],
      });
      expect(response.sources).toMatchObject([{ url: "https://c.example", start: 1, end: 3 }]);
      expect(response.notes).toContainEqual(expect.objectContaining({ field: "citationMetadata" }));
    }
  });

  it("contain URLs that the model read, and failures are noted", () => {
    const { response } = readBody({
      candidates: [
        {
          content: { parts: [{ text: "x" }] },
          finishReason: "STOP",
          urlContextMetadata: {
            urlMetadata: [
              { retrievedUrl: "https://ok.example", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS" },
              { retrievedUrl: "https://no.example", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_ERROR" },
            ],
          },
        },
      ],
    });
    expect(response.sources.map((source) => source.url)).toEqual(["https://ok.example"]);
    expect(response.notes).toContainEqual(expect.objectContaining({ field: "urlContextMetadata" }));
  });
});

describe("arbitrary JSON", () => {
  it("ends in finish or in a typed error, and changes no prototype", () => {
    const word = fc.constantFrom(
      "text",
      "thought",
      "functionCall",
      "parts",
      "content",
      "candidates",
      "usageMetadata",
      "finishReason",
      "groundingMetadata",
      "groundingChunks",
      "partialArgs",
      "jsonPath",
      "error",
      "__proto__",
      "constructor",
      "name",
      "args",
      "inlineData",
      "web",
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "medium" },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(word, tie("json"), { maxKeys: 4 }),
      ),
    }));
    const wrapped = fc.oneof(
      json,
      json.map((part) => ({ candidates: [{ content: { parts: [part] }, finishReason: "STOP" }] })),
    );
    fc.assert(
      fc.property(fc.array(wrapped, { minLength: 1, maxLength: 3 }), (chunks) => {
        const text = JSON.stringify(chunks);
        try {
          const { events } = readBody(JSON.parse(text));
          expect(events.at(-1)?.type).toBe("finish");
        } catch (error) {
          expect((error as Error).name).toBe("LumiverseError");
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the end of an answer", () => {
  it.each([
    ["SAFETY", "content-filter"],
    ["MODEL_ARMOR", "content-filter"],
    ["IMAGE_SAFETY", "content-filter"],
    ["CONTINUATION", "pause"],
    ["MALFORMED_FUNCTION_CALL", "other"],
  ])("with %s has the finish reason %s", (raw, reason) => {
    const { response } = readStream([{ candidates: [{ content: {}, finishReason: raw, index: 0 }] }]);
    expect(response).toMatchObject({ finishReason: reason, rawFinishReason: raw });
    expect(response.notes.filter((note) => note.kind === "unknown")).toEqual([]);
  });

  it("with an unknown finish reason is noted, even if the word is a property of every object", () => {
    for (const word of ["TIRED", "constructor"]) {
      const { response } = readStream([chunk([{ text: "x" }], word)]);
      expect(response).toMatchObject({ finishReason: "other", rawFinishReason: word });
      expect(response.notes).toContainEqual(expect.objectContaining({ kind: "unknown", field: "finishReason" }));
    }
  });

  it("is content-filter when the prompt was blocked", () => {
    const { response } = readStream([
      { promptFeedback: { blockReason: "PROHIBITED_CONTENT", blockReasonMessage: "not this" }, modelVersion: "m" },
    ]);
    expect(response).toMatchObject({ finishReason: "content-filter", rawFinishReason: "PROHIBITED_CONTENT", text: "" });
    expect(response.notes[0]?.message).toContain("not this");
  });

  it("has a note when there is no visible content", () => {
    expect(readStream([chunk([], "MAX_TOKENS")]).response.notes[0]?.message).toContain("maxOutputTokens");
    expect(readStream([chunk([{ text: "hm", thought: true }], "MAX_TOKENS")]).response.notes[0]?.message).toContain("maxOutputTokens");
    expect(readStream([chunk([{ text: "" }], "STOP")]).response.notes[0]?.message).toContain("without any content");
  });

  it("has the vendor's message about a malformed call", () => {
    const { response } = readStream([
      { candidates: [{ content: {}, finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "call:roll(" }] },
    ]);
    expect(response.notes).toContainEqual({ kind: "warning", field: "finishReason", message: "MALFORMED_FUNCTION_CALL: call:roll(" });
  });

  it("has the continuation token of an incomplete answer", () => {
    const { response } = readStream([
      { candidates: [{ content: { parts: [{ text: "part one" }] }, finishReason: "CONTINUATION", continuationToken: "tok-next" }] },
    ]);
    expect(response.details["continuationToken"]).toBe("tok-next");
  });

  it("sets the phase to finishing, and back to open while content follows", () => {
    const call = callOf();
    const { protocol } = call.route;
    const reader = protocol.reader({ call, rendered: protocol.render(call) });
    const emit = (): void => {};
    expect(reader.phase).toBe("open");
    reader.message({ data: JSON.stringify(chunk([{ text: "a" }], "STOP")) }, emit);
    expect(reader.phase).toBe("finishing");
    reader.message({ data: JSON.stringify({ usageMetadata: { promptTokenCount: 1 } }) }, emit);
    expect(reader.phase).toBe("finishing");
    reader.message({ data: JSON.stringify(chunk([{ text: "b" }])) }, emit);
    expect(reader.phase).toBe("open");
    reader.message({ data: "[DONE]" }, emit);
    expect(reader.phase).toBe("done");
  });

  it("is an error when the stream was cut off", () => {
    const error = thrown(() => readStream([chunk([{ text: "Once upon" }])]));
    expect(error).toMatchObject({ name: "LumiverseError", code: "truncated" });
    expect(thrown(() => readStream([])).message).toContain("before any answer");
    expect(thrown(() => readBody([])).code).toBe("truncated");
  });

  it("is an error when a list of chunks was cut off", () => {
    const call = callOf();
    const { protocol } = call.route;
    const reader = protocol.reader({ call, rendered: protocol.render(call) });
    expect(thrown(() => reader.unframedText('[{"responseId": "r", "candidates": [{"content": {"parts": [{"te', () => {})).code).toBe(
      "truncated",
    );
  });

  it("is an error when a body with HTTP 200, a list or an event reports one", () => {
    const error = { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } };
    for (const run of [() => readBody(error), () => readBody([error]), () => readStream([chunk([{ text: "a" }]), error])])
      expect(thrown(run)).toMatchObject({ code: "overloaded", retryable: true, status: 503, vendorCode: "UNAVAILABLE" });
  });

  it("is an error when pretty-printed JSON in mid-stream reports one, in packets of any size", () => {
    const tail = JSON.stringify({ error: { code: 500, message: "An internal error has occurred.", status: "INTERNAL" } }, null, 2);
    for (const size of [1, 5, 4096])
      for (const end of ["", "\n"]) {
        const error = thrown(() => readStream([chunk([{ text: "a" }])], callOf(), size, tail + end));
        expect(error).toMatchObject({ code: "server", message: "An internal error has occurred." });
      }
  });

  it("is an error for an HTML page and for text that is not JSON", () => {
    expect(thrown(() => readStream([chunk([{ text: "a" }])], callOf(), 9999, "<html><body>Bad gateway</body></html>\n"))).toMatchObject({
      code: "malformed-response",
    });
    expect(thrown(() => readStream(["{broken"]))).toMatchObject({ code: "malformed-response" });
    expect(thrown(() => readBody("text"))).toMatchObject({ code: "malformed-response" });
  });
});
