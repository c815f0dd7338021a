import type { Route } from "../contract/call.ts";
import type { Provider } from "../contract/provider.ts";

/** The route of a model without a connection: default settings, with a key, and a local base URL for providers that have none. */
export function defaultRoute(provider: Provider, model: string): Route {
  return provider.route({
    request: { model, messages: [] },
    settings: {},
    streaming: false,
    hasKey: true,
    policy: { unsupported: {}, replayScope: "own" },
    degradations: new Set(),
    account: {},
    ...(provider.base === undefined ? { baseURL: new URL("http://localhost/v1") } : {}),
  });
}
