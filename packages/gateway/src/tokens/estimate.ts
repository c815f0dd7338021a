/** Tokens of a request where nobody has counted them: for reservations, and for clients whose vendor has no counter. */
import type { ChatRequest, Message, Part, Tool } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { documentPages, documentText, imageSize } from "./media.ts";
import { tokensOfText } from "./text.ts";
import { type TokenCosts, tokenCosts } from "./token-costs.ts";

/** Characters of base64 for a token of audio: Gemini counts 32 tokens a second, and a second of MP3 has some 4 kB. */
const BASE64_OF_AUDIO_TOKEN = 160;
/** Audio and video at an address, whose length is unknown, count as a minute: https://ai.google.dev/gemini-api/docs/tokens states 32 and 263 tokens a second. */
const AUDIO_AT_ADDRESS = 60 * 32;
const VIDEO_AT_ADDRESS = 60 * 263;

/**
 * Tokens of everything that a request sends: system prompt, messages, tools, tool results, media, a schema for the output. What a vendor adds by itself and does not
 * state, such as the results of its own search, is not in it.
 * @param model The model that is asked, as its vendor names it, and its provider. Default: a model of no known family
 */
export function estimateTokens(
  request: Pick<ChatRequest, "messages" | "tools" | "output" | "reasoning" | "toolChoice">,
  model?: { model: string; provider?: string },
): number {
  const { messages, tools = [], output, reasoning, toolChoice } = request;
  const costs = tokenCosts(model);
  let tokens = costs.prompt;
  for (const message of messages) tokens += costs.message + tokensOfContent(message, costs);
  if (!messages.some(({ role }) => role === "system")) tokens += costs.noSystem;
  // Vendors leave tools out that may not be called.
  if (tools.length > 0 && toolChoice !== "none") {
    tokens += costs.tools;
    for (const tool of tools) tokens += costs.tool + costs.toolText * tokensOfTool(tool, costs);
  }
  if (reasoning !== undefined && reasoning !== "off") tokens += costs.reasoning;
  if (isObject(output) && isObject(output["schema"]))
    tokens += costs.output[0] + costs.output[1] * tokensOfText(JSON.stringify(output["schema"]));
  return Math.ceil(tokens);
}

function tokensOfContent({ content }: Message, costs: TokenCosts): number {
  if (typeof content === "string") return costs.text * tokensOfText(content);
  let tokens = 0;
  for (const part of content) tokens += tokensOfPart(part, costs);
  return tokens;
}

function tokensOfPart(part: Part, costs: TokenCosts): number {
  switch (part.type) {
    case "text":
      return costs.text * tokensOfText(part.text) + tokensOfSignature(part, costs);
    case "reasoning":
      return (costs.readsReasoning ? costs.text * tokensOfText(part.text) : 0) + tokensOfSignature(part, costs);
    case "tool-call":
      return costs.call + costs.text * (tokensOfText(part.name) + tokensOfText(part.arguments)) + tokensOfSignature(part, costs);
    case "tool-result": {
      const { content } = part;
      if (typeof content === "string") return costs.call + costs.text * tokensOfText(content);
      return content.reduce((sum, one) => sum + tokensOfPart(one, costs), costs.call);
    }
    case "image": {
      const { width, height } = imageSize(part.data);
      return costs.image(width, height);
    }
    case "file":
      return tokensOfFile(part, costs);
    case "audio":
      return tokensOfAudio(part.data);
    case "source":
    case "opaque":
      return 0;
    default:
      return part satisfies never;
  }
}

function tokensOfFile({ data, mediaType = "" }: Extract<Part, { type: "file" }>, costs: TokenCosts): number {
  const [kind] = mediaType.toLowerCase().split("/", 1);
  if (kind === "audio") return tokensOfAudio(data);
  if (kind === "video" && data === undefined) return VIDEO_AT_ADDRESS;
  const text = kind === "text" && data !== undefined ? documentText(data) : undefined;
  return text === undefined ? costs.page * documentPages(data) : costs.text * tokensOfText(text);
}

/** @param data base64. Absent: the audio is at an address */
function tokensOfAudio(data: string | undefined): number {
  return data === undefined ? AUDIO_AT_ADDRESS : data.length / BASE64_OF_AUDIO_TOKEN;
}

/** Reasoning that a vendor has given as a signature or in encrypted form. */
function tokensOfSignature({ replay }: Extract<Part, { replay?: unknown }>, { signature }: TokenCosts): number {
  const data = replay?.data;
  if (signature === 0 || !isObject(data)) return 0;
  const given = data["thoughtSignature"] ?? (isObject(data["item"]) ? data["item"]["encrypted_content"] : undefined);
  return typeof given === "string" ? given.length / signature : 0;
}

function tokensOfTool(tool: Tool, { schema, hosted }: TokenCosts): number {
  if ("hosted" in tool) {
    const { type } = tool.hosted;
    const known = typeof type === "string" ? Object.keys(hosted).find((name) => type.startsWith(name)) : undefined;
    return known === undefined ? tokensOfText(JSON.stringify(tool.hosted)) : (hosted[known] ?? 0);
  }
  const { name, description = "", parameters } = tool;
  return tokensOfText(name) + tokensOfText(description) + (parameters === undefined ? 0 : tokensOfSchema(parameters, schema));
}

function tokensOfSchema(schema: unknown, counted: TokenCosts["schema"]): number {
  return counted === "json" ? tokensOfText(JSON.stringify(schema)) : tokensOfWords(schema);
}

/** Tokens of the names, descriptions and values of a schema. */
function tokensOfWords(schema: unknown): number {
  let tokens = 0;
  // A list instead of recursion, because clients choose how deep and how wide a schema is.
  const open: unknown[] = [schema];
  while (open.length > 0) {
    const one = open.pop();
    if (!isObject(one)) continue;
    const { description, enum: values, properties, $defs } = one;
    if (typeof description === "string") tokens += tokensOfText(description);
    if (Array.isArray(values))
      for (const value of values) tokens += tokensOfText(typeof value === "string" ? value : JSON.stringify(value));
    if (isObject(properties)) {
      for (const [name, inner] of Object.entries(properties)) {
        tokens += tokensOfText(name);
        open.push(inner);
      }
    }
    for (const inner of [one["items"], one["anyOf"], one["oneOf"], one["allOf"], isObject($defs) ? Object.values($defs) : $defs]) {
      if (Array.isArray(inner)) for (const branch of inner) open.push(branch);
      else open.push(inner);
    }
  }
  return tokens;
}
