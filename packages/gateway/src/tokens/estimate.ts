/** Tokens of a request where nobody has counted them: for reservations, and for clients whose vendor has no counter. */
import type { ChatRequest, Message, Part, Tool } from "@lumiverse/core";

/** What vendors document for one image or page of usual size. */
const TOKENS_OF_MEDIUM = 1500;
/** What roles and separators of a message take. */
const TOKENS_OF_MESSAGE = 4;
/** Characters of base64 for one token of a document: text is a small part of its bytes. */
const BASE64_OF_TOKEN = 12;

/** Tokens of everything that a request sends: system prompt, messages, tools, tool results, media. */
export function estimateTokens({ messages, tools = [] }: Pick<ChatRequest, "messages" | "tools">): number {
  let tokens = 3;
  for (const message of messages) tokens += TOKENS_OF_MESSAGE + tokensOfContent(message);
  for (const tool of tools) tokens += tokensOfTool(tool);
  return Math.ceil(tokens);
}

function tokensOfContent({ content }: Message): number {
  if (typeof content === "string") return tokensOfText(content);
  let tokens = 0;
  for (const part of content) tokens += tokensOfPart(part);
  return tokens;
}

function tokensOfPart(part: Part): number {
  switch (part.type) {
    case "text":
    case "reasoning":
      return tokensOfText(part.text);
    case "tool-call":
      return 8 + tokensOfText(part.name) + tokensOfText(part.arguments);
    case "tool-result": {
      const { content } = part;
      if (typeof content === "string") return 8 + tokensOfText(content);
      return content.reduce((sum, one) => sum + tokensOfPart(one), 8);
    }
    case "image":
      return TOKENS_OF_MEDIUM;
    case "audio":
    case "file":
      return Math.max(TOKENS_OF_MEDIUM, (part.data?.length ?? 0) / BASE64_OF_TOKEN);
    case "source":
    case "opaque":
      return 0;
    default:
      return part satisfies never;
  }
}

function tokensOfTool(tool: Tool): number {
  if ("hosted" in tool) return tokensOfText(JSON.stringify(tool.hosted));
  const { name, description = "", parameters } = tool;
  return 12 + tokensOfText(name) + tokensOfText(description) + (parameters === undefined ? 0 : tokensOfText(JSON.stringify(parameters)));
}

/** Tokens of a text by the characters that it has: letters and digits of the Latin script make long tokens, others short ones. */
export function tokensOfText(text: string): number {
  let ascii = 0;
  let others = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 128) ascii++;
    else others++;
  }
  return ascii / 3.8 + others * 0.8;
}
