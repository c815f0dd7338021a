import { describe, expect, it } from "vitest";
import { checkPrefill, checkRequest } from "../src/check.ts";
import * as asks from "../src/check-asks.ts";
import {
  type ChatRequest,
  type Facts,
  isLumiverseError,
  type LumiverseError,
  type Note,
  type Policy,
  type Route,
  type Rule,
} from "../src/index.ts";
import { talk } from "./stranger.ts";

const ASK: ChatRequest = { model: "m-1", messages: [{ role: "user", content: "hi" }] };
const TOOLS: ChatRequest = { ...ASK, tools: [{ name: "look" }, { name: "find" }] };

function check(request: ChatRequest, takes: Facts, unsupported: Policy["unsupported"] = "default", rules: Rule[] = []) {
  const notes: Note[] = [];
  const route: Route = { protocol: talk, base: new URL("https://api.stranger.example"), takes, rules };
  const checked = checkRequest("stranger", request, route, { unsupported, prefill: "error", replayScope: "own" }, notes, asks);
  return { ...checked, notes };
}
function refusal(work: () => unknown): LumiverseError {
  try {
    work();
  } catch (error) {
    if (isLumiverseError(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** Every field with a fact of its own: what is asked, the fact that says no, and whether leaving it out would change what the call means. */
const FIELDS: [keyof ChatRequest, ChatRequest, Facts, "refuse" | "drop"][] = [
  ["tools", TOOLS, { tools: false }, "refuse"],
  ["toolChoice", { ...TOOLS, toolChoice: "required" }, { "toolChoice.required": false }, "refuse"],
  ["toolChoice", { ...TOOLS, toolChoice: { name: "look" } }, { "toolChoice.named": false }, "refuse"],
  ["parallelToolCalls", { ...TOOLS, parallelToolCalls: false }, { parallelToolCalls: false }, "refuse"],
  ["stop", { ...ASK, stop: ["a"] }, { stop: false }, "refuse"],
  ["stop", { ...ASK, stop: ["a", "b", "c"] }, { stop: [0, 2] }, "refuse"],
  ["logprobs", { ...ASK, logprobs: true }, { logprobs: false }, "refuse"],
  ["reasoning", { ...ASK, reasoning: "off" }, { "reasoning.off": false }, "refuse"],
  ["reasoning", { ...ASK, reasoning: "high" }, { reasoning: false }, "drop"],
  ["maxOutputTokens", { ...ASK, maxOutputTokens: 9 }, { maxOutputTokens: false }, "drop"],
  ["temperature", { ...ASK, temperature: 0 }, { temperature: false }, "drop"],
  ["topP", { ...ASK, topP: 1 }, { topP: false }, "drop"],
  ["topK", { ...ASK, topK: 1 }, { topK: false }, "drop"],
  ["minP", { ...ASK, minP: 0 }, { minP: false }, "drop"],
  ["frequencyPenalty", { ...ASK, frequencyPenalty: 0 }, { frequencyPenalty: false }, "drop"],
  ["presencePenalty", { ...ASK, presencePenalty: 0 }, { presencePenalty: false }, "drop"],
  ["repetitionPenalty", { ...ASK, repetitionPenalty: 1 }, { repetitionPenalty: false }, "drop"],
  ["seed", { ...ASK, seed: 0 }, { seed: false }, "drop"],
];

describe.each(FIELDS)("%s that the model does not take", (field, request, facts, kind) => {
  const left = JSON.stringify(Object.values(facts));
  it(`by default is ${kind === "refuse" ? "refused before a byte leaves" : "left out with a note"} (${left})`, () => {
    if (kind === "drop") {
      const { request: sent, notes } = check(request, facts);
      expect(sent[field]).toBeUndefined();
      expect(notes).toEqual([{ kind: "dropped", field, message: expect.any(String) }]);
      return;
    }
    expect(refusal(() => check(request, facts))).toMatchObject({ code: "unsupported", provider: "stranger", field, retryable: false });
  });
  it("is refused under throw", () => {
    const error = refusal(() => check(request, facts, "throw"));
    expect(error.field).toBe(field);
    expect(error.message).toMatch(/^stranger: /);
    expect(error.hint).toContain('unsupported: "warn"');
  });
  it("is left out with one note under warn", () => {
    const { request: sent, notes, reasoning } = check(request, facts, "warn");
    expect(sent[field]).toBeUndefined();
    expect(reasoning).toBeUndefined();
    expect(notes).toEqual([{ kind: "dropped", field, message: expect.any(String) }]);
  });
  it("is sent as it is under send", () => {
    const { request: sent, notes } = check(request, facts, "send");
    expect(sent[field]).toEqual(request[field]);
    expect(notes).toEqual([]);
  });
  it("is sent where nothing is known", () => {
    const { request: sent } = check(request, {});
    expect(sent[field]).toEqual(request[field]);
  });
});

describe("the request itself", () => {
  it("is never changed", () => {
    const given: ChatRequest = Object.freeze({ ...TOOLS, temperature: 9, toolChoice: "none" as const });
    const { request } = check(given, { temperature: [0, 2], "toolChoice.none": false });
    expect(request).toEqual({ ...ASK, temperature: 2 });
    expect(given.temperature).toBe(9);
  });
  for (const [what, request, says] of [
    ["an unknown field", { ...ASK, temprature: 1 }, '"temprature" is no field of a request'],
    ["a field named like something of every object", { ...ASK, ["constructor"]: 1 }, '"constructor" is no field of a request'],
    ["no model", { ...ASK, model: " " }, "the request names no model"],
    ["no messages", { model: "m-1" }, "the request has no list of messages"],
    ["a forced tool without tools", { ...ASK, toolChoice: "required" }, "toolChoice forces a tool, but the request has no tools"],
    ["the choice of an unknown tool", { ...TOOLS, toolChoice: { name: "fly" } }, 'toolChoice names "fly", which is not among the tools'],
    ["a number that is none", { ...ASK, temperature: Number.NaN }, "temperature is NaN"],
    ["a number without end", { ...ASK, maxOutputTokens: Number.POSITIVE_INFINITY }, "maxOutputTokens is Infinity"],
  ] as const)
    it(`with ${what} is refused: ${says}`, () => {
      // What a caller without types can hand in.
      expect(refusal(() => check(request as unknown as ChatRequest, {})).message).toBe(`stranger: ${says}`);
    });
  it("loses fields that are undefined, empty tools, and a choice among no tools", () => {
    const given = { ...ASK, tools: [], toolChoice: "auto", parallelToolCalls: false, seed: undefined } as unknown as ChatRequest;
    expect(check(given, {}, "throw").request).toEqual(ASK);
  });
});

it("the message says what the model takes instead", () => {
  const takes: Facts = { topK: false, temperature: [0, 2], topP: true, maxOutputTokens: true, stop: [0, 4] };
  expect(refusal(() => check({ ...ASK, topK: 3 }, takes, "throw")).message).toBe(
    'stranger: "topK" is not a parameter this model takes (it takes maxOutputTokens, temperature, topP, stop)',
  );
});

describe("a number out of range", () => {
  for (const [value, to] of [
    [3, 2],
    [-1, 0],
  ] as const)
    it(`is clamped with a note: ${value} becomes ${to}`, () => {
      const { request, notes } = check({ ...ASK, temperature: value }, { temperature: [0, 2] });
      expect(request.temperature).toBe(to);
      expect(notes).toEqual([{ kind: "clamped", field: "temperature", message: `${value} became ${to}: the model takes 0 to 2` }]);
    });
  it("is refused under throw", () => {
    expect(refusal(() => check({ ...ASK, temperature: 3 }, { temperature: [0, 2] }, "throw")).message).toBe(
      "stranger: temperature is 3; the model takes 0 to 2",
    );
  });
  it("at the edge is in it", () => expect(check({ ...ASK, temperature: 2 }, { temperature: [0, 2] }).notes).toEqual([]));
});

describe("media", () => {
  const image = { type: "image", data: "aGk=", mediaType: "image/png" } as const;
  const user = (...content: unknown[]): ChatRequest => ({ ...ASK, messages: [{ role: "user", content: content as never }] });
  for (const [kind, part, facts] of [
    ["image", image, { "input.image": false }],
    ["audio", { type: "audio", data: "aGk=", mediaType: "audio/wav" }, { "input.audio": false }],
    ["file", { type: "file", data: "aGk=", mediaType: "application/pdf" }, { "input.file": false }],
    ["video", { type: "file", data: "aGk=", mediaType: "video/mp4" }, { "input.video": false, "input.file": true }],
  ] as const) {
    it(`${kind} is refused where the model takes none; under warn a text and a note say what stood there`, () => {
      const { request, notes } = check(user({ type: "text", text: "Look" }, part), facts, "warn");
      const because = `m-1 takes no ${kind} input`;
      expect(request.messages).toEqual([
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "text", text: `(${kind} left out: ${because})` },
          ],
        },
      ]);
      expect(notes).toEqual([{ kind: "dropped", field: "messages", message: because }]);
      for (const policy of ["default", "throw"] as const)
        expect(refusal(() => check(user(part), facts, policy)).message).toBe(`stranger: m-1 takes no ${kind} input`);
    });
    it(`${kind} in a tool's result is found too`, () => {
      const request: ChatRequest = {
        ...ASK,
        messages: [{ role: "tool", content: [{ type: "tool-result", id: "c", content: [part as typeof image] }] }],
      };
      expect(refusal(() => check(request, facts)).field).toBe("messages");
    });
    it(`${kind} is sent under send, and where it is not known`, () => {
      expect(check(user(part), facts, "send").notes).toEqual([]);
      expect(check(user(part), {}).notes).toEqual([]);
    });
  }
  it("by URL is refused where the vendor fetches none; a data: URL is bytes", () => {
    const url = { type: "image", url: "https://example.org/a.png" } as const;
    expect(refusal(() => check(user(url), { "input.url": false })).message).toBe("stranger: m-1 fetches no image by URL here");
    expect(check(user({ ...url, url: "data:image/png;base64,aGk=" }), { "input.url": false }).notes).toEqual([]);
  });
  it("that the assistant drew stays in its turn", () => {
    const request: ChatRequest = { ...ASK, messages: [{ role: "assistant", content: [image] }, ...ASK.messages] };
    expect(check(request, { "input.image": false }).notes).toEqual([]);
  });
});

describe("toolChoice", () => {
  it("none leaves out the tools where the host has no such word", () => {
    const { request, notes } = check({ ...TOOLS, toolChoice: "none" }, { "toolChoice.none": false });
    expect(request).toEqual(ASK);
    expect(notes).toEqual([{ kind: "changed", field: "toolChoice", message: expect.stringContaining("tools were left out") }]);
  });
  it("auto is never a question", () =>
    expect(check({ ...TOOLS, toolChoice: "auto" }, { "toolChoice.required": false }, "throw").request.toolChoice).toBe("auto"));
  it("goes with the tools, and so does parallelToolCalls", () => {
    const { request } = check({ ...TOOLS, toolChoice: "required", parallelToolCalls: false }, { tools: false }, "warn");
    expect(request).toEqual(ASK);
  });
  it("parallelToolCalls: true is what vendors do unasked", () => {
    expect(check({ ...TOOLS, parallelToolCalls: true }, {}).request.parallelToolCalls).toBeUndefined();
    expect(check({ ...TOOLS, parallelToolCalls: true }, { parallelToolCalls: true }).request.parallelToolCalls).toBe(true);
  });
});

describe("rules about pairs of fields", () => {
  const rule = (field: Rule["field"], then: Rule["then"], more: Partial<Rule> = {}): Rule => ({
    field,
    when: () => true,
    then,
    because: `because of ${field}`,
    ...more,
  });

  it("apply in the order reasoning, tools, output, sampling, the rest, however they are listed", () => {
    const order: string[] = [];
    const watch = (field: Rule["field"]): Rule =>
      rule(field, "drop", {
        when: () => {
          order.push(field);
          return false;
        },
      });
    const request: ChatRequest = { ...TOOLS, reasoning: "low", toolChoice: "auto", output: "json", temperature: 1, topP: 1, seed: 1 };
    check(request, {}, "default", (["seed", "topP", "temperature", "output", "toolChoice", "tools", "reasoning"] as const).map(watch));
    expect(order).toEqual(["reasoning", "tools", "toolChoice", "output", "temperature", "topP", "seed"]);
  });

  it("see what earlier ones left", () => {
    const rules = [
      rule("topP", "drop", { when: (request) => request.temperature !== undefined }),
      rule("temperature", "drop", { when: (request) => request.reasoning !== undefined }),
    ];
    const { request, notes } = check({ ...ASK, temperature: 1, topP: 0.5, reasoning: "low" }, {}, "default", rules);
    expect(request).toMatchObject({ topP: 0.5 });
    expect(notes).toEqual([{ kind: "dropped", field: "temperature", message: "because of temperature" }]);
  });

  it("drop, refuse, clamp and force, each with its reason", () => {
    expect(refusal(() => check({ ...ASK, topK: 5 }, {}, "default", [rule("topK", "refuse")])).message).toBe("stranger: because of topK");
    const { request, notes } = check({ ...ASK, topK: 50, topP: 0.2 }, {}, "default", [
      rule("topK", "clamp", { value: [1, 40] }),
      rule("topP", "force", { value: 0.95 }),
      rule("temperature", "force", { value: 1 }),
    ]);
    expect(request).toMatchObject({ topK: 40, topP: 0.95, temperature: 1 });
    expect(notes.map((note) => [note.kind, note.field])).toEqual([
      ["changed", "temperature"],
      ["changed", "topP"],
      ["clamped", "topK"],
    ]);
  });

  it("of a field that is not there do nothing, a forced value that is there already needs no note, and send knows no rules", () => {
    expect(check(ASK, {}, "default", [rule("topK", "refuse")]).notes).toEqual([]);
    expect(check({ ...ASK, topP: 1 }, {}, "default", [rule("topP", "force", { value: 1 })]).notes).toEqual([]);
    expect(check({ ...ASK, topK: 5 }, {}, "send", [rule("topK", "refuse")]).request.topK).toBe(5);
  });

  it("may leave out reasoning, and then nothing of it is sent", () => {
    const { reasoning, notes } = check({ ...TOOLS, reasoning: "high" }, { reasoning: ["low", "high"] }, "default", [
      rule("reasoning", "drop"),
    ]);
    expect(reasoning).toBeUndefined();
    expect(notes).toHaveLength(1);
  });
});

describe("prefill", () => {
  const way = (fact: boolean | "unknown" | undefined, prefill: Policy["prefill"], unsupported: Policy["unsupported"] = "default") =>
    checkPrefill("stranger", "m-1", "Once", fact, { unsupported, prefill, replayScope: "own" });

  it("goes out natively where the model takes it, or where nobody knows", () => {
    for (const fact of [true, "unknown", undefined] as const)
      for (const policy of ["error", "instruction", "native"] as const) expect(way(fact, policy)).toBe("native");
  });
  it("where the model takes none is refused, asked for in words, or sent all the same", () => {
    expect(refusal(() => way(false, "error"))).toMatchObject({
      code: "unsupported",
      field: "prefill",
      hint: expect.stringContaining('prefill: "instruction"'),
    });
    expect(way(false, "instruction")).toBe("instruction");
    expect(way(false, "native")).toBe("native");
    expect(way(false, "error", "warn")).toBe("instruction");
    expect(way(false, "error", "send")).toBe("native");
  });
  it("that is empty is none", () =>
    expect(checkPrefill("s", "m", "", false, { unsupported: "throw", prefill: "error", replayScope: "own" })).toBe("none"));
});
