/** What each author's models take behind OpenRouter, and what the live list tells of them. */
import { type Call, type Facts, isObject, type JsonObject, type ModelInfo, type Operation, type Price, type Rule } from "@lumiverse/core";
import { type Dialect, geminiSchema, type ModelListOptions, modelList, tokenPrices } from "@lumiverse/protocols/chat-completions";
import { claude, gemini, mistral, openai } from "@lumiverse/protocols/families";
import type { OpenrouterSettings } from "./settings.ts";

interface Family {
  dialect?: Dialect;
  takes?: Facts;
  rules?: readonly Rule[];
  /** How this family's cache hears marks. */
  cache?: { hour?: boolean; slots?: number };
}

/** Where a model takes a budget, OpenRouter makes one of a level: 0.1, 0.2, 0.5, 0.8 or 0.95 of the output limit. */
const RATIOS = ["minimal", "low", "medium", "high", "xhigh"] as const;

/** `author/slug`, with `~` before aliases and `:variant` or `@preset/…` behind. */
export function familyOf({ request }: Call<OpenrouterSettings>): Family {
  const id = request.model.toLowerCase().replace(/^~/, "");
  const [author = ""] = id.split("/");
  if (author === "anthropic") return claudeFamily(id, request);
  if (author === "google") return geminiFamily(id);
  if (author === "openai") return { takes: { ...openai.facts(id), "cache.implicit": true }, rules: openai.rules(id) };
  if (author === "mistralai") return { dialect: mistral.messages, takes: mistral.facts(id) };
  if (author === "perplexity") return { takes: { tools: false } };
  if (author === "qwen") return { takes: { "cache.explicit": true } };
  return IMPLICIT.has(author) ? { takes: { "cache.implicit": true } } : {};
}

/** Authors whose models cache unasked: https://openrouter.ai/docs/guides/best-practices/prompt-caching */
const IMPLICIT: ReadonlySet<string> = new Set(["deepseek", "x-ai", "moonshotai"]);

function claudeFamily(id: string, request: Call["request"]): Family {
  const traits = claude.claudeTraits(id);
  if (traits === undefined) return {};
  const facts = claude.facts(id, request);
  const levels = traits.thinking === "none" ? false : traits.effort.length > 0 ? traits.effort : RATIOS;
  return { takes: { ...facts, reasoning: levels, "cache.automatic": true, "cache.implicit": false }, rules: CLAUDE };
}

const forced = ({ toolChoice }: Call["request"]): boolean => toolChoice === "required" || typeof toolChoice === "object";
const CLAUDE: readonly Rule[] = [
  {
    field: "reasoning",
    when: (request) => request.reasoning !== "off" && forced(request),
    then: "drop",
    because: "with a forced tool Claude's reasoning vanishes behind OpenRouter without a word: it was not asked for",
  },
  ...claude.rules.filter(({ field }) => field === "temperature" || field === "topP" || field === "topK"),
];

function geminiFamily(id: string): Family {
  const traits = gemini.geminiTraits(id);
  const facts = gemini.facts(id);
  if (traits === undefined) return {};
  const takes: Facts = {
    ...facts,
    ...(traits.thinking === "budget" ? { reasoning: RATIOS } : {}),
    "tools.images": true,
    "cache.explicit": traits.family === "gemini",
  };
  const drawing = facts["output.image"] === true ? { defaults: { modalities: ["image", "text"] } } : {};
  // $ref, nullable anyOf, const and exclusiveMinimum make its endpoints answer 400.
  return { dialect: { schemas: geminiSchema, ...drawing }, takes, cache: { hour: false, slots: 1 } };
}

/** The live list. It is public: it says what there is, and nothing of the key. */
export const models: Operation<readonly ModelInfo[], OpenrouterSettings> = {
  origin: "base",
  request(context, page) {
    const request = modelList({ path: context.settings.accountModels === true ? "/models/user" : "/models" }).request(context);
    for (const [key, value] of Object.entries(page ?? {})) request.url.searchParams.set(key, value);
    return request;
  },
  async parse(response, context) {
    const read = await modelList(entries).parse(response, context);
    const links = isObject(response.json) ? response.json["links"] : undefined;
    const next = isObject(links) && typeof links["next"] === "string" ? links["next"] : undefined;
    // Only its query is taken: a list can't send the key elsewhere.
    return read === undefined || next === undefined
      ? read
      : { ...read, next: Object.fromEntries(new URL(next, response.url).searchParams) };
  },
};

const entries: ModelListOptions = {
  maxOutput: ["top_provider.max_completion_tokens"],
  keep: ({ architecture }) => !isObject(architecture) || !list(architecture["output_modalities"]).includes("embeddings"),
  takes: factsOf,
  refine(info, entry) {
    const price = priceOf(entry["pricing"]);
    if (price !== undefined) info.price = price;
    const { created, expiration_date: expires, alias_target: target } = entry;
    if (typeof created === "number" && created > 0) info.released = new Date(created * 1000).toISOString().slice(0, 10);
    if (typeof expires === "string") info.state = `expires ${expires.slice(0, 10)}`;
    if (typeof target === "string") info.state = `alias of ${target}`;
  },
};

/** Long prompts cost more on some models; prices by the hour of the day are left out. */
function priceOf(pricing: unknown): Price | undefined {
  const price = tokenPrices(pricing);
  if (price === undefined || !isObject(pricing)) return price;
  for (const override of list(pricing["overrides"])) {
    if (!isObject(override) || typeof override["min_prompt_tokens"] !== "number") continue;
    const dearer = tokenPrices(override);
    if (dearer === undefined) continue;
    const { input, output, cacheRead } = dearer;
    price.above = {
      inputTokens: override["min_prompt_tokens"],
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      ...(cacheRead === undefined ? {} : { cacheRead }),
    };
  }
  return price;
}

function factsOf(entry: JsonObject): Facts | undefined {
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
    stop: has("stop"),
    seed: has("seed"),
    logprobs: has("logprobs"),
  };
}

function reasoningOf(told: unknown, reasons: boolean): Facts {
  if (!reasons) return { reasoning: false };
  if (!isObject(told)) return { reasoning: true };
  const words = list(told["supported_efforts"]).filter((word) => typeof word === "string" && word !== "none");
  return {
    reasoning: words.length === 0 ? true : sorted(words.map(String)),
    ...(typeof told["mandatory"] === "boolean" ? { "reasoning.off": !told["mandatory"] } : {}),
    ...(typeof told["supports_max_tokens"] === "boolean" ? { "reasoning.budget": told["supports_max_tokens"] } : {}),
  };
}

const WEAKEST_FIRST = ["minimal", "low", "medium", "high", "xhigh", "max"];
function sorted(words: readonly string[]): string[] {
  return [...words].sort((a, b) => WEAKEST_FIRST.indexOf(a) - WEAKEST_FIRST.indexOf(b));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
