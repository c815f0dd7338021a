import { catalogueOf } from "@lumiverse/core/catalogue";
import type { ModelInfo } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { findGaps } from "../catalogue/gaps.ts";
import { listedModels, lists, modelsDevModels, overlayOf, piAiModels, snapshotOf, withBandOf } from "../catalogue/generate.ts";
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
    "grok-4.5: no cacheRead above 199999 tokens": "the vendor's page contradicts pi-ai on cache reads, and has none for the band",
  },
};

const FLAT_RATE = "the plan has a flat rate, so tokens have no price";
const ROUTER = "it forwards the call to a model of its choice, whose price applies";
const MUSIC = "music is billed by the song, not by tokens";
const NO_SOURCE = "no source states a price";

/** Models without a price, with their reasons. `supports` and `cost` of a call report their price as unknown. */
const UNPRICED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anthropic: { "claude-mythos-5-2": "a guide names it, and the page of prices does not" },
  fireworks: { "accounts/fireworks/models/deepseek-v4-flash-0731": NO_SOURCE },
  google: {
    "gemma-4-26b-a4b-it": NO_SOURCE,
    "gemini-flash-latest": "an alias whose model changes, and with it the price",
    "gemini-flash-lite-latest": "an alias whose model changes, and with it the price",
    "gemini-pro-latest": "an alias whose model changes, and with it the price",
  },
  "google-vertex": {
    "gemini-flash-latest": "an alias whose model changes, and with it the price",
    "gemini-flash-lite-latest": "an alias whose model changes, and with it the price",
  },
  groq: {
    "groq/compound": "the models that it uses are billed at their own prices",
    "groq/compound-mini": "the models that it uses are billed at their own prices",
    "mixtral-8x7b-32768": "switched off",
  },
  infermatic: {
    "Sao10K-72B-Qwen2.5-Kunou-v1-FP8-Dynamic": FLAT_RATE,
    "Sao10K-L3.3-70B-Euryale-v2.3-FP8-Dynamic": FLAT_RATE,
    "Doctor-Shotgun-L3.3-70B-Magnum-v4-SE": FLAT_RATE,
    "TheDrummer-Anubis-70B-v1-FP8-Dynamic": FLAT_RATE,
    "TheDrummer-UnslopNemo-12B-v4.1": FLAT_RATE,
    "TheDrummer-Rocinante-12B-v1.1": FLAT_RATE,
    "Midnight-Miqu-70B-v1.5": FLAT_RATE,
  },
  nanogpt: {
    "qwen3.5-omni-flash": NO_SOURCE,
    "qwen3.5-omni-plus": NO_SOURCE,
    "auto-model": ROUTER,
  },
  openai: { "gpt-6-terra": "a guide names it, and the pages of models and prices do not" },
  openrouter: {
    "openrouter/fusion": ROUTER,
    "openrouter/pareto-code": ROUTER,
    "openrouter/bodybuilder": ROUTER,
    "openrouter/auto": ROUTER,
    "openrouter/auto-beta": ROUTER,
    "openrouter/auto-code": ROUTER,
    "typesafe/jev-router": ROUTER,
    "google/lyria-3-clip-preview": MUSIC,
    "google/lyria-3-pro-preview": MUSIC,
  },
  pollinations: { "perplexity-fast": NO_SOURCE, "perplexity-reasoning": NO_SOURCE },
  xai: { "grok-4-0709": "served by grok-4.3", "grok-code-fast-1": "served by grok-4.3" },
  zai: { "autoglm-phone-multilingual": "free for a limited time, so it has no price that lasts" },
  "zai-coding-plan": {
    "glm-5.3": FLAT_RATE,
    "glm-5.2": FLAT_RATE,
    "glm-5v-turbo": FLAT_RATE,
    "glm-5.1": FLAT_RATE,
    "glm-5-turbo": FLAT_RATE,
    "glm-4.7": FLAT_RATE,
    "glm-4.5-air": FLAT_RATE,
    "glm-5.2-highspeed": FLAT_RATE,
    "glm-5.3-flash": FLAT_RATE,
    "glm-5.3-highspeed": FLAT_RATE,
  },
};

/** What the sources state about a list: pi-ai first, and models.dev for the models that pi-ai lacks or does not price. */
function sourceModels(list: string): ModelInfo[] {
  const overlay = overlayOf(list);
  const newer = piAiModels(overlay);
  const priced = new Set(newer.filter(({ price }) => price !== undefined).map(({ id }) => id));
  const older = modelsDevModels(snapshotOf(list)).filter(({ id }) => !priced.has(id));
  return [...newer, ...older].map((model) => withBandOf(overlay, model));
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

  test.each(lists())("%s has a price for every model, except for the listed ones", (list) => {
    const unpriced = catalogue(list).flatMap(({ id, price }) => (price === undefined ? [id] : []));
    expect(unpriced.sort()).toEqual(Object.keys(UNPRICED[list] ?? {}).sort());
  });

  test.each(lists())("every model of %s states the source of its price and the day on which the source was read", (list) => {
    for (const { id, source, date } of catalogue(list)) {
      expect(source, id).toMatch(/models\.dev|pi-ai|vendor/);
      expect(date, id).toMatch(/^20\d\d-\d\d-\d\d$/);
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

  test("xAI's bands begin with a prompt of exactly 200,000 tokens", () => {
    const bands = catalogue("xai").flatMap(({ price }) => price?.above?.inputTokens ?? []);
    expect(new Set(bands)).toEqual(new Set([199_999]));
    expect(bands.length).toBeGreaterThan(5);
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
