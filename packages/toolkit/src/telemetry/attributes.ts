import type { ChatRequest, ChatResponse, FinishReason, ObservedCall, Usage } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { Attributes } from "@opentelemetry/api";
import { type Convention, finishReasonName, providerName } from "./conventions.ts";

/** Characters of a name that the host gives. Metrics keep every name. */
const LONGEST_NAME = 256;

/** Attributes that spans, events and metrics of a call share. */
export function commonAttributes(provider: string, model: string): Attributes {
  return { "gen_ai.operation.name": "chat", "gen_ai.provider.name": providerName(provider), "gen_ai.request.model": model };
}

export function requestAttributes(call: ObservedCall): Attributes {
  const request: unknown = call.request();
  // A caller without types can pass anything; the call then fails by its validation.
  if (!isObject(request)) return {};
  const { temperature, topP, topK, maxOutputTokens, frequencyPenalty, presencePenalty, seed, stop, output }: Partial<ChatRequest> = request;
  return defined({
    "gen_ai.request.stream": call.streaming ? true : undefined,
    "gen_ai.request.temperature": temperature,
    "gen_ai.request.top_p": topP,
    "gen_ai.request.top_k": topK,
    "gen_ai.request.max_tokens": maxOutputTokens,
    "gen_ai.request.frequency_penalty": frequencyPenalty,
    "gen_ai.request.presence_penalty": presencePenalty,
    "gen_ai.request.seed": seed,
    "gen_ai.request.stop_sequences": typeof stop === "string" ? [stop] : Array.isArray(stop) ? [...stop] : undefined,
    "gen_ai.output.type": output === undefined ? undefined : "json",
  });
}

export function responseAttributes(
  { id, model, finishReason, usage }: { id?: string | undefined } & Pick<ChatResponse, "model" | "finishReason" | "usage">,
  convention: Convention,
): Attributes {
  return defined({
    "gen_ai.response.id": id?.slice(0, LONGEST_NAME),
    "gen_ai.response.model": model.slice(0, LONGEST_NAME),
    ...finishReasons(finishReason),
    "gen_ai.usage.input_tokens": inputTokens(usage),
    "gen_ai.usage.output_tokens": usage.output,
    "gen_ai.usage.cache_read.input_tokens": usage.cacheRead,
    [convention.cacheWriteTokens]: usage.cacheWrite,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
  });
}

/** `error`: the call ended before the model gave a reason. */
export function finishReasons(reason: FinishReason | "error"): Attributes {
  return { "gen_ai.response.finish_reasons": [finishReasonName(reason)] };
}

/** The conventions count cached tokens as input tokens. */
export function inputTokens({ input, cacheRead = 0, cacheWrite = 0 }: Usage): number | undefined {
  return input === undefined ? undefined : input + cacheRead + cacheWrite;
}

export function serverAttributes(url: string | undefined): Attributes {
  if (url === undefined || !URL.canParse(url)) return {};
  const { hostname, port, protocol } = new URL(url);
  return { "server.address": hostname, "server.port": port === "" ? (protocol === "http:" ? 80 : 443) : Number(port) };
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
