/** Repeats a refused call without the feature that an upstream refused. */
import {
  type Call,
  type ChatRequest,
  type LumiverseError,
  type OutputRequest,
  type OutputSchema,
  type Recovery,
  withDegradation,
} from "@lumiverse/core/provider";
import type { OpenrouterSettings } from "./settings.ts";

export function recover({
  error,
  call,
}: {
  error: LumiverseError;
  call: Call<OpenrouterSettings>;
}): Recovery<OpenrouterSettings> | undefined {
  const { request } = call;
  const repeat = (degradation: string, changed: ChatRequest, field: string, message: string): Recovery<OpenrouterSettings> | undefined =>
    call.degradations.has(degradation)
      ? undefined
      : {
          call: withDegradation({ ...call, request: changed }, degradation),
          note: { kind: "recovered", field, message },
        };

  if (error.status === 400 && REFUSED_REPLAY.test(error.message) && request.messages.some((message) => "replay" in message))
    return repeat(
      "reasoning-details",
      { ...request, messages: request.messages.map(removeReplay) },
      "messages",
      "The upstream refused the reasoning of earlier turns. The call was repeated without it.",
    );
  if (error.status === 404 && usesStrict(request))
    return repeat(
      "strict",
      removeStrict(request),
      "strict",
      "No upstream supports strict schemas for this model. The call was repeated without strict.",
    );
  const forcesTool = request.toolChoice === "required" || typeof request.toolChoice === "object";
  // Some DeepSeek routes answer 500 to a forced tool while streaming (openrouter-proxy 11, 2026).
  if ((error.status ?? 0) >= 500 && call.streaming && forcesTool && /^~?deepseek\//.test(request.model))
    return repeat(
      "forced-tool",
      { ...request, toolChoice: "auto" },
      "toolChoice",
      "The upstream failed with a forced tool. The call was repeated with toolChoice auto.",
    );
  return undefined;
}

/** Messages of Anthropic, Bedrock and OpenAI about reasoning blocks that another vendor signed or that occur twice. */
const REFUSED_REPLAY =
  /signature`? in `?thinking|thinking`? blocks?\b|reasoning_details|duplicate item found|encrypted content|thought.?signature/i;

function removeReplay(message: ChatRequest["messages"][number]): ChatRequest["messages"][number] {
  if (message.role !== "assistant" || message.replay === undefined) return message;
  const { replay: _, ...rest } = message;
  return rest;
}

function usesStrict({ tools, output }: ChatRequest): boolean {
  return namedSchema(output)?.strict === true || tools?.some((tool) => "name" in tool && tool.strict === true) === true;
}

function removeStrict(request: ChatRequest): ChatRequest {
  const output = namedSchema(request.output);
  return {
    ...request,
    ...(request.tools === undefined ? {} : { tools: request.tools.map((tool) => ("name" in tool ? { ...tool, strict: false } : tool)) }),
    ...(output === undefined ? {} : { output: { ...output, strict: false } }),
  };
}

function namedSchema(output: OutputRequest | undefined): OutputSchema | undefined {
  // A JSON Schema may contain any key. An object with the object `schema` is the named form, hence the cast.
  return typeof output === "object" && "schema" in output && typeof output.schema === "object" ? (output as OutputSchema) : undefined;
}
