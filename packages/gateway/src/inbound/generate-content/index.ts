import type { InboundProtocol } from "../protocol.ts";
import { answerBody } from "../shared/answer-body.ts";
import { AnswerStream } from "../shared/answer-stream.ts";
import type { VendorMessageFields } from "../shared/vendor-messages.ts";
import { writeGenerateContentError } from "./errors.ts";
import { parseGenerateContent } from "./parse.ts";
import { GenerateContentChunks, generateContentBody, listStream, SSE_STREAM } from "./write.ts";

const PUBLIC: ReadonlySet<string> = new Set(["candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId", "createTime"]);
const FIELDS: VendorMessageFields = {
  model: [["modelVersion"]],
  isPublic: (name) => PUBLIC.has(name),
  payloads: { candidates: { "*": { content: { parts: { "*": { thoughtSignature: true } } } } } },
};

/** Google's generateContent for clients: https://ai.google.dev/api/generate-content */
export const generateContentInbound: InboundProtocol = {
  id: "generate-content",
  parse: parseGenerateContent,
  openStream: (parsed, head) =>
    new AnswerStream(parsed.answer["alt"] === "sse" ? SSE_STREAM : listStream(), new GenerateContentChunks(parsed, head), {
      parsed,
      head,
      fields: FIELDS,
    }),
  body: (parsed, response, head) => answerBody(parsed, response, head, FIELDS, generateContentBody),
  error: writeGenerateContentError,
};
