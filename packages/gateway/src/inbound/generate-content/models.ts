/** Google's list of models. https://ai.google.dev/api/models */
import type { JsonObject } from "@lumiverse/core";
import type { ListedModel } from "../listed-model.ts";
import { invalid } from "../shared/fields.ts";
import { pageSize } from "../shared/page-size.ts";

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 1000;

export function geminiModel({ id, name, contextWindow, maxOutputTokens }: ListedModel): JsonObject {
  return {
    name: `models/${id}`,
    displayName: name ?? id,
    ...(contextWindow === undefined ? {} : { inputTokenLimit: contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
  };
}

/** One page. Its token is the id of the last model. @throws LumiverseError `invalid-request` */
export function geminiModels(models: readonly ListedModel[], query: URLSearchParams): JsonObject {
  const size = pageSize(query.get("pageSize"), "pageSize", DEFAULT_PAGE, LARGEST_PAGE);
  const token = query.get("pageToken");
  const last = token === null || token === "" ? -1 : models.findIndex(({ id }) => id === token);
  if (token !== null && token !== "" && last < 0) throw invalid("pageToken", "pageToken was not given by this list");
  const page = models.slice(last + 1, last + 1 + size);
  const end = page.at(-1);
  return {
    models: page.map(geminiModel),
    ...(end === undefined || end.id === models.at(-1)?.id ? {} : { nextPageToken: end.id }),
  };
}
