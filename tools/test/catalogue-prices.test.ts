import { catalogueOf } from "@lumiverse/core/catalogue";
import type { ModelInfo } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { findGaps } from "../catalogue/gaps.ts";
import { listedModels, lists, modelsDevModels, overlayOf, piAiModels, snapshotOf } from "../catalogue/generate.ts";
import { merge } from "../catalogue/merge.ts";
import { agree, completePrice, withMultiples } from "../catalogue/price.ts";

/** Intended gaps, with their reasons. Remove a gap from the list when the catalogue closes it. */
const INTENDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  google: {
    "deep-research-max-preview-04-2026: no model": "it answers in the Interactions API only",
    "deep-research-preview-04-2026: no model": "it answers in the Interactions API only",
    "gemini-2.5-computer-use-preview-10-2025: no model": "it needs the computer use tool in every request",
    "gemini-flash-latest: no price": "an alias whose model changes, and with it the price",
    "gemini-flash-lite-latest: no price": "an alias whose model changes, and with it the price",
    "gemini-pro-latest: no price": "an alias whose model changes, and with it the price",
  },
  "google-vertex": {
    "gemini-flash-latest: no price": "an alias whose model changes, and with it the price",
    "gemini-flash-lite-latest: no price": "an alias whose model changes, and with it the price",
  },
  xai: {
    "grok-4.5: no cacheRead above 200000 tokens": "the vendor's page contradicts pi-ai on cache reads, and has none for the band",
  },
};

/** What the sources state about a list: pi-ai first, and models.dev for the models that pi-ai lacks or does not price. */
function sourceModels(list: string): ModelInfo[] {
  const overlay = overlayOf(list);
  const newer = piAiModels(overlay);
  const priced = new Set(newer.filter(({ price }) => price !== undefined).map(({ id }) => id));
  return [...newer, ...modelsDevModels(snapshotOf(list)).filter(({ id }) => !priced.has(id))];
}

function catalogue(list: string): ModelInfo[] {
  return merge(listedModels(list), overlayOf(list)).map(({ model }) => model);
}

describe("the prices of the catalogues", () => {
  test.each(lists())("%s has every model price and price band that a source has, except for the listed exceptions", (list) => {
    const sources = list === "google-vertex" ? sourceModels(list).filter(({ id }) => id.startsWith("gemini-")) : sourceModels(list);
    expect(findGaps(sources, catalogue(list)).sort()).toEqual(Object.keys(INTENDED[list] ?? {}).sort());
  });

  test.each(lists())("a price of %s that contradicts a source says so in its row", (list) => {
    const overlay = overlayOf(list);
    const byId = new Map(sourceModels(list).map((model) => [model.id, model]));
    for (const entry of overlay.models) {
      const theirs = [entry.id, ...(entry.aliases ?? [])].map((id) => byId.get(id)?.price).find((price) => price !== undefined);
      if (theirs === undefined || entry.price === undefined) continue;
      const contradicts =
        entry.price === null ||
        (entry.price !== "free" && (!agree(entry.price, theirs) || (entry.price.above !== undefined && theirs.above === undefined)));
      const reason = entry.note ?? (entry.price === null || entry.price === "free" ? undefined : entry.price.varies);
      if (contradicts) expect(reason, `${list}: ${entry.id}`).toBeDefined();
    }
  });

  test("a five-minute and a one-hour cache write have a price for every priced Claude model at its vendor", () => {
    const priced = catalogue("anthropic").filter(({ price }) => price !== undefined);
    expect(priced.length).toBeGreaterThan(25);
    for (const { id, price } of priced) {
      expect(price?.cacheWrite, id).toBeGreaterThan(price?.input ?? Number.POSITIVE_INFINITY);
      expect(price?.cacheWrite1h, id).toBe((price?.input ?? 0) * 2);
    }
  });

  test("OpenAI's models with a window of a million tokens have a band above 272000 tokens", () => {
    const ids = "gpt-6.2-astra gpt-6.2-sol gpt-6.1-sol gpt-6.1-terra gpt-6-astra gpt-6-sol gpt-6-luna gpt-5.6 gpt-5.6-terra gpt-5.6-luna";
    const models = catalogue("openai");
    for (const id of ids.split(" ")) {
      const price = models.find((model) => model.id === id)?.price;
      expect(price?.above?.inputTokens, id).toBe(272_000);
      expect(price?.above?.input, id).toBe((price?.input ?? 0) * 2);
      expect(price?.cacheRead, id).toBeDefined();
    }
  });

  test("DeepSeek's prices vary with the hour", () => {
    for (const { id, price } of catalogue("deepseek")) expect(price?.varies, id).toContain("peak hours");
  });
});

