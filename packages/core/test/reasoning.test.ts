import { describe, expect, it } from "vitest";
import { checkRequest } from "../src/check.ts";
import * as asks from "../src/check-asks.ts";
import { effortWord } from "../src/for-wires.ts";
import type { ChatRequest, Facts, Note, ReasoningRequest, ResolvedReasoning } from "../src/index.ts";
import { talk } from "./stranger.ts";

function resolve(reasoning: ReasoningRequest, takes: Facts): { reasoning: ResolvedReasoning | undefined; notes: Note[] } {
  const notes: Note[] = [];
  const request: ChatRequest = { model: "m-1", messages: [], reasoning };
  const route = { protocol: talk, base: new URL("https://api.stranger.example"), takes };
  const checked = checkRequest("stranger", request, route, { unsupported: "default", prefill: "error", replayScope: "own" }, notes, asks);
  return { reasoning: checked.reasoning, notes };
}
const effort = (word: string) => ({ kind: "effort", word });
const budget = (tokens: number) => ({ kind: "budget", tokens });

const CASES: [ReasoningRequest, Facts, object | undefined, string?][] = [
  // A model that takes words.
  ["low", { reasoning: ["low", "medium", "high"] }, effort("low")],
  ["minimal", { reasoning: ["low", "medium", "high"] }, effort("low"), "minimal became low: the model takes low, medium, high"],
  ["max", { reasoning: ["low", "medium", "high"] }, effort("high"), "max became high: the model takes low, medium, high"],
  ["max", { reasoning: ["low", "high", "xhigh"] }, effort("xhigh"), "max became xhigh: the model takes low, high, xhigh"],
  ["medium", { reasoning: ["none", "default"] }, effort("default"), "medium became default: the model takes none, default"],
  ["medium", { reasoning: ["low", "high"] }, effort("low"), "medium became low: the model takes low, high"],
  // A model that takes tokens.
  ["medium", { reasoning: true, "reasoning.budget": [1024, 32_000] }, budget(8192)],
  ["max", { reasoning: true, "reasoning.budget": [1024, 24_576] }, budget(24_576)],
  ["high", { "reasoning.budget": true }, budget(16_384)],
  [{ budgetTokens: 5000 }, { "reasoning.budget": [1024, 32_000] }, budget(5000)],
  [{ budgetTokens: 10 }, { "reasoning.budget": [1024, 32_000] }, budget(1024), "10 became 1024: the model takes 1024 to 32000"],
  // Both, one, neither.
  ["high", { reasoning: ["low", "high"], "reasoning.budget": [0, 9] }, effort("high")],
  [{ budgetTokens: 7 }, { reasoning: ["low", "high"], "reasoning.budget": [0, 9] }, budget(7)],
  [
    { budgetTokens: 9000 },
    { reasoning: ["low", "medium", "high"] },
    effort("medium"),
    "the model takes levels, not budgets: 9000 tokens became medium",
  ],
  [{ budgetTokens: 9000 }, { reasoning: true }, { kind: "on" }, "the model takes no level: it reasons as it does"],
  ["low", { reasoning: true }, { kind: "on" }, "the model takes no level: it reasons as it does"],
  // Nothing known: as asked.
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

describe("a level or a budget becomes what the model takes, and a change is noted", () => {
  for (const [want, takes, expected, note] of CASES)
    it(`${JSON.stringify(want)} with ${JSON.stringify(takes)} is ${JSON.stringify(expected)}`, () => {
      const { reasoning, notes } = resolve(want, takes);
      expect(reasoning).toEqual(expected);
      expect(notes.map((one) => one.message)).toEqual(note === undefined ? [] : [note]);
    });

  it("off where it can't be switched off is refused, and says so", () => {
    expect(() => resolve("off", { reasoning: ["low"], "reasoning.off": false })).toThrow("m-1 always reasons: it can't be switched off");
  });

  it("an object that is no budget is refused, and not taken for one", () => {
    // What a form or JSON can hold, whatever the types say.
    expect(() => resolve({ effort: "low" } as unknown as ReasoningRequest, { reasoning: ["low"] })).toThrow("neither a level nor");
  });

  it("a stronger wish never becomes a weaker word than a weaker wish does", () => {
    const scale = ["minimal", "low", "medium", "high", "max"];
    for (const words of [["low", "high"], ["none", "low", "medium", "xhigh"], ["high"], ["minimal", "max"], ["default"]]) {
      const places = scale.map((level) => words.indexOf(effortWord(level, words) ?? ""));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(words[places[0] ?? -1]).not.toBe("none");
    }
  });
});
