/** All parts that need no optional peer. `@lumiverse/toolkit/telemetry`, `/mcp`, `/env` and `/node` are imported by their own entry points. */
export * from "./browser/index.ts";
export * from "./client.ts";
export * from "./fallback/index.ts";
export * from "./middleware/index.ts";
export * from "./mock/index.ts";
export * from "./object-stream/index.ts";
export * from "./tools/index.ts";
