import { describe, expect, it } from "vitest";
import { checkRequest } from "../../src/capabilities/check-request.ts";
import type { Capabilities, ChatRequest, Note, ReasoningRequest } from "../../src/index.ts";
import { effortWord, type ResolvedReasoning } from "../../src/provider.ts";
import { sampleProtocol } from "../support/sample-provider.ts";

function resolve(reasoning: ReasoningRequest, capabilities: Capabilities): { reasoning: ResolvedReasoning | undefined; notes: Note[] } {
  const notes: Note[] = [];
  const request: ChatRequest = { model: "m-1", messages: [], reasoning };
  const route = { protocol: sampleProtocol, base: new URL("https://api.sample.example"), capabilities };
  const checked = checkRequest(request, route, { unsupported: {}, replayScope: "own" }, notes);
  return { reasoning: checked.reasoning, notes };
}
const effort = (word: string) => ({ kind: "effort", word });
const budget = (tokens: number) => ({ kind: "budget", tokens });

const CASES: [ReasoningRequest, Capabilities, object | undefined, string?][] = [
  // A model that accepts effort words.
  ["low", { reasoning: ["low", "medium", "high"] }, effort("low")],
  ["minimal", { reasoning: ["low", "medium", "high"] }, effort("low"), "minimal became low: the model accepts low, medium, high."],
  ["max", { reasoning: ["low", "medium", "high"] }, effort("high"), "max became high: the model accepts low, medium, high."],
  ["max", { reasoning: ["low", "high", "xhigh"] }, effort("xhigh"), "max became xhigh: the model accepts low, high, xhigh."],
  ["medium", { reasoning: ["none", "default"] }, effort("default"), "medium became default: the model accepts none, default."],
  ["medium", { reasoning: ["low", "high"] }, effort("low"), "medium became low: the model accepts low, high."],
  // A model that accepts a token budget.
  ["medium", { reasoning: true, "reasoning.budget": [1024, 32_000] }, budget(8192)],
  ["max", { reasoning: true, "reasoning.budget": [1024, 24_576] }, budget(24_576)],
  ["high", { "reasoning.budget": true }, budget(16_384)],
  [{ budgetTokens: 5000 }, { "reasoning.budget": [1024, 32_000] }, budget(5000)],
  [{ budgetTokens: 10 }, { "reasoning.budget": [1024, 32_000] }, budget(1024), "10 became 1024: the model accepts 1024 to 32000."],
  // A model that accepts both, one of them, or no level.
  ["high", { reasoning: ["low", "high"], "reasoning.budget": [0, 9] }, effort("high")],
  [{ budgetTokens: 7 }, { reasoning: ["low", "high"], "reasoning.budget": [0, 9] }, budget(7)],
  [
    { budgetTokens: 9000 },
    { reasoning: ["low", "medium", "high"] },
    effort("medium"),
    "The model accepts effort levels, not budgets: 9000 tokens became medium.",
  ],
  [{ budgetTokens: 9000 }, { reasoning: true }, { kind: "on" }, "The model accepts no reasoning level. It reasons at its own level."],
  ["low", { reasoning: true }, { kind: "on" }, "The model accepts no reasoning level. It reasons at its own level."],
  // A model about which nothing is known gets the request as given.
  ["max", {}, effort("max")],
  [{ budgetTokens: 9000 }, {}, budget(9000)],
  ["max", { reasoning: "unknown" }, effort("max")],
  // Off.
  ["off", {}, { kind: "off" }],
  ["off", { reasoning: ["low", "high"], "reasoning.off": true }, { kind: "off" }],
  ["off", { reasoning: false }, undefined],
  ["high", { reasoning: false }, undefined, "m-1 does not reason"],
  [{ budgetTokens: 1 }, { reasoning: false }, undefined, "m-1 does not reason"],
];

describe("a reasoning level or budget becomes what the model accepts, and a change is noted:", () => {
  for (const [want, capabilities, expected, note] of CASES)
    it(`${JSON.stringify(want)} with ${JSON.stringify(capabilities)} is ${JSON.stringify(expected)}`, () => {
      const { reasoning, notes } = resolve(want, capabilities);
      expect(reasoning).toEqual(expected);
      expect(notes.map((one) => one.message)).toEqual(note === undefined ? [] : [note]);
    });

  it('"off" is refused when the model always reasons', () => {
    expect(() => resolve("off", { reasoning: ["low"], "reasoning.off": false })).toThrow("m-1 always reasons; it cannot be switched off");
  });

  it("an object without budgetTokens is refused", () => {
    // A form or JSON can hold it, although the types forbid it.
    expect(() => resolve({ effort: "low" } as unknown as ReasoningRequest, { reasoning: ["low"] })).toThrow("neither a level nor");
  });

  it("a higher level never becomes a weaker effort word than a lower level does", () => {
    const scale = ["minimal", "low", "medium", "high", "max"];
    for (const words of [["low", "high"], ["none", "low", "medium", "xhigh"], ["high"], ["minimal", "max"], ["default"]]) {
      const places = scale.map((level) => words.indexOf(effortWord(level, words) ?? ""));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(words[places[0] ?? -1]).not.toBe("none");
    }
  });
});
