import type { JsonObject, Replay } from "@lumiverse/core";
import { CLIENT_PROVIDER } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "../protocol.ts";

/** What a client sends back of an earlier answer: a signature, encrypted reasoning, an item of a server tool. Only its own protocol receives it. */
export function clientReplay(protocol: InboundProtocolId, model: string, data: JsonObject | null): Replay {
  return { origin: { provider: CLIENT_PROVIDER, protocol, model, scope: "client" }, data };
}
