/** Lists of models in the shape of each protocol. */
import { invalidField } from "../issues.ts";
import type { ModelName } from "./model-names.ts";

/** https://platform.openai.com/docs/api-reference/models, with the limits as OpenRouter and Groq list them, because OpenAI lists none. */
export function openaiModel({ id, owner, released, contextTokens, maxOutputTokens }: ModelName): object {
  return {
    id,
    object: "model",
    created: Math.floor(momentOf(released) / 1000),
    owned_by: owner,
    ...(contextTokens === undefined ? {} : { context_length: contextTokens }),
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
  };
}

export function openaiList(models: readonly ModelName[]): object {
  return { object: "list", data: models.map(openaiModel) };
}

/** https://platform.claude.com/docs/en/api/models-list */
export function anthropicModel({ id, name, released, contextTokens, inputTokens, maxOutputTokens }: ModelName): object {
  const input = inputTokens ?? contextTokens;
  return {
    type: "model",
    id,
    display_name: name,
    created_at: new Date(momentOf(released)).toISOString().replace(".000Z", "Z"),
    ...(input === undefined ? {} : { max_input_tokens: input }),
    ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
  };
}

/** @param query `limit` (default 20, at most 1,000), `after_id` and `before_id` */
export function anthropicList(models: readonly ModelName[], query: URLSearchParams): object {
  const limit = readCount(query, "limit", 20);
  const after = query.get("after_id");
  const before = query.get("before_id");
  const { page, more } = before === null ? pageAfter(models, after, limit) : pageBefore(models, before, limit);
  return { data: page.map(anthropicModel), has_more: more, first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null };
}

function pageAfter(models: readonly ModelName[], after: string | null, limit: number): { page: readonly ModelName[]; more: boolean } {
  const start = after === null ? 0 : indexOf(models, after, "after_id") + 1;
  return { page: models.slice(start, start + limit), more: start + limit < models.length };
}

function pageBefore(models: readonly ModelName[], before: string, limit: number): { page: readonly ModelName[]; more: boolean } {
  const end = indexOf(models, before, "before_id");
  return { page: models.slice(Math.max(0, end - limit), end), more: end > limit };
}

/** https://ai.google.dev/api/models */
export function geminiModel({ id, name, contextTokens, inputTokens, maxOutputTokens }: ModelName): object {
  const input = inputTokens ?? contextTokens;
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: "1",
    displayName: name,
    ...(input === undefined ? {} : { inputTokenLimit: input }),
    ...(maxOutputTokens === undefined ? {} : { outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: ["generateContent", "countTokens"],
  };
}

/** @param query `pageSize` (default 50, at most 1,000) and `pageToken` */
export function geminiList(models: readonly ModelName[], query: URLSearchParams): object {
  const size = readCount(query, "pageSize", 50);
  const token = query.get("pageToken");
  const start = token === null || token === "" ? 0 : indexOf(models, token, "pageToken");
  const next = models[start + size];
  return { models: models.slice(start, start + size).map(geminiModel), ...(next === undefined ? {} : { nextPageToken: next.id }) };
}

const HIGHEST_COUNT = 1000;

function readCount(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === "") return fallback;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw invalidField(name, "must be a whole number of at least 1");
  return Math.min(Number(text), HIGHEST_COUNT);
}

function indexOf(models: readonly ModelName[], id: string, name: string): number {
  const index = models.findIndex((model) => model.id === id);
  if (index < 0) throw invalidField(name, "is not the id of a model in the list");
  return index;
}

/** Milliseconds since 1970. A month begins on its first day. 0 for an unknown date, which Anthropic's list gives as 1970, too. */
function momentOf(released: string | undefined): number {
  const moment = Date.parse(released ?? "");
  return Number.isFinite(moment) ? moment : 0;
}
