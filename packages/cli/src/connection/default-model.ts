/** The model to use when nobody names one. */
import { isChatModel } from "@lumiverse/connections";
import { type Connection, type JsonObject, LumiverseError, type ModelInfo, type Provider } from "@lumiverse/core";

export interface ChosenModel {
  id: string;
  /** Why it is this one. */
  reason: string;
}

/**
 * The default model of the provider's catalogue. Without one, the first model of the server's list that can chat; one with a price comes first.
 * @param settings those of the connection, because a plan or a region can have a catalogue of its own
 * @throws LumiverseError `configuration` for a server that lists no model
 */
export async function defaultModel(connection: Connection, settings: JsonObject, signal: AbortSignal): Promise<ChosenModel> {
  const known = await catalogueDefault(connection.provider, settings);
  if (known !== undefined) return known;
  const { models } = await connection.models({ signal });
  const listed = firstListed(models);
  if (listed !== undefined) return listed;
  throw new LumiverseError({
    code: "configuration",
    provider: connection.provider.id,
    field: "model",
    message: `${connection.provider.id}: the command names no model, and the server lists none`,
    hint: "Name one with --model",
  });
}

/** The default model of the catalogue. Where a package names none, the first priced model that is still served. */
export async function catalogueDefault(provider: Provider, settings: JsonObject = {}): Promise<ChosenModel | undefined> {
  const catalogue = await provider.catalogue?.(settings);
  if (catalogue?.defaultModel !== undefined) return catalogue.defaultModel;
  const chosen = startingModel(catalogue?.models ?? []);
  return chosen === undefined ? undefined : { id: chosen.id, reason: "the first model of the provider's list that is served" };
}

/** The model to use from a server's own list. Undefined for an empty list. */
export function firstListed(models: readonly ModelInfo[]): ChosenModel | undefined {
  const chosen = startingModel(models);
  return chosen === undefined ? undefined : { id: chosen.id, reason: "the first model of the server's list that can chat" };
}

/** The first model that is served and can chat; one with a price comes first. If there is none, the first of the list. */
function startingModel(models: readonly ModelInfo[]): ModelInfo | undefined {
  const served = models.filter((model) => isServed(model) && isChatModel(model.id));
  return served.find(isPriced) ?? served[0] ?? models[0];
}

/** `state` is the vendor's own word, so this looks for its usual forms. */
function isServed({ state = "" }: ModelInfo): boolean {
  return !/deprecat|retired|removed|sunset|legacy|shut/i.test(state);
}

function isPriced({ price }: ModelInfo): boolean {
  return (price?.input ?? 0) > 0;
}
