import type { InboundProtocol } from "../protocol.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import { clientsName, type ModelPaths } from "../shared/model-name.ts";
import { vendorBody } from "../shared/vendor-body.ts";
import { writeResponsesError } from "./errors.ts";
import { parseResponses } from "./parse.ts";
import { RESPONSES_STREAM, ResponsesEvents, responsesBody } from "./write.ts";

const MODEL: ModelPaths = [["model"], ["response", "model"]];

/** OpenAI's Responses for clients, without stored state: https://platform.openai.com/docs/api-reference/responses */
export const responsesInbound: InboundProtocol = {
  id: "responses",
  parse: parseResponses,
  openStream: (parsed, head) =>
    new AnswerStream(RESPONSES_STREAM, new ResponsesEvents(parsed, head), () => clientsName(parsed, head, MODEL)),
  body: (parsed, response, head) => vendorBody(response, clientsName(parsed, head, MODEL)) ?? responsesBody(parsed, response, head),
  error: writeResponsesError,
};
