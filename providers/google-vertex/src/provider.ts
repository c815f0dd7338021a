import { defineProvider, type Provider } from "@lumiverse/core/provider";
import { gemini } from "@lumiverse/protocols/families";
import { generateContent, recover } from "@lumiverse/protocols/generate-content";
import { host } from "./host.ts";
import { baseOf, originOf, regions } from "./location.ts";
import { readServiceAccount } from "./service-account.ts";
import type { GoogleVertexSettings } from "./settings.ts";
import { authorize } from "./token.ts";
import { version } from "./version.ts";

const protocol = generateContent(host);

/** Gemini on Google Cloud's Vertex AI: https://cloud.google.com/vertex-ai/generative-ai/docs */
export const googleVertex: Provider<GoogleVertexSettings> = defineProvider<GoogleVertexSettings>({
  id: "google-vertex",
  name: "Google Vertex AI",
  docs: "https://cloud.google.com/vertex-ai/generative-ai/docs",
  version,
  contract: 1,
  credential: {
    kind: "service-account",
    env: "GOOGLE_VERTEX_SERVICE_ACCOUNT",
    page: "https://console.cloud.google.com/iam-admin/serviceaccounts",
    required: true,
  },
  base: baseOf(undefined, "global").href,
  origins: regions.map(originOf),
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  operations: () => import("./operations.ts").then((module) => module.operations),
  route: ({ request, settings, baseURL }) => ({
    protocol,
    base: baseOf(baseURL, settings.region ?? "global"),
    headers: settings.quotaProject === undefined ? {} : { "x-goog-user-project": settings.quotaProject },
    capabilities: gemini.capabilitiesOf(request.model),
    rules: gemini.hostRules,
    serverTools: "gemini",
  }),
  authorize,
  describeKey: (key) => {
    const { email, project } = readServiceAccount(key);
    return { email, project };
  },
  recover,
});
