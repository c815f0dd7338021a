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

/** Letters of the longest word that is one token in the vocabularies of today's models. */
const LETTERS_OF_TOKEN = 8;
/** Longer runs are no words: identifiers, keys, base64. Their tokens are short. */
const LONGEST_WORD = 24;
const LETTERS_OF_RANDOM_TOKEN = 3;
const DIGITS_OF_TOKEN = 3;

/**
 * Tokens of a text by its words: a word with the space before it is one token, a sign is one, and so is a character of most scripts without spaces. On 44
 * recorded prompts of more than 3,000 characters, the median of the ratio to what vendors counted is 1.13 (November 2026).
 */
export function tokensOfText(text: string): number {
  let tokens = 0;
  let letters = 0;
  let digits = 0;
  let blank = false;
  for (let at = 0; at < text.length; at++) {
    const kind = kindOf(text.charCodeAt(at));
    if (kind === "letter") letters++;
    else if (letters > 0) {
      tokens += tokensOfWord(letters);
      letters = 0;
    }
    if (kind === "digit") digits++;
    else if (digits > 0) {
      tokens += Math.ceil(digits / DIGITS_OF_TOKEN);
      digits = 0;
    }
    if (kind === "sign") tokens++;
    // Lines and indentation are one token, however long they are.
    else if (kind === "break" && !blank) tokens++;
    blank = kind === "break" || (blank && kind === "space");
  }
  return tokens + tokensOfWord(letters) + Math.ceil(digits / DIGITS_OF_TOKEN);
}

function tokensOfWord(letters: number): number {
  return Math.ceil(letters / (letters > LONGEST_WORD ? LETTERS_OF_RANDOM_TOKEN : LETTERS_OF_TOKEN));
}

function kindOf(code: number): "letter" | "digit" | "space" | "break" | "sign" {
  if (code === 32) return "space";
  if (code <= 13) return "break";
  if (code >= 48 && code <= 57) return "digit";
  // Latin, Greek and Cyrillic letters, with or without accents.
  const latin = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || (code >= 0xc0 && code < 0x530);
  return latin ? "letter" : "sign";
}
