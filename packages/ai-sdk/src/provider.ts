/** Models by name, as a provider of the AI SDK. */
import { type LanguageModelV4, NoSuchModelError, type ProviderV4 } from "@ai-sdk/provider";
import { type Connection, type ConnectOptions, connect, createRegistry, type Provider, type Registry, registry } from "@lumiverse/core";
import { sdkError } from "./errors.ts";
import { languageModel } from "./language-model.ts";
import type { LanguageModelOptions } from "./model-call.ts";

/** The Lumiverse providers behind a provider of the AI SDK, and how it connects to them. */
export interface LumiverseOptions extends Pick<LanguageModelOptions, "requestBody"> {
  /** The providers themselves, with settings of any type. Default: those that imported packages have registered; `import "lumiverse/all"` registers all. */
  providers?: readonly Pick<Provider, "id" | "contract">[];
  /**
   * Options of the connections, by provider id: `{ openrouter: { apiKey } }`. Keys that are not given come from the environment. The SDK repeats failed calls
   * (`maxRetries`), unless `retry` is set here: then the connection does.
   */
  connections?: Readonly<Record<string, ConnectOptions>>;
  /** Wraps each new connection: telemetry, logging, a budget. */
  wrap?: (connection: Connection) => Connection;
}

/** A provider of the AI SDK, for `createProviderRegistry({ lumiverse })`, `customProvider` or direct use. */
export interface LumiverseProvider extends ProviderV4 {
  /**
   * A model by `provider/model`; what follows the first slash is the model's id as the provider spells it.
   * @throws NoSuchModelError for a name without a slash, or a provider whose package is not imported
   */
  (name: string): LanguageModelV4;
  languageModel(name: string): LanguageModelV4;
  /** Closes all connections that were opened. */
  close(): void;
}

/** Makes a provider of the AI SDK. Each Lumiverse provider has one connection, opened when it is first named. */
export function createLumiverse(options: LumiverseOptions = {}): LumiverseProvider {
  const connections = new Map<string, Connection>();
  const connectionTo = (id: string, name: string): Connection => {
    const opened = connections.get(id);
    if (opened !== undefined) return opened;
    const provider = providerOf(knownProviders(options), id, name);
    const plain = open(provider, { retry: false, ...options.connections?.[id] });
    const connection = options.wrap?.(plain) ?? plain;
    connections.set(id, connection);
    return connection;
  };
  const model = (name: string): LanguageModelV4 => {
    const slash = name.indexOf("/");
    if (slash < 1 || slash === name.length - 1)
      throw new NoSuchModelError({ modelId: name, modelType: "languageModel", message: `"${name}" is not of the form provider/model` });
    const id = name.slice(0, slash);
    return languageModel(connectionTo(id, name), name.slice(slash + 1), {
      retries: options.connections?.[id]?.retry === undefined ? "sdk" : "connection",
      ...(options.requestBody === undefined ? {} : { requestBody: options.requestBody }),
    });
  };
  const close = (): void => {
    for (const connection of connections.values()) connection.close();
    connections.clear();
  };
  return Object.assign((name: string) => model(name), {
    specificationVersion: "v4" as const,
    languageModel: model,
    embeddingModel: (modelId: string) => noModel(modelId, "embeddingModel"),
    imageModel: (modelId: string) => noModel(modelId, "imageModel"),
    close,
  });
}

/** The provider over all providers that imported packages have registered, with keys from the environment. */
export const lumiverse: LumiverseProvider = /* @__PURE__ */ createLumiverse();

function knownProviders({ providers }: LumiverseOptions): Registry {
  // A registry does not look at settings, so their type is irrelevant to it.
  return providers === undefined ? registry() : createRegistry(providers as readonly Provider[]);
}

function providerOf(known: Registry, id: string, modelId: string): Provider {
  try {
    return known.get(id);
  } catch (error) {
    const hint = error instanceof Error ? error.message : String(error);
    throw new NoSuchModelError({ modelId, modelType: "languageModel", message: `${hint}. Install and import @lumiverse/${id}` });
  }
}

function open(provider: Provider, options: ConnectOptions): Connection {
  try {
    return connect(provider, options);
  } catch (error) {
    throw sdkError(error, { mayRetry: false });
  }
}

function noModel(modelId: string, modelType: "embeddingModel" | "imageModel"): never {
  throw new NoSuchModelError({
    modelId,
    modelType,
    message: `Lumiverse has language models only; "${modelId}" was requested as ${modelType}`,
  });
}
