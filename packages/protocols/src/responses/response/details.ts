import { isObject, type JsonObject, type ResponseDetails } from "@lumiverse/core/provider";

/** Fields of the response that some hosts send, and their names in `details`. */
const RESPONSE_FIELDS: readonly (readonly [field: string, name: string])[] = [
  ["service_tier", "serviceTier"],
  ["system_fingerprint", "systemFingerprint"],
  ["moderation", "moderation"],
  ["tool_usage", "toolUsage"],
  ["content_filters", "contentFilters"], // Azure
  ["copilot_usage", "copilotUsage"], // GitHub Copilot
  ["billing", "billing"],
  ["citations", "citations"], // xAI
];
const USAGE_FIELDS: readonly (readonly [field: string, name: string])[] = [
  ["num_sources_used", "sourcesUsed"],
  ["num_server_side_tools_used", "serverToolsUsed"],
  ["server_side_tool_usage_details", "serverToolUsage"],
  ["context_details", "contextUsage"],
  ["cost_details", "costDetails"], // OpenRouter
  ["is_byok", "ownKey"], // OpenRouter: billed to the caller's own key at the upstream
];
const METADATA_FIELDS = [["system_fingerprint", "systemFingerprint"]] as const; // xAI

/** What a response contains in addition to its parts. Undefined when that is nothing. */
export function readDetails(
  response: JsonObject,
  answer: { logprobs: NonNullable<ResponseDetails["logprobs"]>; refusal: string },
): ResponseDetails | undefined {
  const details: ResponseDetails = {};
  const copy = (object: unknown, fields: readonly (readonly [field: string, name: string])[]): void => {
    if (isObject(object)) for (const [field, name] of fields) if (object[field] != null) details[name] = object[field];
  };
  copy(response, RESPONSE_FIELDS);
  copy(response["usage"], USAGE_FIELDS);
  copy(response["metadata"], METADATA_FIELDS);
  if (answer.logprobs.length > 0) details.logprobs = answer.logprobs;
  if (answer.refusal !== "") details["refusal"] = answer.refusal;
  return Object.keys(details).length === 0 ? undefined : details;
}
