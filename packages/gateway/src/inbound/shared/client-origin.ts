import type { JsonObject, Part, Replay } from "@lumiverse/core";
import { CLIENT_PROVIDER } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "../protocol.ts";

/** What a client sends back of an earlier answer: a signature, encrypted reasoning, an item of a server tool. Only its own protocol receives it. */
export function clientReplay(protocol: InboundProtocolId, model: string, data: JsonObject | null): Replay {
  return { origin: { provider: CLIENT_PROVIDER, protocol, model, scope: "client" }, data };
}

/** The provider in the origin of what another deployment issued than the one that is asked. No provider has this id, so core leaves the payload out with a note. */
const OTHER_DEPLOYMENT = "another deployment";

/** The payload, for a deployment that did not issue it. */
export function ofOtherDeployment(replay: Replay): Replay {
  return { ...replay, origin: { ...replay.origin, provider: OTHER_DEPLOYMENT, scope: "another key or address" } };
}

/** True for a part or a message with a payload that another deployment issued than the one that is asked. */
export function isOtherDeployments(holder: Part | { replay?: Replay } | undefined): boolean {
  return holder !== undefined && "replay" in holder && holder.replay?.origin.provider === OTHER_DEPLOYMENT;
}
