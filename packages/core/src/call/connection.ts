/** The public shape of a connection: its options, its methods, and what they return. */
import type { PriceList } from "../capabilities/cost.ts";
import type { ErrorCode } from "../chat/errors.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest, Timeouts } from "../chat/request.ts";
import type { Attempt, ChatResponse, FinishReason, RateLimit } from "../chat/response.ts";
import type { Cost } from "../chat/usage.ts";
import type { CachePlan, Policy, Unsupported } from "../contract/call.ts";
import type { Capabilities, Capability, CapabilityClaim } from "../contract/capabilities.ts";
import type { ModelInfo } from "../contract/models.ts";
import type { Account, KeyVerdict } from "../contract/operations.ts";
import type { Authorization, Provider } from "../contract/provider.ts";
import type { ServerInfo } from "../contract/server-info.ts";

export interface ConnectOptions<S = unknown> {
  /** The key. Default: the provider's environment variable, which is read only while the origin is the vendor's own. */
  apiKey?: string;
  /** Another host: a proxy, a region, a local server. Pasted endpoint paths, doubled or missing `/v1` and trailing slashes are corrected. */
  baseURL?: string | URL;
  /** Permit plain http to a public host. Default false: plain http is for loopback and private addresses. */
  allowHttp?: boolean;
  settings?: S;
  /** Used instead of the global `fetch`: corporate proxies, tests. */
  fetch?: typeof fetch;
  /** Extra HTTP headers for every call. */
  headers?: Readonly<Record<string, string>>;
  timeouts?: Timeouts;
  /** `false`: a failed call is not repeated. Token renewal and recoveries (`Provider.recover`) are not retries and still happen. */
  retry?: RetryOptions | false;
  /**
   * What happens to fields and content that the model does not support, for everything or per field: `"error"`, `"drop"` or `"send"`. Default: what would
   * change the meaning of the call is an error, what only tunes is dropped with a note.
   */
  unsupported?: Unsupported;
  /** `vendor`: the overridden base URL is a proxy of the vendor itself, so signed payloads are valid there. Default `own`. */
  replayScope?: Policy["replayScope"];
  /**
   * How `response.cost` is computed when the vendor reports none. `true` (the default): from the catalogue, at the base URL of its prices. `"vendor"`:
   * from the catalogue also behind another base URL. A price list: from its prices. `false`: not at all.
   */
  cost?: boolean | "vendor" | PriceList;
  /** Where exchanged tokens of signed hosts are kept. Pass one cache to several connections to share them. Default: one per connection. */
  tokenCache?: TokenCache;
  /** Receives what happens during calls, for logs, metrics and traces. */
  observe?: Observer;
  /** Largest sizes in characters. Default: one event 64 million, a body 256 million. */
  limits?: { event?: number; body?: number };
}

export interface RetryOptions {
  /** Attempts in all, recoveries and token renewal included. Default 3. */
  attempts?: number;
  /** Milliseconds for all attempts and waits together. Default 120,000. */
  budgetMs?: number;
  /** Milliseconds that a vendor can ask to wait. For a longer wait the error is returned, with the wait in `retryAfterMs`. Default 60,000. */
  maxWaitMs?: number;
}

/** Exchanged tokens by an opaque key. A `Map` is one. */
export interface TokenCache {
  get(key: string): Promise<Authorization> | undefined;
  set(key: string, value: Promise<Authorization>): unknown;
  delete(key: string): unknown;
}

/**
 * The call that an observation is about. All observations of one call hold the same object, so it can be the key of a `WeakMap`. It holds no content:
 * `request` and the functions of `finish` and `error` return content, and only when they are called.
 */
export interface ObservedCall {
  /** The provider's id. */
  provider: string;
  /** The model as requested. */
  model: string;
  /** True for `stream()`, false for `generate()`. */
  streaming: boolean;
  /** The connection's base URL. */
  baseURL?: string;
  /** The caller's request, with its messages. */
  request(): ChatRequest;
}

/**
 * What happened during a call, and which call it was. In order: `start` once, then a `request` and an `attempt` for each HTTP request, `first-event` once when
 * content has arrived, and `finish` or `error` once at the end. Holds no secrets and no content. Times are milliseconds since the start.
 */
export type Observation = { call: ObservedCall } & ObservedEvent;

/**
 * What an observation reports. `finish` means that the answer is complete; whether it fits the `output` that was requested is found out afterwards and not
 * observed.
 */
