/** Reads one provider's list of https://models.dev (MIT licence) into our vocabulary. Unknown fields are ignored. */
import type { Capability, CapabilityValue, ModelInfo, Price } from "@lumiverse/core/provider";
import { effortLevels } from "./effort.ts";

export interface ModelsDevFile {
  provider: string;
  /** Such as `models.dev (MIT), snapshot 2026-07-02`. */
  source: string;
  models: readonly ModelsDevModel[];
}
export interface ModelsDevModel {
  id: string;
  name: string;
  released: string;
  context: number;
  maxInput?: number;
  maxOutput: number;
  input: readonly string[];
  output: readonly string[];
  reasoning: boolean;
  reasoningOptions?: readonly ReasoningOption[];
  tools: boolean;
  structuredOutput?: boolean;
  temperature?: boolean;
  status?: string;
  costPerMTok?: Cost & {
    cacheRead?: number;
    cacheWrite?: number;
    tiers?: readonly (Cost & { tier: { size: number }; cache_read?: number; cache_write?: number })[];
  };
}
interface Cost {
  input?: number;
  output?: number;
}
type ReasoningOption =
  | { type: "toggle" }
  | { type: "effort"; values: readonly string[] }
  | { type: "budget_tokens"; min?: number; max?: number };

export function snapshotDate(file: ModelsDevFile): string {
  const date = /\d{4}-\d{2}-\d{2}/.exec(file.source)?.[0];
  if (date === undefined) throw new Error(`${file.provider}: the source of the snapshot has no date: ${file.source}`);
  return date;
}

/** `free`: a listed price of 0 means free. Otherwise 0 means that the price is not per token, or unknown. */
export function parseModel(model: ModelsDevModel, source: string, date: string, free: boolean): ModelInfo | undefined {
  if (!isChatModel(model)) return undefined;
  const price = parseCost(model.costPerMTok, free);
  return {
    id: model.id,
    ...(model.name === model.id ? {} : { name: model.name }),
    contextTokens: model.context,
    ...(model.maxInput !== undefined && model.maxInput < model.context ? { inputTokens: model.maxInput } : {}),
    maxOutputTokens: model.maxOutput,
    ...(price === undefined ? {} : { price }),
    capabilities: parseCapabilities(model),
    ...(model.status === undefined ? {} : { state: model.status }),
    released: model.released,
    source,
    date,
  };
}

/** The lists also contain embedding, transcription, image and classifier models. Their context length is 0 or the size of a vector. */
function isChatModel(model: ModelsDevModel): boolean {
  return model.input.includes("text") && model.output.includes("text") && model.context > 0 && !/embed|prompt-guard/i.test(model.id);
}

function parseCost(cost: ModelsDevModel["costPerMTok"], free: boolean): Price | undefined {
  if (cost === undefined) return undefined;
  if (!cost.input && !cost.output) return free ? { input: 0, output: 0, currency: "USD" } : undefined;
  const price: Price = { currency: "USD" };
  if (cost.input) price.input = cost.input;
  if (cost.output) price.output = cost.output;
  if (cost.cacheRead) price.cacheRead = cost.cacheRead;
  if (cost.cacheWrite) price.cacheWrite = cost.cacheWrite;
  const [tier, ...more] = cost.tiers ?? [];
  if (more.length > 0) price.varies = "there is more than one price band";
  else if (tier !== undefined) {
    price.above = { inputTokens: tier.tier.size };
    if (tier.input) price.above.input = tier.input;
    if (tier.output) price.above.output = tier.output;
    if (tier.cache_read) price.above.cacheRead = tier.cache_read;
    if (tier.cache_write) price.above.cacheWrite = tier.cache_write;
  }
  return price;
}

function parseCapabilities(model: ModelsDevModel): { [C in Capability]?: CapabilityValue } {
  const capabilities: { [C in Capability]?: CapabilityValue } = {
    "input.image": model.input.includes("image"),
    "input.audio": model.input.includes("audio"),
    "input.video": model.input.includes("video"),
    "output.image": model.output.includes("image"),
    "output.audio": model.output.includes("audio"),
    tools: model.tools,
  };
  // Lists omit documents for models that read them, so only a model without image input is stated not to read documents.
  if (model.input.includes("pdf")) capabilities["input.file"] = true;
  else if (!model.input.includes("image")) capabilities["input.file"] = false;
  if (model.structuredOutput !== undefined) capabilities["output.schema"] = model.structuredOutput;
  if (model.temperature === false) capabilities.temperature = false;
  capabilities.reasoning = model.reasoning;
  if (model.reasoning) for (const option of model.reasoningOptions ?? []) addOption(option, model.maxOutput, capabilities);
  return capabilities;
}
function addOption(option: ReasoningOption, maxOutput: number, capabilities: { [C in Capability]?: CapabilityValue }): void {
  if (option.type === "toggle") capabilities["reasoning.off"] = true;
  else if (option.type === "budget_tokens") {
    // Reasoning tokens are part of the output, so the output limit bounds a budget without a limit of its own.
    capabilities["reasoning.budget"] = option.min === undefined ? true : [option.min, option.max ?? maxOutput];
  } else {
    if (option.values.includes("none")) capabilities["reasoning.off"] = true;
    const levels = effortLevels(option.values.filter((word) => word !== "none"));
    if (levels.length > 0) capabilities.reasoning = levels;
  }
}
