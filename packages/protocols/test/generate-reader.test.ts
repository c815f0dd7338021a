import type { LumiverseError } from "@lumiverse/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterBytes } from "../src/generate-content/grounding.ts";
import { PartialArguments } from "../src/generate-content/partial-arguments.ts";
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

  it("splits thoughts from text and never leaks one into the other", () => {
    const { folded } = readStream(chunks);
    expect(folded.text).toBe("Two pears 🍐");
    expect(folded.reasoning).toBe("Let me see. ");
    expect(folded.finishReason).toBe("stop");
    expect(folded.id).toBe("resp-seven");
    expect(folded.model).toBe("gemini-3.5-flash-test");
  });

  it("keeps the last, empty part with its signature as a part of its own", () => {
    const { folded } = readStream(chunks);
    const last = folded.message.content.at(-1);
    expect(last).toMatchObject({ type: "text", text: "", replay: { data: { thoughtSignature: "c2lnLTE=" } } });
  });

  it("never joins a signed part to its neighbours", () => {
    const { folded } = readBody(
      chunk([{ text: "a" }, { text: "b", thoughtSignature: "czE=" }, { text: "c", thoughtSignature: "czI=" }, { text: "d" }], "STOP"),
    );
    expect((folded.message.content as readonly { text?: string }[]).map((part) => part.text)).toEqual(["a", "b", "c", "d"]);
  });

  it("reads the same events from packets of any size", () => {
    const whole = readStream(chunks);
    for (const size of [1, 2, 7, 64]) expect(readStream(chunks, callOf(), size).events).toEqual(whole.events);
  });

  it("reads the same answer from a list of chunks without alt=sse", () => {
    expect(readBody(chunks).folded).toEqual(readStream(chunks).folded);
  });

  it("skips an empty part without a signature, and a candidate without parts", () => {
    const { folded } = readStream([{ candidates: [{ content: {}, index: 0 }] }, chunk([{ text: "" }]), chunk([{ text: "x" }], "STOP")]);
    expect(folded.message.content).toHaveLength(1);
  });

  it("notes further candidates and reads the first alone", () => {
    const { folded } = readBody({
      candidates: [
        { index: 0, content: { parts: [{ text: "first" }] }, finishReason: "STOP" },
        { index: 1, content: { parts: [{ text: "second" }] }, finishReason: "STOP" },
      ],
    });
    expect(folded.text).toBe("first");
    expect(folded.notes).toContainEqual(expect.objectContaining({ kind: "warning", field: "candidates" }));
  });

  it("reads chunks that lost the blank line between them", () => {
    expect(
      readStream([`${JSON.stringify(chunk([{ text: "a" }]))}\r\ndata: ${JSON.stringify(chunk([{ text: "b" }], "STOP"))}`]).folded.text,
    ).toBe("ab");
  });
});

describe("usage", () => {
  it("takes the last of cumulative counts, keeps what vanished, and emits it before finish", () => {
    const { events, folded } = readStream([
      chunk([{ text: "a" }], undefined, { usageMetadata: { promptTokenCount: 120, cachedContentTokenCount: 100, thoughtsTokenCount: 30 } }),
      chunk([{ text: "b" }], "STOP", {
        usageMetadata: { promptTokenCount: 120, candidatesTokenCount: 8, toolUsePromptTokenCount: 5, trafficType: "ON_DEMAND" },
      }),
    ]);
    expect(folded.usage).toEqual({ input: 25, cacheRead: 100, output: 38, reasoning: 30, completeness: "exact" });
    expect(folded.details.serviceTier).toBe("ON_DEMAND");
    expect(events.findLastIndex((event) => event.type === "usage")).toBeLessThan(events.findIndex((event) => event.type === "finish"));
  });

  it("says nothing of counts that never came", () => {
    const { folded } = readBody(chunk([{ text: "a" }], "STOP", { usageMetadata: { trafficType: "ON_DEMAND" } }));
    expect(folded.usage).toEqual({ completeness: "unknown" });
  });

  it("leaves output out where a blocked prompt has none", () => {
    const { folded } = readBody({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } });
    expect(folded.usage).toEqual({ input: 9, completeness: "exact" });
  });
});

