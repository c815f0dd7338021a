/** The four protocols in the direction of a client. */
import { parseAnyShape } from "./body-shape.ts";
import { chatCompletionsInbound } from "./chat-completions/index.ts";
import { generateContentInbound } from "./generate-content/index.ts";
import { messagesInbound } from "./messages/index.ts";
import type { InboundProtocol, InboundProtocolId } from "./protocol.ts";
import { responsesInbound } from "./responses/index.ts";

export { openaiModel, openaiModels } from "./chat-completions/models.ts";
export { generateContentTokenCount, parseGenerateContentCount } from "./generate-content/count-tokens.ts";
export { geminiModel, geminiModels } from "./generate-content/models.ts";
export type { ListedModel } from "./listed-model.ts";
export { messagesTokenCount } from "./messages/count-tokens.ts";
export { anthropicModel, anthropicModels } from "./messages/models.ts";
export type * from "./protocol.ts";
export { responsesTokenCount } from "./responses/count-tokens.ts";

export const inboundProtocols: { readonly [P in InboundProtocolId]: InboundProtocol } = {
  "chat-completions": { ...chatCompletionsInbound, parse: parseAnyShape },
  responses: responsesInbound,
  messages: messagesInbound,
  "generate-content": generateContentInbound,
};
