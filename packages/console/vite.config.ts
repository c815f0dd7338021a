import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type UserConfig } from "vite";

/** The names that the chat component imports from the client of its vendor's service. */
const CLOUD = [
  "AssistantCloud",
  "CloudAPIError",
  "CloudEngagementReporter",
  "CloudMessagePersistence",
  "CloudRunReporter",
  "createFormattedPersistence",
  "createRunTelemetryToolCall",
  "deriveRunOutcome",
  "describeRunError",
  "extractAISDKRunTelemetry",
  "extractRunTelemetryModelId",
  "normalizeRunTelemetryUsage",
  "readAnonymousRefreshToken",
  "truncateRunTelemetryText",
] as const;

/** Leaves that client out of the build. It needs an account there, and the page must contain no code that can reach a host other than its gateway. */
function withoutCloud(): Plugin {
  const empty = "\0without-cloud";
  return {
    name: "without-cloud",
    enforce: "pre",
    resolveId: (id) => (/^assistant-cloud(?:\/|$)/.test(id) ? empty : undefined),
    load: (id) => (id === empty ? CLOUD.map((name) => `export const ${name} = undefined;`).join("\n") : undefined),
  };
}

// Builds the page into static files next to the compiled module that serves them.
const config: UserConfig = defineConfig({
  root: "src/page",
  base: "/",
  plugins: [react(), withoutCloud()],
  resolve: { conditions: ["@lumiverse/source", "module", "browser", "development|production"] },
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    target: "es2023",
    // An inlined file would be a data URL, which the content security policy allows for images only.
    assetsInlineLimit: 0,
    // The polyfill would call `fetch`. The browsers of this page preload modules without it.
    modulePreload: { polyfill: false },
    // Lists the bundled packages with their licenses.
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});

export default config;
