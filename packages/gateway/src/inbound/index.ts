/** The four protocols in the direction of a client. */
import { parseAnyShape } from "./body-shape.ts";
import { chatCompletionsInbound } from "./chat-completions/index.ts";
import { generateContentInbound } from "./generate-content/index.ts";
import { messagesInbound } from "./messages/index.ts";
import type { InboundProtocol, InboundProtocolId } from "./protocol.ts";
import { responsesInbound } from "./responses/index.ts";

export type * from "./protocol.ts";

export const inboundProtocols: { readonly [P in InboundProtocolId]: InboundProtocol } = {
  "chat-completions": { ...chatCompletionsInbound, parse: parseAnyShape },
  responses: responsesInbound,
  messages: messagesInbound,
  "generate-content": generateContentInbound,
};
