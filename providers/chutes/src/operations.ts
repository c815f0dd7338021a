/** Key check, account and model list of Chutes. */
import { type Capabilities, isObject, type JsonObject, type Operations, type Price } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { modelList } from "@lumiverse/protocols/chat-completions/operations";
import { account, keyCheck } from "./account.ts";

export function operations(dialect: Dialect): Operations {
  return {
    check: keyCheck(dialect),
    models: modelList({
      maxOutput: ["max_output_length"],
      filter: ({ input_modalities: input, output_modalities: output }) => includesText(input) && includesText(output),
      capabilities: listedCapabilities,
      refine(info, { pricing }) {
        const price = priceOf(pricing);
        if (price !== undefined) info.price = price;
      },
    }),
    account: account(dialect),
  };
}

/** True for text, and where the entry states no modalities. */
function includesText(modalities: unknown): boolean {
  return !Array.isArray(modalities) || modalities.includes("text");
}

const FEATURES = { tools: "tools", "output.schema": "structured_outputs", "output.json": "json_mode" } as const;
const SAMPLING = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  repetitionPenalty: "repetition_penalty",
  stop: "stop",
  seed: "seed",
} as const;

/** The capabilities that a list entry states. */
function listedCapabilities(entry: JsonObject): Capabilities | undefined {
  const { input_modalities: input, supported_features: features, supported_sampling_parameters: sampling } = entry;
  const capabilities: Record<string, boolean> = {};
  if (Array.isArray(input)) for (const kind of ["image", "video", "audio"]) capabilities[`input.${kind}`] = input.includes(kind);
  if (Array.isArray(features)) {
    for (const [capability, word] of Object.entries(FEATURES)) capabilities[capability] = features.includes(word);
    if (!features.includes("reasoning")) capabilities["reasoning"] = false;
  }
  // The list names the same parameters for every model, so a missing name does not mean that the parameter is refused.
  if (Array.isArray(sampling))
    for (const [capability, word] of Object.entries(SAMPLING)) if (sampling.includes(word)) capabilities[capability] = true;
  return Object.keys(capabilities).length === 0 ? undefined : capabilities;
}

/** Prices are in USD per million tokens. They are rounded to ten digits, because the vendor's contain the noise of a division. */
function priceOf(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const { prompt: input, completion: output, input_cache_read: read } = pricing;
  if (typeof input !== "number") return undefined;
  const price: Price = { input: round(input), currency: "USD" };
  if (typeof output === "number") price.output = round(output);
  if (typeof read === "number") price.cacheRead = round(read);
  return price;
}
function round(amount: number): number {
  return Number(amount.toPrecision(10));
}
