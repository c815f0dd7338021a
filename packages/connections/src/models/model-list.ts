/** The list behind the Models button. */
import { type Connection, connect, isLumiverseError, type ModelInfo, type ModelList, type Provider } from "@lumiverse/core";
import { type ConnectionSource, connectSource, type SharedConnectOptions } from "../profile/connect.ts";
import type { CachedList, ModelListCache } from "./cache.ts";

export interface ModelListing {
  models: readonly ModelInfo[];
  /** `live`: from the vendor. `catalogue`: the list that is built into the provider's package. `none`: there is neither. */
  source: "live" | "catalogue" | "none";
  /** ISO date and time at which the list was read. */
  fetchedAt: string;
  /** Milliseconds since then. */
  ageMs: number;
  /** Sentences about the list, such as why it is not the live one. */
  notes: readonly string[];
  /** Why the vendor's list could not be read this time. The models are then those of an older list, or the built-in ones. */
  failure?: { code: string; message: string; hint?: string };
}

export interface ModelListOptions {
  cache: ModelListCache;
  /** Milliseconds for which a live list is used again. Default five minutes. */
  maxAgeMs?: number;
  /** Ask the vendor whatever the age. */
  refresh?: boolean;
  signal?: AbortSignal;
  /** Milliseconds for the vendor's answer. Default 15,000. */
  timeoutMs?: number;
  connect?: SharedConnectOptions;
}

const MAX_AGE = 5 * 60_000;
const TIMEOUT = 15_000;

/**
 * The models of a connection, saved or not, with or without a key: many vendors show their list to anybody. Falls back to an older list, then to the
 * built-in one, with a note. Rejects only when the signal aborts.
 */
export async function listModels(source: ConnectionSource, options: ModelListOptions): Promise<ModelListing> {
  const { cache, maxAgeMs = MAX_AGE, refresh = false, signal, timeoutMs = TIMEOUT } = options;
  const key = await cacheKey(source);
  const cached = await cache.get(key);
  if (cached !== undefined && !refresh && isFresh(cached, maxAgeMs)) return listing(cached);
  const connection = connectWithoutKey(source, options.connect);
  try {
    const list = await connection.models({ timeouts: { total: timeoutMs }, ...(signal === undefined ? {} : { signal }) });
    const read: CachedList = { list, fetchedAt: new Date().toISOString() };
    if (list.source === "live") await cache.set(key, read);
    else if (cached !== undefined)
      return listing(
        cached,
        list.notes.map(({ message }) => message),
      );
    return listing(read);
  } catch (cause) {
    if (!isLumiverseError(cause) || (cause.code === "aborted" && signal?.aborted === true)) throw cause;
    const failure = { code: cause.code, message: cause.message, ...(cause.hint === undefined ? {} : { hint: cause.hint }) };
    const list = cached ?? { list: await builtIn(source), fetchedAt: new Date().toISOString() };
    const shown =
      cached === undefined
        ? list.list.models.length === 0
          ? "There is no built-in list."
          : "This is the built-in list."
        : "This is the last list that was read.";
    return { ...listing(list, [`The live list failed (${cause.message}). ${shown}`]), failure };
  } finally {
    connection.close();
  }
}

async function builtIn({ provider, settings }: ConnectionSource): Promise<ModelList> {
  const catalogue = await provider.catalogue?.(settings);
  return { models: catalogue?.models ?? [], notes: [], source: catalogue?.source ?? "none", date: catalogue?.date ?? "" };
}

function listing({ list, fetchedAt }: CachedList, notes: readonly string[] = []): ModelListing {
  return {
    models: list.models,
    source: list.source === "live" ? "live" : list.models.length === 0 ? "none" : "catalogue",
    fetchedAt,
    ageMs: ageOf({ fetchedAt }),
    notes: [...list.notes.map(({ message }) => message), ...notes],
  };
}

/** False for a time in the future: the clock was set back, or another machine wrote it, so the age is unknown. */
function isFresh({ fetchedAt }: CachedList, maxAgeMs: number): boolean {
  return Date.parse(fetchedAt) <= Date.now() && ageOf({ fetchedAt }) <= maxAgeMs;
}

function ageOf({ fetchedAt }: Pick<CachedList, "fetchedAt">): number {
  return Math.max(0, Date.now() - Date.parse(fetchedAt));
}

/**
 * A connection that may ask for public lists before there is a key. Core refuses to call a vendor that requires a key without one, so it is given a credential
 * header, which `fetch` then leaves out.
 */
function connectWithoutKey(source: ConnectionSource, shared: SharedConnectOptions = {}): Connection {
  const options = { ...shared, ...source.connect };
  if (source.auth !== "key" || source.key !== undefined) return connectSource(source, options);
  const send = options.fetch ?? fetch;
  return connect<Provider>(source.provider, {
    ...options,
    ...(source.resolvedURL === undefined ? {} : { baseURL: source.resolvedURL }),
    ...(Object.keys(source.settings).length === 0 ? {} : { settings: source.settings }),
    apiKey: "",
    headers: { authorization: "none" },
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.delete("authorization");
      return send(input, { ...init, headers });
    },
  });
}

/** A digest of the address, the settings and the key. It reveals none of them. */
async function cacheKey({ provider, resolvedURL, auth, key, settings }: ConnectionSource): Promise<string> {
  const text = JSON.stringify([provider.id, resolvedURL ?? provider.base, auth, key ?? null, settings]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
