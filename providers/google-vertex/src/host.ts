import { type CheckedCall, type JsonObject, LumiverseError, type OperationContext } from "@lumiverse/core/provider";
import { type GenerateContentHost, resourcePath, safetySettings } from "@lumiverse/protocols/generate-content";
import type { GoogleVertexSettings } from "./settings.ts";

export const host: GenerateContentHost = {
  resource: (call) => resourceOf(call.request.model, call),
  options: (call) => {
    const { safety, labels, serviceTier, includeThoughts, webSearch } = settingsOf(call);
    const fields: JsonObject = {};
    const thresholds = safetySettings(safety);
    if (thresholds !== undefined) fields["safetySettings"] = thresholds;
    if (labels !== undefined) fields["labels"] = labels;
    return {
      fields,
      headers: tierHeaders(serviceTier),
      ...(includeThoughts === undefined ? {} : { includeThoughts }),
      ...(webSearch === undefined ? {} : { webSearch }),
    };
  },
  serverToolsFlag: "omit",
};

/** The path of a model: the publisher's model by its id, a tuned model by its endpoint, and a complete resource name. */
export function resourceOf(model: string, context: Pick<OperationContext, "settings" | "account"> | CheckedCall): string {
  if (model.startsWith("projects/")) return resourcePath(model.split("/"));
  const { region, project: chosen } = settingsOf(context);
  const project = chosen ?? context.account?.["project"];
  if (project === undefined)
    throw new LumiverseError({
      code: "configuration",
      provider: "google-vertex",
      field: "settings.project",
      message: "google-vertex: the project is unknown, because no service account key was given",
      hint: "Paste the service account's JSON as the key, or set settings.project",
    });
  const location = ["projects", project, "locations", region ?? "global"];
  if (/^(?:endpoints|publishers)\//.test(model)) return resourcePath([...location, ...model.split("/")]);
  return resourcePath([...location, "publishers", "google", "models", model.replace(/^(?:google|models)\//, "")]);
}

/** Vertex AI chooses the service tier by header. https://cloud.google.com/vertex-ai/generative-ai/docs/provisioned-throughput/use-provisioned-throughput */
function tierHeaders(tier: GoogleVertexSettings["serviceTier"]): Record<string, string> {
  if (tier === undefined) return {};
  return tier === "dedicated" || tier === "shared"
    ? { "x-vertex-ai-llm-request-type": tier }
    : { "x-vertex-ai-llm-shared-request-type": tier };
}

/** The protocol does not know the type of the settings. They were validated by this provider's schema. */
function settingsOf({ settings }: { settings: unknown }): Partial<GoogleVertexSettings> {
  return settings as Partial<GoogleVertexSettings>;
}
