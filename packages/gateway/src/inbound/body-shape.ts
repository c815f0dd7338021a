/** Bodies that a client wrote for another endpoint: some programs send what their model's vendor takes to the address of Chat Completions. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { parseChat } from "./chat-completions/parse.ts";
import { parseMessagesRequest } from "./messages/parse.ts";
import type { ClientRequest, ParsedRequest } from "./protocol.ts";
import { parseResponses } from "./responses/parse.ts";

/** Blocks that only Anthropic's messages have. Mistral's chat has `thinking` too. */
const ANTHROPIC_BLOCKS: ReadonlySet<unknown> = new Set(["tool_use", "tool_result", "redacted_thinking"]);
/** Anthropic demands a limit, and clients of Chat Completions state none. */
const DEFAULT_LIMIT = 4096;

/** Reads a body at the address of Chat Completions by its own shape. The answer is one of Chat Completions. */
export function parseAnyShape(client: ClientRequest): ParsedRequest {
  const { body } = client;
  if (!isObject(body)) return parseChat(client);
  if (body["messages"] === undefined && body["input"] !== undefined) return asChat(parseResponses(client), client);
  if (!isAnthropic(body)) return parseChat(client);
  const { max_completion_tokens: limit, ...fields } = body;
  const stated = fields["max_tokens"] ?? limit ?? DEFAULT_LIMIT;
  return asChat(parseMessagesRequest({ ...client, body: { ...fields, max_tokens: stated } }), client);
}

function isAnthropic({ messages, tools }: JsonObject): boolean {
  if (Array.isArray(tools) && tools.some((tool) => isObject(tool) && isObject(tool["input_schema"]))) return true;
  return Array.isArray(messages) && messages.some((message) => isObject(message) && hasAnthropicBlock(message["content"]));
}

function hasAnthropicBlock(content: unknown): boolean {
  return (
    Array.isArray(content) &&
    content.some(
      (block) => isObject(block) && (ANTHROPIC_BLOCKS.has(block["type"]) || (block["type"] === "image" && isObject(block["source"]))),
    )
  );
}

/** The request without the vendor's own messages, which would be of another protocol than Chat Completions. */
function asChat({ model, request: { vendorFields: _, ...request }, stream }: ParsedRequest, { body }: ClientRequest): ParsedRequest {
  const options = isObject(body) && isObject(body["stream_options"]) ? body["stream_options"] : {};
  return {
    protocol: "chat-completions",
    model,
    request,
    stream,
    answer: { includeUsage: options["include_usage"] === true, addsUsage: false },
  };
}
