import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dialect } from "../src/chat-completions/index.ts";
import { body, callOf, delta, kinds, stream, thrown } from "./chat-drive.ts";

const stop = delta({}, { finish_reason: "stop" });

describe("text", () => {
  it("is the same streamed and unstreamed, at every packet size", () => {
    const frames = [delta({ role: "assistant", content: "" }), delta({ content: "One " }), delta({ content: "two." }), stop];
    const whole = body(
      {},
      { id: "answer-1", model: "m-1-large", choices: [{ index: 0, message: { content: "One two." }, finish_reason: "stop" }] },
    );
    for (const size of [1, 2, 7, 10_000]) {
      const { events: _, ...streamed } = stream({}, frames, { size });
      const { events: __, ...unstreamed } = whole;
      expect(streamed).toEqual(unstreamed);
    }
    expect(whole.text).toBe("One two.");
    expect(whole.model).toBe("m-1-large");
    expect(whole.finishReason).toBe("stop");
  });

  it("reads the first of several choices, and notes it", () => {
    const answer = stream(
      {},
      [
        { model: "m", choices: [{ index: 1, delta: { content: "second" } }] },
        { model: "m", choices: [{ index: 0, delta: { content: "first" } }] },
        stop,
      ],
      { call: callOf({ parameters: { n: 2 } }) },
    );
    expect(answer.text).toBe("first");
    expect(kinds(answer.notes)).toContain("dropped choices");
  });

  it("ignores a message that repeats the text so far", () => {
    const answer = stream({}, [
      { model: "m", choices: [{ index: 0, delta: { content: "Par" }, message: { content: "Par" } }] },
      { model: "m", choices: [{ index: 0, delta: { content: "is" }, message: { content: "Paris" } }] },
      { model: "m", object: "chat.completion.done", choices: [{ index: 0, message: { content: "Paris" }, finish_reason: "stop" }] },
    ]);
    expect(answer.text).toBe("Paris");
  });

  it("opens with an empty chunk of filter results without a loss", () => {
    const answer = stream({}, [{ id: "", model: "", choices: [], prompt_filter_results: [{}] }, delta({ content: "Hi" }), stop]);
    expect(answer.id).toBe("answer-1");
    expect(answer.text).toBe("Hi");
  });
});

