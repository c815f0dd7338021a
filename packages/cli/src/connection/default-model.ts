/** The model to use when the command line names none. */
import { type Connection, LumiverseError, type ModelInfo, type Provider } from "@lumiverse/core";

/** The first model of the catalogue that is still served. Without a catalogue: the first model that the server lists. */
export async function defaultModel(connection: Connection, signal: AbortSignal): Promise<string> {
  const known = await firstCatalogueModel(connection.provider);
  if (known !== undefined) return known.id;
  const { models } = await connection.models({ signal });
  if (models[0] !== undefined) return models[0].id;
  throw new LumiverseError({
    code: "configuration",
    provider: connection.provider.id,
    field: "model",
    message: `${connection.provider.id}: the command names no model, and the server lists none`,
    hint: "Name one with --model",
  });
}

export async function firstCatalogueModel(provider: Provider): Promise<ModelInfo | undefined> {
  const models = (await provider.catalogue?.())?.models ?? [];
  return models.find(isServed) ?? models[0];
}

/** `state` is the vendor's own word, so this looks for its usual forms. */
function isServed(model: ModelInfo): boolean {
  return !/deprecat|retired|removed|sunset|legacy|shut/i.test(model.state ?? "");
}
