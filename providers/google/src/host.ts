import { type CheckedCall, endpoint, type JsonObject } from "@lumiverse/core/provider";
import { type GenerateContentHost, resourcePath, safetySettings } from "@lumiverse/protocols/generate-content";
import type { GoogleSettings } from "./settings.ts";

export const BASE = "https://generativelanguage.googleapis.com/v1beta"; // v1 does not have the newer fields

export const host: GenerateContentHost = {
  // The id of a tuned model contains its collection.
  resource: ({ request: { model } }) => resourcePath(/^(?:models|tunedModels)\/[^/]*$/.test(model) ? model.split("/") : ["models", model]),
  options: (call) => {
    const { safety, serviceTier, includeThoughts, webSearch } = settingsOf(call);
    const fields: JsonObject = {};
    const thresholds = safetySettings(safety);
    if (thresholds !== undefined) fields["safetySettings"] = thresholds;
    if (serviceTier !== undefined) fields["serviceTier"] = serviceTier;
    return { fields, ...(includeThoughts === undefined ? {} : { includeThoughts }), ...(webSearch === undefined ? {} : { webSearch }) };
  },
  serverToolsFlag: "send",
};

/** The protocol does not know the type of the settings. They were validated by this provider's schema. */
function settingsOf({ settings }: CheckedCall): Partial<GoogleSettings> {
  return settings as Partial<GoogleSettings>;
}

/** The base URL with a version, and without the path of the OpenAI-compatible layer. */
export function baseOf(baseURL: URL | undefined): URL {
  if (baseURL === undefined) return new URL(BASE);
  const url = new URL(baseURL);
  url.pathname = url.pathname.replace(/\/openai\/?$/, "");
  return /\/v\d[a-z0-9]*$/.test(url.pathname) ? url : endpoint(url, "/v1beta");
}
