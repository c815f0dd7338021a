/** Which model is meant where none is named. */
import { type Connection, LumiverseError, type ModelInfo, type Provider } from "@lumiverse/core";

/** The first of the catalogue that is still served; where there is no catalogue, the first that the server lists. */
export async function defaultModel(connection: Connection, signal: AbortSignal): Promise<string> {
  const known = await firstKnown(connection.provider);
  if (known !== undefined) return known.id;
  const [live] = await connection.models({ signal });
  if (live !== undefined) return live.id;
  throw new LumiverseError({
    code: "configuration",
    provider: connection.provider.id,
    field: "model",
    message: `${connection.provider.id}: no model is named, and the server lists none`,
    hint: "Name one with --model",
  });
}

export async function firstKnown(provider: Provider): Promise<ModelInfo | undefined> {
  const models = (await provider.catalogue?.())?.models ?? [];
  return models.find(isServed) ?? models[0];
}

/** `state` is the vendor's own word. */
export function isServed(model: ModelInfo): boolean {
  return !/deprecat|retired|removed|sunset|legacy|shut/i.test(model.state ?? "");
}
