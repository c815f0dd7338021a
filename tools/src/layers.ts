// The layers of the repository, as data. A module may import from its own entry and from lower layers. It may not import from a higher layer or from another entry of
// its own layer. Type-only imports count.

export interface Tree {
  /** Names the tree in a report. */
  name: string;
  /** The folder of the layers, relative to the root; `""` is the root. Every source file in it belongs to a layer. */
  folder: string;
  /** Bottom to top. An entry is a folder, or a file with its extension; `*` matches a folder, and each match is a separate entry. */
  layers: readonly (readonly string[])[];
}

export const trees: readonly Tree[] = [
  {
    name: "packages",
    folder: "",
    layers: [
      ["packages/core"],
      ["packages/protocols"],
      ["providers/*", "conformance", "packages/create-provider", "packages/toolkit", "packages/ai-sdk"],
      ["packages/connections"],
      ["packages/gateway"],
      ["packages/console"],
      ["packages/cli"],
      ["tools"],
      ["packages/bench", "packages/lab"],
    ],
  },
  {
    name: "core",
    folder: "packages/core/src",
    layers: [
      ["providers.ts"],
      ["chat"],
      ["contract"],
      ["registry.ts", "http", "settings"],
      ["capabilities", "sign-in.ts"],
      ["request"],
      ["call"],
      ["connect.ts"],
      ["index.ts", "provider.ts", "catalogue.ts"],
    ],
  },
  {
    name: "conformance",
    folder: "conformance/src",
    layers: [
      ["fixture"],
      ["play"],
      ["disguises"],
      ["faults"],
      ["checks"],
      ["report"],
      ["record", "replay"],
      ["conforms.ts"],
      ["index.ts", "fixtures.ts", "internals.ts", "vitest.ts", "node-test.ts"],
    ],
  },
  {
    name: "lab",
    folder: "packages/lab/src",
    layers: [
      ["providers"],
      ["report", "corpus", "mutants", "ai-sdk", "fuzz", "spec"],
      ["round-trip"],
      ["ai-sdk-main.ts", "corpus-main.ts", "fuzz-main.ts", "mutants-main.ts", "report-main.ts", "rewrite-expected-main.ts", "spec-main.ts"],
    ],
  },
  {
    name: "protocols",
    folder: "packages/protocols/src",
    layers: [
      ["shared"],
      ["schema", "families"],
      ["chat-completions", "responses", "messages", "generate-content"],
      ["vendor-fields", "server-tools"],
    ],
  },
  {
    name: "the gateway's inbound protocols",
    folder: "packages/gateway/src/inbound",
    layers: [
      ["protocol.ts"],
      ["shared"],
      ["chat-completions", "responses", "messages", "generate-content"],
      ["body-shape.ts"],
      ["index.ts"],
    ],
  },
  {
    name: "connections",
    folder: "packages/connections/src",
    layers: [
      ["error.ts"],
      ["core-options.ts", "dotted-path.ts", "optional-package.ts", "read-page.ts", "socket-address.ts"],
      ["store"],
      ["vault"],
      ["profile"],
      ["models"],
      ["form", "card", "sign-in", "doctor", "discovery", "transfer"],
      ["outbound"],
      ["index.ts", "node.ts"],
    ],
  },
  {
    name: "the page of the console",
    folder: "packages/console/src/page",
    layers: [
      ["theme.ts"],
      ["api"],
      ["shared"],
      ["shell", "form"],
      ["connections"],
      ["chat", "usage", "keys", "logs"],
      ["conversations"],
      ["app.tsx"],
      ["main.tsx"],
    ],
  },
  {
    name: "gateway",
    folder: "packages/gateway/src",
    layers: [
      ["inbound", "issues.ts", "timers.ts", "clock.ts"],
      ["store"],
      ["keys"],
      ["ledger", "sessions"],
      ["routing"],
      ["tokens"],
      ["calls", "config"],
      ["server"],
      ["gateway.ts"],
      ["create-gateway.ts", "admin", "node", "telemetry"],
      ["index.ts", "node.ts"],
    ],
  },
  {
    name: "the command line",
    folder: "packages/cli/src",
    layers: [["terminal", "all.ts"], ["connection"], ["request", "form"], ["answer"], ["commands"], ["run.ts"], ["index.ts", "bin.ts"]],
  },
  {
    name: "the AI SDK's model",
    folder: "packages/ai-sdk/src",
    layers: [
      ["metadata.ts", "hosted-tool.ts", "warnings.ts", "errors.ts"],
      ["request", "response"],
      ["model-call.ts"],
      ["language-model.ts"],
      ["provider.ts"],
      ["index.ts"],
    ],
  },
  {
    name: "toolkit",
    folder: "packages/toolkit/src",
    layers: [
      ["shared"],
      ["tools", "fallback", "middleware", "object-stream", "mock", "client.ts", "env.ts", "node.ts"],
      ["browser", "telemetry", "mcp"],
      ["mcp.ts"],
      ["index.ts"],
    ],
  },
];
