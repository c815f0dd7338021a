import type { Attempt, ChatEvent, ChatRequest, ChatResponse, Cost, Note, Timeouts } from "./chat.ts";
import type { Capability, Claim, Facts } from "./facts.ts";
import type { Account, CachePlan, KeyVerdict, ModelInfo, Policy, Provider, ServerFacts } from "./provider.ts";

export interface ConnectOptions<S = unknown> {
  /** The key. Default: the provider's environment variable, and that only while the origin is the vendor's own. */
  apiKey?: string;
  /** Another host: a proxy, a region, a local server. Pasted endpoint paths, doubled or missing `/v1` and trailing slashes are understood. */
  baseURL?: string | URL;
  settings?: S;
  /** Sends instead of the global `fetch`: corporate proxies, tests. */
  fetch?: typeof fetch;
  /** Extra HTTP headers for every call. */
  headers?: Readonly<Record<string, string>>;
  timeouts?: Timeouts;
  retry?: RetryOptions | false;
  /**
   * What happens to what a model can't do. Default: what would change the meaning is refused before a byte leaves, what only tunes is left out
   * with a note. `throw`: everything is refused. `warn`: everything is left out with a note. `send`: nothing is touched.
   */
  unsupported?: Policy["unsupported"];
  /** A prefill where the model takes none. Default `error`; `instruction` turns it into a sentence. */
  prefill?: Policy["prefill"];
  /** `vendor`: the overridden base URL fronts the vendor itself, so signed payloads are valid there. Default `own`. */
  replayScope?: Policy["replayScope"];
  /** Compute `response.cost` from the catalogue where the vendor gives none. Default true. */
  cost?: boolean;
  observe?: Observer;
  /** Caps, in characters. Defaults: one event 64 million, a body 256 million. */
  limits?: { event?: number; body?: number };
}

export interface RetryOptions {
  /** Attempts in all, over transport, recovery and token refresh. Default 3. */
  attempts?: number;
  /** Milliseconds for all attempts and waits together. Default 120,000. */
  budgetMs?: number;
}

/** What happened, in order. No secrets; no content. */
export type Observation =
  | { type: "request"; provider: string; model: string; url: string; streaming: boolean; bytes: number }
  | { type: "attempt"; attempt: Attempt }
  | { type: "first-event"; ms: number }
  | { type: "finish"; reason: string; events: number; ms: number; usage: ChatResponse["usage"] }
  | { type: "error"; code: string; message: string };
export type Observer = (observation: Observation) => void;

/** One answer as it arrives. Leaving the loop early closes the socket; `response()` folds what is left. */
export interface ChatStream<T = unknown> extends AsyncIterable<ChatEvent> {
  /** The whole answer. Reads the stream to its end where nobody iterates it; rejects with the error that ended it. */
  response(): Promise<ChatResponse<T>>;
  /** Closes the socket; the iteration and `response()` end with `aborted`. */
  abort(reason?: string): void;
}

export interface Connection {
  readonly provider: Provider;
  /** The base URL in force. */
  readonly baseURL: string | undefined;
  stream<T = unknown>(request: ChatRequest<T>): ChatStream<T>;
  generate<T = unknown>(request: ChatRequest<T>): Promise<ChatResponse<T>>;
  /** The request as it would leave, unsent. */
  explain(request: ChatRequest, options?: { previous?: ChatRequest; streaming?: boolean }): Promise<Explanation>;
  /** Live list merged over the catalogue. Without a live list (or when it fails, noted in `notes`): the catalogue. */
  models(options?: OperationOptions): Promise<ModelList>;
  check(options?: OperationOptions): Promise<KeyVerdict>;
  account(options?: OperationOptions): Promise<Account>;
  countTokens(request: ChatRequest, options?: OperationOptions): Promise<number>;
  /** What this model is claimed to do on this connection, and on which evidence. */
  supports(capability: Capability, model: string): Promise<Claim>;
  /** What kind of server answers at the base URL, for providers that can find out. */
  probe(options?: OperationOptions): Promise<ServerFacts | undefined>;
}
export interface OperationOptions {
  signal?: AbortSignal;
  timeouts?: Timeouts;
}
export interface ModelList extends Array<ModelInfo> {
  notes: readonly Note[];
}

export interface Explanation {
  url: string;
  method: string;
  /** Secrets are masked; the source of a signed token is named. */
  headers: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
  wire: string;
  takes: Facts;
  notes: readonly Note[];
  cache?: CachePlan;
  /** Where the cacheable prefix stopped being the same as the previous request's; undefined: it did not. */
  prefixBreak?: { at: string; because: string };
  /** Given the previous request: why less is read from the cache than one may expect, the weightiest reason first. */
  cacheReasons?: readonly string[];
  /** A rough estimate: four characters a token. */
  estimate: { inputTokens: number; cost?: Cost };
  facts?: ServerFacts;
}
