import type { InboundProtocol } from "../protocol.ts";
import { answerBody } from "../shared/answer-body.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import type { PayloadPlaces } from "../shared/payload-tags.ts";
import type { VendorMessageFields } from "../shared/vendor-messages.ts";
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
/** Where an answer holds what a vendor signed or encrypted. */
const ANSWER: PayloadPlaces = {
  reasoning_details: { "*": { signature: true, data: true } },
  tool_calls: { "*": { extra_content: { google: { thought_signature: true } } } },
};
const FIELDS: VendorMessageFields = {
  model: [["model"]],
  isPublic: (name) => PUBLIC.has(name),
  payloads: { choices: { "*": { delta: ANSWER, message: ANSWER } } },
};

/** Chat Completions for clients: https://platform.openai.com/docs/api-reference/chat */
export const chatCompletionsInbound: InboundProtocol = {
  id: "chat-completions",
  parse: parseChat,
  openStream: (parsed, head) =>
    new AnswerStream(CHAT_STREAM, new ChatChunks(parsed, head), {
      parsed,
      head,
      fields: FIELDS,
      wanted: parsed.answer["addsUsage"] === true ? isNoUsageChunk : undefined,
    }),
  body: (parsed, response, head) => answerBody(parsed, response, head, FIELDS, chatBody),
  error: writeChatError,
};
