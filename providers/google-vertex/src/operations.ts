import { endpoint, isObject, type JsonObject, type ModelInfo, type Operations } from "@lumiverse/core/provider";
import { gemini } from "@lumiverse/protocols/families";
import { countTokens, keyVerdict } from "@lumiverse/protocols/generate-content/operations";
import { host, resourceOf } from "./host.ts";
import type { GoogleVertexSettings } from "./settings.ts";

/** Counting tokens is free and checks everything that a call needs: the token, the project, the API and the role. */
const check: Operations<GoogleVertexSettings>["check"] = {
  origin: "base",
  request: (context) => ({
    method: "POST",
    url: endpoint(context.base, `${resourceOf("gemini-2.5-flash", context)}:countTokens`),
    body: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  }),
  parse: (response) => {
    const value = keyVerdict(response);
    return value === undefined ? undefined : { value };
  },
};

/** Only v1beta1 lists models, without project and region. The list lacks the newest models, so the catalogue completes it. */
const models: Operations<GoogleVertexSettings>["models"] = {
  origin: "base",
  partial: true,
  request: ({ base, page }) => {
    const url = endpoint(base, "/publishers/google/models?pageSize=100");
    url.pathname = url.pathname.replace(/\/v\d[a-z0-9]*(?=\/publishers\/)/, "/v1beta1");
    if (page?.["token"] !== undefined) url.searchParams.set("pageToken", page["token"]);
    return { method: "GET", url };
  },
  parse: ({ status, json }) => {
    if (status !== 200 || !isObject(json)) return undefined;
    const entries = Array.isArray(json["publisherModels"]) ? json["publisherModels"].filter(isObject) : [];
    const value = entries.flatMap(modelInfo);
    const token = json["nextPageToken"];
    return typeof token === "string" && token !== "" ? { value, next: { token } } : { value };
  },
};

/** Empty for image, video and embedding models, which are in the same list. */
function modelInfo({ name, launchStage }: JsonObject): ModelInfo[] {
  const id = typeof name === "string" ? name.replace(/^publishers\/google\/models\//, "") : "";
  if (!/^(?:gemini|gemma)-/.test(id) || /embedding/.test(id)) return [];
  const state = typeof launchStage === "string" && launchStage !== "GA" ? { state: launchStage.toLowerCase().replace("public_", "") } : {};
  return [{ id, ...state, capabilities: { ...gemini.capabilitiesOf(id), countTokens: true }, source: "live" }];
}

export const operations: Operations<GoogleVertexSettings> = { check, models, countTokens: countTokens(host, "bare") };
