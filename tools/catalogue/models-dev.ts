/** One provider's snapshot of https://models.dev (MIT licence) in our own vocabulary. Reads what it knows, and leaves the rest out. */
import type { Capability, Fact } from "../../packages/core/src/facts.ts";
import type { ModelInfo, Price } from "../../packages/core/src/provider.ts";

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
    tiers?: readonly (Cost & { tier: { size: number }; cache_read?: number })[];
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

/** Weakest first. The words are the vendors'; `none` is no level but the switch, so it becomes `reasoning.off`. */
const EFFORT: readonly string[] = ["default", "minimal", "low", "medium", "high", "xhigh", "max"];

export function snapshotDate(file: ModelsDevFile): string {
  const date = /\d{4}-\d{2}-\d{2}/.exec(file.source)?.[0];
  if (date === undefined) throw new Error(`${file.provider}: the snapshot's source names no date: ${file.source}`);
  return date;
}

/** `free`: whether a listed price of 0 means free. Elsewhere 0 means that tokens are not the unit, or that nobody filled it in. */
export function parseModel(model: ModelsDevModel, source: string, date: string, free: boolean): ModelInfo | undefined {
  if (!chats(model)) return undefined;
  const price = parseCost(model.costPerMTok, free);
  return {
    id: model.id,
    ...(model.name === model.id ? {} : { name: model.name }),
    contextTokens: model.context,
    ...(model.maxInput !== undefined && model.maxInput < model.context ? { inputTokens: model.maxInput } : {}),
    maxOutputTokens: model.maxOutput,
    ...(price === undefined ? {} : { price }),
    takes: parseTakes(model),
    ...(model.status === undefined ? {} : { state: model.status }),
    released: model.released,
    source,
    date,
  };
}

/** The lists hold embeddings, transcription, pictures and classifiers too; their windows are 0 or the size of a vector. */
function chats(model: ModelsDevModel): boolean {
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
  const tier = cost.tiers?.[0];
  if (tier !== undefined) {
    price.above = { inputTokens: tier.tier.size };
    if (tier.input) price.above.input = tier.input;
    if (tier.output) price.above.output = tier.output;
    if (tier.cache_read) price.above.cacheRead = tier.cache_read;
  }
  return price;
}

function parseTakes(model: ModelsDevModel): { [C in Capability]?: Fact } {
  const takes: { [C in Capability]?: Fact } = {
    "input.image": model.input.includes("image"),
    "input.audio": model.input.includes("audio"),
    "input.video": model.input.includes("video"),
    "output.image": model.output.includes("image"),
    "output.audio": model.output.includes("audio"),
    tools: model.tools,
  };
  // Lists forget documents for models that read them, so "none" is only said of models without images.
  if (model.input.includes("pdf")) takes["input.file"] = true;
  else if (!model.input.includes("image")) takes["input.file"] = false;
  if (model.structuredOutput !== undefined) takes["output.schema"] = model.structuredOutput;
  if (model.temperature === false) takes.temperature = false;
  takes.reasoning = model.reasoning;
  if (model.reasoning) for (const option of model.reasoningOptions ?? []) addOption(option, model.maxOutput, takes);
  return takes;
}
function addOption(option: ReasoningOption, maxOutput: number, takes: { [C in Capability]?: Fact }): void {
  if (option.type === "toggle") takes["reasoning.off"] = true;
  else if (option.type === "budget_tokens") {
    // A budget is bounded by the output that it is part of, where no bound of its own is listed.
    takes["reasoning.budget"] = option.min === undefined ? true : [option.min, option.max ?? maxOutput];
  } else {
    if (option.values.includes("none")) takes["reasoning.off"] = true;
    const levels = option.values.filter((word) => word !== "none").sort((a, b) => EFFORT.indexOf(a) - EFFORT.indexOf(b));
    const unknown = levels.find((word) => !EFFORT.includes(word));
    if (unknown !== undefined) throw new Error(`"${unknown}" is a new effort word: say in EFFORT how strong it is`);
    if (levels.length > 0) takes.reasoning = levels;
  }
}