export type ObservedEvent =
  | { type: "start" }
  | { type: "request"; provider: string; model: string; url: string; streaming: boolean; bytes: number }
  | { type: "attempt"; attempt: Attempt }
  | {
      type: "first-event";
      ms: number;
      /** What the headers of the answer report, without secrets. */
      rateLimit?: RateLimit;
    }
  | {
      type: "finish";
      reason: FinishReason;
      events: number;
      ms: number;
      usage: ChatResponse["usage"];
      /** The model that answered, as the vendor reports it. */
      model: string;
      /** The vendor's id of the answer. */
      id?: string;
      /** The answer, without `output` and computed costs. */
      response(): ChatResponse;
    }
  | {
      type: "error";
      code: ErrorCode;
      message: string;
      ms: number;
      /** HTTP status, where one was received. */
      status?: number;
      /** What the headers of the last answer report, without secrets. */
      rateLimit?: RateLimit;
      /** What had been received of the answer. Undefined: no content. */
      partial(): ChatResponse | undefined;
    };

/**
 * Receives the observations of a connection's calls. For `request` it may return a {@link SendWrapper}; whatever else it returns is ignored. An observer that
 * throws does not affect the call.
 */
export type Observer = (observation: Observation) => unknown;

/**
 * Calls `send` once, before it returns. Lets an observer send the request inside a context, such as the active span of a trace. What it returns is ignored,
 * and the request is also sent when it throws or does not call `send`.
 */
export type SendWrapper = (send: () => Promise<Response>) => unknown;

/** One answer as it arrives. Leaving the loop early closes the socket. */
export interface ChatStream<T = unknown> extends AsyncIterable<ChatEvent> {
  /**
   * The same events, those of one network packet as one array, which is never empty: one wait per packet instead of one per token. It ends, throws and closes
   * the socket as the plain iteration does. Each event is delivered once, whichever of the two reads it.
   */
  batches(): AsyncIterable<readonly ChatEvent[]>;
  /** The whole answer. Reads the stream to its end if nobody iterates it. Rejects with the error that ended the stream. */
  response(): Promise<ChatResponse<T>>;
  /** Closes the socket. The iteration and `response()` end with `aborted`. */
  abort(reason?: string): void;
}

export interface Connection {
  readonly provider: Provider;
  /** The base URL in use. */
  readonly baseURL: string | undefined;
  stream<T = unknown>(request: ChatRequest<T>): ChatStream<T>;
  generate<T = unknown>(request: ChatRequest<T>): Promise<ChatResponse<T>>;
  /** The request as it would be sent. Sends nothing. */
  explain(request: ChatRequest, options?: ExplainOptions): Promise<Explanation>;
  /** The vendor's live model list, completed from the catalogue. The catalogue alone where there is no live list, or where it fails; `notes` say so. */
  models(options?: OperationOptions): Promise<ModelList>;
  /** Checks the key at the lowest cost that the vendor allows. */
  check(options?: OperationOptions): Promise<KeyVerdict>;
  /** Balance, limits and plan, where the vendor reports them. @throws LumiverseError `unsupported` where it does not */
  account(options?: OperationOptions): Promise<Account>;
  /**
   * The prompt's tokens as the vendor counts them. `options` win over the signal and the timeouts of the request.
   * @throws LumiverseError `unsupported` where the vendor has no such endpoint
   */
  countTokens(request: ChatRequest, options?: OperationOptions): Promise<number>;
  /** What a model can do on this connection, and the evidence for it. */
  supports(capability: Capability, model: string): Promise<CapabilityClaim>;
  /** What kind of server answers at the base URL, for providers that can find out. */
  probe(options?: OperationOptions): Promise<ServerInfo | undefined>;
  /** Aborts the calls in flight. Later calls fail with `aborted`. */
  close(): void;
}

export interface ExplainOptions {
  /** A request to compare with, to find where the cacheable prefix differs. */
  previous?: ChatRequest;
  /** Default true. */
  streaming?: boolean;
}

/** A request as it would be sent. */
export interface Explanation {
  url: string;
  method: string;
  /** Secrets are masked. A signed token is replaced by the name of its source. */
  headers: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
  protocol: string;
  capabilities: Capabilities;
  notes: readonly Note[];
  cache?: CachePlan;
  /** Where the cacheable prefix differs from the previous request's. Absent: it does not. */
  prefixBreak?: { at: string; because: string };
  /** With a previous request: why less may be read from the cache than expected, most important first. */
  cacheReasons?: readonly string[];
  /** A rough estimate of four characters per token. */
  estimate: { inputTokens: number; cost?: Cost };
  server?: ServerInfo;
}

export interface OperationOptions {
  signal?: AbortSignal;
  timeouts?: Timeouts;
}

export interface ModelList {
  models: readonly ModelInfo[];
  notes: readonly Note[];
  /** `live`, or the name of the catalogue. */
  source: string;
  /** ISO date of the catalogue, or of today for a live list. */
  date: string;
}
