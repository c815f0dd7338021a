/** OpenAI's list of models. https://platform.openai.com/docs/api-reference/models */
import type { JsonObject } from "@lumiverse/core";
import type { ListedModel } from "../listed-model.ts";

export function openaiModel({ id, createdAt = 0, owner = "lumiverse" }: ListedModel): JsonObject {
  return { id, object: "model", created: Math.floor(createdAt / 1000), owned_by: owner };
}

/** All models: OpenAI's list has no pages. */
export function openaiModels(models: readonly ListedModel[]): JsonObject {
  return { object: "list", data: models.map(openaiModel) };
}
