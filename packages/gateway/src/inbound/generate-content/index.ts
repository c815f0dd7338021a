import type { InboundProtocol } from "../protocol.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import { clientsName, type ModelPaths } from "../shared/model-name.ts";
import { vendorBody } from "../shared/vendor-body.ts";
import { writeGenerateContentError } from "./errors.ts";
import { parseGenerateContent } from "./parse.ts";
import { GenerateContentChunks, generateContentBody, listStream, SSE_STREAM } from "./write.ts";

const MODEL: ModelPaths = [["modelVersion"]];

/** Google's generateContent for clients: https://ai.google.dev/api/generate-content */
export const generateContentInbound: InboundProtocol = {
  id: "generate-content",
  parse: parseGenerateContent,
  openStream: (parsed, head) =>
    new AnswerStream(parsed.answer["alt"] === "sse" ? SSE_STREAM : listStream(), new GenerateContentChunks(parsed, head), () =>
      clientsName(parsed, head, MODEL),
    ),
  body: (parsed, response, head) => vendorBody(response, clientsName(parsed, head, MODEL)) ?? generateContentBody(parsed, response, head),
  error: writeGenerateContentError,
};
