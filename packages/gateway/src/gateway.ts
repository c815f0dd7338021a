import type { Profiles } from "@lumiverse/connections";
import type { Observer } from "@lumiverse/core";
import type { GatewayConfig } from "./config/config.ts";
import type { Keys } from "./keys/key.ts";
import type { ManagementKeys } from "./keys/management-key.ts";
import type { Call, Ledger, UsageReports } from "./ledger/call.ts";
import type { Aliases } from "./routing/alias.ts";
import type { MissingTarget } from "./routing/missing-targets.ts";
import type { ClientContext, FetchContext } from "./server/fetch-context.ts";
import type { Metrics } from "./server/metrics.ts";
import type { Decoder } from "./server/read-body.ts";
import type { Sessions, SignIns } from "./sessions/session.ts";

export interface GatewayOptions {
  /** The connections, with the store that the gateway shares. */
  profiles: Profiles;
  /** `required` (the default): every call needs a virtual key. `optional`: calls without one are accepted, for a gateway that only this machine reaches. */
  keys?: "required" | "optional";
  /** Values of `Host` that are served, such as `localhost`. Absent: all. */
  hosts?: readonly string[];
  /** Origins of web pages that may call the gateway, in addition to its own. */
  origins?: readonly string[];
  /** Bytes of a request's body at most, after decoding. Default 32 MiB. */
  bodyLimit?: number;
  /** Content encodings of requests in addition to gzip and deflate. */
  decoders?: Readonly<Record<string, Decoder>>;
  /**
   * How vendors are asked, unless the options of `profiles` say it. Default: the global `fetch`, which in Node gives up after five minutes of silence.
   * `nodeFetch()` of `@lumiverse/gateway/node` does not, and takes half of the CPU time.
   */
  fetch?: typeof fetch;
  /** Milliseconds that the status of a stream waits for the first content, so that a failure has a status of its own. Default 10,000. */
  holdMs?: number;
  /**
   * Milliseconds that a call waits when the only vendor it can go to asks for a wait. A longer wait is left to the client: it receives the error at once, with
   * `retry-after`. Default 5,000.
   */
  maxWaitMs?: number;
  /** Milliseconds of silence after which a stream sends a heartbeat. Default 15,000. */
  heartbeatMs?: number;
  /** Record requests and answers in the ledger. They may hold personal data. Default false. */
  recordContent?: boolean;
  /** Days that calls stay in the ledger. Default 90. */
  retentionDays?: number;
  /** Milliseconds without a sign of life after which a process counts as dead. The same for all processes. Default 30,000. */
  deadAfterMs?: number;
  /** Receives each call that is over, for a log. It holds no content and no secret. */
  onCall?: (call: Call) => void;
  /** Receives errors of the gateway itself. */
  onError?: (error: unknown) => void;
  /** Connections, aliases and keys of a configuration file. The store is brought in line with them. */
  config?: GatewayConfig;
  /** Observes the calls to vendors, such as `telemetry()` of `@lumiverse/toolkit/telemetry`. */
  observe?: Observer;
  /** Runs each request in a span, such as `serverSpans()` of `@lumiverse/gateway/telemetry`. Default: none. */
  trace?: RequestTracer;
  metrics?: Metrics;
  /** Milliseconds since 1970, for tests. Default `Date.now`. */
  now?: () => number;
}

/** Answers requests under a path of the gateway, such as the console's. */
export type MountedHandler = (request: Request, client: ClientContext) => Response | Promise<Response>;

/** Answers a request inside a span of its own. */
export type RequestTracer = (request: Request, answer: () => Promise<Response>) => Promise<Response>;

/** A gateway: a Web-standard fetch handler, and what administration needs. */
export interface Gateway {
  /**
   * Answers one HTTP request.
   * @param context That of the runtime, where work ends with its request: in workers, pass their `ctx`, so that the ledger records calls whose client left. Servers pass the
   * client's address
   */
  fetch(request: Request, context?: Partial<FetchContext> & ClientContext): Promise<Response>;
  /**
   * Answers a request of somebody who was let in by other means than a virtual key, such as a session of the console. The caller must check `Host` and
   * `Origin`.
   */
  fetchTrusted(request: Request): Promise<Response>;
  readonly profiles: Profiles;
  readonly keys: Keys;
  readonly managementKeys: ManagementKeys;
  readonly aliases: Aliases;
  readonly ledger: Ledger;
  readonly usage: UsageReports;
  readonly sessions: Sessions;
  readonly signIns: SignIns;
  /**
   * Serves everything under a path by another handler. `Host` and `Origin` are checked before it, keys are not. The longest path wins.
   * @param path Such as `/admin/v1`
   */
  mount(path: string, handler: MountedHandler): void;
  /** Targets of aliases and fallback lists that no connection serves. Their calls go to the other targets, or are refused. */
  missingTargets(): Promise<readonly MissingTarget[]>;
  /** Reads connections, aliases and keys again with the next call. Changes by other processes are seen within a second without it. */
  refresh(): void;
  /**
   * Stops: readiness fails, new calls are refused, running calls may finish until the grace period ends and then receive an error in their own protocol. The
   * ledger is written. The store stays open.
   * @param options.graceMs Default 30,000.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}
