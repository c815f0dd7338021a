/** What needs Node: the HTTP server, metrics for Prometheus, and decoders of compressed requests. */

export { nodeDecoders } from "./node/decoders.ts";
export { prometheusMetrics } from "./node/prometheus.ts";
export { DEFAULT_PORT, type GatewayServer, isLoopbackHost, type ServeOptions, serveGateway } from "./node/serve.ts";
