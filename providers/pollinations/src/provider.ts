/**
 * Calls with a key go to the gateway, calls without one to the older host, which must never receive a key: it would answer with a notice (fixtures/notice).
 */
import type { Call, Provider, Route } from "@lumiverse/core/provider";
import { chatProvider, chatRoute } from "@lumiverse/protocols/chat-completions";
import { gatewayRules } from "@lumiverse/protocols/families";
import { ANONYMOUS_BASE, anonymous, dialect, gateway, models } from "./dialect.ts";
import type { PollinationsSettings } from "./settings.ts";
import { version } from "./version.ts";

const chat = chatProvider<PollinationsSettings>({
  id: "pollinations",
  name: "Pollinations",
  docs: "https://gen.pollinations.ai/docs",
  version,
  base: "https://gen.pollinations.ai/v1",
  credential: { kind: "api-key", required: false, env: "POLLINATIONS_API_KEY", page: "https://enter.pollinations.ai" },
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  operations: () => import("./operations.ts").then((module) => module.operations),
  dialect,
  capabilities: gateway,
  models,
  rules: gatewayRules,
});

const anonymousRoute = chatRoute<PollinationsSettings>({
  base: ANONYMOUS_BASE.href,
  dialect,
  capabilities: anonymous,
  concurrency: 1, // the older host serves one call at a time per IP address (fixtures/queue-full)
  adjust: ({ call }) => {
    const { publicFeed, referrer } = call.settings;
    // Without `private`, the call could appear in the vendor's public feed.
    const defaults = { ...(publicFeed === true ? {} : { private: true }), ...(referrer === undefined ? {} : { referrer }) };
    return { dialect: { defaults } };
  },
});

/** Pollinations: https://github.com/pollinations/pollinations/blob/master/APIDOCS.md */
export const pollinations: Provider<PollinationsSettings> = { ...chat, route };

function route(call: Call<PollinationsSettings>): Route {
  const isAnonymous = call.baseURL === undefined ? !call.hasKey : call.baseURL.host === ANONYMOUS_BASE.host;
  if (!isAnonymous) return chat.route(call);
  return { ...anonymousRoute({ ...call, baseURL: ANONYMOUS_BASE }), credential: "never" };
}
