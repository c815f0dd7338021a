/** The committed catalogues, as `npm run generate` writes them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CatalogueText, catalogueOf } from "@lumiverse/core/catalogue";
import type { ModelInfo } from "@lumiverse/core/provider";
import { afterAll, describe, expect, test } from "vitest";
import { lists, overlayOf, renderCatalogues, snapshotOf, stale } from "../catalogue/generate.ts";

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
});

describe("the default model", () => {
  /** The vendor bills by subscription, so no model of the list has a price. */
  const FLAT_RATE = ["infermatic", "zai-coding-plan"];
  test.each(lists().filter((list) => overlayOf(list).models.length > 0 || snapshotOf(list) !== undefined))(
    "of %s is served, general and priced",
    (list) => {
      const { provider = list, export: name = "catalogue", defaultModel } = overlayOf(list);
      const model = catalogues(provider)[name]?.find(({ id }) => id === defaultModel?.id);
      expect(model, `${defaultModel?.id} is not in the list`).toBeDefined();
      expect(model?.state ?? "").not.toMatch(/retired|deprecated|preview|beta|legacy/);
      expect(model?.id).not.toMatch(/code|coder|image|audio|ocr|guard/);
      if (FLAT_RATE.includes(list)) return expect(model?.price).toBeUndefined();
      expect(model?.price?.input).toBeGreaterThan(0);
      expect(model?.price?.output).toBeGreaterThan(0);
    },
  );

  test.each(lists())("of %s is named with its reason", (list) => {
    expect(overlayOf(list).defaultModel?.reason.length).toBeGreaterThan(20);
  });
});

describe("the entries of the catalogues", () => {
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

  test("every overlay names its source and date", () => {
    for (const list of lists()) expect(overlayOf(list).date, list).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });
});
