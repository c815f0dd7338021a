import type { InboundProtocol } from "../protocol.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import { vendorBody } from "../shared/vendor-body.ts";
import { openVendorMessages, type VendorMessageFields } from "../shared/vendor-messages.ts";
import { writeChatError } from "./errors.ts";
import { parseChat } from "./parse.ts";
import { CHAT_STREAM, ChatChunks, chatBody, isNoUsageChunk } from "./write.ts";

const PUBLIC: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "service_tier",
  "obfuscation",
  "citations",
  "search_results",
  "images",
  "related_questions",
]);
const FIELDS: VendorMessageFields = { model: [["model"]], isPublic: (name) => PUBLIC.has(name) };

/** Chat Completions for clients: https://platform.openai.com/docs/api-reference/chat */
export const chatCompletionsInbound: InboundProtocol = {
  id: "chat-completions",
  parse: parseChat,
  openStream: (parsed, head) =>
    new AnswerStream(
      CHAT_STREAM,
      new ChatChunks(parsed, head),
      () => openVendorMessages(parsed, head, FIELDS),
      parsed.answer["addsUsage"] === true ? isNoUsageChunk : undefined,
    ),
  body: (parsed, response, head) => vendorBody(parsed, response, head, FIELDS) ?? chatBody(parsed, response, head),
  error: writeChatError,
};
