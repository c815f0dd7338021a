import {
  type Call,
  type CheckedCall,
  defineProvider,
  endpoint,
  isObject,
  type JsonObject,
  type KeyVerdict,
  LumiverseError,
  type ModelInfo,
  type Operation,
  type OperationContext,
  type Provider,
} from "@lumiverse/core";
import { gemini } from "@lumiverse/protocols/families";
import {
  countTokens,
  type GenerateContentHost,
  generateContent,
  recover,
  safetySettings,
  verdictOf,
} from "@lumiverse/protocols/generate-content";
import { baseOf, hostOf, regions } from "./location.ts";
import { readServiceAccount } from "./service-account.ts";
import type { GoogleVertexSettings } from "./settings.ts";
import { authorize } from "./token.ts";
import { version } from "./version.ts";

const host: GenerateContentHost = {
  resource: (call) => resourceOf(call.request.model, call),
  options: (call) => {
    const { safety, labels, serviceTier, includeThoughts, webSearch } = settingsOf(call);
    const fields: JsonObject = {};
    const list = safetySettings(safety);
    if (list !== undefined) fields["safetySettings"] = list;
    if (labels !== undefined) fields["labels"] = labels;
    return {
      fields,
      headers: tierHeaders(serviceTier),
      ...(includeThoughts === undefined ? {} : { includeThoughts }),
      ...(webSearch === undefined ? {} : { webSearch }),
    };
  },
  mixedTools: "plain",
};
const protocol = generateContent(host);

/** Counting tokens is free and passes through everything that a call passes through: the token, the project, the API, the role. */
const check: Operation<KeyVerdict, GoogleVertexSettings> = {
  origin: "base",
  request: (context) => ({
    method: "POST",
    url: endpoint(context.base, `${resourceOf("gemini-2.5-flash", context)}:countTokens`),
    body: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  }),
  parse: async (response) => {
    const value = await verdictOf(response);
    return value === undefined ? undefined : { value };
  },
};

/** Only v1beta1 lists, and only without project and region; it is the publisher's catalogue, short of the newest, so the built-in list completes it. */
const models: Operation<readonly ModelInfo[], GoogleVertexSettings> & { partial: true } = {
  origin: "base",
  partial: true,
  request: ({ base }, page) => {
    const url = endpoint(base, "/publishers/google/models?pageSize=100");
    url.pathname = url.pathname.replace(/\/v\d[a-z0-9]*(?=\/publishers\/)/, "/v1beta1");
    if (page?.["token"] !== undefined) url.searchParams.set("pageToken", page["token"]);
    return { method: "GET", url };
  },
  parse: ({ status, json }) => {
    if (status !== 200 || !isObject(json)) return undefined;
    const list = Array.isArray(json["publisherModels"]) ? json["publisherModels"].filter(isObject) : [];
    // Images, video, embeddings and other publishers' models share the list.
    const value = list.flatMap(modelInfo);
    const token = json["nextPageToken"];
    return typeof token === "string" && token !== "" ? { value, next: { token } } : { value };
  },
};

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
  origins: regions.map(hostOf),
  settings: () => import("./settings.ts").then((module) => module.settings),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: (call: Call<GoogleVertexSettings>) => ({
    protocol,
    base: baseOf(call.baseURL, call.settings.region ?? "global"),
    headers: call.settings.quotaProject === undefined ? {} : { "x-goog-user-project": call.settings.quotaProject },
    takes: gemini.facts(call.request.model),
    rules: gemini.rules,
  }),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  operations: { check, models, countTokens: countTokens(host, "plain") },
  authorize,
  describeKey: (key) => {
    const { email, project } = readServiceAccount(key);
    return { email, project };
  },
  recover,
});

/** The model's path: of the publisher's own by its id; a tuned one by its endpoint; a whole resource name as it is. */
function resourceOf(model: string, context: Pick<OperationContext, "settings" | "account"> | CheckedCall): string {
  if (model.startsWith("projects/")) return `/${model}`;
  const { region, project: chosen } = settingsOf(context);
  const project = chosen ?? context.account?.["project"];
  if (project === undefined)
    throw new LumiverseError({
      code: "configuration",
      provider: "google-vertex",
      field: "settings.project",
      message: "google-vertex: no project is known, because no service account key was given",
      hint: "Paste the service account's JSON as the key, or set settings.project",
    });
  const place = `/projects/${project}/locations/${region ?? "global"}`;
  if (/^(?:endpoints|publishers)\//.test(model)) return `${place}/${model}`;
  return `${place}/publishers/google/models/${encodeURIComponent(model.replace(/^(?:google|models)\//, ""))}`;
}

/** The lane is chosen by header here, not in the body. */
function tierHeaders(tier: GoogleVertexSettings["serviceTier"]): Record<string, string> {
  if (tier === undefined) return {};
  return tier === "dedicated" || tier === "shared"
    ? { "x-vertex-ai-llm-request-type": tier }
    : { "x-vertex-ai-llm-shared-request-type": tier };
}

function modelInfo({ name, launchStage }: JsonObject): ModelInfo[] {
  const id = typeof name === "string" ? name.replace(/^publishers\/google\/models\//, "") : "";
  if (!/^(?:gemini|gemma)-/.test(id) || /embedding/.test(id)) return [];
  const state = typeof launchStage === "string" && launchStage !== "GA" ? { state: launchStage.toLowerCase().replace("public_", "") } : {};
  return [{ id, ...state, takes: { ...gemini.facts(id), countTokens: true }, source: "live" }];
}

/** The wire does not know whose settings they are; this provider's own schema has parsed them. */
function settingsOf({ settings }: { settings: unknown }): Partial<GoogleVertexSettings> {
  return settings as Partial<GoogleVertexSettings>;
}
