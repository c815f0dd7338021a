import { isLumiverseError, LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject, type JsonObject } from "../chat/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Call, CompiledSchemas, Policy } from "../contract/call.ts";
import type { Capabilities } from "../contract/capabilities.ts";
import type { Catalogue } from "../contract/models.ts";
import { CONTRACT, type Provider } from "../contract/provider.ts";
import type { ServerInfo } from "../contract/server-info.ts";
import { normalizeBaseURL } from "../http/base-url.ts";
import { ignore } from "../http/request-lifetime.ts";
import { cleanKey, createRedactor, headerSecrets, keySecrets, querySecrets, type Redact, type Redactor } from "../http/secrets.ts";
import type { Limits } from "../http/send.ts";
import { createCompiledSchemas } from "./compiled-schemas.ts";
import { type AcquireSlot, createSlots } from "./concurrency.ts";
import type { ConnectOptions, Observation, Observer, TokenCache } from "./connection.ts";
import { KnownDegradations, NO_MARKS } from "./degradations.ts";

/** What ends when its connection is closed. */
export interface Stoppable {
  stop(reason: LumiverseError): void;
}

/** What a connection knows and remembers. Never handed to a provider. */
export interface ConnectionState {
  readonly provider: Provider;
  readonly options: ConnectOptions;
  /** The caller's base URL, normalised. */
  readonly base: URL | undefined;
  /** True when requests go to an origin of the vendor. */
  readonly isVendorOrigin: boolean;
  readonly key: string | undefined;
  readonly account: Readonly<Record<string, string>> | undefined;
  readonly policy: Policy;
  readonly limits: Limits;
  readonly fetch: typeof fetch;
  /** Knows the connection's secrets. */
  readonly redactor: Redactor;
  readonly redact: Redact;
  readonly addSecret: (secret: string | undefined) => void;
  readonly tokenCache: TokenCache;
  readonly settings: () => Promise<JsonObject>;
  /** The provider's catalogue for these settings. */
  readonly catalogue: () => Promise<Catalogue | undefined>;
  /** The address whose prices the connection's catalogue lists. */
  readonly priceBase: (catalogue: Catalogue | undefined) => URL | undefined;
  /** What is known about the server. Probes it once if the provider requires a probe. */
  readonly server: (settings: JsonObject) => Promise<ServerInfo | undefined>;
  /** The result of an earlier probe. Sends none. */
  readonly knownServer: () => Promise<ServerInfo | undefined>;
  /** Features that calls have learned to do without. */
  readonly knownDegradations: KnownDegradations;
  /** What the vendor's live model list states, by model, once it was read. */
  readonly liveCapabilities: Map<string, Capabilities>;
  /** Calls the observer and returns what it returned. Undefined without an observer. */
  readonly observe: ((observation: Observation) => unknown) | undefined;
  /** Schemas that earlier calls have compiled. An application sends the same tools with each call. */
  readonly compiledSchemas: CompiledSchemas;
  readonly acquireSlot: AcquireSlot;
  /** The calls and operations in flight. */
  readonly running: Set<Stoppable>;
  closed: boolean;
}

/** `probe` finds out what kind of server answers at the base URL. */
export function createState(
  provider: Provider,
  options: ConnectOptions,
  probe: (state: ConnectionState) => Promise<ServerInfo | undefined>,
): ConnectionState {
  checkContract(provider);
  checkOptions(provider.id, options);
  const base = baseOf(provider, options);
  const isVendorOrigin = base === undefined || isOriginOf(provider, base);
  const key = cleanKey(options.apiKey ?? (isVendorOrigin ? environmentKey(provider) : undefined), provider.credential.kind, provider.id);
  const redactor = createRedactor(publicNames(provider, base));
  const { redact, addSecret } = redactor;
  addSecrets(redactor, key, base, options);
  const settings = loadOnce(() => parseSettings(provider, options.settings, "settings"));
  const catalogue = loadOnce(async () => provider.catalogue?.(await settings()));
  const state: ConnectionState = {
    provider,
    options,
    base,
    isVendorOrigin,
    key,
    account: key === undefined ? undefined : provider.describeKey?.(key),
    policy: { unsupported: options.unsupported ?? {}, replayScope: options.replayScope ?? "own" },
    limits: { event: options.limits?.event ?? 64_000_000, body: options.limits?.body ?? 256_000_000 },
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    redactor,
    redact,
    addSecret,
    tokenCache: options.tokenCache ?? new Map(),
    settings,
    catalogue,
    priceBase: createPriceBase(provider),
    ...createServerProbe(provider, () => probe(state)),
    knownDegradations: new KnownDegradations(),
    liveCapabilities: new Map(),
    observe: guardObserver(options.observe),
    compiledSchemas: createCompiledSchemas(),
    acquireSlot: createSlots(),
    running: new Set(),
    closed: false,
  };
  return state;
}

