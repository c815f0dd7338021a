/** Answers a repeated request from a store. */
import { type ChatRequest, type ChatResponse, type Connection, type Cost, LumiverseError, type Usage } from "@lumiverse/core";
import { messageOf } from "../shared/errors.ts";
import { responseEvents } from "../shared/response-events.ts";
import { NO_USAGE } from "../shared/usage.ts";
import { forward, wrapConnection } from "../shared/wrap-connection.ts";
import { cacheKey } from "./cache-key.ts";
import { outputOf } from "./cached-output.ts";

/** A stored answer. Plain data. */
export interface CachedResponse {
  response: Omit<ChatResponse, "output">;
  /** Epoch milliseconds. */
  storedAt: number;
}

/** Where answers are kept. A `Map` is one. */
export interface ResponseStore {
  get(key: string): CachedResponse | undefined | Promise<CachedResponse | undefined>;
  set(key: string, value: CachedResponse): unknown;
  delete(key: string): unknown;
}

/** Where answers are kept, who shares them, and for how long. */
export interface CacheOptions {
  /** Default: memory, for this connection alone. */
  store?: ResponseStore;
  /**
   * Who shares answers: part of every key. Connections that use one store and one scope share answers, whatever their API keys are. Default: a value of this
   * connection's own, so that two connections never share.
   */
  scope?: string;
  /** Milliseconds for which an answer is used. Default: no limit. */
  ttlMs?: number;
  /** Answers in the default store; the one used longest ago is dropped first. Default 1000. */
  maxEntries?: number;
  /** Epoch milliseconds, for tests. Default `Date.now`. */
  now?: () => number;
}

/** What `response.details.responseCache` holds when an answer came from the store. */
export interface CacheHit {
  storedAt: number;
  /** What the stored answer had used. */
  usage: Usage;
  cost?: Cost;
}

/**
 * A connection that answers a repeated request from a store. The key covers the whole request as it would be sent. Only complete answers are stored: no
 * errors, no refusals, nothing that was cut off. A hit has no attempts and no usage; `details.responseCache` holds what the stored answer had used.
 */
export function withCache(connection: Connection, options: CacheOptions = {}): Connection {
  const { store = memoryStore(options.maxEntries ?? 1000), scope = crypto.randomUUID(), ttlMs, now = Date.now } = options;
  const find = async (key: string, request: ChatRequest): Promise<ChatResponse | undefined> => {
    const cached = await store.get(key);
    if (cached === undefined) return undefined;
    if (ttlMs === undefined || now() - cached.storedAt < ttlMs) return hit(cached, request);
    await store.delete(key);
    return undefined;
  };
  const keep = async (key: string, response: ChatResponse): Promise<void> => {
    if (response.finishReason !== "stop" && response.finishReason !== "tool-calls") return;
    const { output: _, ...rest } = response;
    await store.set(key, { response: structuredClone(rest), storedAt: now() });
  };
  return wrapConnection(connection, {
    async *stream(request, signal) {
      const key = await cacheKey(connection, request, scope);
      const found = await find(key, request);
      if (found !== undefined) {
        yield [...responseEvents(found)];
        return found;
      }
      const response = yield* forward(connection.stream({ ...request, signal }));
      await keep(key, response);
      return response;
    },
    async generate(request) {
      const key = await cacheKey(connection, request, scope);
      const found = await find(key, request);
      if (found !== undefined) return found;
      const response = await connection.generate(request);
      await keep(key, response);
      return response;
    },
  });
}

async function hit(cached: CachedResponse, request: ChatRequest): Promise<ChatResponse> {
  const { cost, ...stored } = structuredClone(cached.response);
  const info: CacheHit = { storedAt: cached.storedAt, usage: stored.usage, ...(cost === undefined ? {} : { cost }) };
  const response: ChatResponse = {
    ...stored,
    usage: NO_USAGE,
    attempts: [],
    notes: [
      ...stored.notes,
      {
        kind: "replayed",
        message: `The answer came from the response cache; it was stored at ${new Date(cached.storedAt).toISOString()}.`,
      },
    ],
    transport: { ...stored.transport, totalMs: 0 },
    details: { ...stored.details, responseCache: info },
  };
  if (request.output === undefined || response.finishReason !== "stop") return response;
  try {
    return { ...response, output: await outputOf(response.text, request.output, request.prefill) };
  } catch (cause) {
    throw new LumiverseError({
      code: "malformed-response",
      message: `the stored answer does not match the requested output: ${messageOf(cause)}`,
      partial: response,
      cause,
    });
  }
}

/** A store in memory that drops the entry used longest ago. */
function memoryStore(maxEntries: number): ResponseStore {
  const entries = new Map<string, CachedResponse>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    },
    delete: (key) => entries.delete(key),
  };
}
