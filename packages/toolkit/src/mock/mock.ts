import { type Capabilities, type Connection, type ConnectOptions, connect, type Provider } from "@lumiverse/core";
import { defineProvider, endpoint, isObject } from "@lumiverse/core/provider";
import { type MockServer, mockServer } from "./mock-fetch.ts";
import { mockProtocol } from "./protocol.ts";
import type { MockReply } from "./script.ts";

/** The options of a mock. */
export interface MockOptions {
  /** Default `mock`. */
  id?: string;
  /** What the mock's models accept. Default: everything. */
  capabilities?: Capabilities;
  /** Model ids that `models()` lists. Default `["mock"]`. */
  models?: readonly string[];
  /** Options of `mock.connection`. Default: no retries. */
  connect?: Omit<ConnectOptions, "fetch">;
}

/** A scripted provider, a connection to it, and what it received. */
export interface Mock extends MockServer {
  /** A real provider. Connect it yourself with `fetch: mock.fetch`, or register it. */
  provider: Provider;
  /** A connection to it. */
  connection: Connection;
}

const ALL: Capabilities = {
  tools: true,
  "tools.strict": true,
  "tools.images": true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  streaming: true,
};

/**
 * A provider for tests that answers from a script, one reply for each request, in order. Nothing but the network is replaced: requests are validated, checked,
 * rendered, sent, read and retried as always. Deterministic: ids, usage and the pieces of a stream depend on the script alone.
 */
export function mock(script: readonly MockReply[], options: MockOptions = {}): Mock {
  const { id = "mock", models = ["mock"], capabilities } = options;
  const server = mockServer(script, models);
  const provider = mockProvider(id, { ...ALL, ...capabilities });
  return {
    provider,
    connection: connect(provider, { retry: false, ...options.connect, fetch: server.fetch }),
    fetch: server.fetch,
    requests: server.requests,
    get left() {
      return server.left;
    },
  };
}

function mockProvider(id: string, capabilities: Capabilities): Provider {
  const base = `https://${id}.invalid/v1`;
  return defineProvider({
    id,
    name: "Mock",
    docs: "https://lumiverse.invalid/mock",
    version: "1.0.0",
    contract: 1,
    credential: { kind: "none" },
    base,
    route: ({ baseURL }) => ({ protocol: mockProtocol, base: baseURL ?? new URL(base), capabilities }),
    operations: async () => ({
      check: {
        origin: "base",
        request: ({ base: url }) => ({ method: "GET", url: endpoint(url, "/models") }),
        parse: () => ({ value: { key: "valid", usable: true } }),
      },
      models: {
        origin: "base",
        request: ({ base: url }) => ({ method: "GET", url: endpoint(url, "/models") }),
        parse: ({ json }) => {
          const listed = isObject(json) && Array.isArray(json["models"]) ? json["models"] : [];
          return { value: listed.map((model) => ({ id: String(model), source: "live" })) };
        },
      },
    }),
  });
}
