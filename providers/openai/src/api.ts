/** Which of the vendor's two APIs a call goes to, and the hosts and headers of both. */
import { type Call, type ChatRequest, supportOf } from "@lumiverse/core/provider";
import { openai as family } from "@lumiverse/protocols/families";
import type { OpenaiSettings } from "./settings.ts";

export function chosenApi(call: Call<OpenaiSettings>): "responses" | "chat-completions" {
  const { request, settings, baseURL } = call;
  const { apis } = family.traitsOf(request.model);
  // The other API answers 404 to a model that only one of them serves, so such a model goes there on any host, whatever the settings say.
  if (apis !== "both" && family.isModel(request.model)) return apis;
  if (settings.api === "responses" || settings.api === "chat-completions") return settings.api;
  if (!isVendor(baseURL) || hasAudio(request)) return "chat-completions";
  return needsChatCompletions(request) ? "chat-completions" : "responses";
}

/** True for the vendor's own hosts, regions included. Undefined stands for the default host. */
export function isVendor(base: URL | undefined): boolean {
  return base === undefined || base.hostname === "api.openai.com" || base.hostname.endsWith(".api.openai.com");
}

/** The headers that select an organization and a project. */
export function scopeHeaders({ organization, project }: Partial<OpenaiSettings>): Record<string, string> {
  return {
    ...(organization === undefined ? {} : { "OpenAI-Organization": organization }),
    ...(project === undefined ? {} : { "OpenAI-Project": project }),
  };
}

function hasAudio({ messages }: ChatRequest): boolean {
  return messages.some(({ content }) => typeof content !== "string" && content.some((part) => part.type === "audio"));
}

/** Request fields that Responses does not have. */
const CHAT_FIELDS = ["stop", "seed", "frequencyPenalty", "presencePenalty"] as const;
/** The same for `parameters`, as Chat Completions spells them. */
const CHAT_PARAMETERS = [
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "n",
  "modalities",
  "audio",
  "prediction",
  "web_search_options",
];

/** An empty list is not sent. */
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** True when the request uses a field that Responses lacks and the model accepts, unless Chat Completions would then refuse the request's tools. */
function needsChatCompletions(request: ChatRequest): boolean {
  const capabilities = family.capabilitiesOf(request.model);
  const usesChatField =
    CHAT_FIELDS.some((field) => request[field] !== undefined && !isEmptyList(request[field]) && supportOf(capabilities[field]) !== "no") ||
    CHAT_PARAMETERS.some((name) => request.parameters?.[name] !== undefined);
  if (!usesChatField) return false;
  const traits = family.traitsOf(request.model);
  const hasTools = (request.tools?.length ?? 0) > 0;
  return traits.toolsWithReasoningOnChat || !hasTools || !family.requestsReasoning(traits, request);
}
