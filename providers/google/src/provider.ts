import {
  type Call,
  type CheckedCall,
  defineProvider,
  endpoint,
  type JsonObject,
  type KeyVerdict,
  type Operation,
  type Provider,
} from "@lumiverse/core";
import { gemini } from "@lumiverse/protocols/families";
import {
  countTokens,
  type GenerateContentHost,
  generateContent,
  listModels,
  recover,
  safetySettings,
  verdictOf,
} from "@lumiverse/protocols/generate-content";
import type { GoogleSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://generativelanguage.googleapis.com/v1beta"; // v1 lacks newer fields

const host: GenerateContentHost = {
  // Tuned models bring their own collection.
  resource: ({ request: { model } }) => (/^(?:models|tunedModels)\//.test(model) ? `/${model}` : `/models/${encodeURIComponent(model)}`),
  options: (call) => {
    const { safety, serviceTier, includeThoughts, webSearch } = settingsOf(call);
    const fields: JsonObject = {};
    const list = safetySettings(safety);
    if (list !== undefined) fields["safetySettings"] = list;
    if (serviceTier !== undefined) fields["serviceTier"] = serviceTier;
    return { fields, ...(includeThoughts === undefined ? {} : { includeThoughts }), ...(webSearch === undefined ? {} : { webSearch }) };
  },
  mixedTools: "flag",
};
const protocol = generateContent(host);

/** The list needs a key and costs nothing. */
const check: Operation<KeyVerdict, GoogleSettings> = {
  origin: "base",
  request: ({ base }) => ({ method: "GET", url: endpoint(base, "/models?pageSize=1") }),
  parse: async (response) => {
    const value = await verdictOf(response);
    return value === undefined ? undefined : { value };
  },
};

export const google: Provider<GoogleSettings> = defineProvider<GoogleSettings>({
  id: "google",
  name: "Google Gemini",
  docs: "https://ai.google.dev/gemini-api/docs",
  version,
  contract: 1,
  credential: {
    kind: "api-key",
    required: true,
    env: "GEMINI_API_KEY",
    // Never in the URL, where logs keep it, and never beside an Authorization header, which is refused.
    header: "x-goog-api-key",
    page: "https://aistudio.google.com/apikey",
  },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: (call: Call<GoogleSettings>) => ({
    protocol,
    base: baseOf(call.baseURL),
    takes: gemini.facts(call.request.model),
    rules: gemini.rules,
  }),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  operations: { check, models: listModels(), countTokens: countTokens(host, "wrapped") },
  recover,
  browser: true,
});

/** A proxy's base without a version gets the vendor's; the compatibility layer's path is not this wire's. */
function baseOf(given: URL | undefined): URL {
  if (given === undefined) return new URL(BASE);
  const url = new URL(given);
  url.pathname = url.pathname.replace(/\/openai\/?$/, "");
  return /\/v\d[a-z0-9]*$/.test(url.pathname) ? url : endpoint(url, "/v1beta");
}

/** The wire does not know whose settings they are; this provider's own schema has parsed them. */
function settingsOf(call: CheckedCall): Partial<GoogleSettings> {
  return call.settings as Partial<GoogleSettings>;
}
