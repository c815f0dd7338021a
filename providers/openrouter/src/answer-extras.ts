/** What OpenRouter adds to an answer: details of the routing, and the model that answered. */
import { type Call, isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import type { OpenrouterSettings } from "./settings.ts";

/** The `extras` hook of the dialect. */
export function answerExtras({ settings, request }: Call<OpenrouterSettings>): NonNullable<Dialect["extras"]> {
  return ({ json, emit, memory }) => {
    const details = detailsOf(json);
    if (details !== undefined) emit({ type: "details", details });
    const { model } = json;
    if (typeof model !== "string" || memory["model"] === model) return;
    memory["model"] = model;
    const fallback = settings.fallbackModels?.find((id) => isModel(model, id));
    if (fallback === undefined || isModel(model, request.model)) return;
    emit({
      type: "note",
      note: { kind: "fallback", field: "model", message: `${request.model} failed, so the fallback model ${model} answered.` },
    });
  };
}

/** Streams contain these fields on the last chunk. The documentation names the counter server_tool_use; answers name it server_tool_use_details. */
function detailsOf({ openrouter_metadata: routing, usage, debug }: JsonObject): JsonObject | undefined {
  const serverTools = isObject(usage) ? (usage["server_tool_use_details"] ?? usage["server_tool_use"]) : undefined;
  if (routing === undefined && serverTools === undefined && debug === undefined) return undefined;
  return {
    ...(routing === undefined ? {} : { routing }),
    ...(serverTools === undefined ? {} : { serverTools }),
    ...(debug === undefined ? {} : { debug }),
  };
}

/** True when an answer's model belongs to the requested id. Answers name the dated model, without its variant. */
function isModel(answered: string, id: string): boolean {
  const requested = id.replace(/^~/, "").replace(/[:@].*$/, "");
  return answered === requested || answered.startsWith(`${requested}-2`) || answered.startsWith(`${requested}:`);
}
