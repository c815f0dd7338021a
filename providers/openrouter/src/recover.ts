/** "Once more without X": what upstreams refuse of a call that another form of it survives. */
import type { Call, ChatRequest, LumiverseError, NamedSchema, Note, OutputRequest, Recovery } from "@lumiverse/core";
import type { OpenrouterSettings } from "./settings.ts";

type Found = Recovery<OpenrouterSettings> | undefined;

export function recover(error: LumiverseError, call: Call<OpenrouterSettings>): Found {
  const { request } = call;
  const again = (mark: string, changed: ChatRequest, kind: Note["field"], message: string): Found =>
    call.without.has(mark)
      ? undefined
      : {
          call: { ...call, request: changed, without: new Set([...call.without, mark]) },
          note: { kind: "recovered", field: kind ?? mark, message },
        };

  if (error.status === 400 && REPLAY.test(error.message) && request.messages.some((message) => "replay" in message))
    return again(
      "reasoning-details",
      { ...request, messages: request.messages.map(withoutReplay) },
      "messages",
      "the upstream refused the reasoning of earlier turns; it was asked once more without",
    );
  if (error.status === 404 && strict(request))
    return again(
      "strict",
      loosened(request),
      "strict",
      "no upstream guarantees the schema (strict); it was asked once more without that guarantee",
    );
  const forced = request.toolChoice === "required" || typeof request.toolChoice === "object";
  // Some DeepSeek routes answer 500 to a forced tool while streaming (seen 2026).
  if ((error.status ?? 0) >= 500 && call.streaming && forced && /^~?deepseek\//.test(request.model))
    return again(
      "forced-tool",
      { ...request, toolChoice: "auto" },
      "toolChoice",
      "the upstream failed with a forced tool; it was asked once more and left free to call one",
    );
  return undefined;
}

/** Anthropic, Bedrock and OpenAI, in their own words, about blocks that are not theirs or came twice. */
const REPLAY =
  /signature`? in `?thinking|thinking`? blocks?\b|reasoning_details|duplicate item found|encrypted content|thought.?signature/i;

function withoutReplay(message: ChatRequest["messages"][number]): ChatRequest["messages"][number] {
  if (message.role !== "assistant" || message.replay === undefined) return message;
  const { replay: _, ...rest } = message;
  return rest;
}

function strict({ tools, output }: ChatRequest): boolean {
  return named(output)?.strict === true || tools?.some((tool) => "name" in tool && tool.strict === true) === true;
}

function loosened(request: ChatRequest): ChatRequest {
  const output = named(request.output);
  return {
    ...request,
    ...(request.tools === undefined ? {} : { tools: request.tools.map((tool) => ("name" in tool ? { ...tool, strict: false } : tool)) }),
    ...(output === undefined ? {} : { output: { ...output, strict: false } }),
  };
}

function named(output: OutputRequest | undefined): NamedSchema | undefined {
  // A JSON Schema may hold anything; only with a schema inside is it the named form.
  return typeof output === "object" && "schema" in output && typeof output.schema === "object" ? (output as NamedSchema) : undefined;
}
