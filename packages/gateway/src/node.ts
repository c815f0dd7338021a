/** What needs Node: the HTTP server, a `fetch` for vendors, metrics for Prometheus, and decoders of compressed requests. */

export { nodeDecoders } from "./node/decoders.ts";
export { nodeFetch } from "./node/node-fetch.ts";
export { prometheusMetrics } from "./node/prometheus.ts";
export { DEFAULT_PORT, type GatewayServer, isLoopbackHost, type ServeOptions, serveGateway } from "./node/serve.ts";
