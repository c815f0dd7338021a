/** Tokens of a request where nobody has counted them: for reservations, and for clients whose vendor has no counter. */
import type { ChatRequest, Message, Part, Tool } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { documentPages, documentText, imageSize } from "./media.ts";
import { tokensOfText } from "./text.ts";
import { type TokenCosts, tokenCosts } from "./token-costs.ts";

/** Characters of base64 for a token of audio: Gemini counts 32 tokens a second, and a second of MP3 has some 4 kB. */
const BASE64_OF_AUDIO_TOKEN = 160;

/**
 * Tokens of everything that a request sends: system prompt, messages, tools, tool results, media, a schema for the output. What a vendor adds by itself and does not
 * state, such as the results of its own search, is not in it.
 * @param model The model that is asked, as its vendor names it, and its provider. Default: one that nothing is known of
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
    case "file": {
      const text = part.data !== undefined && part.mediaType?.startsWith("text/") === true ? documentText(part.data) : undefined;
      return text === undefined ? costs.page * documentPages(part.data) : costs.text * tokensOfText(text);
    }
    case "audio":
      return (part.data?.length ?? 0) / BASE64_OF_AUDIO_TOKEN;
    case "source":
    case "opaque":
      return 0;
    default:
      return part satisfies never;
  }
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
    const type = String(tool.hosted["type"] ?? "");
    const known = Object.keys(hosted).find((name) => type.startsWith(name));
    return known === undefined ? tokensOfText(JSON.stringify(tool.hosted)) : (hosted[known] ?? 0);
  }
  const { name, description = "", parameters } = tool;
  return (
    tokensOfText(name) +
    tokensOfText(description) +
    (parameters === undefined ? 0 : tokensOfText(schema === "json" ? JSON.stringify(parameters) : words(parameters)))
  );
}

/** The names, descriptions and values of a schema. */
function words(schema: unknown): string {
  if (!isObject(schema)) return "";
  const found: string[] = [];
  const { description, enum: values, properties } = schema;
  if (typeof description === "string") found.push(description);
  if (Array.isArray(values)) found.push(...values.map(String));
  if (isObject(properties)) for (const [name, inner] of Object.entries(properties)) found.push(name, words(inner));
  for (const key of ["items", "anyOf", "oneOf", "allOf", "$defs"]) {
    const inner = schema[key];
    if (Array.isArray(inner) || (isObject(inner) && key === "$defs")) found.push(...Object.values(inner).map(words));
    else found.push(words(inner));
  }
  return found.filter((one) => one !== "").join(" ");
}
