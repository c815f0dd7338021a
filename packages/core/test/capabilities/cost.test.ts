import { describe, expect, it } from "vitest";
import { costAt, costOf } from "../../src/capabilities/cost.ts";
import type { Catalogue, Usage } from "../../src/index.ts";
import type { Price, Protocol } from "../../src/provider.ts";
import { connectTo, HI } from "../support/calls.ts";
import { sampleProtocol, sampleProviderWith } from "../support/sample-provider.ts";
import { serve, sse, stream } from "../support/server.ts";

const catalogue: Catalogue = {
  date: "2026-11-01",
  source: "price list",
  models: [
    {
      id: "m-1",
      name: "Model One",
      aliases: ["m-latest"],
      source: "price list",
      date: "2026-10-30",
      price: {
        input: 2,
        output: 10,
        cacheRead: 0.2,
        cacheWrite: 2.5,
        currency: "USD",
        above: { inputTokens: 200_000, input: 4, output: 15, cacheRead: 0.4 },
      },
    },
    { id: "m-2", source: "price list", price: { input: 1, output: 1, currency: "CNY" } },
    { id: "m-3", source: "price list", price: { input: 1, currency: "USD" } },
    { id: "m-priceless", source: "price list" },
    { id: "m-free", source: "price list", price: { input: 0, output: 0, currency: "USD" } },
  ],
};
const usage = (more: Partial<Usage>): Usage => ({ input: 0, output: 0, completeness: "exact", ...more });

describe("the cost from a price list", () => {
  const cases: [string, Usage, number | undefined][] = [
    ["m-1", usage({ input: 1_000_000 }), 4],
    ["m-1", usage({ input: 100_000, output: 100_000 }), 1.2],
    ["m-1", usage({ input: 1000, cacheRead: 100_000, cacheWrite: 10_000, output: 500 }), 0.002 + 0.02 + 0.025 + 0.005],
    // Tokens read from a cache count as part of the prompt's length.
    ["m-1", usage({ input: 1000, cacheRead: 200_000, output: 1000 }), 0.004 + 0.08 + 0.015],
    ["m-1", usage({ input: 200_000 }), 0.4],
    ["m-2", usage({ input: 1000, output: 500 }), 0.0015],
    // A price that is needed and not known.
    ["m-2", usage({ input: 1000, cacheRead: 1000 }), undefined],
    ["m-2", usage({ input: 1000, cacheWrite: 1000 }), undefined],
    ["m-latest", usage({ input: 1000 }), 0.002],
    ["m-free", usage({ input: 1000 }), 0],
    ["m-3", usage({ input: 1000 }), 0.001],
    ["m-3", usage({ input: 1000, output: 1 }), undefined],
    ["unheard-of", usage({ input: 1000 }), undefined],
    ["m-1", { completeness: "unknown" }, undefined],
    ["m-1", { input: 5, completeness: "partial" }, undefined],
  ];
  for (const [model, used, amount] of cases)
    it(`${model} with ${JSON.stringify(used)} is ${amount}`, () => {
      const cost = costOf(catalogue, model, used);
      if (amount === undefined) expect(cost).toBeUndefined();
      else expect(cost?.amount).toBeCloseTo(amount, 10);
    });
  it("names its currency, its source and its date", () => {
    expect(costOf(catalogue, "m-1", usage({}))).toMatchObject({ currency: "USD", from: "catalogue", date: "2026-10-30" });
    expect(costOf(catalogue, "m-2", usage({}))).toMatchObject({ currency: "CNY", date: "2026-11-01" });
  });
});