describe("reasoning", () => {
  it.each(["reasoning_content", "reasoning", "reasoning_text"])("is read from %s", (field) => {
    const answer = stream({}, [delta({ [field]: "Hm. " }), delta({ [field]: "Yes." }), delta({ content: "42" }), stop]);
    expect(answer.reasoning).toBe("Hm. Yes.");
    expect(answer.message.content).toMatchObject([
      { type: "reasoning", text: "Hm. Yes." },
      { type: "text", text: "42" },
    ]);
  });

  it("is read once where two fields mirror each other", () => {
    expect(stream({}, [delta({ reasoning_content: "Hm", reasoning: "Hm" }), delta({ content: "4" }), stop]).reasoning).toBe("Hm");
  });

  it("is taken out of a leading <think> block, whatever the packets", () => {
    for (const size of [1, 3, 5000]) {
      const text = "<think>\nAdd one and one.\n</think>\n\nTwo <b>!</b>";
      const frames = [...text].map((letter) => delta({ content: letter }));
      const answer = stream({}, [...frames, stop], { size });
      expect(answer.reasoning.trim()).toBe("Add one and one.");
      expect(answer.text).toBe("Two <b>!</b>");
    }
  });

  it("leaves no part where the <think> block is empty", () => {
    const answer = stream({}, [delta({ content: "<think>\n\n</think>\n\nHello" }), stop]);
    expect(answer.message.content).toEqual([{ type: "text", text: "Hello" }]);
  });

  it("is all before a lone </think>, streamed as unstreamed", () => {
    const text = "So it is five.\n</think>\n\nFive.";
    const frames = (text.match(/.{1,3}/gs) ?? []).map((piece) => delta({ content: piece }));
    const streamed = stream({}, [...frames, stop]);
    const whole = body({}, { model: "m", choices: [{ message: { content: text }, finish_reason: "stop" }] });
    for (const answer of [streamed, whole]) {
      expect(answer.reasoning).toBe("So it is five.");
      expect(answer.text).toBe("Five.");
    }
    // What was shown as text is taken back, and no part starts twice.
    expect(streamed.events.filter((event) => event.type === "replace")).toEqual([
      { type: "replace", index: 0, part: { type: "reasoning", text: "So it is five." } },
    ]);
    expect(streamed.events.filter((event) => event.type === "part-start")).toEqual([]);
  });

  it("leaves no part where only blank lines precede a lone </think>", () => {
    const answer = stream({}, [delta({ content: "\n\n" }), delta({ content: "</think>" }), delta({ content: "Hello" }), stop]);
    expect([answer.reasoning, answer.text, answer.message.content.length]).toEqual(["", "Hello", 1]);
  });

  it("starts a new part after the text that was replaced", () => {
    const frames = [delta({ content: "First.\n</think>\n\nTwo." }), delta({ reasoning_content: "Second." }), stop];
    const answer = stream({}, [delta({ content: "Zero. " }), ...frames]);
    expect([answer.reasoning, answer.text]).toEqual(["Zero. First.Second.", "Two."]);
  });

  it("is separated from text in the same way, however the deltas are cut", () => {
    const piece = fc.constantFrom("<think>", "</think>", "<", "</", "think>", "\n", " ", "a", "<b>");
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 14 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (pieces, cuts) => {
          const text = pieces.join("");
          const frames: object[] = [];
          for (let at = 0, n = 0; at < text.length; n++) {
            const size = cuts[n % cuts.length] ?? 1;
            frames.push(delta({ content: text.slice(at, at + size) }));
            at += size;
          }
          const streamed = stream({}, [...frames, stop]);
          const whole = body({}, { model: "m", choices: [{ message: { content: text }, finish_reason: "stop" }] });
          expect([streamed.text, streamed.reasoning.trim()]).toEqual([whole.text, whole.reasoning.trim()]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("is not found in an answer that talks about the tag", () => {
    const text = "Close the block with `</think>`, and open it with\n<think>\nlike so:\n</think>\n";
    expect(stream({}, [delta({ content: text }), stop]).text).toBe(text);
  });

  it("remains text when the dialect has no tags", () => {
    expect(stream({ reasoning: { tags: "none" } }, [delta({ content: "<think>a</think>b" }), stop]).text).toBe("<think>a</think>b");
  });

  it("keeps thinking chunks and texts of a content list in their order", () => {
    const dialect = { reasoning: { replay: "always", replayField: "content" } } as const;
    const thinking = (text: string): object => ({ type: "thinking", thinking: [{ type: "text", text }], closed: true });
    const answer = stream(dialect, [
      delta({ content: "" }),
      delta({ content: [thinking("Let ")] }),
      delta({ content: [thinking("me see."), { type: "text", text: "It " }] }),
      delta({ content: "is." }),
      delta({ content: [{ type: "reference", reference_ids: [1] }] }),
      delta({ content: " So." }),
      stop,
    ]);
    expect(answer.message.content).toMatchObject([
      { type: "reasoning", text: "Let me see." },
      { type: "text", text: "It is." },
      { type: "opaque", kind: "reference", replay: { data: { content: { type: "reference", reference_ids: [1] } } } },
      { type: "text", text: " So." },
    ]);
  });
});

describe("reasoning details", () => {
  const dialect = { reasoning: { replay: "always", replayField: "reasoning_details" } } as const;

  it("are joined by type and index, and a signature closes its block", () => {
    const block = (text: string): object => ({ type: "reasoning.text", index: 0, format: "anthropic-claude-v1", text });
    const answer = stream(dialect, [
      delta({ reasoning: "Fi", reasoning_details: [block("Fi")] }),
      delta({ reasoning: "rst", reasoning_details: [block("rst")] }),
      delta({ reasoning_details: [{ type: "reasoning.text", index: 0, signature: "sig-a" }] }),
      delta({ reasoning: "Second", reasoning_details: [block("Second")] }),
      delta({ reasoning_details: [{ type: "reasoning.text", index: 0, signature: "sig-b" }] }),
      stop,
    ]);
    expect(answer.reasoning).toBe("FirstSecond");
    expect(answer.message.replay?.data).toEqual({
      reasoning_details: [
        { type: "reasoning.text", index: 0, format: "anthropic-claude-v1", text: "First", signature: "sig-a" },
        { type: "reasoning.text", index: 0, format: "anthropic-claude-v1", text: "Second", signature: "sig-b" },
      ],
    });
  });

  it("give the text where no plain field does, and never twice", () => {
    const item = { type: "reasoning.summary", summary: "Looked it up." };
    expect(stream(dialect, [delta({ reasoning_details: [item] }), stop]).reasoning).toBe("Looked it up.");
    expect(stream(dialect, [delta({ reasoning: "Looked it up.", reasoning_details: [item] }), stop]).reasoning).toBe("Looked it up.");
  });

  it("survive as an empty list", () => {
    expect(stream(dialect, [delta({ content: "x", reasoning_details: [] }), stop]).message.replay?.data).toEqual({ reasoning_details: [] });
  });
});

describe("usage", () => {
  const usageOf = (usage: object, dialect = {}): object => stream(dialect, [delta({ content: "x" }), stop, { choices: [], usage }]).usage;

  it("is disjoint: tokens from the cache are not input tokens", () => {
    expect(
      usageOf({
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
      }),
    ).toEqual({
      completeness: "exact",
      input: 30,
      cacheRead: 60,
      cacheWrite: 10,
      output: 20,
    });
  });

  it.each([["prompt_cache_hit_tokens"], ["cached_tokens"], ["num_cached_tokens"], ["cache_read_input_tokens"]])(
    "finds cached tokens as %s",
    (name) => {
      expect(usageOf({ prompt_tokens: 10, completion_tokens: 1, [name]: 4 })).toMatchObject({ input: 6, cacheRead: 4 });
    },
  );

  it("adds reasoning that the host counts separately from the answer", () => {
    const raw = { prompt_tokens: 50, completion_tokens: 8, total_tokens: 98, completion_tokens_details: { reasoning_tokens: 40 } };
    expect(usageOf(raw)).toMatchObject({ output: 48, reasoning: 40 });
    expect(usageOf({ ...raw, total_tokens: 58 })).toMatchObject({ output: 8, reasoning: 40 });
    expect(usageOf({ ...raw, total_tokens: undefined }, { outputExcludesReasoning: true })).toMatchObject({ output: 48 });
  });

  it("adds audio that the host counts separately from the prompt", () => {
    const raw = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 112, prompt_tokens_details: { audio_tokens: 100 } };
    expect(usageOf(raw)).toMatchObject({ input: 105, output: 7 });
  });

  it("is never negative, and a missing count is not zero", () => {
    expect(usageOf({ prompt_tokens: 5, completion_tokens: null, prompt_tokens_details: { cached_tokens: 9 } })).toEqual({
      completeness: "exact",
      input: 0,
      cacheRead: 5,
    });
  });

  it("is the last of growing snapshots, never their sum", () => {
    const answer = stream(
      {},
      [1, 2, 3].map((n) => ({ ...delta({ content: "x" }), usage: { prompt_tokens: 4, completion_tokens: n } })).concat(stop as never),
    );
    expect(answer.usage).toMatchObject({ input: 4, output: 3 });
    expect(answer.events.filter((event) => event.type === "usage")).toHaveLength(2);
  });

  it("is found in the choice, and at the further paths of the dialect", () => {
    expect(
      stream({}, [delta({ content: "x" }, { finish_reason: "stop", usage: { prompt_tokens: 3, completion_tokens: 1 } })]).usage.input,
    ).toBe(3);
    const groq: Dialect = { usageAt: ["usage", "x_groq.usage"], errorAt: ["x_groq.error"], seedAt: "x_groq.seed" };
    const last = { ...stop, x_groq: { usage: { prompt_tokens: 2, completion_tokens: 1 }, seed: 7 } };
    const answer = stream(groq, [delta({ content: "x" }), last]);
    expect([answer.usage.input, answer.details["seed"]]).toEqual([2, 7]);
    expect(stream({}, [delta({ content: "x" }), last]).usage.input).toBeUndefined();
    const first = { ...delta({ content: "x" }), usage: { prompt_tokens: 3, completion_tokens: 1 } };
    expect(stream(groq, [first, last]).usage.input).toBe(3);
  });

  it("is read together with failures at the paths of the dialect", () => {
    const failed = { ...delta({}), x_groq: { error: { message: "over capacity", code: "overloaded" } } };
    expect(thrown(() => stream({ errorAt: ["x_groq.error"] }, [delta({ content: "x" }), failed])).code).toBe("overloaded");
  });

  it("carries the vendor's own price, in the unit the dialect names", () => {
    const cost = { path: "cost.total", currency: "USD", unit: 0.5 };
    expect(usageOf({ prompt_tokens: 1, completion_tokens: 1, cost: { total: 3 } }, { cost })).toMatchObject({
      cost: { amount: 1.5, currency: "USD", from: "provider" },
    });
  });
});

describe("sources", () => {
  it("are emitted once, however often the list comes, and carry their number", () => {
    const lists = {
      citations: ["https://a.test/", "https://b.test/"],
      search_results: [{ url: "https://b.test/", title: "B", snippet: "about b" }],
    };
    const answer = stream({}, [
      { ...delta({ role: "assistant", content: "" }), ...lists },
      { ...delta({ content: "See [2]." }), ...lists },
      { ...stop, ...lists },
    ]);
    expect(answer.sources).toEqual([
      { type: "source", url: "https://a.test/", number: 1 },
      { type: "source", url: "https://b.test/", title: "B", quote: "about b", number: 2 },
    ]);
    expect(answer.message.content).toMatchObject([{ type: "text" }, { type: "source" }, { type: "source" }]);
  });

  it("are read from annotations, with the position when the host sends one", () => {
    const cite = (start_index: number, end_index: number): object => ({
      annotations: [{ type: "url_citation", url_citation: { url: "https://a.test/", title: "", start_index, end_index } }],
    });
    const answer = stream({}, [delta({ content: "Yes." }), delta(cite(0, 3)), delta(cite(0, 3)), delta(cite(0, 0)), stop]);
    expect(answer.sources).toEqual([
      { type: "source", url: "https://a.test/", start: 0, end: 3 },
      { type: "source", url: "https://a.test/" },
    ]);
  });

  it("keep other annotations for the way back", () => {
    const annotation = { type: "file", file: { hash: "h-1" } };
    const answer = body({}, { model: "m", choices: [{ message: { content: "x", annotations: [annotation] }, finish_reason: "stop" }] });
    expect(answer.message.content).toMatchObject([
      { type: "text" },
      { type: "opaque", kind: "annotation.file", replay: { data: { annotation } } },
    ]);
  });
});

describe("the rest of an answer", () => {
  it("brings images and audio as parts", () => {
    const answer = body(
      {},
      {
        model: "m",
        choices: [
          {
            message: {
              content: null,
              images: [{ image_url: { url: "data:image/webp;base64,QUJD" } }],
              audio: { id: "a-1", data: "QUJD", transcript: "abc" },
            },
            finish_reason: "stop",
          },
        ],
      },
      callOf({ parameters: { audio: { format: "mp3" } } }),
    );
    expect(answer.message.content).toMatchObject([
      { type: "image", data: "QUJD", mediaType: "image/webp" },
      { type: "audio", data: "QUJD", mediaType: "audio/mpeg", transcript: "abc" },
    ]);
  });

  it("joins audio that was padded piece by piece as bytes", () => {
    const answer = stream({}, [delta({ audio: { id: "a", data: btoa("ab") } }), delta({ audio: { data: btoa("cd") } }), stop]);
    expect(answer.message.content).toMatchObject([{ type: "audio", data: btoa("abcd") }]);
  });

  it("tells a refusal from an answer", () => {
    const answer = stream({}, [delta({ refusal: "I can't " }), delta({ refusal: "help." }), stop]);
    expect(answer.finishReason).toBe("refusal");
    expect(answer.text).toBe("");
    expect(answer.details["refusal"]).toBe("I can't help.");
  });

  it("collects log-probabilities, tier, fingerprint and upstream", () => {
    const logprobs = { content: [{ token: "x", logprob: -0.5, bytes: [120], top_logprobs: [{ token: "y", logprob: -2 }] }] };
    const frame = { service_tier: "flex", system_fingerprint: "fp-1", provider: "Upstream" };
    const answer = stream({}, [{ ...delta({ content: "x" }, { logprobs }), ...frame }, stop]);
    expect(answer.details).toMatchObject({
      logprobs: [{ token: "x", logprob: -0.5, top: [{ token: "y", logprob: -2 }] }],
      serviceTier: "flex",
      fingerprint: "fp-1",
      upstream: "Upstream",
    });
  });

  it("strips a repeated prefill once, and only at the head", () => {
    const call = callOf({ prefill: "Dear" });
    const answer = stream({ prefillEchoed: true }, [delta({ content: "De" }), delta({ content: "ar Dear" }), stop], { call });
    expect(answer.text).toBe(" Dear");
    expect(stream({ prefillEchoed: true }, [delta({ content: "Deal" }), stop], { call }).text).toBe("Deal");
  });

  it("notes that an answer is empty, and tool markup that was left in the text", () => {
    expect(kinds(stream({}, [stop]).notes)).toEqual(["warning content"]);
    const call = callOf({ tools: [{ name: "find" }] });
    expect(kinds(stream({}, [delta({ content: "<｜｜DSML｜｜tool_calls>" }), stop], { call }).notes)).toEqual(["warning content"]);
  });

  it("hands the one provider's hook each frame", () => {
    const seen: unknown[] = [];
    stream({ extras: ({ json }) => void seen.push(json["related"]) }, [{ ...delta({ content: "x" }), related: ["a"] }, stop]);
    expect(seen).toEqual([["a"], undefined]);
  });
});

describe("the end", () => {
  it("is emitted after the usage, and once", () => {
    const types = stream({}, [delta({ content: "x" }), stop, { choices: [], usage: { prompt_tokens: 1 } }]).events.map(
      (event) => event.type,
    );
    expect(types.filter((type) => type === "finish")).toHaveLength(1);
    expect(types.indexOf("usage")).toBeLessThan(types.indexOf("finish"));
  });

  it("may be the socket's after a finish reason, without a terminator", () => {
    expect(stream({}, [delta({ content: "x" }), stop], { end: "" }).finishReason).toBe("stop");
  });

  it("is an error where the stream just stops, never a short answer", () => {
    expect(thrown(() => stream({}, [delta({ content: "half" })], { end: "" })).code).toBe("truncated");
    expect(thrown(() => stream({}, [], { end: "data: [DONE]\n\n" })).code).toBe("truncated");
  });

  it("may be missing when usage came in a chunk of its own", () => {
    const answer = stream({}, [delta({ content: "x" }), { choices: [], usage: { prompt_tokens: 1 } }], { end: "" });
    expect(answer.finishReason).toBe("stop");
    expect(kinds(answer.notes)).toEqual(["unknown finish_reason"]);
  });

  it("is the last finish reason, and an empty one counts as none", () => {
    const answer = stream({}, [
      delta({ content: "x" }, { finish_reason: "" }),
      delta({}, { finish_reason: "length" }),
      delta({}, { finish_reason: "stop" }),
    ]);
    expect(answer.finishReason).toBe("stop");
    expect(answer.rawFinishReason).toBe("stop");
  });

  it.each([
    ["eos_token", "stop"],
    ["STOP", "stop"],
    ["model_length", "length"],
    ["sensitive", "content-filter"],
    ["model_context_window_exceeded", "context-overflow"],
  ])("reads %s as %s", (word, reason) => {
    expect(stream({}, [delta({ content: "x" }, { finish_reason: word })]).finishReason).toBe(reason);
  });

  it("is other with a note when the reason is unknown, unless the dialect maps it", () => {
    const frames = [delta({ content: "x" }, { finish_reason: "whatever" })];
    const answer = stream({}, frames);
    expect([answer.finishReason, answer.rawFinishReason]).toEqual(["other", "whatever"]);
    expect(kinds(answer.notes)).toEqual(["unknown finish_reason"]);
    expect(stream({ finishReasons: { whatever: "pause" } }, frames).finishReason).toBe("pause");
  });

  it.each([
    ["insufficient_system_resource", "overloaded"],
    ["error", "server"],
  ])("throws for %s, which is a failure in disguise", (word, code) => {
    expect(thrown(() => stream({}, [delta({ content: "x" }, { finish_reason: word })]))).toMatchObject({ code, retryable: true });
  });

  it("throws for a failure that only the upstream's finish reason shows", () => {
    const hidden = delta({ content: "" }, { finish_reason: "stop", native_finish_reason: "network_error" });
    expect(thrown(() => stream({}, [hidden])).code).toBe("server");
  });

  it("is over at the terminator: what follows is not read", () => {
    expect(stream({}, [delta({ content: "a" }), stop, "data: [DONE]\n\n", delta({ content: "b" })]).text).toBe("a");
  });
});

describe("a stream that breaks inside a call", () => {
  const begun = delta({ tool_calls: [{ index: 0, id: "a", function: { name: "look", arguments: '{"at":1}' } }] });
  it.each([
    ["ends without a finish reason", [begun], ""],
    ["states a failure as its finish reason", [begun, delta({}, { finish_reason: "error" })], "data: [DONE]\n\n"],
  ])("%s: no event says that the call ended", (_, chunks, end) => {
    const ended: string[] = [];
    const failure = thrown(() => stream({}, chunks, { end, seen: (event) => void ended.push(event.type) }));
    expect(failure.code).toMatch(/^(?:truncated|server)$/);
    expect(ended).toContain("part-start");
    expect(ended).not.toContain("part-end");
  });
});
