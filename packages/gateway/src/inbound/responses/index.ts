import type { InboundProtocol } from "../protocol.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import { vendorBody } from "../shared/vendor-body.ts";
import { openVendorMessages, type VendorMessageFields } from "../shared/vendor-messages.ts";
import { writeResponsesError } from "./errors.ts";
import { parseResponses } from "./parse.ts";
import { RESPONSES_STREAM, ResponsesEvents, responsesBody } from "./write.ts";

/** The protocol has very many fields, so these are the ones that show who the vendor is. */
const PRIVATE: ReadonlySet<string> = new Set(["provider", "system_fingerprint"]);
const FIELDS: VendorMessageFields = {
  model: [["model"], ["response", "model"]],
  isPublic: (name) => !PRIVATE.has(name),
};

/** OpenAI's Responses for clients, without stored state: https://platform.openai.com/docs/api-reference/responses */
export const responsesInbound: InboundProtocol = {
  id: "responses",
  parse: parseResponses,
  openStream: (parsed, head) =>
    new AnswerStream(RESPONSES_STREAM, new ResponsesEvents(parsed, head), () => openVendorMessages(parsed, head, FIELDS)),
  body: (parsed, response, head) => vendorBody(parsed, response, head, FIELDS) ?? responsesBody(parsed, response, head),
  error: writeResponsesError,
};
