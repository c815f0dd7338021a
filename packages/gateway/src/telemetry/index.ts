/** OpenTelemetry spans of a gateway's requests. Needs the peer `@opentelemetry/api`. */
export { propagatingFetch } from "./propagating-fetch.ts";
export { type ServerSpansOptions, serverSpans } from "./server-spans.ts";
