import type { InboundProtocol } from "../protocol.ts";
import { answerBody } from "../shared/answer-body.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import type { PayloadPlaces } from "../shared/payload-tags.ts";
import type { VendorMessageFields } from "../shared/vendor-messages.ts";
import { writeMessagesError } from "./errors.ts";
import { parseMessagesRequest } from "./parse.ts";
import { MESSAGES_STREAM, MessagesEvents, messagesBody } from "./write.ts";

const PUBLIC: ReadonlySet<string> = new Set([
  "type",
  "index",
  "delta",
  "content_block",
  "message",
  "error",
  "id",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "usage",
  "container",
  "context_management",
]);
/** Where a delta holds what the vendor signed, redacted or encrypted. */
const DELTA: PayloadPlaces = { signature: true, data: true, encrypted_content: true, citation: { encrypted_index: true } };
/** Where a block holds it. The content of a result is a list or, of some tools, an object. */
const BLOCK: PayloadPlaces = {
  signature: true,
  data: true,
  encrypted_content: true,
  citations: { "*": { encrypted_index: true } },
  content: { "*": { encrypted_content: true }, encrypted_content: true, encrypted_stdout: true },
};
const FIELDS: VendorMessageFields = {
  model: [["model"], ["message", "model"]],
  isPublic: (name) => PUBLIC.has(name),
  payloads: { delta: DELTA, content_block: BLOCK, content: { "*": BLOCK } },
};

/** Anthropic's Messages for clients: https://platform.claude.com/docs/en/api/messages */
export const messagesInbound: InboundProtocol = {
  id: "messages",
  parse: parseMessagesRequest,
  openStream: (parsed, head) => new AnswerStream(MESSAGES_STREAM, new MessagesEvents(parsed, head), { parsed, head, fields: FIELDS }),
  body: (parsed, response, head) => answerBody(parsed, response, head, FIELDS, messagesBody),
  error: writeMessagesError,
};
