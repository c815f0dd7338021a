import type { JsonObject, Part, Replay } from "@lumiverse/core";
import { CLIENT_PROVIDER, OTHER_DEPLOYMENT } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "../protocol.ts";

/** What a client sends back of an earlier answer: a signature, encrypted reasoning, an item of a server tool. Only its own protocol receives it. */
export function clientReplay(protocol: InboundProtocolId, model: string, data: JsonObject | null): Replay {
  return { origin: { provider: CLIENT_PROVIDER, protocol, model, scope: "client" }, data };
}

/** True for a part or a message with a payload that another deployment issued than the one that is asked. */
export function isOtherDeployments(holder: Part | { replay?: Replay } | undefined): boolean {
  return holder !== undefined && "replay" in holder && holder.replay?.origin.scope === OTHER_DEPLOYMENT;
}
