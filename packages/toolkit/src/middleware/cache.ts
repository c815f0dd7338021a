/** Answers a repeated request from a store. */
import { type ChatRequest, type ChatResponse, type Connection, type Cost, LumiverseError, type Note, type Usage } from "@lumiverse/core";
import { outputOf } from "@lumiverse/core/provider";
import { messageOf } from "../shared/errors.ts";
import { until } from "../shared/event-stream.ts";
import { responseEvents } from "../shared/response-events.ts";
import { NO_USAGE } from "../shared/usage.ts";
import { forward, wrapConnection } from "../shared/wrap-connection.ts";
import { cacheKey } from "./cache-key.ts";

/** A stored answer. Plain data. */
export interface CachedResponse {
  response: Omit<ChatResponse, "output">;
  /** Epoch milliseconds. */
  storedAt: number;
}

/** Where answers are kept. A `Map` is a store. If the store fails, the vendor is asked, and the answer has a note. */
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
  /** The most answers in the default store. The one that was used longest ago is dropped first. Default 1000. */
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
 * errors, no refusals, nothing that was cut off. A hit has no attempts, and a usage of no tokens; `details.responseCache` holds what the stored answer had used.
 */
export function withCache(connection: Connection, options: CacheOptions = {}): Connection {
  const { store = memoryStore(options.maxEntries ?? 1000), scope = crypto.randomUUID(), ttlMs, now = Date.now } = options;
  /** The stored answer to a request. If the store fails, the call goes on without it, with a note. */
  const find = (key: string, notes: Note[], signal: AbortSignal): Promise<ChatResponse | undefined> =>
    tolerate(notes, signal, async () => {
      const cached = await store.get(key);
      if (cached === undefined || ttlMs === undefined || now() - cached.storedAt < ttlMs) return cached && hit(cached);
      await store.delete(key);
      return undefined;
    });
  const keep = async (key: string, response: ChatResponse, notes: Note[], signal: AbortSignal): Promise<ChatResponse> => {
    const { output: _, ...rest } = response;
    if (response.finishReason === "stop" || response.finishReason === "tool-calls")
      await tolerate(notes, signal, () => store.set(key, { response: structuredClone(rest), storedAt: now() }));
    return { ...response, notes: [...response.notes, ...notes] };
  };
  return wrapConnection(connection, {
    async *stream(request, signal) {
      const notes: Note[] = [];
      const key = await cacheKey(connection, request, scope);
      const found = await find(key, notes, signal);
      if (found !== undefined) {
        const response = await withOutput(found, request, signal);
        yield [...responseEvents(response)];
        return response;
      }
      if (notes.length > 0) yield notes.map((note) => ({ type: "note", note }));
      return keep(key, yield* forward(connection.stream({ ...request, signal })), notes, signal);
    },
    async generate(request) {
      const notes: Note[] = [];
      const { signal = new AbortController().signal } = request;
      const key = await cacheKey(connection, request, scope);
      const found = await find(key, notes, signal);
      return found === undefined ? keep(key, await connection.generate(request), notes, signal) : withOutput(found, request, signal);
    },
  });
}

async function tolerate<T>(notes: Note[], signal: AbortSignal, work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await until(work, signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    notes.push({ kind: "warning", message: `The response cache failed: ${messageOf(cause)}` });
    return undefined;
  }
}

/** The stored answer as a response of this call. @throws Error for a value that is no stored answer */
function hit(cached: CachedResponse): ChatResponse {
  const { cost, ...stored } = structuredClone(cached.response);
  const info: CacheHit = { storedAt: cached.storedAt, usage: stored.usage, ...(cost === undefined ? {} : { cost }) };
  return {
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
}

/** The response with its structured output, validated by the request at hand. */
async function withOutput(response: ChatResponse, request: ChatRequest, signal: AbortSignal): Promise<ChatResponse> {
  if (request.output === undefined || response.finishReason !== "stop") return response;
  try {
    return { ...response, output: await until(() => outputOf(response.text, request), signal) };
  } catch (cause) {
    if (signal.aborted) throw cause;
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
