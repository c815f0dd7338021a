import { describe, expect, it } from "vitest";
import { capabilitiesFor, matches } from "../../src/provider.ts";

describe("capabilities by model", () => {
  for (const [pattern, id, yes] of [
    ["gpt-5*", "gpt-5.1", true],
    ["gpt-5*", "GPT-5", true],
    ["Qwen/*", "Qwen/Qwen3.5-4B", true],
    ["GPT-5", "gpt-5", true],
    ["gpt-5*", "my-gpt-5", false],
    ["*-mini", "o4-mini", true],
    ["*-mini", "o4-mini-high", false],
    ["a*b*c", "a-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["*", "", true],
    ["m-1", "m-1", true],
    ["m-1", "m-10", false],
    ["a*a", "a", false],
    ["a**b", "ab", true],
    ["*vision*", "qwen-vision-7b", true],
  ] as const)
    it(`${pattern} ${yes ? "matches" : "does not match"} ${id}`, () => expect(matches(pattern, id)).toBe(yes));
  it("apply in order, and the later entry wins", () => {
    const models = [
      { match: "m*", capabilities: { tools: true, seed: true } },
      { match: ["x", "m-1"], capabilities: { seed: false } },
      { match: (id: string) => id.endsWith("9"), capabilities: { topK: true } },
    ];
    expect(capabilitiesFor({ topP: true }, models, "m-1")).toEqual({ topP: true, tools: true, seed: false });
    expect(capabilitiesFor({}, models, "m-9")).toEqual({ tools: true, seed: true, topK: true });
    expect(capabilitiesFor({}, undefined, "m-1")).toEqual({});
  });
});
