import { defineProvider, type Provider } from "@lumiverse/core/provider";
import { gemini } from "@lumiverse/protocols/families";
import { generateContent, recover } from "@lumiverse/protocols/generate-content";
import { BASE, baseOf, host } from "./host.ts";
import type { GoogleSettings } from "./settings.ts";
import { version } from "./version.ts";

const protocol = generateContent(host);

/** Google's Gemini API: https://ai.google.dev/gemini-api/docs */
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
    // Not in the URL, which is written to logs, and not together with an Authorization header, which the vendor refuses.
    header: "x-goog-api-key",
    page: "https://aistudio.google.com/apikey",
  },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  operations: () => import("./operations.ts").then((module) => module.operations),
  route: ({ request, baseURL }) => ({
    protocol,
    base: baseOf(baseURL),
    capabilities: gemini.capabilitiesOf(request.model),
    rules: gemini.hostRules,
    serverTools: "gemini",
  }),
  recover,
});
