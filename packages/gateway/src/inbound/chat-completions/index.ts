import type { InboundProtocol } from "../protocol.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import { clientsName, type ModelPaths } from "../shared/model-name.ts";
import { vendorBody } from "../shared/vendor-body.ts";
import { writeChatError } from "./errors.ts";
import { parseChat } from "./parse.ts";
import { CHAT_STREAM, ChatChunks, chatBody, isNoUsageChunk } from "./write.ts";

const MODEL: ModelPaths = [["model"]];

/** Chat Completions for clients: https://platform.openai.com/docs/api-reference/chat */
export const chatCompletionsInbound: InboundProtocol = {
  id: "chat-completions",
  parse: parseChat,
  openStream: (parsed, head) =>
    new AnswerStream(
      CHAT_STREAM,
      new ChatChunks(parsed, head),
      () => clientsName(parsed, head, MODEL),
      parsed.answer["addsUsage"] === true ? isNoUsageChunk : undefined,
    ),
  body: (parsed, response, head) => vendorBody(response, clientsName(parsed, head, MODEL)) ?? chatBody(parsed, response, head),
  error: writeChatError,
};
