import type { InboundProtocol } from "../protocol.ts";
import { answerBody } from "../shared/answer-body.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import type { PayloadPlaces } from "../shared/payload-tags.ts";
import type { VendorMessageFields } from "../shared/vendor-messages.ts";
import { writeResponsesError } from "./errors.ts";
import { parseResponses } from "./parse.ts";
import { checkedMessages, continuationCheck } from "./stored.ts";
import { RESPONSES_STREAM, ResponsesEvents, responsesBody } from "./write.ts";

/** The protocol has very many fields, so these are the ones that show who the vendor is. */
const PRIVATE: ReadonlySet<string> = new Set(["provider", "system_fingerprint"]);
const ITEM: PayloadPlaces = { encrypted_content: true };
const FIELDS: VendorMessageFields = {
  model: [["model"], ["response", "model"]],
  isPublic: (name) => !PRIVATE.has(name),
  payloads: { item: ITEM, output: { "*": ITEM }, response: { output: { "*": ITEM } } },
};

/** OpenAI's Responses for clients, without stored state: https://platform.openai.com/docs/api-reference/responses */
export const responsesInbound: InboundProtocol = {
  id: "responses",
  parse: parseResponses,
  openStream(parsed, head) {
    const check = continuationCheck(parsed);
    const wanted = check === undefined ? undefined : checkedMessages(check);
    return new AnswerStream(RESPONSES_STREAM, new ResponsesEvents(parsed, head), { parsed, head, fields: FIELDS, wanted });
  },
  body(parsed, response, head) {
    continuationCheck(parsed)?.(response.vendorFields?.fields);
    return answerBody(parsed, response, head, FIELDS, responsesBody);
  },
  error: writeResponsesError,
};
