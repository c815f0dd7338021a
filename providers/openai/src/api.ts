/** Which of the vendor's two APIs a call goes to. */
import { type Call, type ChatRequest, supportOf } from "@lumiverse/core";
import { openai as family } from "@lumiverse/protocols/families";
import type { OpenaiSettings } from "./settings.ts";

export function chosenApi(call: Call<OpenaiSettings>): "responses" | "chat-completions" {
  const { request, settings } = call;
  const { apis } = family.traitsOf(request.model);
  // A model that one API alone serves goes there at any host, whatever was set: the other would answer 404.
  if (apis !== "both" && family.isModel(request.model)) return apis;
  if (settings.api === "responses" || settings.api === "chat-completions") return settings.api;
  if (!isVendor(call.baseURL) || hasAudio(request)) return "chat-completions";
  return wantsChat(request) ? "chat-completions" : "responses";
}

/** The vendor's own hosts, regions included; absent: its default. */
export function isVendor(base: URL | undefined): boolean {
  return base === undefined || base.hostname === "api.openai.com" || base.hostname.endsWith(".api.openai.com");
}

function hasAudio(request: ChatRequest): boolean {
  return request.messages.some((message) => typeof message.content !== "string" && message.content.some((part) => part.type === "audio"));
}

const LACKING = ["stop", "seed", "frequencyPenalty", "presencePenalty"] as const;
const RAW = [
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

/** A field that Responses lacks, that the model takes, and for which it need not give up tools. */
function wantsChat(request: ChatRequest): boolean {
  const facts = family.facts(request.model);
  const asked =
    LACKING.some((field) => request[field] !== undefined && supportOf(facts[field]) !== "no") ||
    RAW.some((field) => request.parameters?.[field] !== undefined);
  if (!asked) return false;
  const traits = family.traitsOf(request.model);
  const tools = (request.tools?.length ?? 0) > 0;
  return traits.toolsWithReasoningOnChat || !tools || !family.reasons(traits, request);
}
