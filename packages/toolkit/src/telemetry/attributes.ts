import type { ChatRequest, ChatResponse, Usage } from "@lumiverse/core";
import type { Attributes } from "@opentelemetry/api";
import { type Convention, providerName } from "./conventions.ts";

/** Attributes that spans, events and metrics of a call share. */
export function commonAttributes(provider: string, model: string): Attributes {
  return { "gen_ai.operation.name": "chat", "gen_ai.provider.name": providerName(provider), "gen_ai.request.model": model };
}

export function requestAttributes(request: ChatRequest, streaming: boolean): Attributes {
  const { temperature, topP, topK, maxOutputTokens, frequencyPenalty, presencePenalty, seed, stop, output } = request;
  return defined({
    "gen_ai.request.stream": streaming ? true : undefined,
    "gen_ai.request.temperature": temperature,
    "gen_ai.request.top_p": topP,
    "gen_ai.request.top_k": topK,
    "gen_ai.request.max_tokens": maxOutputTokens,
    "gen_ai.request.frequency_penalty": frequencyPenalty,
    "gen_ai.request.presence_penalty": presencePenalty,
    "gen_ai.request.seed": seed,
    "gen_ai.request.stop_sequences": stop === undefined ? undefined : typeof stop === "string" ? [stop] : [...stop],
    "gen_ai.output.type": output === undefined ? undefined : "json",
  });
}

export function responseAttributes(response: ChatResponse, convention: Convention): Attributes {
  const { id, model, finishReason, usage } = response;
  return defined({
    "gen_ai.response.id": id,
    "gen_ai.response.model": model,
    "gen_ai.response.finish_reasons": [finishReason],
    "gen_ai.usage.input_tokens": inputTokens(usage),
    "gen_ai.usage.output_tokens": usage.output,
    "gen_ai.usage.cache_read.input_tokens": usage.cacheRead,
    [convention.cacheWriteTokens]: usage.cacheWrite,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
  });
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
