import type { CallEnd, CallStart } from "../ledger/call-row.ts";

/** Counts calls for a monitoring system. `prometheusMetrics` of `@lumiverse/gateway/node` is one. */
export interface Metrics {
  started(call: CallStart): void;
  ended(call: CallStart, end: CallEnd): void;
  /** What `GET /metrics` answers. */
  read(): Promise<{ contentType: string; text: string }>;
}
