import type { Providers } from "@lumiverse/core/providers";
import { ChatCall } from "./call/chat-call.ts";
import { CallStream } from "./call/chat-stream.ts";
import type { ChatStream, Connection, ConnectOptions } from "./call/connection.ts";
import { type ConnectionState, createState } from "./call/connection-state.ts";
import { LumiverseError } from "./chat/errors.ts";
import { isObject } from "./chat/json.ts";
import type { ChatRequest } from "./chat/request.ts";
import type { ChatResponse } from "./chat/response.ts";
import type { Provider } from "./contract/provider.ts";
import type { ServerInfo } from "./contract/server-info.ts";
import { shownURL } from "./http/secrets.ts";
import { registry } from "./registry.ts";

/** A provider by id or by value. An id that no imported package registers becomes a type whose name says what to import. */
export type ProviderArgument<P> = P extends string
  ? string extends P
    ? P
    : P extends keyof Providers
      ? P
      : `"${P}" is not a provider of an imported package: import "@lumiverse/${P}"`
  : P;

/** The settings type of a provider given by id or by value. */
export type SettingsOf<P> = P extends keyof Providers ? Providers[P] : P extends Provider<infer S> ? S : unknown;

/**
 * Opens a connection to a provider: by the id of an imported package, or by value. Sends nothing until it is asked to.
 * @throws LumiverseError `configuration`: unknown id, unusable key or base URL, a provider built for a newer contract.
 */
export function connect<const P extends string | Pick<Provider, "id" | "contract">>(
  provider: ProviderArgument<P>,
  options?: ConnectOptions<SettingsOf<P>>,
): Connection;
export function connect(named: unknown, options: object = {}): Connection {
  // The settings' type is known to the provider alone; its schema validates them.
  const provider = typeof named === "string" ? registry().get(named) : (named as Provider);
  if (!isObject(provider) || typeof provider.route !== "function" || !isObject(options))
    throw new LumiverseError({
      code: "configuration",
      message: isObject(options) ? "connect() was given no provider" : "the options of connect() are not an object",
      hint: 'Call connect("id", { … }) with the id of an imported package, or with a provider',
    });
  const probe = async (state: ConnectionState): Promise<ServerInfo | undefined> => (await loadQuestions()).probe(state);
  return openConnection(createState(provider, options as ConnectOptions, probe)); // `createState` checks them
}

const loadQuestions = (): Promise<typeof import("./call/questions.ts")> => import("./call/questions.ts");

function openConnection(state: ConnectionState): Connection {
  const { provider } = state;
  const operations = (): ReturnType<typeof loadQuestions> => {
    if (state.closed) throw closedError(state);
    return loadQuestions();
  };
  return {
    provider,
    baseURL: state.base === undefined ? provider.base : shownURL(state.base, state.redact),
    stream: <T>(request: ChatRequest<T>): ChatStream<T> => new CallStream<T>(new ChatCall(state, request, true)),
    // The caller's own schema validates the output.
    generate: <T>(request: ChatRequest<T>): Promise<ChatResponse<T>> =>
      new ChatCall(state, request, false).response() as Promise<ChatResponse<T>>,
    explain: async (request, options) => (await loadQuestions()).explain(state, request, options),
    models: async (options) => (await operations()).models(state, options),
    check: async (options) => (await operations()).check(state, options),
    account: async (options) => (await operations()).account(state, options),
    countTokens: async (request, options) => (await operations()).countTokens(state, request, options),
    supports: async (capability, model) => (await loadQuestions()).supportsOn(state, capability, model),
    probe: async (options) => (await operations()).probe(state, options),
    close: () => {
      state.closed = true;
      for (const one of [...state.running]) one.stop(closedError(state));
    },
  };
}

function closedError({ provider }: ConnectionState): LumiverseError {
  return new LumiverseError({ code: "aborted", provider: provider.id, message: `${provider.id}: the connection is closed` });
}