/** `priceBase` of a connection. It makes one URL for all calls. */
function createPriceBase(provider: Provider): ConnectionState["priceBase"] {
  let url: URL | undefined;
  return (catalogue) => {
    const address = catalogue?.base ?? provider.base;
    return address === undefined ? undefined : (url ??= new URL(address));
  };
}

/** Probes the server when a call first needs to know it, and remembers the result. */
function createServerProbe(
  provider: Provider,
  probe: () => Promise<ServerInfo | undefined>,
): Pick<ConnectionState, "server" | "knownServer"> {
  let server: Promise<ServerInfo | undefined> | undefined;
  return {
    server: (settings) => {
      if (provider.probeFirst?.(settings) !== true) return Promise.resolve(undefined);
      // A server that does not answer may start later. One that refuses a probe would refuse every probe.
      server ??= probe().catch((cause: unknown) => {
        if (!isLumiverseError(cause) || cause.retryable || cause.code === "timeout" || cause.code === "aborted") server = undefined;
        return undefined;
      });
      return server;
    },
    knownServer: () => server ?? Promise.resolve(undefined),
  };
}

/** An observer that throws must not break the call, and one that rejects must not end the process. */
function guardObserver(observe: Observer | undefined): ConnectionState["observe"] {
  if (observe === undefined) return undefined;
  return (observation) => {
    try {
      const returned = observe(observation);
      if (returned instanceof Promise) returned.catch(ignore);
      return returned;
    } catch {
      return undefined;
    }
  };
}

/** Loads once. After a failure the next caller loads again. */
function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    if (loaded !== undefined) return loaded;
    loaded = load();
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  };
}

function addSecrets({ addSecret }: Redactor, key: string | undefined, base: URL | undefined, { headers = {} }: ConnectOptions): void {
  for (const secret of keySecrets(key)) addSecret(secret);
  if (base !== undefined) for (const secret of querySecrets(base)) addSecret(secret);
  for (const [name, value = ""] of Object.entries<string | undefined>(headers))
    for (const secret of headerSecrets(name, value)) addSecret(secret);
}

function checkContract({ id, version, contract }: Provider): void {
  if (contract <= CONTRACT) return;
  throw new LumiverseError({
    code: "configuration",
    provider: id,
    message: `${id} ${version} needs contract ${contract}; this @lumiverse/core has ${CONTRACT}`,
    hint: "Update @lumiverse/core",
  });
}

const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === "string";

/** Checks the options that a caller without types can get wrong. Settings have a schema of their own. */
function checkOptions(provider: string, options: ConnectOptions): void {
  const { apiKey, baseURL, headers, timeouts, fetch: given, observe, limits, retry } = options;
  const invalid = (field: string, message: string): LumiverseError =>
    new LumiverseError({ code: "configuration", provider, field, message: `${provider}: ${field} ${message}` });
  if (!isOptionalText(apiKey)) throw invalid("apiKey", "is not a text");
  if (!isOptionalText(baseURL) && !(baseURL instanceof URL)) throw invalid("baseURL", "is neither a text nor a URL");
  if (headers !== undefined && (!isObject(headers) || Symbol.iterator in headers || !Object.values(headers).every(isOptionalText)))
    throw invalid("headers", "is not a plain object of texts");
  if (given !== undefined && typeof given !== "function") throw invalid("fetch", "is not a function");
  if (observe !== undefined && typeof observe !== "function") throw invalid("observe", "is not a function");
  const numbers = { timeouts, limits, retry: retry === false ? undefined : retry };
  for (const [field, group] of Object.entries<unknown>(numbers)) {
    if (group === undefined) continue;
    if (!isObject(group)) throw invalid(field, "is not an object");
    for (const [name, value] of Object.entries(group))
      if (value !== undefined && !(typeof value === "number" && value >= 0))
        throw invalid(`${field}.${name}`, "is not a number of at least 0");
  }
}

