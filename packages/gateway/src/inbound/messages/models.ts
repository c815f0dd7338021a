/** Anthropic's list of models. https://platform.claude.com/docs/en/api/models/list */
import type { JsonObject } from "@lumiverse/core";
import type { ListedModel } from "../listed-model.ts";
import { invalid } from "../shared/fields.ts";
import { pageSize } from "../shared/page-size.ts";

const DEFAULT_LIMIT = 20;
const HIGHEST_LIMIT = 1000;

export function anthropicModel({ id, name, createdAt = 0, contextWindow, maxOutputTokens }: ListedModel): JsonObject {
  return {
    type: "model",
    id,
    display_name: name ?? id,
    created_at: new Date(createdAt).toISOString(),
    ...(contextWindow === undefined ? {} : { max_input_tokens: contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
  };
}

/** One page: `limit` models after `after_id`, or before `before_id`. @throws LumiverseError `invalid-request` */
export function anthropicModels(models: readonly ListedModel[], query: URLSearchParams): JsonObject {
  const limit = pageSize(query.get("limit"), "limit", DEFAULT_LIMIT, HIGHEST_LIMIT);
  const after = positionOf(models, query.get("after_id"), "after_id");
  const before = positionOf(models, query.get("before_id"), "before_id");
  const start = before === undefined ? (after ?? -1) + 1 : Math.max(0, before - limit);
  const end = before ?? Math.min(models.length, start + limit);
  const page = models.slice(start, end);
  return {
    data: page.map(anthropicModel),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: before === undefined ? end < models.length : start > 0,
  };
}

function positionOf(models: readonly ListedModel[], id: string | null, field: string): number | undefined {
  if (id === null || id === "") return undefined;
  const position = models.findIndex((model) => model.id === id);
  if (position < 0) throw invalid(field, `${field} names no model of the list: ${id.slice(0, 80)}`);
  return position;
}
