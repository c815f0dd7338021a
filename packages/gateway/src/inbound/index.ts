import { chatCompletionsInbound } from "./chat-completions/index.ts";
import type { InboundProtocol, InboundProtocolId } from "./protocol.ts";

export const inboundProtocols: Readonly<Record<InboundProtocolId, InboundProtocol>> = {
  "chat-completions": chatCompletionsInbound,
  responses: chatCompletionsInbound,
  messages: chatCompletionsInbound,
  "generate-content": chatCompletionsInbound,
};