function baseOf(provider: Provider, { baseURL, allowHttp }: ConnectOptions): URL | undefined {
  if (baseURL !== undefined) return normalizeBaseURL(baseURL, provider.base, allowHttp);
  if (provider.base !== undefined) return undefined;
  throw new LumiverseError({
    code: "configuration",
    provider: provider.id,
    field: "baseURL",
    message: `${provider.id} needs a baseURL`,
    hint: "For a local server: http://localhost:1234/v1",
  });
}

function isOriginOf(provider: Provider, url: URL): boolean {
  return [provider.base, ...(provider.origins ?? [])].some((own) => own !== undefined && new URL(own).origin === url.origin);
}

function environmentKey({ credential }: Provider): string | undefined {
  if (credential.kind === "none") return undefined;
  // Browsers and workers have no `process`.
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return host.process?.env?.[credential.env];
}

async function parseSettings(provider: Provider, given: unknown, field: string): Promise<JsonObject> {
  if (given === undefined) return {};
  if (provider.settings === undefined)
    throw new LumiverseError({
      code: "configuration",
      provider: provider.id,
      field,
      message: `${provider.id} has no settings`,
    });
  return (await provider.settings()).parse(given) as JsonObject; // settings are an object; its type is known to the provider alone
}

/** The settings of one call: the connection's, with the request's `providerOptions` laid over them. */
async function settingsFor(state: ConnectionState, { providerOptions }: ChatRequest): Promise<JsonObject> {
  const { provider, options } = state;
  const ofCall = providerOptions?.[provider.id];
  if (ofCall === undefined) return state.settings();
  if (!isObject(ofCall))
    throw new LumiverseError({
      code: "configuration",
      provider: provider.id,
      field: `providerOptions.${provider.id}`,
      message: `providerOptions.${provider.id} is not an object of settings`,
    });
  try {
    return await parseSettings(provider, layered(options.settings, ofCall), "providerOptions");
  } catch (cause) {
    throw isLumiverseError(cause) ? fieldOfCall(cause, provider.id, ofCall) : cause;
  }
}

/** The error about a setting of the call, with the path of the setting in the request instead of that in the connection's options. */
function fieldOfCall(error: LumiverseError, id: string, ofCall: JsonObject): LumiverseError {
  const { field } = error;
  const [root, setting] = field?.split(".") ?? [];
  if (field === undefined || root !== "settings" || setting === undefined || !Object.hasOwn(ofCall, setting)) return error;
  error.field = field.replace(root, `providerOptions.${id}`);
  error.message = error.message.replace(field, error.field);
  return error;
}

/** One object over another: objects merge deeply, everything else is replaced. */
function layered(under: unknown, over: JsonObject): JsonObject {
  const out: JsonObject = isObject(under) ? { ...under } : {};
  for (const [key, value] of Object.entries(over)) if (value !== undefined) out[key] = isObject(value) ? layered(out[key], value) : value;
  return out;
}

interface CallContext {
  streaming: boolean;
  /** Returns what is known about the server. Default: the state's `server`, which probes it where the provider requires a probe. */
  server?: ConnectionState["server"];
}

/** The call that a provider's pure functions receive for a request on this connection. */
export async function callFor(
  state: ConnectionState,
  request: ChatRequest,
  { streaming, server: find = state.server }: CallContext,
): Promise<Call> {
  const settings = await settingsFor(state, request);
  const server = await find(settings);
  const call: Call = {
    request,
    settings,
    streaming,
    hasKey: state.key !== undefined,
    policy: state.policy,
    degradations: NO_MARKS,
    compiledSchemas: state.compiledSchemas,
    ...definedFields({ account: state.account, baseURL: state.base, server }),
  };
  return state.knownDegradations.apply(state.provider, call);
}

/** Texts that are never redacted, so that a placeholder key such as `localhost` does not hide them. */
function publicNames(provider: Provider, base: URL | undefined): string[] {
  return [provider.id, (base ?? new URL(provider.base ?? "http://localhost")).host];
}
