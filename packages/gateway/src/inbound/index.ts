/** The four protocols in the direction of a client. */
import { chatCompletionsInbound } from "./chat-completions/index.ts";
import { generateContentInbound } from "./generate-content/index.ts";
import { messagesInbound } from "./messages/index.ts";
import type { InboundProtocol, InboundProtocolId } from "./protocol.ts";
import { responsesInbound } from "./responses/index.ts";

export { chatCompletionsInbound } from "./chat-completions/index.ts";
export { generateContentInbound } from "./generate-content/index.ts";
export { messagesInbound } from "./messages/index.ts";
export type * from "./protocol.ts";
export { responsesInbound } from "./responses/index.ts";

export const inboundProtocols: { readonly [P in InboundProtocolId]: InboundProtocol } = {
  "chat-completions": chatCompletionsInbound,
  responses: responsesInbound,
  messages: messagesInbound,
  "generate-content": generateContentInbound,
};
