/** The sources of the catalogues: lists of models.dev and pi-ai, and the overlays that correct them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelInfo } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { combine } from "../catalogue/combine.ts";
import { lists, overlayOf, piAiModels, renderSnapshots } from "../catalogue/generate.ts";
import { merge, type Overlay } from "../catalogue/merge.ts";
import { type ModelsDevModel, parseModel } from "../catalogue/models-dev.ts";
import { type PiAiModel, parsePiAi, piAiDate } from "../catalogue/pi-ai.ts";
import { joinSources } from "../catalogue/sources.ts";

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

test("a folder of models.dev files becomes snapshots of the known lists", ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "catalogue-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
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
