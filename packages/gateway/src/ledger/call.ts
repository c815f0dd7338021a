import type { Cost, Usage } from "@lumiverse/core";

/** `running`: not over yet. `canceled`: the client left. `interrupted`: the process died; what the call cost is unknown. */
export type CallState = "running" | "finished" | "failed" | "canceled" | "interrupted";

/** `estimate`: the vendor reported no usage, because the call did not end. It is computed from what was sent and what had arrived. */
export type CallCost = Pick<Cost, "amount" | "currency"> & { readonly from: Cost["from"] | "estimate" };

/** One HTTP request to a vendor. */
export interface CallAttempt {
  /** The name of the connection. */
  readonly connection: string;
  readonly model: string;
  /** HTTP status. Absent when no response arrived. */
  readonly status?: number;
  /** The code of the error. Absent for the attempt that succeeded. */
  readonly error?: string;
  readonly ms: number;
}

/** One call in the ledger. */
export interface Call {
  readonly id: string;
  /** The id of the virtual key. Absent: a call without one. */
  readonly key?: string;
  readonly state: CallState;
  /** ISO date and time. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** The protocol of the client. `lumiverse` is the gateway's own. */
  readonly protocol: string;
  /** As the client named it. */
  readonly requestedModel: string;
  readonly streamed: boolean;
  /** What answered, or was asked last. */
  readonly connection?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly cost?: CallCost;
  /** Milliseconds from the request's arrival to the end of the answer. */
  readonly latencyMs?: number;
  /** Milliseconds from the request's arrival to the first content. */
  readonly firstTokenMs?: number;
  readonly finishReason?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly attempts: readonly CallAttempt[];
  /** Only when recording of content is switched on. */
  readonly content?: { readonly request: unknown; readonly response?: unknown };
}

/** Which calls to read. All that is given must hold. */
export interface CallQuery {
  key?: string;
  connection?: string;
  model?: string;
  state?: CallState;
  /** ISO date and time: started at or after it. */
  from?: string;
  /** ISO date and time: started before it. */
  to?: string;
  /** Default 50, at most 500. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export interface CallPage {
  /** The newest first. */
  readonly calls: readonly Call[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The record of all calls that were accepted. */
export interface Ledger {
  list(query?: CallQuery): Promise<CallPage>;
  /** @throws ConnectionsError `not-found` */
  get(id: string): Promise<Call>;
  /** Writes what is waiting. Reads do that first, so that they show every call that ended. */
  flush(): Promise<void>;
}

/** How a report is split. */
export type UsageGroup = "day" | "model" | "connection" | "key" | "provider";

export interface UsageQuery {
  /** One row for each combination. Empty or absent: one row for everything. */
  by?: readonly UsageGroup[];
  /** ISO date in UTC, the first day. Default: 30 days ago. */
  from?: string;
  /** ISO date in UTC, the last day. Default: today. */
  to?: string;
  key?: string;
  connection?: string;
  model?: string;
}

/** Sums over calls that ended. */
export interface UsageRow {
  /** ISO date. */
  readonly day?: string;
  readonly model?: string;
  readonly connection?: string;
  /** The id of the virtual key. */
  readonly key?: string;
  readonly provider?: string;
  readonly calls: number;
  /** Calls that failed, were canceled or were interrupted. */
  readonly unfinished: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** By currency. */
  readonly costs: Readonly<Record<string, number>>;
  /** Calls whose cost is unknown. */
  readonly uncosted: number;
  /** Means over the calls that have them. */
  readonly latencyMs?: number;
  readonly firstTokenMs?: number;
}

/** Reports over the ledger. */
export interface UsageReports {
  report(query?: UsageQuery): Promise<UsageRow[]>;
}
