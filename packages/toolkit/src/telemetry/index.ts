/** OpenTelemetry spans, events and metrics. Needs the peer `@opentelemetry/api`. */
export type { ConventionVersion } from "./conventions.ts";
export { type EventLogger, type TelemetryOptions, telemetry } from "./telemetry.ts";
export { traceTools } from "./tools.ts";
