/** Reads model lists in OpenAI's shape or near it. */
import { type Capabilities, isObject, type JsonObject, type ModelInfo, type OperationResponse } from "@lumiverse/core/provider";
import { isFilledText, valueAt } from "./json-values.ts";

/** Where a host's model list deviates from OpenAI's. */
export interface ModelListOptions {
  /** Path of the list below the base URL. Default `/models`. */
  path?: string;
  /** The field that contains the entries. Default `data`; `models` and a bare array are always understood. */
  entriesAt?: string;
  /** The field that contains the model id. Default `id`. */
  id?: string;
  /** Fields of the display name, tried in order; dots go deeper. Default `name`. */
  name?: readonly string[];
  /** Fields of the context window in tokens, tried in order; dots go deeper. */
  context?: readonly string[];
  /** Fields of the output limit in tokens, tried in order; dots go deeper. */
  maxOutput?: readonly string[];
  /** The field of the alternative ids. Default `aliases`. */
  aliases?: string;
  /** The field of the release date in seconds since 1970, such as `created`. Default: none, because many lists fill `created` with another date. */
  released?: string;
  /** False for entries that are not chat models. All entries have an id that is a text. */
  filter?: (entry: JsonObject) => boolean;
  /** The capabilities that an entry claims for its model. */
  capabilities?: (entry: JsonObject) => Capabilities | undefined;
  /** Adds what else an entry says to `info`: prices, states, dates. */
  refine?: (info: ModelInfo, entry: JsonObject) => void;
}

/** The models of a list. Undefined when the answer is not a list. */
export function readModelList({ status, json }: OperationResponse, options: ModelListOptions = {}): ModelInfo[] | undefined {
  const entries = isObject(json) ? (json[options.entriesAt ?? "data"] ?? json["data"] ?? json["models"]) : json;
  if (status >= 400 || !Array.isArray(entries)) return undefined;
  const models: ModelInfo[] = [];
  const field = options.id ?? "id";
  for (const given of entries) {
    // Some gateways list ids alone, and Ollama's own list names them `model` and `name`.
    const entry: unknown = typeof given === "string" ? { [field]: given } : given;
    if (!isObject(entry)) continue;
    const id = entry[field] ?? entry["model"] ?? entry["name"];
    if (!isFilledText(id) || options.filter?.(entry) === false) continue;
    models.push(readModel(id, entry, options));
  }
  return models;
}

function readModel(id: string, entry: JsonObject, options: ModelListOptions): ModelInfo {
  const info: ModelInfo = { id, source: "live" };
  const name = firstAt(entry, options.name ?? ["name"], (value) => isFilledText(value) && value !== id);
  const context = firstAt(entry, options.context ?? CONTEXT_FIELDS, isPositive);
  const output = firstAt(entry, options.maxOutput ?? OUTPUT_FIELDS, isPositive);
  const aliases = entry[options.aliases ?? "aliases"];
  const capabilities = options.capabilities?.(entry);
  if (name !== undefined) info.name = String(name);
  if (context !== undefined) info.contextTokens = Number(context);
  if (output !== undefined) info.maxOutputTokens = Number(output);
  if (Array.isArray(aliases) && aliases.length > 0) info.aliases = aliases.filter((alias) => typeof alias === "string");
  if (capabilities !== undefined) info.capabilities = capabilities;
  const released = options.released === undefined ? undefined : releasedDate(entry[options.released]);
  if (released !== undefined) info.released = released;
  options.refine?.(info, entry);
  return info;
}

const CONTEXT_FIELDS = ["context_window", "context_length", "max_context_length", "max_model_len"];
const OUTPUT_FIELDS = ["max_completion_tokens", "max_output_tokens"];

function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

function firstAt(entry: JsonObject, paths: readonly string[], fits: (value: unknown) => boolean): unknown {
  for (const path of paths) {
    const value = valueAt(entry, path);
    if (fits(value)) return value;
  }
  return undefined;
}

/** The ISO date of `created`, which lists give in seconds since 1970. Undefined for 0 and for what is not a date. */
function releasedDate(created: unknown): string | undefined {
  if (typeof created !== "number" || !(created > 0 && created <= MAX_SECONDS)) return undefined;
  return new Date(created * 1000).toISOString().slice(0, 10);
}

/** The last second that a `Date` can hold. */
const MAX_SECONDS = 8.64e12;
