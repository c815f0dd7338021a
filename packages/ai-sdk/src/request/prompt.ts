/** The SDK's prompt as messages. Content without a counterpart is left out with a warning. */
import type { LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4ToolResultOutput, SharedV4Warning } from "@ai-sdk/provider";
import type { AssistantMessage, Message, Part, Replay, ToolCallPart, ToolResultPart } from "@lumiverse/core";
import { MESSAGE_KIND, type PartMetadata, readMetadata } from "../metadata.ts";
import { mediaPart } from "./media.ts";

type PromptPart<R extends LanguageModelV4Message["role"]> = Exclude<
  Extract<LanguageModelV4Message, { role: R }>["content"],
  string
>[number];

interface PromptContext {
  /** The provider's id. */
  provider: string;
  warn: (warning: SharedV4Warning) => void;
}

export function messagesOf(prompt: LanguageModelV4Prompt, context: PromptContext): Message[] {
  return prompt.flatMap((message): Message[] => {
    switch (message.role) {
      case "system":
        return [{ role: "system", content: message.content }];
      case "user":
        return [{ role: "user", content: userContent(message.content, context) }];
      case "assistant":
        return [assistantMessage(message.content, context)];
      case "tool": {
        const content = message.content.flatMap((part) => toolResult(part, context));
        return content.length === 0 ? [] : [{ role: "tool", content }];
      }
      default:
        return message satisfies never;
    }
  });
}

/** A single text is sent as a text, as in a request to a connection. */
function userContent(parts: readonly PromptPart<"user">[], { provider }: PromptContext): string | Part[] {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text") return first.text;
  return parts.map((part) => (part.type === "text" ? { type: "text", text: part.text } : mediaPart(part, provider)));
}

function assistantMessage(parts: readonly PromptPart<"assistant">[], context: PromptContext): AssistantMessage {
  let replay: Replay | undefined;
  const content: Part[] = [];
  for (const part of parts) {
    const metadata = readMetadata(part.providerOptions);
    if (part.type === "custom" && part.kind === MESSAGE_KIND) replay = metadata.replay;
    else content.push(...assistantPart(part, metadata, context));
  }
  return { role: "assistant", content, ...replayField(replay) };
}

function assistantPart(part: PromptPart<"assistant">, metadata: PartMetadata, context: PromptContext): Part[] {
  const { replay, kind } = metadata;
  const opaque: Part[] = kind === undefined ? [] : [{ type: "opaque", kind, ...replayField(replay) }];
  switch (part.type) {
    case "text":
      return metadata.replaced === true ? [] : [{ type: "text", text: part.text, ...replayField(replay) }];
    case "reasoning":
      if (metadata.replaced === true) return [];
      // Without its origin, it could be sent to a vendor that did not write it.
      if (replay === undefined)
        context.warn({ type: "other", message: "Reasoning that another package produced was left out of the prompt." });
      return replay === undefined ? [] : [{ type: "reasoning", text: part.text, replay }];
    case "file": {
      const media = mediaPart({ ...part, filename: part.filename ?? metadata.filename }, context.provider);
      const { transcript } = metadata;
      return [{ ...media, ...(media.type === "audio" && transcript !== undefined ? { transcript } : {}), ...replayField(replay) }];
    }
    case "tool-call":
      if (part.providerExecuted !== true) return [toolCall(part, metadata)];
      if (kind === undefined) context.warn(executedElsewhere(part.toolName));
      return opaque;
    case "tool-result":
      if (kind === undefined) context.warn(executedElsewhere(part.toolName));
      return metadata.withCall === true ? [] : opaque;
    case "custom":
      if (kind === undefined)
        context.warn({ type: "other", message: `The custom content ${part.kind} of another package was left out of the prompt.` });
      return opaque;
    case "reasoning-file":
      context.warn({ type: "unsupported", feature: "reasoning-file", details: "A file of the reasoning was left out of the prompt." });
      return [];
    default:
      return part satisfies never;
  }
}

function executedElsewhere(toolName: string): SharedV4Warning {
  return { type: "other", message: `A call of ${toolName} was left out of the prompt: the vendor of another package ran that tool.` };
}

/** The arguments are the model's own text if the SDK has not changed their value, because another spelling would miss the prompt cache. */
function toolCall(
  { toolCallId: id, toolName: name, input }: Extract<PromptPart<"assistant">, { type: "tool-call" }>,
  metadata: PartMetadata,
): ToolCallPart {
  const json = JSON.stringify(input ?? {});
  const written = metadata.arguments;
  if (written === undefined) return { type: "tool-call", id, name, arguments: json, input: input ?? {}, ...replayField(metadata.replay) };
  try {
    const value: unknown = written.trim() === "" ? {} : (JSON.parse(written) ?? {});
    const isSame = JSON.stringify(value) === json;
    return { type: "tool-call", id, name, arguments: isSame ? written : json, input: input ?? {}, ...replayField(metadata.replay) };
  } catch (error) {
    return { type: "tool-call", id, name, arguments: written, inputError: String(error), ...replayField(metadata.replay) };
  }
}

function toolResult(part: PromptPart<"tool">, context: PromptContext): ToolResultPart[] {
  if (part.type === "tool-approval-response") {
    context.warn({
      type: "unsupported",
      feature: "tool-approval-response",
      details: "No vendor here asks for approval of the tools that it runs.",
    });
    return [];
  }
  return [{ type: "tool-result", id: part.toolCallId, name: part.toolName, ...resultContent(part.output, context) }];
}

function resultContent(output: LanguageModelV4ToolResultOutput, context: PromptContext): Pick<ToolResultPart, "content" | "isError"> {
  switch (output.type) {
    case "text":
      return { content: output.value };
    case "json":
      return { content: JSON.stringify(output.value) };
    case "error-text":
      return { content: output.value, isError: true };
    case "error-json":
      return { content: JSON.stringify(output.value), isError: true };
    case "execution-denied":
      return { content: output.reason ?? "The user denied the execution of this tool.", isError: true };
    case "content":
      return {
        content: output.value.flatMap((part): Exclude<ToolResultPart["content"], string>[number][] => {
          if (part.type === "text") return [{ type: "text", text: part.text }];
          if (part.type === "file") return [mediaPart(part, context.provider)];
          context.warn({ type: "other", message: "Custom content of a tool result was left out of the prompt." });
          return [];
        }),
      };
    default:
      return output satisfies never;
  }
}

function replayField(replay: Replay | undefined): { replay?: Replay } {
  return replay === undefined ? {} : { replay };
}
