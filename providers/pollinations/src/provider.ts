/**
 * Code beside data: two hosts. Without a key the older one, which must never see a key; with a key the gateway. Host, facts, lists and checks
 * hang on that one choice, and so does the number of calls in flight.
 */
import { type Call, defineProvider, type Provider, type Route } from "@lumiverse/core";
import { chatRoute } from "@lumiverse/protocols/chat-completions";
import { anonymous, dialect, gateway, models, OLDER } from "./dialect.ts";
import { operations } from "./operations.ts";
import type { PollinationsSettings } from "./settings.ts";
import { version } from "./version.ts";

const GATEWAY = "https://gen.pollinations.ai/v1";

/** Pollinations: https://github.com/pollinations/pollinations/blob/master/APIDOCS.md */
export const pollinations: Provider<PollinationsSettings> = defineProvider<PollinationsSettings>({
  id: "pollinations",
  name: "Pollinations",
  docs: "https://gen.pollinations.ai/docs",
  version,
  contract: 1,
  credential: { kind: "api-key", required: false, env: "POLLINATIONS_API_KEY", page: "https://enter.pollinations.ai" },
  base: GATEWAY,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations,
});

function route(call: Call<PollinationsSettings>): Route {
  const older = call.baseURL === undefined ? !call.keyed : call.baseURL.host === OLDER.host;
  if (!older) return withKey(call);
  return { ...withoutKey({ ...call, baseURL: OLDER }), credential: "never", concurrency: 1 };
}

const withKey = chatRoute<PollinationsSettings>({ base: GATEWAY, dialect, takes: gateway, models });

const withoutKey = chatRoute<PollinationsSettings>({
  base: OLDER.href,
  dialect,
  takes: anonymous,
  adjust: ({ settings: { publicFeed, referrer } }) => ({
    dialect: {
      defaults: {
        ...(publicFeed === true ? {} : { private: true }), // what nobody asked to publish stays out of the vendor's feed
        ...(referrer === undefined ? {} : { referrer }),
      },
    },
  }),
});
