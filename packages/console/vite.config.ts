import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type UserConfig } from "vite";

/** What the chat component imports of its client for its vendor's service. */
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

/** Leaves that client out: it would only be used with an account there, and the page has no code that could reach another host than its gateway. */
function withoutCloud(): Plugin {
  const empty = "\0without-cloud";
  return {
    name: "without-cloud",
    enforce: "pre",
    resolveId: (id) => (/^assistant-cloud(?:\/|$)/.test(id) ? empty : undefined),
    load: (id) => (id === empty ? CLOUD.map((name) => `export const ${name} = undefined;`).join("\n") : undefined),
  };
}

// Builds the page into static files beside the compiled module that names them.
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
    // Preloading is done by a script element of the page itself, so that the policy needs no exception.
    modulePreload: { polyfill: false },
    // What is bundled is named with its license.
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
});

export default config;