describe("an answer of another model than the one that was asked for", () => {
  it.each([
    ["m-2", undefined],
    ["m-latest", 0.002],
    ["m-1-2026-03-17", 0.002],
    ["m-1-20260317", 0.002],
    ["m-1@20260317", 0.002],
    ["m-1-09-2025", 0.002],
    ["m-1-0711", 0.002],
    ["m-1-001", 0.002],
    ["m-1:8192", 0.002],
    ["m-1-latest", 0.002],
    ["m-1-preview-20260317", 0.002],
    ["m-0711", 0.002],
    ["M-1", 0.002],
    ["models/m-1", 0.002],
    ["accounts/acme/models/M-1-0711", 0.002],
    ["Model One", 0.002],
    ["model-one-20260317", 0.002],
    ["m-2-2026-03-17", undefined],
    ["M-3", undefined],
    ["m-priceless", undefined],
    ["m-priceless-0711", undefined],
    ["m-1-mini", undefined],
    ["m-1-mini-2026-03-17", undefined],
    ["m-1.5", undefined],
    ["m-1-5", undefined],
    ["m-10", undefined],
    ["m", 0.002],
    ["something-else", undefined],
    ["", 0.002],
    ["x", 0.002],
    ["o1", undefined],
  ])("%s costs %s", (answeredBy, amount) => {
    expect(costOf(catalogue, "m-1", usage({ input: 1000 }), undefined, answeredBy)?.amount).toBe(amount);
  });

  const asked: Price = {
    input: 2,
    output: 10,
    cacheRead: 0.2,
    cacheWrite: 2.5,
    cacheWrite1h: 4,
    currency: "USD",
    above: { inputTokens: 200_000, input: 4, output: 15, cacheRead: 0.4, cacheWrite: 5, cacheWrite1h: 8 },
  };
  const short = usage({ input: 1000, output: 500, cacheRead: 100, cacheWrite: 90, cacheWrite1h: 40 });
  const long = { ...short, input: 300_000 };
  it.each<[string, Partial<Price>, Usage, boolean]>([
    ["of the same price, stated by another list", { source: "another list", date: "2026-01-01" }, short, true],
    ["with another price of the input", { input: 3 }, short, false],
    ["with another price of the output", { output: 11 }, short, false],
    ["with another price of cache reads", { cacheRead: 0.3 }, short, false],
    ["with another price of cache writes", { cacheWrite: 3 }, short, false],
    ["with another price of cache writes for an hour", { cacheWrite1h: 5 }, short, false],
    ["with another currency", { currency: "CNY" }, short, false],
    ["with a price that varies", { varies: "peak hours" }, short, false],
    ["with another price of long prompts", { above: { inputTokens: 200_000, input: 5, output: 15, cacheRead: 0.4 } }, long, false],
    ["with another limit for long prompts, at the same prices", { above: { ...asked, inputTokens: 500 } }, short, true],
    ["with other prices above a lower limit", { above: { ...asked, inputTokens: 500, input: 4 } }, short, false],
  ])("a model %s", (_name, difference, used, isKnown) => {
    const answered: Price = { ...asked, ...difference };
    const models = [asked, answered].map((price, index) => ({ id: index === 0 ? "a" : "b", source: "list", price }));
    const cost = costOf({ date: "2026-11-01", models }, "a", used, undefined, "b");
    expect(cost !== undefined).toBe(isKnown);
    if (isKnown) expect(cost?.amount).toBe(costAt(asked, used)?.amount);
  });
});

/** The sample protocol, whose answers end with this usage. */
function ending(usage: Usage): Protocol {
  return {
    ...sampleProtocol,
    reader: (context) => {
      const reader = sampleProtocol.reader(context);
      return {
        ...reader,
        get phase() {
          return reader.phase;
        },
        end(emit) {
          emit({ type: "usage", usage });
          reader.end(emit);
        },
      };
    },
  };
}

