/** Messages in the form that the conventions' JSON schemas prescribe. */

import { type ChatRequest, type ChatResponse, type HostedTool, type Message, type Part, textOf } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Attributes } from "@opentelemetry/api";
import { finishReasonName } from "./conventions.ts";

export function inputContent(request: ChatRequest): JsonObject {
  // A caller without types can pass anything; the call then fails by its validation, and has no content to record.
  try {
    return contentOf(request);
  } catch {
    return {};
  }
}

function contentOf({ messages, tools }: ChatRequest): JsonObject {
  const system = messages.filter(({ role }) => role === "system");
  return {
    "gen_ai.input.messages": messages
      .filter(({ role }) => role !== "system")
      .map((message) => ({ role: message.role, parts: partsOf(message) })),
    ...(system.length === 0
      ? {}
      : { "gen_ai.system_instructions": system.map(({ content }) => ({ type: "text", content: textOf(content) })) }),
    ...(tools === undefined
      ? {}
      : {
          "gen_ai.tool.definitions": tools.map((tool) =>
            "hosted" in tool
              ? { type: "hosted", name: hostedName(tool) }
              : { type: "function", name: tool.name, description: tool.description },
          ),
        }),
  };
}

export function outputContent({ message, finishReason }: ChatResponse): JsonObject {
  return { "gen_ai.output.messages": [{ role: "assistant", parts: partsOf(message), finish_reason: finishReasonName(finishReason) }] };
}

/** Content on a span: attributes of spans are texts, so the structure becomes JSON. */
export function asSpanAttributes(content: JsonObject): Attributes {
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, JSON.stringify(value)]));
}

/** Vendors name a hosted tool by its type. */
function hostedName({ hosted }: HostedTool): string {
  return typeof hosted["type"] === "string" ? hosted["type"] : (Object.keys(hosted)[0] ?? "hosted");
}

function partsOf({ content }: Message): JsonObject[] {
  return typeof content === "string" ? [{ type: "text", content }] : content.map((part: Part) => partOf(part));
}

function partOf(part: Part): JsonObject {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, content: part.text };
    case "tool-call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: isObject(part.input) ? part.input : part.arguments };
    case "tool-result":
      return {
        type: "tool_call_response",
        id: part.id,
        response: typeof part.content === "string" ? part.content : part.content.map((inner) => partOf(inner)),
      };
    case "image":
    case "audio":
    case "file":
      // The bytes themselves would exceed what backends accept.
      return part.url === undefined
        ? { type: "lumiverse.media", modality: part.type, mime_type: part.mediaType, base64_length: part.data?.length }
        : { type: "uri", modality: part.type, uri: part.url, ...(part.mediaType === undefined ? {} : { mime_type: part.mediaType }) };
    case "source":
      return { type: "lumiverse.source", ...(part.url === undefined ? {} : { uri: part.url }) };
    case "opaque":
      return { type: "lumiverse.opaque", kind: part.kind };
    default:
      return part satisfies never;
  }
}
