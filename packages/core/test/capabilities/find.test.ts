import { describe, expect, it } from "vitest";
import { createRegistry, find } from "../../src/index.ts";
import { sampleProvider, sampleProviderWith } from "../support/sample-provider.ts";

describe("find()", () => {
  const models = [
    {
      id: "seer",
      source: "s",
      contextTokens: 200_000,
      price: { input: 3, output: 9, currency: "USD" },
      capabilities: { "input.image": true, tools: true },
    },
    {
      id: "reader",
      source: "s",
      contextTokens: 8000,
      price: { input: 0.1, output: 0.2, currency: "USD" },
      capabilities: { "input.image": false, tools: true },
    },
    { id: "mystery", source: "s", price: { input: 1, output: 1, currency: "CNY" } },
  ];
  const among = createRegistry([
    sampleProviderWith({}, { catalogue: async () => ({ date: "2026-11-01", source: "s", models }) }),
    { ...sampleProvider, id: "bare" },
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