describe("the cost of an answer", () => {
  it("comes from the catalogue at the base URL of its prices only, and can be switched off", async () => {
    await using server = await serve((response) => stream(response));
    const provider = sampleProviderWith({}, { catalogue: async () => catalogue });
    const own = { ...provider, base: server.url };
    expect((await connectTo(server.url, {}, own).generate(HI)).cost).toEqual({
      amount: (3 * 2 + 2 * 10) / 1e6,
      currency: "USD",
      from: "catalogue",
      date: "2026-10-30",
    });
    expect((await connectTo(server.url, {}, provider).generate(HI)).cost).toBeUndefined();
    expect((await connectTo(server.url, { cost: false }, own).generate(HI)).cost).toBeUndefined();
    expect((await connectTo(server.url, {}, own).explain({ ...HI, maxOutputTokens: 1000 })).estimate.cost?.amount).toBeGreaterThan(0.01);
  });

  it("is the vendor's own figure where it reports one", async () => {
    await using server = await serve((response) => stream(response, sse({ say: "a" }, { stop: "end" }, "[DONE]")));
    const cost = { amount: 0.5, currency: "USD", from: "provider" } as const;
    const provider = {
      ...sampleProviderWith(
        { protocol: ending({ input: 1, output: 1, completeness: "exact", cost }) },
        { catalogue: async () => catalogue },
      ),
      base: server.url,
    };
    expect((await connectTo(server.url, {}, provider).generate(HI)).cost).toEqual(cost);
  });
});

describe("the cost at a price", () => {
  const price: Price = { input: 1, output: 2, cacheWrite: 1.25, cacheWrite1h: 2, currency: "USD" };
  const million = 1_000_000;
  const cases: [string, Price, Usage, string | undefined, number | undefined][] = [
    ["writes for an hour", price, usage({ cacheWrite: 2 * million, cacheWrite1h: million }), undefined, 3.25],
    [
      "writes for an hour without their price",
      { ...price, cacheWrite1h: undefined as never },
      usage({ cacheWrite: million, cacheWrite1h: million }),
      undefined,
      undefined,
    ],
    ["the standard tier", price, usage({ input: million }), "default", 1],
    ["the standard tier in capitals", price, usage({ input: million }), "ON_DEMAND", 1],
    ["another tier", price, usage({ input: million }), "flex", undefined],
    ["an unheard-of tier", price, usage({ input: million }), "constructor", undefined],
    ["peak hours", { ...price, varies: "peak hours" }, usage({ input: million }), undefined, undefined],
    ["a pass of another model", price, usage({ input: million, otherCharges: "advisor" }), undefined, undefined],
    [
      "a long prompt whose price is unknown",
      { ...price, above: { inputTokens: 10, output: 3 } },
      usage({ input: million }),
      undefined,
      undefined,
    ],
    ["counts that contradict each other", price, usage({ cacheWrite: 5, cacheWrite1h: 9 }), undefined, undefined],
    ["a count below zero", price, usage({ input: -5 }), undefined, undefined],
    ["a count that is no number", price, usage({ input: Number.NaN }), undefined, undefined],
  ];
  it.each(cases)("%s", (_name, at, used, tier, amount) => expect(costAt(at, used, tier)?.amount).toEqual(amount));
});

describe("the price list of one address", () => {
  it.each([
    ["the address itself", "/v1", "/v1", true],
    ["another version", "/v1beta", "/v1", true],
    ["a path below it", "/v1", "/v1/projects/p", true],
    ["another plan", "/api/v1", "/api/subscription/v1", false],
    ["a path whose beginning is the same", "/v1", "/v1x/projects", false],
  ])("%s", async (_name, listed, called, applies) => {
    await using server = await serve((response) => stream(response));
    const provider = sampleProviderWith({}, { catalogue: async () => ({ ...catalogue, base: server.origin + listed }) });
    expect((await connectTo(server.origin + called, {}, provider).generate(HI)).cost !== undefined).toBe(applies);
  });
  it("is not that of another origin of the vendor, such as a region", async () => {
    await using server = await serve((response) => stream(response));
    const provider = { ...sampleProviderWith({}, { catalogue: async () => catalogue }), origins: [server.origin] };
    expect((await connectTo(server.url, {}, provider).generate(HI)).cost).toBeUndefined();
  });
});

