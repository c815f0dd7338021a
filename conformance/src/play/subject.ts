/** The subjects of the suite: a provider, or any other library through an adapter, given a fetch, a base URL and a key. */

import { type Connection, type ConnectOptions, connect } from "@lumiverse/core";
import {
  type Call,
  type Capabilities,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type JsonObject,
  LumiverseError,
  type Operations,
  type Provider,
  type Route,
} from "@lumiverse/core/provider";
import type { Fixture } from "../fixture/fixture.ts";
import { CANARY, keyOf } from "../fixture/keys.ts";
import { crashOf } from "./crash.ts";

/** Another library, adapted to two functions. The checks of `probe`, `explain` and operations need a provider; all others run on an adapter too. */
export interface Adapter {
  /** The name of the library in reports. */
  id: string;
  /** The capabilities that the library claims. Each one needs a fixture. */
  claims: Capabilities;
  /** The protocol of its answers, in which faults are written. Default `chat-completions`. */
  protocol?: string;
  /**
   * The library's default base URL: the case's URL without the path that the library appends. The checks `faults`, `framing` and `base URL` override it with a
   * local server. Without it, the base URL is not overridden, and the fetch redirects calls from the vendor's host to the local server.
   */
  base?: string;
  /** Opens a client with these options. */
  connect(options: AdapterOptions): ChatClient;
}
/** The options with which an adapter connects. */
export interface AdapterOptions {
  /** Every request must use it. */
  fetch: typeof fetch;
  /** The base URL to use instead of the library's own. */
  baseURL?: string;
  /** The test key. Absent for a case without a key. */
  apiKey?: string;
  /** The settings of the case. */
  settings?: JsonObject;
  /** Limits that a check sets. A library without such an option fails the faults that need it. */
  timeouts?: ConnectOptions["timeouts"];
  /** The attempts that a case or a fault allows. */
  retry?: ConnectOptions["retry"];
  /** The largest sizes of an event and of a body, in characters. */
  limits?: ConnectOptions["limits"];
}
/** The two calls that the suite makes. A failure is thrown, best as a `LumiverseError`: other errors count as untyped. */
export interface ChatClient {
  /** Streams an answer as events that keep the contract of `ChatEvent`. */
  stream(request: ChatRequest): AsyncIterable<ChatEvent>;
  /** Requests an unstreamed answer. */
  generate(request: ChatRequest): Promise<ChatResponse>;
}
/** Anything that the suite can judge. */
// biome-ignore lint/suspicious/noExplicitAny: a provider with any settings type; `Provider<unknown>` accepts none of them, because settings are arguments
export type Subject = Provider<any> | Adapter;

/** The connection options that a check can set. */
export type OpenOptions = Pick<
  ConnectOptions,
  "fetch" | "baseURL" | "timeouts" | "retry" | "observe" | "limits" | "unsupported" | "replayScope"
>;

/** A subject with everything that checks need to know about it. */
export interface TestedSubject {
  id: string;
  /** Undefined for an adapter. */
  provider: Provider | undefined;
  /** The default base URL. Undefined if there is none or if the adapter does not state it. */
  base: string | undefined;
  /** The route of a case's call. Undefined for an adapter, or if the provider refuses the call. */
  route(fixture: Fixture, baseURL?: URL): Route | undefined;
  /** The capabilities that the subject claims for the case's model and route. */
  claims(fixture: Fixture): Capabilities;
  /** The protocol of the case. */
  protocol(fixture: Fixture): string;
  /** The provider's operations, loaded once. Empty for an adapter. */
  operations(): Promise<Partial<Operations>>;
  /** Opens a connection with the options of the case. The given options take precedence. */
  open(fixture: Fixture, options?: OpenOptions): ChatClient;
  /** Like `open`, with all methods of a connection. Undefined for an adapter. */
  connection(fixture: Fixture, options?: OpenOptions): Connection | undefined;
}

/** True if the subject is an adapter and not a provider. */
export function isAdapter(subject: Subject): subject is Adapter {
  return !("route" in subject);
}

/** Prepares a subject for its checks. */
export function testedSubject(subject: Subject): TestedSubject {
  return isAdapter(subject) ? testedAdapter(subject) : testedProvider(subject);
}

function testedProvider(provider: Provider): TestedSubject {
  const route = (fixture: Fixture, baseURL?: URL): Route | undefined => {
    try {
      return provider.route(callOf(provider, fixture, baseURL));
    } catch (error) {
      // The provider refuses this call. The golden check of the case reports the reason.
      if (crashOf(error) !== undefined) throw error;
      return undefined;
    }
  };
  let operations: Promise<Operations> | undefined;
  const open = (fixture: Fixture, options: OpenOptions = {}): Connection => {
    const key = keyOf(fixture.case, provider);
    return connect(provider, {
      cost: false,
      retry: { attempts: 1 },
      ...(fixture.case.settings === undefined ? {} : { settings: fixture.case.settings }),
      ...fixture.case.options,
      ...(key === undefined ? {} : { apiKey: key }),
      ...options,
    });
  };
  return {
    id: provider.id,
    provider,
    base: provider.base,
    route,
    claims: (fixture) => route(fixture)?.capabilities ?? {},
    protocol: (fixture) => route(fixture)?.protocol.id ?? "chat-completions",
    operations: () => (operations ??= provider.operations()),
    open,
    connection: open,
  };
}

function testedAdapter(adapter: Adapter): TestedSubject {
  return {
    id: adapter.id,
    provider: undefined,
    base: adapter.base,
    route: () => undefined,
    claims: () => adapter.claims,
    protocol: () => adapter.protocol ?? "chat-completions",
    operations: () => Promise.resolve({}),
    connection: () => undefined,
    open(fixture, options = {}) {
      const base = options.baseURL ?? fixture.case.options?.baseURL;
      return adapter.connect({
        fetch: options.fetch ?? fetch,
        ...(base === undefined ? {} : { baseURL: String(base) }),
        ...(fixture.case.apiKey === "none" ? {} : { apiKey: CANARY }),
        ...(fixture.case.settings === undefined ? {} : { settings: fixture.case.settings }),
        ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
        ...(options.limits === undefined ? {} : { limits: options.limits }),
        retry: options.retry ?? fixture.case.options?.retry ?? { attempts: 1 },
      });
    },
  };
}

/** The chat request of a case. @throws LumiverseError `configuration` if the case has none */
export function requestOf(fixture: Fixture): ChatRequest {
  const { request, model } = fixture.case;
  if (request === undefined) throw new LumiverseError({ code: "configuration", message: `fixtures/${fixture.name} has no request` });
  return { model, ...request };
}

function callOf(provider: Provider, fixture: Fixture, baseURL: URL | undefined): Call {
  const given = fixture.case.options?.baseURL;
  const base = baseURL ?? (given === undefined ? undefined : new URL(given));
  const key = keyOf(fixture.case, provider);
  const account = key === undefined ? undefined : provider.describeKey?.(key);
  return {
    request: { messages: [], ...fixture.case.request, model: fixture.case.model },
    settings: fixture.case.settings ?? {},
    streaming: fixture.case.streaming !== false,
    hasKey: key !== undefined,
    ...(account === undefined ? {} : { account }),
    ...(base === undefined ? {} : { baseURL: base }),
    policy: { unsupported: fixture.case.options?.unsupported ?? {}, replayScope: fixture.case.options?.replayScope ?? "own" },
    degradations: new Set(),
  };
}
