import { describe, expect, it } from "vitest";
import { type Capability, createRegistry, type Evidence, factsFor, find, matches, supportOf, supports } from "../src/index.ts";
import { to } from "./ask.ts";
import { stranger, strangerWith } from "./stranger.ts";

describe("supports()", () => {
  const evidence: Record<string, Evidence[]> = {
    tools: [
      { kind: "documented", source: "https://docs.stranger.example/tools" },
      { kind: "recorded", source: "fixtures/tools", model: "m-2" },
      { kind: "derived", source: "fixtures/tool-loop" },
      { kind: "documented", source: "https://docs.stranger.example/m-1", model: "m-1" },
    ],
  };
  const provider = strangerWith(
    { takes: { tools: true, seed: "unknown", reasoning: ["low", "high"] } },
    {
      evidence: async () => evidence,
      catalogue: async () => ({
        date: "2026-11-01",
        source: "s",
        models: [{ id: "m-1", source: "s", takes: { seed: true, "input.image": false, tools: false } }],
      }),
    },
  );
  const ask = (capability: Capability, model = "m-1") => supports(provider, capability, model);

  it("tells yes, no and unknown apart", async () => {
    expect((await ask("tools")).support).toBe("yes");
    expect((await ask("input.image")).support).toBe("no");
    expect((await ask("topK")).support).toBe("unknown");
    expect((await ask("models")).support).toBe("no");
    expect(supportOf(undefined)).toBe("unknown");
    expect(supportOf([0, 2])).toBe("yes");
  });
  it("says with what fact, and on which evidence: the strongest first, of equals that of this model", async () => {
    expect(await ask("reasoning")).toEqual({
      capability: "reasoning",
      support: "yes",
      fact: ["low", "high"],
      evidence: [{ kind: "declared", source: stranger.docs }],
    });
    expect((await ask("tools")).evidence.map((one) => one.source)).toEqual([
      "fixtures/tools",
      "fixtures/tool-loop",
      "https://docs.stranger.example/m-1",
      "https://docs.stranger.example/tools",
    ]);
    expect((await ask("topK")).evidence).toEqual([]);
  });
  it("lets the route decide, and the catalogue fill in what the route leaves open", async () => {
    expect((await ask("seed")).fact).toBe(true);
    expect((await ask("tools")).fact).toBe(true);
    expect((await ask("seed", "m-9")).support).toBe("unknown");
  });
  it("says the same of a connection", async () => {
    expect(await to("http://127.0.0.1:1", {}, provider).supports("tools", "m-1")).toEqual(await ask("tools"));
  });
});

describe("find()", () => {
  const models = [
    {
      id: "seer",
      source: "s",
      contextTokens: 200_000,
      price: { input: 3, output: 9, currency: "USD" },
      takes: { "input.image": true, tools: true },
    },
    {
      id: "reader",
      source: "s",
      contextTokens: 8000,
      price: { input: 0.1, output: 0.2, currency: "USD" },
      takes: { "input.image": false, tools: true },
    },
    { id: "mystery", source: "s", price: { input: 1, output: 1, currency: "CNY" } },
  ];
  const among = createRegistry([
    strangerWith({}, { catalogue: async () => ({ date: "2026-11-01", source: "s", models }) }),
    { ...stranger, id: "bare" },
  ]);
  const ids = async (query: Parameters<typeof find>[0]): Promise<string[]> => (await find(query, among)).map((found) => found.model.id);

  for (const [query, expected] of [
    [{ input: "image" }, ["seer"]],
    [{ input: "image", unknown: true }, ["seer", "mystery"]],
    [{ tools: true }, ["seer", "reader"]],
    [{ tools: false }, []],
    [{ tools: true, context: 100_000 }, ["seer"]],
    [{ inputPrice: 1 }, ["reader"]],
    [{ input: "audio" }, []],
    [{ provider: "bare" }, []],
    [{}, ["seer", "reader", "mystery"]],
  ] as [Parameters<typeof find>[0], string[]][])
    it(`${JSON.stringify(query)} finds ${JSON.stringify(expected)}`, async () => expect(await ids(query)).toEqual(expected));
});

describe("facts by model", () => {
  for (const [pattern, id, yes] of [
    ["gpt-5*", "gpt-5.1", true],
    ["gpt-5*", "GPT-5", true],
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
  it("apply in order, the later one winning", () => {
    const models = [
      { match: "m*", takes: { tools: true, seed: true } },
      { match: ["x", "m-1"], takes: { seed: false } },
      { match: (id: string) => id.endsWith("9"), takes: { topK: true } },
    ];
    expect(factsFor({ topP: true }, models, "m-1")).toEqual({ topP: true, tools: true, seed: false });
    expect(factsFor({}, models, "m-9")).toEqual({ tools: true, seed: true, topK: true });
    expect(factsFor({}, undefined, "m-1")).toEqual({});
  });
});
