/** What the suite judges: a provider of this contract, or anything that can stream and generate, given a fetch, a base URL and a key. */
import {
  type Call,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type Connection,
  type ConnectOptions,
  connect,
  type Facts,
  type JsonObject,
  LumiverseError,
  type Provider,
  type Route,
} from "@lumiverse/core";
import type { Fixture } from "./fixture.ts";
import { CANARY, keyOf } from "./keys.ts";

/** A foreign package behind two functions. Probe, explain and the rules about requests need a provider; everything else is judged. */
export interface Adapter {
  id: string;
  /** What it says it can; every `yes` needs a fixture. */
  claims: Facts;
  /** The wire of its answers, for faults that have to be spelled in it. Default `chat-completions`. */
  wire?: string;
  /**
   * The base URL that the library has by itself: the case's URL without what the library appends to a base. The calls of faults, disguises and
   * "base URL" go to another one with the same path. Without it nothing is overridden, and calls to the vendor's host are brought over by the fetch.
   */
  base?: string;
  connect(options: AdapterOptions): Talk;
}
export interface AdapterOptions {
  fetch: typeof fetch;
  baseURL?: string;
  apiKey?: string;
  settings?: JsonObject;
  /** What a check asks of time, retries and sizes; a subject that can't be told so fails the faults that are about it. */
  timeouts?: ConnectOptions["timeouts"];
  retry?: ConnectOptions["retry"];
  limits?: ConnectOptions["limits"];
}
export interface Talk {
  stream(request: ChatRequest): AsyncIterable<ChatEvent>;
  generate(request: ChatRequest): Promise<ChatResponse>;
}
// biome-ignore lint/suspicious/noExplicitAny: a provider of any settings type; `Provider<unknown>` takes none of them, because settings stand in argument position
export type Subject = Provider<any> | Adapter;

export type OpenOptions = Pick<
  ConnectOptions,
  "fetch" | "baseURL" | "timeouts" | "retry" | "observe" | "limits" | "unsupported" | "prefill" | "replayScope"
>;

export interface Judged {
  id: string;
  /** Absent for an adapter. */
  provider: Provider | undefined;
  /** The base URL when none is given; undefined where there is none, or where an adapter does not say. */
  base: string | undefined;
  /** The route of a case's call; undefined for an adapter and where there is none. */
  route(fixture: Fixture, baseURL?: URL): Route | undefined;
  /** What is claimed of the case's model on the case's route. */
  claims(fixture: Fixture): Facts;
  /** The case's wire. */
  wire(fixture: Fixture): string;
  /** A connection as the case wants it; what is given here wins. */
  open(fixture: Fixture, options?: OpenOptions): Talk;
  /** The same with the rest of a connection; undefined for an adapter. */
  connection(fixture: Fixture, options?: OpenOptions): Connection | undefined;
}

export function isAdapter(subject: Subject): subject is Adapter {
  return !("route" in subject);
}

export function judged(subject: Subject): Judged {
  return isAdapter(subject) ? judgedAdapter(subject) : judgedProvider(subject);
}

function judgedProvider(provider: Provider): Judged {
  const route = (fixture: Fixture, baseURL?: URL): Route | undefined => {
    try {
      return provider.route(callOf(provider, fixture, baseURL));
    } catch (error) {
      // No route for this call: then the case's own run says so, by name.
      if (error instanceof TypeError) throw error;
      return undefined;
    }
  };
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
    claims: (fixture) => route(fixture)?.takes ?? {},
    wire: (fixture) => route(fixture)?.protocol.id ?? "chat-completions",
    open,
    connection: open,
  };
}

function judgedAdapter(adapter: Adapter): Judged {
  return {
    id: adapter.id,
    provider: undefined,
    base: adapter.base,
    route: () => undefined,
    claims: () => adapter.claims,
    wire: () => adapter.wire ?? "chat-completions",
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
    keyed: key !== undefined,
    ...(account === undefined ? {} : { account }),
    ...(base === undefined ? {} : { baseURL: base }),
    policy: { unsupported: "default", prefill: "error", replayScope: "own" },
    without: new Set(),
  };
}
