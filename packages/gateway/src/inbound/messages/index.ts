import type { InboundProtocol } from "../protocol.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import { clientsName, type ModelPaths } from "../shared/model-name.ts";
import { vendorBody } from "../shared/vendor-body.ts";
import { writeMessagesError } from "./errors.ts";
import { parseMessagesRequest } from "./parse.ts";
import { MESSAGES_STREAM, MessagesEvents, messagesBody } from "./write.ts";

const MODEL: ModelPaths = [["model"], ["message", "model"]];

/** Anthropic's Messages for clients: https://platform.claude.com/docs/en/api/messages */
export const messagesInbound: InboundProtocol = {
  id: "messages",
  parse: parseMessagesRequest,
  openStream: (parsed, head) => new AnswerStream(MESSAGES_STREAM, new MessagesEvents(parsed, head), () => clientsName(parsed, head, MODEL)),
  body: (parsed, response, head) => vendorBody(response, clientsName(parsed, head, MODEL)) ?? messagesBody(parsed, response, head),
  error: writeMessagesError,
};
