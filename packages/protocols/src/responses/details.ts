/** What an answer tells besides its parts. */
import { isObject, type JsonObject, type ResponseDetails } from "@lumiverse/core";
import type { Items } from "./items.ts";

export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return isObject(value) ? JSON.stringify(value) : undefined;
}

type Logprob = NonNullable<ResponseDetails["logprobs"]>[number];

export function logprobsOf(list: unknown, into: Logprob[]): void {
  if (!Array.isArray(list)) return;
  for (const entry of list) {
    const one = logprob(entry);
    if (one === undefined) continue;
    const { top_logprobs: others } = entry as JsonObject; // an object, or `logprob` had refused it
    const top = Array.isArray(others) ? others.map(logprob).filter((other) => other !== undefined) : [];
    into.push(top.length === 0 ? one : { ...one, top });
  }
}
function logprob(value: unknown): { token: string; logprob: number } | undefined {
  return isObject(value) && typeof value["token"] === "string" && typeof value["logprob"] === "number"
    ? { token: value["token"], logprob: value["logprob"] }
    : undefined;
}

/** Fields that some host sends, and what they are called here. */
const TOLD: readonly (readonly [wire: string, neutral: string])[] = [
  ["service_tier", "serviceTier"],
  ["system_fingerprint", "systemFingerprint"],
  ["moderation", "moderation"],
  ["tool_usage", "toolUsage"],
  ["content_filters", "contentFilters"], // Azure
  ["copilot_usage", "copilotUsage"], // GitHub Copilot
  ["billing", "billing"],
  ["citations", "citations"], // xAI
];
const TOLD_OF_USAGE: readonly (readonly [wire: string, neutral: string])[] = [
  ["num_sources_used", "sourcesUsed"],
  ["num_server_side_tools_used", "serverToolsUsed"],
  ["server_side_tool_usage_details", "serverToolUsage"],
  ["context_details", "contextUsage"],
  ["cost_details", "costDetails"], // OpenRouter
  ["is_byok", "ownKey"], // OpenRouter: billed to the caller's own key at the upstream
];

export function detailsOf(response: JsonObject, items: Items): ResponseDetails | undefined {
  const details: ResponseDetails = {};
  const tell = (object: JsonObject, names: typeof TOLD): void => {
    for (const [wire, neutral] of names) if (object[wire] != null) details[neutral] = object[wire];
  };
  tell(response, TOLD);
  if (isObject(response["usage"])) tell(response["usage"], TOLD_OF_USAGE);
  // xAI keeps its fingerprint in the metadata.
  if (isObject(response["metadata"])) tell(response["metadata"], [["system_fingerprint", "systemFingerprint"]]);
  if (items.logprobs.length > 0) details.logprobs = items.logprobs;
  if (items.refusal !== "") details["refusal"] = items.refusal;
  return Object.keys(details).length === 0 ? undefined : details;
}
