import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CatalogueText, catalogueOf } from "@lumiverse/core/catalogue";
import type { ModelInfo } from "@lumiverse/core/provider";
import { afterAll, describe, expect, test } from "vitest";
import { combine } from "../catalogue/combine.ts";
import { encodeRow } from "../catalogue/encode.ts";
import { lists, overlayOf, piAiModels, renderCatalogues, renderSnapshots, snapshotOf, stale } from "../catalogue/generate.ts";
import { merge, type Overlay } from "../catalogue/merge.ts";
import { type ModelsDevModel, parseModel } from "../catalogue/models-dev.ts";
import { type PiAiModel, parsePiAi, piAiDate } from "../catalogue/pi-ai.ts";
import { joinSources } from "../catalogue/sources.ts";

const outputs = renderCatalogues();

/** The catalogues inside a rendered module, by exported name, read from its text. */
function catalogues(provider: string): Record<string, readonly ModelInfo[]> {
  const text = outputs.find(({ path }) => path === `providers/${provider}/src/catalogue.ts`)?.text ?? "";
  const found: Record<string, readonly ModelInfo[]> = {};
  for (const [, name = "", sources = "", currency, rows = ""] of text.matchAll(
    /export const (\w+): Catalogue = catalogueOf\(\{\n {2}sources: \[\n(.*?) {2}\],\n(?: {2}currency: "(\w+)",\n)?.*?rows: `\n(.*?)`/gs,
  )) {
    const list = [...sources.matchAll(/source: "(.*?)", date: "(.*?)"/g)].map(([, source = "", date = ""]) => ({ source, date }));
    const one: CatalogueText = { sources: list, rows, ...(currency === undefined ? {} : { currency }) };
    found[name] = catalogueOf(one).models;
  }
  return found;
}
function idsOf(provider: string, name = "catalogue"): string[] {
  return (catalogues(provider)[name] ?? []).flatMap((model) => [model.id, ...(model.aliases ?? [])]);
}

describe("the committed catalogues", () => {
  test("are what the sources and the overlay make of them", () => {
    expect(stale(outputs)).toEqual([]);
  });

  /** The vendor bills by subscription, so no model of the list has a price. */
  const FLAT_RATE = ["infermatic", "zai-coding-plan"];
  test.each(lists().filter((list) => overlayOf(list).models.length > 0 || snapshotOf(list) !== undefined))(
    "%s names a default model: served, general and priced",
    (list) => {
      const { provider = list, export: name = "catalogue", defaultModel } = overlayOf(list);
      const model = catalogues(provider)[name]?.find(({ id }) => id === defaultModel?.id);
      expect(model, `${defaultModel?.id} is not in the list`).toBeDefined();
      expect(model?.state ?? "").not.toMatch(/retired|deprecated|preview|beta|legacy/);
      expect(model?.id).not.toMatch(/code|coder|image|audio|ocr|guard/);
      expect(defaultModel?.reason.length).toBeGreaterThan(20);
      if (FLAT_RATE.includes(list)) return expect(model?.price).toBeUndefined();
      expect(model?.price?.input).toBeGreaterThan(0);
      expect(model?.price?.output).toBeGreaterThan(0);
    },
  );

  test.each(lists())("%s names a default model with its reason", (list) => {
    expect(overlayOf(list).defaultModel?.reason.length).toBeGreaterThan(20);
  });

  test("are the same, byte for byte, when they are generated again", () => {
    expect(renderCatalogues()).toEqual(outputs);
  });

  test("exist for every provider but custom", () => {
    expect(outputs.map(({ path }) => path.split("/")[1]).sort()).toEqual(
      (
        "ai21 anthropic chutes deepseek electronhub fireworks google google-vertex groq infermatic mistral moonshot nanogpt openai openrouter " +
        "perplexity pollinations siliconflow xai zai"
      ).split(" "),
    );
  });

  test.each([
    ["openai", "gpt-5 gpt-5.1 gpt-5.2 gpt-5.4 gpt-5.5 gpt-5.6 gpt-6-astra gpt-6.2-astra o1 o3 o3-mini o4-mini"],
    ["anthropic", "claude-opus-5-5 claude-sonnet-5-5 claude-haiku-5-5 claude-opus-4-5 claude-sonnet-4-5 claude-haiku-4-5"],
    ["google", "gemini-2.5-pro gemini-2.5-flash gemini-3.1-pro-preview gemini-3.8-flash gemini-4-argon"],
    ["google-vertex", "gemini-2.5-pro gemini-2.5-flash gemini-3.1-pro-preview gemini-3.8-flash gemini-4-argon"],
    ["deepseek", "deepseek-flash deepseek-v4-pro deepseek-v4-flash deepseek-chat deepseek-reasoner"],
    ["xai", "grok-4.7 grok-4.6 grok-4.5 grok-4.3"],
    ["mistral", "mistral-large-4 mistral-medium-2604 mistral-small-latest open-mixtral-8x7b open-mixtral-8x22b"],
    ["groq", "openai/gpt-oss-120b qwen/qwen3.8-27b"],
    ["perplexity", "sonar sonar-pro sonar-reasoning-pro sonar-deep-research"],
    ["ai21", "jamba-large jamba-mini jamba-large-1.7 jamba-mini-2"],
    ["moonshot", "kimi-k3.1-pro kimi-k3 kimi-k2.7-code kimi-k2.6"],
    ["fireworks", "accounts/fireworks/models/glm-5p3 accounts/fireworks/models/kimi-k3"],
    ["siliconflow", "deepseek-ai/DeepSeek-V4-Pro Qwen/Qwen3-8B zai-org/GLM-5.2"],
    ["openrouter", "anthropic/claude-sonnet-5.5 openai/gpt-5.5 moonshotai/kimi-k3"],
    ["nanogpt", "zai-org/glm-4.7 deepseek/deepseek-v4-pro"],
    ["chutes", "zai-org/GLM-5.2-TEE deepseek-ai/DeepSeek-V3.2-TEE"],
    ["infermatic", "Midnight-Miqu-70B-v1.5"],
    ["pollinations", "openai openai-fast mistral"],
    // The vendor has no live list, so clients of Z.AI build this list in.
    [
      "zai",
      "glm-5.1 glm-5-turbo glm-5 glm-4.7 glm-4.7-flash glm-4.7-flashx glm-4.6 glm-4.5 glm-4.5-x glm-4.5-air glm-4.5-airx glm-4.5-flash glm-4-32b-0414-128k",
    ],
  ])("of %s contain well-known models", (provider, ids) => {
    expect(idsOf(provider)).toEqual(expect.arrayContaining(ids.split(" ")));
  });

  test("separate the lists of China and of the Coding Plan from the general lists", () => {
    expect(idsOf("siliconflow", "catalogueChina")).toContain("Pro/moonshotai/Kimi-K2.6");
    expect(idsOf("siliconflow")).not.toContain("Pro/moonshotai/Kimi-K2.6");
    expect(idsOf("zai", "codingPlan")).toContain("glm-5.3");
    expect(catalogues("zai")["codingPlan"]?.filter((model) => model.price !== undefined)).toEqual([]);
  });

  test("state that Mixtral is retired, with the date", () => {
    const mixtral = catalogues("mistral")["catalogue"]?.filter(({ id }) => id.includes("mixtral")) ?? [];
    expect(mixtral.map(({ state }) => state)).toEqual(["retired", "retired"]);
    for (const model of mixtral) expect(model.source).toContain("2025-03-30");
  });

  test("of Vertex contain only Google's models", () => {
    expect(idsOf("google-vertex").filter((id) => !id.startsWith("gemini-"))).toEqual([]);
  });

  const all = outputs.flatMap(({ path }) => Object.values(catalogues(path.split("/")[1] ?? "")).map((models) => ({ path, models })));

  test("have a price of 0 only for free models", () => {
    const zeros = all.flatMap(({ path, models }) =>
      models
        .filter(({ price }) => price !== undefined && [price.input, price.output, price.cacheRead, price.cacheWrite].includes(0))
        .map((model) => ({ path, model })),
    );
    expect(zeros.length).toBeGreaterThan(10);
    const free = /:free$|^openrouter\/free$|^glm-4\.[567]v?-flash$|^gemma-|^labs-|^Qwen\/Qwen3\.5-4B$|^PaddlePaddle\/|DeepSeek-OCR$/;
    for (const { path, model } of zeros) {
      expect(model.price, `${path} ${model.id}`).toEqual({ input: 0, output: 0, currency: "USD" });
      expect(model.id).toMatch(free);
    }
  });

  test("have a source and a date on every entry, and each id once", () => {
    for (const { path, models } of all) {
      for (const model of models) {
        expect(model.source, `${path} ${model.id}`).not.toBe("");
        expect(model.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      }
      const ids = models.flatMap((model) => [model.id, ...(model.aliases ?? [])]);
      expect(new Set(ids).size, path).toBe(ids.length);
    }
  });

  test("end with deprecated and retired models", () => {
    for (const { path, models } of all) {
      const unavailable = models.map(({ state }) => state === "deprecated" || state === "retired");
      expect(unavailable, path).toEqual([...unavailable].sort((a, b) => Number(a) - Number(b)));
    }
  });

  test("list reasoning levels weakest first, without the word that switches reasoning off", () => {
    const order = ["default", "minimal", "low", "medium", "high", "xhigh", "max"];
    for (const { models } of all) {
      for (const { id, capabilities } of models) {
        const levels = capabilities?.reasoning;
        if (!Array.isArray(levels)) continue;
        expect(levels, id).toEqual(order.filter((word) => levels.includes(word)));
      }
    }
  });
});

describe("reading and writing a row", () => {
  const sources = [{ source: "a list", date: "2026-01-02" }];
  const read = (row: string): ModelInfo | undefined => catalogueOf({ sources, rows: `\n${row}\n` }).models[0];

  test("every row of every snapshot is unchanged by a round trip", () => {
    for (const list of lists()) {
      const snapshot = snapshotOf(list);
      for (const row of snapshot?.rows ?? []) {
        const model = read(row);
        expect(model === undefined ? "" : encodeRow(model, "0")).toBe(row);
      }
    }
  });

  test("a full entry is unchanged by a round trip", () => {
    const model: ModelInfo = {
      id: "vendor/model-1",
      name: "Model 1",
      contextTokens: 400_000,
      inputTokens: 272_000,
      maxOutputTokens: 128_000,
      price: { input: 1.25, output: 10, cacheRead: 0.125, currency: "USD", above: { inputTokens: 200_000, input: 2.5, output: 15 } },
      capabilities: {
        "input.image": true,
        "input.audio": false,
        "input.video": false,
        "output.image": true,
        "output.audio": false,
        tools: true,
        "output.schema": false,
        reasoning: ["low", "high"],
        "reasoning.off": true,
        "reasoning.budget": [128, 32_768],
        temperature: false,
      },
      aliases: ["model-1", "model-1-latest"],
      state: "beta",
      released: "2025-12-01",
      source: "a list: not measured",
      date: "2026-01-02",
    };
    expect(read(encodeRow(model, "0 not measured"))).toEqual(model);
  });

  test("a price has five amounts, a band with the same five, and a reason why it varies", () => {
    const amounts = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25, cacheWrite1h: 2 };
    const price = { ...amounts, currency: "USD", above: { inputTokens: 200_000, ...amounts }, varies: "peak hours cost twice as much" };
    const model: ModelInfo = { id: "one", price, source: "a list", date: "2026-01-02" };
    const row = encodeRow(model, "0");
    expect(row).toBe("one | | | | 1/2/0.1/1.25/2 >200000 1/2/0.1/1.25/2 ~peak hours cost twice as much | | | 0");
    expect(read(row)).toEqual(model);
    const { above: _, ...withoutBand } = price;
    expect(read(encodeRow({ ...model, price: withoutBand }, "0"))?.price).toEqual(withoutBand);
    const onlyHour = { input: 1, cacheWrite1h: 2, currency: "USD" };
    expect(read(encodeRow({ ...model, price: onlyHour }, "0"))?.price).toEqual(onlyHour);
  });

  test("a price or a band without an amount is refused", () => {
    const model: ModelInfo = { id: "one", source: "a list" };
    expect(() => encodeRow({ ...model, price: { currency: "USD", varies: "peak hours" } }, "0")).toThrow("without an amount");
    expect(() => encodeRow({ ...model, price: { input: 1, currency: "USD", above: { inputTokens: 9 } } }, "0")).toThrow(
      "without an amount",
    );
  });

  test("only a model without image input is stated not to read documents", () => {
    expect(read("one | | | | | image | | 0")?.capabilities).not.toHaveProperty("input.file");
    expect(read("one | | | | | text | | 0")?.capabilities).toMatchObject({ "input.file": false, "input.image": false });
    expect(read("one | | | | | | | 0")).not.toHaveProperty("capabilities");
  });

  test("a price of 0 next to other prices, a bar in a name and an unknown capability are refused", () => {
    const model: ModelInfo = { id: "one", source: "a list" };
    expect(() => encodeRow({ ...model, price: { input: 1, output: 0, currency: "USD" } }, "0")).toThrow("remove it");
    expect(() => encodeRow({ ...model, name: "a|b" }, "0")).toThrow("a|b");
    expect(() => encodeRow({ ...model, capabilities: { streaming: true } }, "0")).toThrow("streaming");
  });

  test("a row whose source is not listed is an error", () => {
    expect(() => read("one | | | | | | | 4")).toThrow("one | ");
  });
});

describe("merging", () => {
  const overlay: Overlay = { source: "notes", date: "2026-06-01", models: [] };
  const listed: ModelInfo = {
    id: "one",
    name: "One",
    contextTokens: 1000,
    price: { input: 1, output: 2, cacheRead: 0.1, currency: "USD" },
    capabilities: { tools: true, temperature: false },
    released: "2026-01-01",
    source: "a list",
    date: "2026-05-01",
  };
  const only = (snapshot: ModelInfo, part: Partial<Overlay>): ModelInfo | undefined => merge([snapshot], { ...overlay, ...part })[0]?.model;

  test("a field of the overlay wins, even over a newer list", () => {
    const entry = { id: "one", contextTokens: 2000, price: { input: 3, output: 4 }, capabilities: { tools: false } };
    const merged = {
      ...listed,
      contextTokens: 2000,
      price: { input: 3, output: 4, currency: "USD" },
      capabilities: { tools: false, temperature: false },
      source: "notes",
      date: "2026-06-01",
    };
    expect(only(listed, { models: [entry] })).toEqual(merged);
    expect(only(listed, { models: [{ ...entry, date: "2026-04-01" }] })).toEqual({ ...merged, date: "2026-04-01" });
  });

  test("a price that the list completes names both sources and the older date", () => {
    expect(only(listed, { models: [{ id: "one", price: { input: 1, output: 2 } }] })).toMatchObject({
      price: { input: 1, output: 2, cacheRead: 0.1, currency: "USD" },
      source: "a list and notes",
      date: "2026-05-01",
    });
  });

  test("an entry can have a source of its own", () => {
    expect(only(listed, { models: [{ id: "one", price: { input: 3 }, source: "a page" }] })).toMatchObject({ source: "a page" });
  });

  test("a capability added to an old price does not make the price newer", () => {
    expect(only(listed, { models: [{ id: "one", capabilities: { reasoning: true } }] })).toMatchObject({
      date: "2026-05-01",
      source: "a list and notes",
    });
  });

  test("null removes a field", () => {
    const model = only(listed, { models: [{ id: "one", price: null, capabilities: { temperature: null } }] });
    expect(model).not.toHaveProperty("price");
    expect(model?.capabilities).toEqual({ tools: true });
  });

  test("null for all models removes the capability and does not change the source of models without it", () => {
    expect(only(listed, { all: { temperature: null } })).toEqual({ ...listed, capabilities: { tools: true }, source: "a list and notes" });
    expect(only(listed, { all: { seed: null } })).toEqual(listed);
  });

  test("an entry with an alias is merged into the model", () => {
    const merged = merge([listed], { ...overlay, models: [{ id: "two", aliases: ["one"] }] });
    expect(merged.map(({ model }) => [model.id, model.contextTokens])).toEqual([["two", 1000]]);
  });

  test("a duplicate id is an error", () => {
    expect(() => merge([listed], { ...overlay, models: [{ id: "a" }, { id: "b", aliases: ["a"] }] })).toThrow('"a"');
  });

  test("new models come first and retired ones last, and an entry without a date follows the entry above it", () => {
    const merged = merge([listed], {
      ...overlay,
      models: [
        { id: "new", released: "2026-05-05" },
        { id: "new-small" },
        { id: "gone", state: "retired", released: "2026-05-06" },
        { id: "old", released: "2025-01-01" },
      ],
    });
    expect(merged.map(({ model }) => model.id)).toEqual(["new", "new-small", "one", "old", "gone"]);
  });
});

describe("reading models.dev", () => {
  const model: ModelsDevModel = {
    id: "one",
    name: "one",
    released: "2026-01-01",
    context: 1000,
    maxInput: 1000,
    maxOutput: 500,
    input: ["text", "image"],
    output: ["text"],
    reasoning: true,
    reasoningOptions: [
      { type: "effort", values: ["max", "none", "high"] },
      { type: "budget_tokens", min: 100 },
    ],
    tools: true,
    costPerMTok: { input: 0, output: 0 },
  };

  test("`none` becomes reasoning.off, levels are sorted, and an open budget ends at the output limit", () => {
    expect(parseModel(model, "models.dev", "2026-01-02", false)?.capabilities).toMatchObject({
      reasoning: ["high", "max"],
      "reasoning.off": true,
      "reasoning.budget": [100, 500],
    });
  });

  test("a price of 0 is unknown unless the overlay calls the model free", () => {
    expect(parseModel(model, "models.dev", "2026-01-02", false)).not.toHaveProperty("price");
    expect(parseModel(model, "models.dev", "2026-01-02", true)?.price).toEqual({ input: 0, output: 0, currency: "USD" });
  });

  test("models without chat are skipped", () => {
    expect(parseModel({ ...model, id: "text-embed-1" }, "models.dev", "2026-01-02", false)).toBeUndefined();
    expect(parseModel({ ...model, output: ["image"] }, "models.dev", "2026-01-02", false)).toBeUndefined();
  });
});

describe("reading pi-ai", () => {
  const model: PiAiModel = {
    type: "chat",
    id: "one",
    name: "One",
    input: ["text", "image"],
    cost: { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 0 },
    contextWindow: 1000,
    maxTokens: 500,
    reasoning: true,
  };
  const read = (part: Partial<PiAiModel>, free = false): ModelInfo | undefined =>
    parsePiAi({ api: { "chat:one": { ...model, ...part } } }, "2026-01-02", () => free)[0];

  test("an entry becomes a model with its source and date", () => {
    expect(read({})).toEqual({
      id: "one",
      name: "One",
      contextTokens: 1000,
      maxOutputTokens: 500,
      price: { input: 1, output: 2, cacheRead: 0.1, currency: "USD" },
      capabilities: { "input.image": true, tools: true, reasoning: true },
      source: "pi-ai",
      date: "2026-01-02",
    });
  });

  test("image generators and classifiers are left out", () => {
    expect(read({ type: "classifier" })).toBeUndefined();
  });

  test("one band is read with all amounts, and more than one makes the price vary", () => {
    const band = { inputTokensAbove: 300, input: 2, output: 3, cacheRead: 0.2, cacheWrite: 0 };
    expect(read({ cost: { ...model.cost, tiers: [band] } })?.price?.above).toEqual({
      inputTokens: 300,
      input: 2,
      output: 3,
      cacheRead: 0.2,
    });
    const price = read({ cost: { ...model.cost, tiers: [band, { ...band, inputTokensAbove: 600 }] } })?.price;
    expect(price).not.toHaveProperty("above");
    expect(price?.varies).toBe("there is more than one price band");
  });

  test("a window that ends where the dearer band begins is not the vendor's", () => {
    const band = { inputTokensAbove: 1000, input: 2, output: 3, cacheRead: 0, cacheWrite: 0 };
    expect(read({ cost: { ...model.cost, tiers: [band] } })).not.toHaveProperty("contextTokens");
  });

  test("a price of 0 is unknown unless the overlay calls the model free, and a negative one is unknown", () => {
    const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    expect(read({ cost })).not.toHaveProperty("price");
    expect(read({ cost }, true)?.price).toEqual({ input: 0, output: 0, currency: "USD" });
    expect(read({ cost: { ...cost, input: -1, output: -1 } })).not.toHaveProperty("price");
  });

  test("levels are read when the map states the common ones, and `off` says whether reasoning can be switched off", () => {
    const levels = { off: null, minimal: null, low: "low", medium: null, high: "HIGH", max: "max" };
    expect(read({ thinkingLevelMap: levels })?.capabilities).toMatchObject({ reasoning: ["low", "high", "max"], "reasoning.off": false });
    expect(read({ thinkingLevelMap: { off: "none", max: "max" } })?.capabilities).toMatchObject({ reasoning: true, "reasoning.off": true });
    expect(() => read({ thinkingLevelMap: { ...levels, medium: "middling" } })).toThrow("middling");
  });

  test("the installed package has a date and the lists that the overlays name", () => {
    expect(piAiDate()).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    for (const list of lists()) {
      const overlay = overlayOf(list);
      if (overlay.piAi !== undefined) expect(piAiModels(overlay).length, list).toBeGreaterThan(0);
    }
  });
});

describe("combining models.dev and pi-ai", () => {
  const older: ModelInfo = {
    id: "one",
    name: "One",
    contextTokens: 1000,
    inputTokens: 800,
    maxOutputTokens: 200,
    price: { input: 1, output: 2, currency: "USD", above: { inputTokens: 500, input: 2 } },
    capabilities: { "input.audio": true },
    source: "models.dev",
    date: "2026-01-02",
  };

  test("the newer list wins on the price as a whole and on the window, and the older one on the rest", () => {
    const newer = {
      id: "one",
      contextTokens: 2000,
      maxOutputTokens: 4,
      price: { input: 3, currency: "USD" },
      source: "pi-ai",
      date: "2026-02-03",
    };
    const { inputTokens: _, ...rest } = older;
    expect(combine([older], [newer])).toEqual([
      { ...rest, contextTokens: 2000, price: newer.price, source: "models.dev and pi-ai", date: "2026-02-03" },
    ]);
  });

  test("a newer list without a price keeps the older price and its date", () => {
    expect(combine([older], [{ id: "one", source: "pi-ai", date: "2026-02-03" }])).toEqual([{ ...older, source: "models.dev and pi-ai" }]);
  });

  test("models that one list has are taken as they are", () => {
    const newer = { id: "two", source: "pi-ai", date: "2026-02-03" };
    expect(combine([older], [newer])).toEqual([older, newer]);
  });
});

test("the sources of an entry are named once each", () => {
  expect(joinSources("a")).toBe("a");
  expect(joinSources("a", "b")).toBe("a and b");
  expect(joinSources("a and b", "c", "a")).toBe("a, b and c");
});

describe("the check", () => {
  const folder = mkdtempSync(join(tmpdir(), "catalogue-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("names a catalogue that is missing or changed", () => {
    const one = { path: "one.ts", text: "text" };
    expect(stale([one], folder)).toEqual(["one.ts"]);
    writeFileSync(join(folder, "one.ts"), "text");
    expect(stale([one], folder)).toEqual([]);
    writeFileSync(join(folder, "one.ts"), "text, edited by hand");
    expect(stale([one], folder)).toEqual(["one.ts"]);
  });

  test("finds a catalogue that is older than its overlay", () => {
    const changed = renderCatalogues((list) => (list === "xai" ? undefined : snapshotOf(list)));
    expect(stale(changed)).toEqual(["providers/xai/src/catalogue.ts"]);
  });

  test("a folder of models.dev files becomes snapshots of the known lists", () => {
    const file = {
      provider: "chutes",
      source: "models.dev (MIT), snapshot 2030-01-02",
      models: [
        {
          id: "a/b",
          name: "B",
          released: "2030-01-01",
          context: 9,
          maxOutput: 3,
          input: ["text"],
          output: ["text"],
          reasoning: false,
          tools: false,
        },
      ],
    };
    writeFileSync(join(folder, "chutes.json"), JSON.stringify(file));
    writeFileSync(join(folder, "nobody.json"), "{}");
    const [only, ...rest] = renderSnapshots(folder);
    expect(rest).toEqual([]);
    expect(only?.path).toBe("tools/catalogue/snapshot/chutes.json");
    expect(JSON.parse(only?.text ?? "")).toMatchObject({
      date: "2030-01-02",
      rows: ["a/b | B | 2030-01-01 | 9//3 | | text | -tools -reasoning | 0"],
    });
  });

  test("every overlay names its source and date", () => {
    for (const list of lists()) expect(overlayOf(list).date, list).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });
});
