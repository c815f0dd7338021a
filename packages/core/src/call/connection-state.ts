import { isLumiverseError, LumiverseError } from "../chat/errors.ts";
import { isObject, type JsonObject } from "../chat/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Call, Policy } from "../contract/call.ts";
import type { Catalogue } from "../contract/models.ts";
import { CONTRACT, type Provider } from "../contract/provider.ts";
import type { ServerInfo } from "../contract/server-info.ts";
import { normalizeBaseURL } from "../http/base-url.ts";
import { cleanKey, createRedactor, isSecretHeader, type Redact } from "../http/secrets.ts";
import type { Limits } from "../http/send.ts";
import { type AcquireSlot, createSlots } from "./concurrency.ts";
import type { ConnectOptions, Observation, TokenCache } from "./connection.ts";

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
  readonly redact: Redact;
  readonly addSecret: (secret: string | undefined) => void;
  readonly tokenCache: TokenCache;
  readonly settings: () => Promise<JsonObject>;
  /** The provider's catalogue for these settings. */
  readonly catalogue: () => Promise<Catalogue | undefined>;
  /** What is known about the server. Probes it once if the provider requires a probe. */
  readonly server: (settings: JsonObject) => Promise<ServerInfo | undefined>;
  /** Features that calls have learned to do without. */
  readonly knownDegradations: Set<string>;
  readonly observe: (observation: Observation) => void;
  readonly acquireSlot: AcquireSlot;
  /** Functions that abort the calls in flight. */
  readonly running: Set<(reason: LumiverseError) => void>;
  closed: boolean;
}

/** `probe` finds out what kind of server answers at the base URL. */
export function createState(
  provider: Provider,
  options: ConnectOptions,
  probe: (state: ConnectionState) => Promise<ServerInfo | undefined>,
): ConnectionState {
  checkContract(provider);
  const base = baseOf(provider, options);
  const isVendorOrigin = base === undefined || isOriginOf(provider, base);
  const key = cleanKey(options.apiKey ?? (isVendorOrigin ? environmentKey(provider) : undefined), provider.credential.kind, provider.id);
  const { redact, addSecret } = createRedactor();
  addSecret(key);
  // Some gateways take their key in the query.
  for (const [name, value] of base?.searchParams ?? []) if (name === "key" || isSecretHeader(name)) addSecret(value);
  for (const [name, value] of Object.entries(options.headers ?? {})) if (isSecretHeader(name)) addSecret(value.replace(/^bearer\s+/i, ""));
  let settings: Promise<JsonObject> | undefined;
  let catalogue: Promise<Catalogue | undefined> | undefined;
  let server: Promise<ServerInfo | undefined> | undefined;
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
    redact,
    addSecret,
    tokenCache: options.tokenCache ?? new Map(),
    settings: () => (settings ??= parseSettings(provider, options.settings, "settings")),
    catalogue: () => (catalogue ??= state.settings().then((parsed) => provider.catalogue?.(parsed))),
    server: (parsed) => {
      if (provider.probeFirst?.(parsed) !== true) return Promise.resolve(undefined);
      return (server ??= probe(state).catch(() => undefined));
    },
    knownDegradations: new Set(),
    observe: (observation) => options.observe?.(observation),
    acquireSlot: createSlots(),
    running: new Set(),
    closed: false,
  };
  return state;
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

function baseOf(provider: Provider, { baseURL }: ConnectOptions): URL | undefined {
  if (baseURL !== undefined) return normalizeBaseURL(baseURL, provider.base);
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

/** An error about a setting that the call gave, under the field by which the call gave it. */
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

/** What a provider's pure functions see of a request on this connection. */
export async function callFor(
  state: ConnectionState,
  request: ChatRequest,
  { streaming, degradations }: { streaming: boolean; degradations: ReadonlySet<string> },
): Promise<Call> {
  const settings = await settingsFor(state, request);
  const server = await state.server(settings);
  return {
    request,
    settings,
    streaming,
    hasKey: state.key !== undefined,
    policy: state.policy,
    degradations,
    ...(state.account === undefined ? {} : { account: state.account }),
    ...(state.base === undefined ? {} : { baseURL: state.base }),
    ...(server === undefined ? {} : { server }),
  };
}