describe("tool calls", () => {
  it("ends a turn that calls tools as tool-calls, though the wire says STOP", () => {
    const { folded } = readStream([
      chunk([
        { functionCall: { id: "fc-a", name: "weather", args: { city: "Turin" } }, thoughtSignature: "c2lnLWE=" },
        { functionCall: { id: "fc-b", name: "weather", args: { city: "Pisa" } } },
      ]),
      chunk([{ text: "" }], "STOP"),
    ]);
    expect(folded.finishReason).toBe("tool-calls");
    expect(folded.toolCalls.map(({ id, input }) => ({ id, input }))).toEqual([
      { id: "fc-a", input: { city: "Turin" } },
      { id: "fc-b", input: { city: "Pisa" } },
    ]);
    expect(folded.toolCalls.map((call) => call.replay?.data)).toEqual([{ thoughtSignature: "c2lnLWE=" }, undefined]);
  });

  it("makes ids where the wire has none: different ones in a turn, the same ones at every reading", () => {
    const chunks = [chunk([{ functionCall: { name: "roll" } }, { functionCall: { name: "roll" } }], "STOP")];
    const [a, b] = readStream(chunks).folded.toolCalls;
    expect(a?.id).toMatch(/^call_\w{12}$/);
    expect(b?.id).not.toBe(a?.id);
    expect(readStream(chunks).folded.toolCalls[0]?.id).toBe(a?.id);
    expect(a?.input).toEqual({});
  });

  it("keeps length where tokens ran out in mid-call", () => {
    expect(readStream([chunk([{ functionCall: { name: "roll", args: {} } }], "MAX_TOKENS")]).folded.finishReason).toBe("length");
  });

  it("gives renamed tools their own names back", () => {
    const call = callOf({ tools: [{ name: "räum auf" }] });
    const { folded } = readStream([chunk([{ functionCall: { name: "r_um_auf", args: {} } }], "STOP")], call);
    expect(folded.toolCalls[0]?.name).toBe("räum auf");
  });

  it("turns the output tool's arguments back into text", () => {
    const call = callOf({ outcome: { name: "person", schema: { type: "object" }, strategy: "tool" } });
    const { folded } = readStream([chunk([{ functionCall: { name: "person", args: { name: "Ida" } } }], "STOP")], call);
    expect(folded).toMatchObject({ text: '{"name":"Ida"}', toolCalls: [], finishReason: "stop" });
  });

  it("writes streamed arguments on as text that grows into JSON", () => {
    const { events, folded } = readStream([
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
    expect(folded.toolCalls[0]).toMatchObject({
      name: "plan",
      input: { stops: [{ town: 'Ro"ma' }, { nights: 2 }], paid: true },
      replay: { data: { thoughtSignature: "c2lnLXA=" } },
    });
    const deltas = events.flatMap((event) => (event.type === "tool-call-delta" ? [event.text] : []));
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.join("")).toBe(folded.toolCalls[0]?.arguments);
    expect(folded.finishReason).toBe("tool-calls");
  });

  it("closes streamed arguments whose terminator never comes", () => {
    const { folded } = readStream([
      chunk([{ functionCall: { name: "plan", willContinue: true } }]),
      chunk(
        [{ functionCall: { partialArgs: [{ jsonPath: "$.town", stringValue: "Bari", willContinue: true }], willContinue: true } }],
        "STOP",
      ),
    ]);
    expect(folded.toolCalls[0]?.input).toEqual({ town: "Bari" });
  });

  it("leaves a call that was cut off as it is, so that it does not pass for a whole one", () => {
    const start = chunk([{ functionCall: { name: "plan", willContinue: true } }]);
    const piece = { functionCall: { partialArgs: [{ jsonPath: "$.town", stringValue: "Ba", willContinue: true }], willContinue: true } };
    for (const chunks of [
      [start, chunk([piece], "MAX_TOKENS")],
      [start, chunk([], "MAX_TOKENS")],
    ]) {
      const [call] = readStream(chunks).folded.toolCalls;
      expect(call?.input).toBeUndefined();
      expect(call?.inputError).toBeDefined();
    }
  });

  it("passes over a nameless call with a note", () => {
    const { folded } = readStream([chunk([{ functionCall: { args: {} } }], "STOP")]);
    expect(folded.toolCalls).toEqual([]);
    expect(folded.notes).toContainEqual(expect.objectContaining({ kind: "unknown", field: "functionCall" }));
  });
});

describe("arguments in pieces", () => {
  const written = (pieces: readonly Record<string, unknown>[]): string => {
    const writer = new PartialArguments();
    const text = PartialArguments.begin + pieces.map((piece) => writer.add(piece)).join("");
    const { text: rest, whole } = writer.close();
    return whole ?? text + rest;
  };

  it("is an empty object where no piece came", () => {
    expect(written([])).toBe("{}");
  });

  it("writes values out of order anew at the end", () => {
    const pieces = [
      { jsonPath: "$.a.x", numberValue: 1 },
      { jsonPath: "$.b", nullValue: null },
      { jsonPath: "$.a.y", stringValue: "late" },
    ];
    expect(JSON.parse(written(pieces))).toEqual({ a: { x: 1, y: "late" }, b: null });
  });

  it("takes quoted keys, and __proto__ as a key like any other", () => {
    const json = written([
      { jsonPath: "$['odd key']", stringValue: "v" },
      { jsonPath: "$.__proto__.polluted", boolValue: true },
      { jsonPath: "$['odd key']", stringValue: "w" },
    ]);
    expect(json).toContain('"__proto__":{"polluted":true}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("writes any object whose values arrive in order, however its strings are cut", () => {
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

  it("does not fill a list up to an index far beyond its end", () => {
    expect(written([{ jsonPath: "$.list[999999999]", numberValue: 1 }]).length).toBeLessThan(40);
  });
});

describe("other parts", () => {
  it("keeps the vendor's own tool parts whole and in order, shown by nobody", () => {
    const code = { executableCode: { language: "PYTHON", code: "print(6*7)" }, thoughtSignature: "c2lnLWM=" };
    const { folded } = readBody(
      chunk([code, { codeExecutionResult: { outcome: "OUTCOME_OK", output: "42" } }, { text: "It is 42." }], "STOP"),
    );
    expect(folded.message.content).toMatchObject([
      { type: "opaque", kind: "executableCode", replay: { data: { raw: code } } },
      { type: "opaque", kind: "codeExecutionResult" },
      { type: "text", text: "It is 42." },
    ]);
    expect(folded.notes).toEqual([]);
  });

  it("keeps a part of a new kind with a note", () => {
    const { folded } = readBody(chunk([{ hologram: { depth: 3 } }], "STOP"));
    expect(folded.message.content).toMatchObject([
      { type: "opaque", kind: "hologram", replay: { data: { raw: { hologram: { depth: 3 } } } } },
    ]);
    expect(folded.notes).toContainEqual(expect.objectContaining({ kind: "unknown", field: "parts.hologram" }));
  });

  it("reads images with their signature, and hides the ones of a thought", () => {
    const { folded } = readBody(
      chunk(
        [
          { thought: true, inlineData: { mimeType: "image/png", data: "AAEC" } },
          { inlineData: { mimeType: "image/png", data: "AwQF" }, thoughtSignature: "c2lnLWk=" },
        ],
        "STOP",
      ),
    );
    expect(folded.message.content).toMatchObject([
      { type: "opaque", kind: "thought.inlineData" },
      { type: "image", data: "AwQF", mediaType: "image/png", replay: { data: { thoughtSignature: "c2lnLWk=" } } },
    ]);
  });

  it("reads log-probabilities over several chunks", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "a", logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: "b", logProbability: -1 }] }],
    };
    const one = { candidates: [{ content: { parts: [{ text: "a" }] }, logprobsResult, index: 0 }] };
    const two = { candidates: [{ content: { parts: [{ text: "a" }] }, logprobsResult, finishReason: "STOP", index: 0 }] };
    expect(readStream([one, two]).folded.details.logprobs).toEqual([
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

  it("turns UTF-8 byte offsets into places in the text", () => {
    const text = "Über 🍐: Birnen.";
    const bytes = new TextEncoder().encode("Über 🍐: ").length;
    const end = new TextEncoder().encode(text).length;
    const { folded } = readBody(
      grounded(
        text,
        [{ segment: { startIndex: bytes, endIndex: end, text: "Birnen." }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://pears.example", title: "Pears", domain: "pears.example" } }],
      ),
    );
    expect(folded.sources).toMatchObject([{ url: "https://pears.example", title: "Pears", number: 1 }]);
    const [source] = folded.sources;
    expect(text.slice(source?.start, source?.end)).toBe("Birnen.");
    expect(folded.details).toMatchObject({ webSearchQueries: ["q"], searchEntryPoint: "<i>q</i>" });
  });

  it("counts the bytes of any text as UTF-8 does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (before, after) => {
        expect(afterBytes(before + after, 0, new TextEncoder().encode(before).length)).toBe(before.length);
      }),
    );
    const { folded } = readBody(
      grounded(
        "é, then pears",
        [{ segment: { startIndex: 4, endIndex: 8 }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://p.example" } }],
      ),
    );
    expect(folded.sources).toMatchObject([{ start: 3, end: 7 }]);
  });

  it("trusts the cited passage more than offsets that point at another", () => {
    const { folded } = readBody(
      grounded(
        "One. Two.",
        [{ segment: { startIndex: 0, endIndex: 4, text: "Two." }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://two.example" } }],
      ),
    );
    expect(folded.sources).toMatchObject([{ start: 5, end: 9 }]);
  });

  it("finds the cited passage where the offsets don't fit", () => {
    const { folded } = readBody(
      grounded(
        "One. Two.",
        [{ segment: { startIndex: 700, endIndex: 800, text: "Two." }, groundingChunkIndices: [0] }],
        [{ web: { uri: "https://two.example" } }],
      ),
    );
    expect(folded.sources).toMatchObject([{ start: 5, end: 9 }]);
  });

  it("says a source once for each passage that cites it, and for no other", () => {
    const { folded } = readBody(
      grounded(
        "One. Two. Three.",
        [
          { segment: { endIndex: 4, text: "One." }, groundingChunkIndices: [0, 1] },
          { segment: { startIndex: 10, endIndex: 16, text: "Three." }, groundingChunkIndices: [1] },
        ],
        [{ web: { uri: "https://a.example" } }, { web: { uri: "https://b.example" } }],
      ),
    );
    expect(folded.sources.map(({ number, start }) => [number, start])).toEqual([
      [1, 0],
      [2, 0],
      [2, 10],
    ]);
  });

  it("names a source that nothing cites, once, though the metadata repeats", () => {
    const metadata = { groundingChunks: [{ retrievedContext: { uri: "gs://b/doc", title: "Doc", text: "a passage" } }] };
    const { folded } = readStream([
      { candidates: [{ content: { parts: [{ text: "x" }] }, groundingMetadata: metadata }] },
      { candidates: [{ content: { parts: [{ text: "y" }] }, groundingMetadata: metadata, finishReason: "STOP" }] },
    ]);
    expect(folded.sources).toMatchObject([{ url: "gs://b/doc", title: "Doc", quote: "a passage", number: 1 }]);
  });

  it("reads citations of both spellings and the licence of what is recited", () => {
    for (const key of ["citations", "citationSources"]) {
      const { folded } = readBody({
        candidates: [
          {
            content: { parts: [{ text: "abcdef" }] },
            finishReason: "STOP",
            citationMetadata: { [key]: [{ startIndex: 1, endIndex: 3, uri: "https://c.example", license: "mit" }] },
          },
        ],
      });
      expect(folded.sources).toMatchObject([{ url: "https://c.example", start: 1, end: 3 }]);
      expect(folded.notes).toContainEqual(expect.objectContaining({ field: "citationMetadata" }));
    }
  });

  it("lists read URLs and notes those that could not be read", () => {
    const { folded } = readBody({
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
    expect(folded.sources.map((source) => source.url)).toEqual(["https://ok.example"]);
    expect(folded.notes).toContainEqual(expect.objectContaining({ field: "urlContextMetadata" }));
  });
});

describe("whatever comes", () => {
  it("ends in finish or in a typed error, and pollutes nothing", () => {
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

describe("how it ends", () => {
  it.each([
    ["SAFETY", "content-filter"],
    ["MODEL_ARMOR", "content-filter"],
    ["IMAGE_SAFETY", "content-filter"],
    ["CONTINUATION", "pause"],
    ["MALFORMED_FUNCTION_CALL", "other"],
  ])("reads %s as %s", (raw, reason) => {
    const { folded } = readStream([{ candidates: [{ content: {}, finishReason: raw, index: 0 }] }]);
    expect(folded).toMatchObject({ finishReason: reason, rawFinishReason: raw });
    expect(folded.notes.filter((note) => note.kind === "unknown")).toEqual([]);
  });

  it("passes an unknown finish word on with a note, even one that names a method of objects", () => {
    for (const word of ["TIRED", "constructor"]) {
      const { folded } = readStream([chunk([{ text: "x" }], word)]);
      expect(folded).toMatchObject({ finishReason: "other", rawFinishReason: word });
      expect(folded.notes).toContainEqual(expect.objectContaining({ kind: "unknown", field: "finishReason" }));
    }
  });

  it("ends a blocked prompt as content-filter with the vendor's word", () => {
    const { folded } = readStream([
      { promptFeedback: { blockReason: "PROHIBITED_CONTENT", blockReasonMessage: "not this" }, modelVersion: "m" },
    ]);
    expect(folded).toMatchObject({ finishReason: "content-filter", rawFinishReason: "PROHIBITED_CONTENT", text: "" });
    expect(folded.notes[0]?.message).toContain("not this");
  });

  it("says why nothing came: thinking ate the tokens, or the model stayed silent", () => {
    expect(readStream([chunk([], "MAX_TOKENS")]).folded.notes[0]?.message).toContain("maxOutputTokens");
    expect(readStream([chunk([{ text: "hm", thought: true }], "MAX_TOKENS")]).folded.notes[0]?.message).toContain("maxOutputTokens");
    expect(readStream([chunk([{ text: "" }], "STOP")]).folded.notes[0]?.message).toContain("without saying anything");
  });

  it("says what was wrong with a malformed call", () => {
    const { folded } = readStream([
      { candidates: [{ content: {}, finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "call:roll(" }] },
    ]);
    expect(folded.notes).toContainEqual({ kind: "warning", field: "finishReason", message: "MALFORMED_FUNCTION_CALL: call:roll(" });
  });

  it("keeps the token of an answer that goes on", () => {
    const { folded } = readStream([
      { candidates: [{ content: { parts: [{ text: "part one" }] }, finishReason: "CONTINUATION", continuationToken: "tok-next" }] },
    ]);
    expect(folded.details["continuationToken"]).toBe("tok-next");
  });

  it("is finishing from the finish word on, and open again while content follows", () => {
    const call = callOf();
    const { protocol } = { protocol: call.route.protocol };
    const reader = protocol.reader(call, protocol.render(call));
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

  it("makes a cut stream an error, with the usage so far", () => {
    const error = thrown(() => readStream([chunk([{ text: "Once upon" }])]));
    expect(error).toMatchObject({ name: "LumiverseError", code: "truncated" });
    expect(thrown(() => readStream([])).message).toContain("before any answer");
    expect(thrown(() => readBody([])).code).toBe("truncated");
  });

  it("makes a cut list of chunks an error", () => {
    const call = callOf();
    const reader = call.route.protocol.reader(call, call.route.protocol.render(call));
    expect(thrown(() => reader.stray('[{"responseId": "r", "candidates": [{"content": {"parts": [{"te', () => {})).code).toBe("truncated");
  });

  it("throws the error in a 200 body, bare, in a list, or as an event", () => {
    const error = { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } };
    for (const run of [() => readBody(error), () => readBody([error]), () => readStream([chunk([{ text: "a" }]), error])])
      expect(thrown(run)).toMatchObject({ code: "overloaded", retryable: true, status: 503, vendorCode: "UNAVAILABLE" });
  });

  it("throws the error that comes in mid-stream as pretty-printed JSON, at any packet size", () => {
    const tail = JSON.stringify({ error: { code: 500, message: "An internal error has occurred.", status: "INTERNAL" } }, null, 2);
    for (const size of [1, 5, 4096])
      for (const end of ["", "\n"]) {
        const error = thrown(() => readStream([chunk([{ text: "a" }])], callOf(), size, tail + end));
        expect(error).toMatchObject({ code: "server", message: "An internal error has occurred." });
      }
  });

  it("names a web page and text that is no JSON", () => {
    expect(thrown(() => readStream([chunk([{ text: "a" }])], callOf(), 9999, "<html><body>Bad gateway</body></html>\n"))).toMatchObject({
      code: "malformed-response",
    });
    expect(thrown(() => readStream(["{broken"]))).toMatchObject({ code: "malformed-response" });
    expect(thrown(() => readBody("text"))).toMatchObject({ code: "malformed-response" });
  });
});