describe("what a request asks for", () => {
  it.each([
    ["nothing", {}, true],
    ["the standard tier", { serviceTier: "default" }, true],
    ["another tier, which the vendor does not report", { serviceTier: "priority" }, false],
    ["a tool of the host", { otherCharges: "tools of the host" }, false],
  ])("%s", async (_name, billing, hasCost) => {
    await using server = await serve((response) => stream(response));
    const protocol: Protocol = { ...sampleProtocol, billing: () => billing };
    const provider = { ...sampleProviderWith({ protocol }, { catalogue: async () => catalogue }), base: server.url };
    const connection = connectTo(server.url, {}, provider);
    expect((await connection.generate(HI)).cost !== undefined).toBe(hasCost);
    expect((await connection.explain(HI)).estimate.cost !== undefined).toBe(hasCost);
  });
});

it("headers of the connection and of the call count as asked for", async () => {
  await using server = await serve((response) => stream(response));
  const protocol: Protocol = {
    ...sampleProtocol,
    billing: ({ headers }) => (headers?.["x-tier"] === "priority" ? { serviceTier: "priority" } : {}),
  };
  const provider = { ...sampleProviderWith({ protocol }, { catalogue: async () => catalogue }), base: server.url };
  const headers = { "X-Tier": "priority" };
  expect((await connectTo(server.url, {}, provider).generate(HI)).cost).toBeDefined();
  expect((await connectTo(server.url, {}, provider).generate({ ...HI, headers })).cost).toBeUndefined();
  expect((await connectTo(server.url, { headers }, provider).generate(HI)).cost).toBeUndefined();
});

describe("the option cost", () => {
  it('uses the catalogue behind another host with "vendor", and prices of one\'s own by model id', async () => {
    await using server = await serve((response) => stream(response));
    const provider = sampleProviderWith({}, { catalogue: async () => catalogue });
    expect((await connectTo(server.url, { cost: "vendor" }, provider).generate(HI)).cost?.amount).toBeCloseTo(26 / 1e6, 12);
    const own = { "m-1": { input: 100, output: 0, currency: "EUR" } };
    expect((await connectTo(server.url, { cost: own }, provider).generate(HI)).cost).toEqual({
      amount: 0.0003,
      currency: "EUR",
      from: "catalogue",
    });
    for (const model of ["m-2", "constructor"])
      expect((await connectTo(server.url, { cost: own }, provider).generate({ ...HI, model })).cost).toBeUndefined();
  });
  it("gives no figure by prices of one's own when a model answered that has another of them", async () => {
    await using server = await serve((response) =>
      stream(response, sse({ model: "b" }, { say: "a" }, { tokens: [3, 2] }, { stop: "end" }, "[DONE]")),
    );
    const price: Price = { input: 1, output: 2, currency: "EUR" };
    const amountOf = async (cost: Record<string, Price>): Promise<number | undefined> =>
      (await connectTo(server.url, { cost }).generate({ ...HI, model: "a" })).cost?.amount;
    expect(await amountOf({ a: price, b: { ...price, output: 3 } })).toBeUndefined();
    expect(await amountOf({ a: price, b: price })).toBeGreaterThan(0);
    expect(await amountOf({ a: price })).toBeGreaterThan(0);
  });
  it("gives no figure by prices of one's own when a dated spelling of another of their models answered", async () => {
    await using server = await serve((response) =>
      stream(response, sse({ model: "b-2026-03-17" }, { say: "a" }, { tokens: [3, 2] }, { stop: "end" }, "[DONE]")),
    );
    const price: Price = { input: 1, output: 2, currency: "EUR" };
    const cost = { a: price, b: { ...price, output: 3 } };
    const amountOf = async (model: string): Promise<number | undefined> =>
      (await connectTo(server.url, { cost }).generate({ ...HI, model })).cost?.amount;
    expect(await amountOf("a")).toBeUndefined();
    expect(await amountOf("b")).toBeGreaterThan(0);
  });
  it("gives no figure for counts that are not final", async () => {
    await using server = await serve((response) => stream(response));
    const provider = sampleProviderWith(
      { protocol: ending({ input: 1, output: 1, completeness: "partial" }) },
      { catalogue: async () => catalogue },
    );
    expect((await connectTo(server.url, { cost: "vendor" }, provider).generate(HI)).cost).toBeUndefined();
  });
});
