/** How the answers to operations are read: loaded when one is asked for. */
import { type Answered, isObject, type JsonObject, type KeyVerdict, type ModelInfo, type OperationResponse } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";
import { readFailure } from "./errors.ts";
import type { ModelListOptions } from "./operations.ts";

/** The entries of a list as models; undefined: it is none. */
export function readModels({ status, json }: OperationResponse, options: ModelListOptions): Answered<readonly ModelInfo[]> | undefined {
  const entries = isObject(json) ? (json[options.at ?? "data"] ?? json["data"] ?? json["models"]) : json;
  if (status >= 400 || !Array.isArray(entries)) return undefined;
  const models: ModelInfo[] = [];
  for (const entry of entries) {
    if (!isObject(entry) || options.keep?.(entry) === false) continue;
    const id = entry[options.id ?? "id"];
    if (typeof id === "string" && id !== "") models.push(infoOf(id, entry, options));
  }
  return { value: models };
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
