/**
 * Reads the model data of the npm package `@earendil-works/pi-ai` (MIT licence), a development dependency of this folder. Only figures are read: prices,
 * limits, and whether a model reads images and reasons.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Capability, CapabilityValue, ModelInfo, Price, TokenPrices } from "@lumiverse/core/provider";
import { effortLevels } from "./effort.ts";

/** `dist/providers/data/<list>.json`: the models by API, then by `<type>:<id>`. */
export type PiAiFile = Readonly<Record<string, Readonly<Record<string, PiAiModel>>>>;

export interface PiAiModel {
  type: string;
  id: string;
  name: string;
  input: readonly string[];
  cost: PiAiCost & { tiers?: readonly (PiAiCost & { inputTokensAbove: number })[] };
  contextWindow: number;
  maxTokens?: number;
  reasoning?: boolean;
  /** The vendor's word for each level. `null` marks an unsupported level, and a missing key is unknown. */
  thinkingLevelMap?: Readonly<Record<string, string | null>>;
}

interface PiAiCost {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

const DATA = new URL("providers/data/", import.meta.resolve("@earendil-works/pi-ai"));

/** The day on which the package's data was generated. */
export function piAiDate(): string {
  const { generatedAt }: { generatedAt: string } = JSON.parse(readFileSync(fileURLToPath(new URL(".manifest.json", DATA)), "utf8"));
  return generatedAt.slice(0, 10);
}

/** The chat models of one list. `free` tells whether a price of 0 means free; otherwise it means unknown. */
export function readPiAi(list: string, free: (id: string) => boolean): ModelInfo[] {
  const file: PiAiFile = JSON.parse(readFileSync(fileURLToPath(new URL(`${list}.json`, DATA)), "utf8"));
  return parsePiAi(file, piAiDate(), free);
}

export function parsePiAi(file: PiAiFile, date: string, free: (id: string) => boolean): ModelInfo[] {
  return Object.values(file)
    .flatMap((models) => Object.values(models))
    .filter(({ type }) => type === "chat")
    .map((model) => parseModel(model, date, free(model.id)));
}

function parseModel(model: PiAiModel, date: string, free: boolean): ModelInfo {
  const price = parseCost(model.cost, free);
  // Some windows end where the dearer price band begins, to keep pi-ai's own sessions cheap. Those are not the vendor's limit.
  const isCapped = model.cost.tiers?.some(({ inputTokensAbove }) => inputTokensAbove === model.contextWindow) ?? false;
  return {
    id: model.id,
    ...(model.name === model.id ? {} : { name: model.name }),
    ...(isCapped ? {} : { contextTokens: model.contextWindow }),
    ...(model.maxTokens === undefined ? {} : { maxOutputTokens: model.maxTokens }),
    ...(price === undefined ? {} : { price }),
    capabilities: parseCapabilities(model),
    source: "pi-ai",
    date,
  };
}

function parseCost(cost: PiAiModel["cost"], free: boolean): Price | undefined {
  const base = parseAmounts(cost);
  if (base.input === undefined && base.output === undefined) return free ? { input: 0, output: 0, currency: "USD" } : undefined;
  const [band, ...moreBands] = cost.tiers ?? [];
  if (band === undefined) return { ...base, currency: "USD" };
  if (moreBands.length > 0) return { ...base, currency: "USD", varies: "there is more than one price band" };
  return { ...base, currency: "USD", above: { inputTokens: band.inputTokensAbove, ...parseAmounts(band) } };
}

/** An amount of 0 is unknown. A negative one marks a model that forwards the call to others. */
function parseAmounts({ input, output, cacheRead, cacheWrite }: PiAiCost): TokenPrices {
  return {
    ...(input > 0 ? { input } : {}),
    ...(output > 0 ? { output } : {}),
    ...(cacheRead > 0 ? { cacheRead } : {}),
    ...(cacheWrite > 0 ? { cacheWrite } : {}),
  };
}

/** The list has only models with tools. It knows no audio, video or documents. */
function parseCapabilities(model: PiAiModel): { [C in Capability]?: CapabilityValue } {
  const capabilities: { [C in Capability]?: CapabilityValue } = {
    "input.image": model.input.includes("image"),
    tools: true,
    reasoning: model.reasoning ?? false,
  };
  const { off, ...levels } = model.thinkingLevelMap ?? {};
  if (model.reasoning !== true) return capabilities;
  if (off !== undefined) capabilities["reasoning.off"] = off !== null;
  // A map that leaves out the common levels states only the differences to pi-ai's defaults.
  if (levels["low"] === undefined || levels["medium"] === undefined || levels["high"] === undefined) return capabilities;
  const words = effortLevels(Object.values(levels).flatMap((word) => (word === null ? [] : [word.toLowerCase()])));
  if (words.length > 0) capabilities.reasoning = words;
  return capabilities;
}
