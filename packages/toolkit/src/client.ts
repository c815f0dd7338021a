/** Models by name, such as `groq/openai/gpt-oss-20b`. */
import {
  type ChatRequest,
  type ChatResponse,
  type ChatStream,
  type Connection,
  type ConnectOptions,
  connect,
  createRegistry,
  LumiverseError,
  type Message,
  type Provider,
  type Registry,
  registry,
} from "@lumiverse/core";

/** The providers of a client and how it connects to them. */
export interface ClientOptions {
  /** The providers themselves, with settings of any type. Default: those that imported packages have registered. */
  providers?: readonly Pick<Provider, "id" | "contract">[];
  /** Options of the connections, by provider id. */
  connections?: Readonly<Record<string, ConnectOptions>>;
  /** Wraps each new connection: telemetry, logging, a budget. */
  wrap?: (connection: Connection) => Connection;
}

/** A request without its model. A text is one message of the user. */
export type Prompt<T> = string | Omit<ChatRequest<T>, "model">;

/** A model of a connection. It can be a target of `fallback`. */
export interface ClientModel {
  connection: Connection;
  model: string;
  stream<T = unknown>(prompt: Prompt<T>): ChatStream<T>;
  generate<T = unknown>(prompt: Prompt<T>): Promise<ChatResponse<T>>;
}

/** Names models by `provider/model`. */
export interface Client {
  /**
   * A model by `provider/model`; what follows the first slash is the model's id as the provider spells it.
   * @throws LumiverseError `configuration` for a name without a slash, or an unknown provider
   */
  (name: string): ClientModel;
  /** Closes all connections that were opened. */
  close(): void;
}

/** A client over several providers. Each provider has one connection, opened when it is first named. */
export function createClient(options: ClientOptions = {}): Client {
  // A registry does not look at settings, so their type is irrelevant to it.
  const known: Registry = options.providers === undefined ? registry() : createRegistry(options.providers as readonly Provider[]);
  const connections = new Map<string, Connection>();
  const connectionTo = (id: string): Connection => {
    const opened = connections.get(id);
    if (opened !== undefined) return opened;
    const plain = connect(known.get(id), options.connections?.[id] ?? {});
    const connection = options.wrap?.(plain) ?? plain;
    connections.set(id, connection);
    return connection;
  };
  const client = (name: string): ClientModel => {
    const slash = typeof name === "string" ? name.indexOf("/") : -1;
    if (slash < 1 || slash === name.length - 1)
      throw new LumiverseError({
        code: "configuration",
        field: "model",
        message: `"${name}" is not of the form provider/model`,
        hint: `Write for example "groq/openai/gpt-oss-20b". Providers here: ${
          known
            .list()
            .map(({ id }) => id)
            .join(", ") || "(none)"
        }`,
      });
    const connection = connectionTo(name.slice(0, slash));
    const model = name.slice(slash + 1);
    return {
      connection,
      model,
      stream: (prompt) => connection.stream(requestFor(model, prompt)),
      generate: (prompt) => connection.generate(requestFor(model, prompt)),
    };
  };
  const close = (): void => {
    for (const connection of connections.values()) connection.close();
    connections.clear();
  };
  return Object.assign(client, { close });
}

function requestFor<T>(model: string, prompt: Prompt<T>): ChatRequest<T> {
  const messages: Message[] = typeof prompt === "string" ? [{ role: "user", content: prompt }] : [];
  return typeof prompt === "string" ? { model, messages } : { ...prompt, model };
}
