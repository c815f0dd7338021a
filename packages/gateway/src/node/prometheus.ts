import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Metrics } from "../server/metrics.ts";

/** Seconds. Answers of models take from a tenth of a second to minutes. */
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Metrics of the gateway and of its process, as Prometheus reads them. Labels are names of connections and providers, states and codes: none that a client chooses. */
export function prometheusMetrics(): Metrics {
  const registers = [new Registry()];
  const [register] = registers;
  if (register === undefined) throw new Error("there is one registry");
  collectDefaultMetrics({ register });
  const { running, calls, latency, firstToken, tokens, cost, attempts } = createInstruments(registers);
  return {
    started: () => running.inc(),
    ended({ protocol }, end) {
      running.dec();
      const labels = { connection: end.connection ?? "none", provider: end.provider ?? "none" };
      calls.inc({ ...labels, protocol, state: end.state, error: end.error?.code ?? "none" });
      if (end.latencyMs !== undefined) latency.observe(labels, end.latencyMs / 1000);
      if (end.firstTokenMs !== undefined) firstToken.observe(labels, end.firstTokenMs / 1000);
      const { input, cacheRead, cacheWrite, output } = end.usage ?? {};
      for (const [kind, count] of Object.entries({ input, cacheRead, cacheWrite, output }))
        if (count !== undefined && count > 0) tokens.inc({ ...labels, kind }, count);
      if (end.cost !== undefined && end.cost.amount > 0) cost.inc({ ...labels, currency: end.cost.currency }, end.cost.amount);
      for (const { connection, error } of end.attempts) attempts.inc({ connection, error: error ?? "none" });
    },
    read: async () => ({ contentType: register.contentType, text: await register.metrics() }),
  };
}

function createInstruments(registers: Registry[]) {
  const labelNames = ["connection", "provider"] as const;
  const timing = { labelNames, buckets: BUCKETS, registers };
  return {
    running: new Gauge({ name: "lumiverse_gateway_calls_running", help: "Calls that run now.", registers }),
    calls: new Counter({
      name: "lumiverse_gateway_calls_total",
      help: "Calls that are over.",
      labelNames: [...labelNames, "protocol", "state", "error"],
      registers,
    }),
    latency: new Histogram({ name: "lumiverse_gateway_call_seconds", help: "Time until the end of a call.", ...timing }),
    firstToken: new Histogram({ name: "lumiverse_gateway_first_token_seconds", help: "Time until the first content.", ...timing }),
    tokens: new Counter({
      name: "lumiverse_gateway_tokens_total",
      help: "Tokens as vendors reported them.",
      labelNames: [...labelNames, "kind"],
      registers,
    }),
    cost: new Counter({
      name: "lumiverse_gateway_cost_total",
      help: "Cost of calls.",
      labelNames: [...labelNames, "currency"],
      registers,
    }),
    attempts: new Counter({
      name: "lumiverse_gateway_attempts_total",
      help: "Requests to vendors.",
      labelNames: ["connection", "error"],
      registers,
    }),
  };
}
