import type { Provider, Route } from "./provider.ts";

/** The route of a model without a connection: default settings, with a key, and for a provider without a base a local one. */
export function defaultRoute(provider: Provider, model: string): Route {
  return provider.route({
    request: { model, messages: [] },
    settings: {},
    streaming: false,
    keyed: true,
    policy: { unsupported: "default", prefill: "error", replayScope: "own" },
    without: new Set(),
    account: {},
    ...(provider.base === undefined ? { baseURL: new URL("http://localhost/v1") } : {}),
  });
}
