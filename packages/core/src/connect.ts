import { normaliseBase } from "./base-url.ts";
import type { ChatRequest, ChatResponse } from "./chat.ts";
import type { ChatStream, Connection, ConnectOptions, ModelList, Observation, OperationOptions } from "./connection.ts";
import { LumiverseError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { type Account, type Catalogue, CONTRACT, type KeyVerdict, type Policy, type Provider, type ServerFacts } from "./provider.ts";
import type { Providers } from "./providers.ts";
import { registry } from "./registry.ts";
import { cleanKey, createScrub } from "./secrets.ts";
import { Stream } from "./stream.ts";
import type { Limits } from "./transport.ts";

/** What a connection knows and remembers. Internal; never handed to a provider. */
export interface State {
  provider: Provider;
  options: ConnectOptions;
  /** The override, normalised. */
  base: URL | undefined;
  /** The origin is the vendor's own. */
  own: boolean;
  key: string | undefined;
  account: Readonly<Record<string, string>> | undefined;
  policy: Policy;
  limits: Limits;
  fetch: typeof fetch;
  scrub: (text: string) => string;
  addSecret: (secret: string | undefined) => void;
  settings: () => Promise<Record<string, unknown>>;
  /** The provider's list, by the settings. */
  catalogue: () => Promise<Catalogue | undefined>;
  facts: (settings: Record<string, unknown>) => Promise<ServerFacts | undefined>;
  /** What calls have learned to do without. */
  remembered: Set<string>;
  observe: (observation: Observation) => void;
  /** Waits for a place among the calls in flight; the result gives it back. */
  enter: (limit: number | undefined) => (() => void) | Promise<() => void>;
}

/**
 * A connection to a provider, by its id (when its package is imported) or as a value. Nothing is sent until something is asked.
 * @throws LumiverseError `configuration`: unknown id, a key or base URL that can't be used, a provider made for another contract.
 */
export function connect<I extends keyof Providers | (string & {})>(
  provider: I,
  options?: ConnectOptions<I extends keyof Providers ? Providers[I] : unknown>,
): Connection;
export function connect<S>(provider: Provider<S>, options?: ConnectOptions<S>): Connection;
export function connect(named: string | object, options: object = {}): Connection {
  // The overloads say what comes in; settings are opaque from here on: the provider's own schema has the last word.
  const provider = typeof named === "string" ? registry().get(named) : (named as Provider);
  const state = createState(provider, options as ConnectOptions);
  const operation = async <T>(run: (module: typeof import("./operations.ts")) => Promise<T>): Promise<T> =>
    run(await import("./operations.ts"));
  return {
    provider,
    baseURL: (state.base ?? (provider.base === undefined ? undefined : new URL(provider.base)))?.href,
    stream: <T>(request: ChatRequest<T>): ChatStream<T> => new Stream<T>(new Exchange(state, request, true)),
    generate: <T>(request: ChatRequest<T>): Promise<ChatResponse<T>> =>
      new Exchange(state, request, false).response() as Promise<ChatResponse<T>>,
    explain: async (request, how) => (await import("./explain.ts")).explain(state, request, how),
    models: (how?: OperationOptions): Promise<ModelList> => operation((module) => module.models(state, how)),
    check: (how?: OperationOptions): Promise<KeyVerdict> => operation((module) => module.check(state, how)),
    account: (how?: OperationOptions): Promise<Account> => operation((module) => module.account(state, how)),
    countTokens: (request: ChatRequest, how?: OperationOptions): Promise<number> =>
      operation((module) => module.countTokens(state, request, how)),
    supports: async (capability, model) => (await import("./supports.ts")).supportsOn(state, capability, model),
    probe: (how?: OperationOptions): Promise<ServerFacts | undefined> => operation((module) => module.probe(state, how)),
  };
}

function createState(provider: Provider, options: ConnectOptions): State {
  if (provider.contract > CONTRACT)
    throw new LumiverseError({
      code: "configuration",
      provider: provider.id,
      message: `${provider.id} ${provider.version} is made for contract ${provider.contract}; this @lumiverse/core speaks ${CONTRACT}`,
      hint: "Update @lumiverse/core",
    });
  const base = options.baseURL === undefined ? undefined : normaliseBase(options.baseURL, provider.base);
  if (base === undefined && provider.base === undefined)
    throw new LumiverseError({
      code: "configuration",
      provider: provider.id,
      field: "baseURL",
      message: `${provider.id} needs a baseURL`,
      hint: "For a local server: http://localhost:1234/v1",
    });
  const own = base === undefined || isOwn(provider, base);
  const key = cleanKey(options.apiKey ?? (own ? environmentKey(provider) : undefined), provider.credential.kind, provider.id);
  const { scrub, add } = createScrub();
  add(key);
  // Some gateways take their key in the query.
  for (const [name, value] of base?.searchParams ?? []) if (name === "key" || isSecretHeader(name)) add(value);
  for (const [name, value] of Object.entries(options.headers ?? {})) if (isSecretHeader(name)) add(value.replace(/^bearer\s+/i, ""));
  let settings: Promise<Record<string, unknown>> | undefined;
  let catalogue: Promise<Catalogue | undefined> | undefined;
  let facts: Promise<ServerFacts | undefined> | undefined;
  const state: State = {
    provider,
    options,
    base,
    own,
    key,
    account: key === undefined ? undefined : provider.describeKey?.(key),
    policy: {
      unsupported: options.unsupported ?? "default",
      prefill: options.prefill ?? "error",
      replayScope: options.replayScope ?? "own",
    },
    limits: { event: options.limits?.event ?? 64_000_000, body: options.limits?.body ?? 256_000_000 },
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    scrub,
    addSecret: add,
    settings: () => (settings ??= readSettings(provider, options.settings)),
    catalogue: () => (catalogue ??= state.settings().then((given) => provider.catalogue?.(given))),
    facts: (given) => {
      if (provider.operations.probe?.wanted(given) !== true) return Promise.resolve(undefined);
      return (facts ??= import("./operations.ts").then((module) => module.probe(state).catch(() => undefined)));
    },
    remembered: new Set(),
    observe: (observation) => options.observe?.(observation),
    enter: createGate(),
  };
  return state;
}

async function readSettings(provider: Provider, given: unknown): Promise<Record<string, unknown>> {
  if (given === undefined) return {};
  if (provider.settings === undefined)
    throw new LumiverseError({
      code: "configuration",
      provider: provider.id,
      field: "settings",
      message: `${provider.id} has no settings`,
    });
  return (await provider.settings()).parse(given) as Record<string, unknown>;
}

export function isOwn(provider: Provider, url: URL): boolean {
  return [provider.base, ...(provider.origins ?? [])].some((own) => own !== undefined && new URL(own).origin === url.origin);
}

function environmentKey(provider: Provider): string | undefined {
  if (provider.credential.kind === "none") return undefined;
  // Browsers and workers have no process: then there is no environment.
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env?.[provider.credential.env];
}

export function isSecretHeader(name: string): boolean {
  return /authorization|api-key|token|secret|cookie|password/i.test(name);
}

/** Calls in flight: where a host takes one at a time, the rest wait in order. */
function createGate(): State["enter"] {
  let running = 0;
  const waiting: (() => void)[] = [];
  const place = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = waiting.shift();
      // The place goes straight to the next in line.
      if (next === undefined) running--;
      else next();
    };
  };
  return (limit) => {
    if (limit !== undefined && running >= limit) return new Promise<void>((resolve) => waiting.push(resolve)).then(place);
    running++;
    return place();
  };
}
