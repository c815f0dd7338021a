import type { Catalogue, ModelInfo } from "../contract/models.ts";

/** The model with this id or alias. */
export function findModel(catalogue: Catalogue, id: string): ModelInfo | undefined {
  return catalogue.models.find((model) => model.id === id) ?? catalogue.models.find((model) => model.aliases?.includes(id));
}
