/** The live model list. It is public, so it shows which models exist and proves nothing about a key. */
import { type Capabilities, isObject, type JsonObject, type ModelInfo, type Operation, type Price } from "@lumiverse/core/provider";
import { type ModelListOptions, tokenPrices } from "@lumiverse/protocols/chat-completions";
import { modelList } from "@lumiverse/protocols/chat-completions/operations";
import type { OpenrouterSettings } from "./settings.ts";

export const models: Operation<readonly ModelInfo[], OpenrouterSettings> = {
  origin: "base",
  request(context) {
    const request = modelList({ path: context.settings.accountModels === true ? "/models/user" : "/models" }).request(context);
    for (const [key, value] of Object.entries(context.page ?? {})) request.url.searchParams.set(key, value);
    return request;
  },
  parse(response) {
    const read = modelList(entries).parse(response);
    const links = isObject(response.json) ? response.json["links"] : undefined;
    const next = isObject(links) && typeof links["next"] === "string" ? links["next"] : undefined;
    // Only the query of the link is used, so that a list cannot send the key to another host.
    return read === undefined || next === undefined
      ? read
      : { ...read, next: Object.fromEntries(new URL(next, response.url).searchParams) };
  },
};

const entries: ModelListOptions = {
  maxOutput: ["top_provider.max_completion_tokens"],
  filter: ({ architecture }) => !isObject(architecture) || !list(architecture["output_modalities"]).includes("embeddings"),
  capabilities: capabilitiesOf,
  released: "created",
  refine(info, entry) {
    const price = priceOf(entry["pricing"]);
    if (price !== undefined) info.price = price;
    const { expiration_date: expires, alias_target: target } = entry;
    if (typeof expires === "string") info.state = `expires ${expires.slice(0, 10)}`;
    if (typeof target === "string") info.state = `alias of ${target}`;
  },
};

/** Prices, with those of long prompts where a model has them. Prices that depend on the time of day are ignored. */
function priceOf(pricing: unknown): Price | undefined {
  const price = tokenPrices(pricing);
  if (price === undefined || !isObject(pricing)) return price;
  for (const override of list(pricing["overrides"])) {
    if (!isObject(override) || typeof override["min_prompt_tokens"] !== "number") continue;
    const higher = tokenPrices(override);
    if (higher === undefined) continue;
    const { input, output, cacheRead } = higher;
    price.above = {
      inputTokens: override["min_prompt_tokens"],
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      ...(cacheRead === undefined ? {} : { cacheRead }),
    };
  }
  return price;
}

function capabilitiesOf(entry: JsonObject): Capabilities | undefined {
  const { supported_parameters: supported, architecture } = entry;
  if (!Array.isArray(supported)) return undefined;
  const has = (...names: string[]): boolean => names.some((name) => supported.includes(name));
  const input = isObject(architecture) ? list(architecture["input_modalities"]) : [];
  const output = isObject(architecture) ? list(architecture["output_modalities"]) : [];
  return {
    ...(input.length === 0
      ? {}
      : {
          "input.image": input.includes("image"),
          "input.audio": input.includes("audio"),
          "input.file": input.includes("file") || "unknown", // the file parser reads PDFs for any model
          "input.video": input.includes("video"),
        }),
    ...(output.length === 0 ? {} : { "output.image": output.includes("image"), "output.audio": output.includes("audio") }),
    tools: has("tools"),
    parallelToolCalls: has("parallel_tool_calls"),
    "output.schema": has("structured_outputs"),
    "output.json": has("response_format"),
    ...reasoningOf(entry["reasoning"], has("reasoning")),
    maxOutputTokens: has("max_tokens", "max_completion_tokens"),
    temperature: has("temperature"),
    topP: has("top_p"),
    topK: has("top_k"),
    minP: has("min_p"),
    frequencyPenalty: has("frequency_penalty"),
    presencePenalty: has("presence_penalty"),
    repetitionPenalty: has("repetition_penalty"),
    stop: has("stop") ? [0, 4] : false,
    seed: has("seed"),
    logprobs: has("logprobs"),
  };
}

function reasoningOf(entry: unknown, reasons: boolean): Capabilities {
  if (!reasons) return { reasoning: false };
  if (!isObject(entry)) return { reasoning: true };
  const efforts = list(entry["supported_efforts"]).filter((effort) => typeof effort === "string" && effort !== "none");
  return {
    reasoning: efforts.length === 0 ? true : weakestFirst(efforts.map(String)),
    ...(typeof entry["mandatory"] === "boolean" ? { "reasoning.off": !entry["mandatory"] } : {}),
    ...(typeof entry["supports_max_tokens"] === "boolean" ? { "reasoning.budget": entry["supports_max_tokens"] } : {}),
  };
}

const WEAKEST_FIRST = ["minimal", "low", "medium", "high", "xhigh", "max"];
function weakestFirst(efforts: readonly string[]): string[] {
  return [...efforts].sort((a, b) => WEAKEST_FIRST.indexOf(a) - WEAKEST_FIRST.indexOf(b));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