describe("finding gaps", () => {
  const model = (id: string, price?: ModelInfo["price"]): ModelInfo => ({
    id,
    source: "a list",
    ...(price === undefined ? {} : { price }),
  });
  const full = { input: 1, output: 2, cacheRead: 0.1, currency: "USD", above: { inputTokens: 1000, input: 2, output: 4, cacheRead: 0.2 } };

  test("a missing model, price, amount and band are each named", () => {
    const source = [model("a", full)];
    expect(findGaps(source, [])).toEqual(["a: no model"]);
    expect(findGaps(source, [model("a")])).toEqual(["a: no price"]);
    expect(findGaps(source, [model("a", { input: 1, output: 2, currency: "USD" })])).toEqual([
      "a: no cacheRead",
      "a: no band above 1000 tokens",
    ]);
    expect(findGaps(source, [model("a", { ...full, above: { ...full.above, inputTokens: 2000 } })])).toEqual([
      "a: no band above 1000 tokens",
    ]);
    expect(findGaps(source, [model("a", { ...full, above: { inputTokens: 1000, input: 2, output: 4 } })])).toEqual([
      "a: no cacheRead above 1000 tokens",
    ]);
    expect(findGaps(source, [model("a", full)])).toEqual([]);
  });

  test("an alias counts as the model, and a price that varies has no gap", () => {
    expect(findGaps([model("a", full)], [{ ...model("b", full), aliases: ["a"] }])).toEqual([]);
    expect(findGaps([model("a", full)], [model("a", { currency: "USD", input: 1, varies: "peak hours" })])).toEqual([]);
    expect(
      findGaps([model("a", { currency: "USD", input: 1, varies: "peak hours" })], [model("a", { currency: "USD", input: 1 })]),
    ).toEqual(["a: no reason why the price varies"]);
  });

  test("a catalogue without one of its bands or models has a gap", () => {
    const models = catalogue("openai");
    const without = models.map((one) => {
      if (one.id !== "gpt-6.1-terra" || one.price === undefined) return one;
      const { above: _, ...price } = one.price;
      return { ...one, price };
    });
    expect(findGaps(sourceModels("openai"), models)).toEqual([]);
    expect(findGaps(sourceModels("openai"), without)).toEqual(["gpt-6.1-terra: no band above 272000 tokens"]);
    expect(findGaps(sourceModels("openai"), models.slice(1))).toEqual([`${models[0]?.id}: no model`]);
  });
});

describe("completing a vendor's price", () => {
  const vendor = { input: 1, output: 2, currency: "USD" };
  const list = { input: 1, output: 2, cacheRead: 0.1, currency: "USD", above: { inputTokens: 1000, input: 2, output: 3 } };

  test("takes the amounts and the band that only the list has", () => {
    expect(completePrice(vendor, list)).toEqual(list);
    expect(completePrice({ ...vendor, above: { inputTokens: 1000, cacheRead: 0.2 } }, list).above).toEqual({
      inputTokens: 1000,
      input: 2,
      output: 3,
      cacheRead: 0.2,
    });
  });

  test("takes nothing from a list that contradicts it, has another currency, or is missing", () => {
    expect(completePrice({ ...vendor, output: 3 }, list)).toEqual({ ...vendor, output: 3 });
    expect(completePrice({ ...vendor, currency: "CNY" }, list)).toEqual({ ...vendor, currency: "CNY" });
    expect(completePrice(vendor, undefined)).toEqual(vendor);
    expect(completePrice({ ...vendor, above: { inputTokens: 500, input: 9 } }, list).above).toEqual({ inputTokens: 500, input: 9 });
  });

  test("multiples fill in missing cache prices, in the band, too, and change no stated one", () => {
    const rules = [{ match: ["claude-*"], except: ["*:batch"], cacheRead: 0.1, cacheWrite1h: 2, because: "a page" }];
    expect(withMultiples("claude-1", { input: 3, cacheRead: 0.25, currency: "USD", above: { inputTokens: 10, input: 6 } }, rules)).toEqual({
      input: 3,
      cacheRead: 0.25,
      cacheWrite1h: 6,
      currency: "USD",
      above: { inputTokens: 10, input: 6, cacheRead: 0.6, cacheWrite1h: 12 },
    });
    expect(withMultiples("claude-1:batch", { input: 3, currency: "USD" }, rules)).toEqual({ input: 3, currency: "USD" });
    expect(withMultiples("gpt-1", { input: 3, currency: "USD" }, rules)).toEqual({ input: 3, currency: "USD" });
    expect(withMultiples("claude-1", { input: 0, output: 0, currency: "USD" }, rules)).toEqual({ input: 0, output: 0, currency: "USD" });
  });
});

test("a snapshot is read with its date and source", () => {
  const snapshot = { source: "models.dev", date: "2030-01-02", licence: "", rows: ["a | | | | 1/2 | | | 0"] };
  expect(modelsDevModels(snapshot)).toEqual(catalogueOf({ sources: [snapshot], rows: "a | | | | 1/2 | | | 0" }).models);
});
