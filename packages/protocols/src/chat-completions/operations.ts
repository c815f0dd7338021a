import {
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type OperationContext,
  type OperationResponse,
  type Price,
  type WireRequest,
} from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";
import { readFailure } from "./errors.ts";

export interface ModelListOptions {
  /** Default `/models`. */
  path?: string;
  /** Where the entries are. Default `data`; a bare array is understood everywhere. */
  at?: string;
  /** Names of the fields, tried in order; dots go deeper. */
  id?: string;
  name?: readonly string[];
  context?: readonly string[];
  maxOutput?: readonly string[];
  aliases?: string;
  /** Entries that are no chat models go. */
  keep?: (entry: JsonObject) => boolean;
  /** What an entry claims of its model. */
  takes?: (entry: JsonObject) => Facts | undefined;
  /** Prices, states, dates: the rest of what an entry says. */
  refine?: (info: ModelInfo, entry: JsonObject) => void;
}

/** The live list of models, in OpenAI's shape or near it. */
export function modelList(options: ModelListOptions = {}): Operation<readonly ModelInfo[]> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, options.path ?? "/models") }),
    parse({ status, json }) {
      const entries = isObject(json) ? (json[options.at ?? "data"] ?? json["data"] ?? json["models"]) : json;
      if (status >= 400 || !Array.isArray(entries)) return undefined;
      const models: ModelInfo[] = [];
      for (const entry of entries) {
        if (!isObject(entry) || options.keep?.(entry) === false) continue;
        const id = entry[options.id ?? "id"];
        if (typeof id === "string" && id !== "") models.push(infoOf(id, entry, options));
      }
      return { value: models };
    },
  };
}

function infoOf(id: string, entry: JsonObject, options: ModelListOptions): ModelInfo {
  const info: ModelInfo = { id, source: "live" };
  const name = first(entry, options.name ?? ["name"], (value) => typeof value === "string" && value !== "" && value !== id);
  const context = first(entry, options.context ?? CONTEXT, positive);
  const output = first(entry, options.maxOutput ?? OUTPUT, positive);
  const aliases = entry[options.aliases ?? "aliases"];
  const takes = options.takes?.(entry);
  if (name !== undefined) info.name = String(name);
  if (context !== undefined) info.contextTokens = Number(context);
  if (output !== undefined) info.maxOutputTokens = Number(output);
  if (Array.isArray(aliases) && aliases.length > 0) info.aliases = aliases.filter((alias) => typeof alias === "string");
  if (takes !== undefined) info.takes = takes;
  options.refine?.(info, entry);
  return info;
}

const CONTEXT = ["context_window", "context_length", "max_context_length", "max_model_len"];
const OUTPUT = ["max_completion_tokens", "max_output_tokens"];

const positive = (value: unknown): boolean => typeof value === "number" && value > 0;

function first(entry: JsonObject, paths: readonly string[], fits: (value: unknown) => boolean): unknown {
  for (const path of paths) {
    let value: unknown = entry;
    for (const key of path.split(".")) value = isObject(value) ? value[key] : undefined;
    if (fits(value)) return value;
  }
  return undefined;
}

/**
 * Prices given as text or number in USD per token (OpenRouter, Groq), in USD per million. Zero is a price where the prompt has one; a
 * negative number means that it varies.
 */
export function tokenPrices(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const price: Price = { currency: "USD" };
  const { prompt, completion, input_cache_read: read, input_cache_write: write } = pricing;
  for (const [key, value] of [
    ["input", prompt],
    ["output", completion],
    ["cacheRead", read],
    ["cacheWrite", write],
  ] as const) {
    const amount = Number(value ?? Number.NaN);
    // Ten digits: more of them are the noise of the multiplication.
    if (amount >= 0) price[key] = Number((amount * 1e6).toPrecision(10));
  }
  return price.input === undefined ? undefined : price;
}

/** A key check by a list or an account page that wants the key. Never for a public list: that answers 200 to any key. */
export function modelsCheck(dialect: Dialect, path = "/models"): Operation<KeyVerdict> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, path) }),
    parse: (response) => ({
      value:
        response.status < 400
          ? { key: "valid", usable: "unknown", reason: "the list of models was given for this key" }
          : verdictOf(response, dialect),
    }),
  };
}

/** A key check by the smallest possible chat, where nothing free proves a key. */
export function chatCheck(dialect: Dialect, model: string): Operation<KeyVerdict> {
  return {
    origin: "base",
    spends: "tokens",
    request: ({ base }: OperationContext): WireRequest => ({
      method: "POST",
      url: endpoint(base, dialect.path ?? "/chat/completions"),
      body: { model, messages: [{ role: "user", content: "Hi" }], [dialect.maxTokens ?? "max_tokens"]: 1 },
    }),
    parse: (response) => ({
      value:
        response.status < 400 ? { key: "valid", usable: true, spent: "1 token" } : { ...verdictOf(response, dialect), spent: "nothing" },
    }),
  };
}

/** What a refusal says of the key. A host that names the account's trouble, the model or the request has accepted the key first. */
export function verdictOf(response: OperationResponse, dialect: Dialect): KeyVerdict {
  const error = readFailure(response, dialect);
  const verdict: KeyVerdict = { key: "unknown", usable: "unknown", reason: error.message };
  if (error.hint !== undefined) verdict.hint = error.hint;
  switch (error.code) {
    case "authentication":
      return { ...verdict, key: "invalid", usable: false };
    case "insufficient-balance":
      return { ...verdict, key: "valid", usable: false };
    case "rate-limit":
    case "model-not-found":
    case "context-overflow":
    case "content-filter":
      return { ...verdict, key: "valid" };
    default:
      return verdict;
  }
}
