import type { InboundProtocolId } from "@lumiverse/gateway/inbound";
import type { Difference } from "./differences.ts";

/** A field that may differ between a recorded exchange and the same exchange through the gateway. */
export interface AllowedDifference {
  protocol: InboundProtocolId;
  side: "request" | "answer";
  path: string;
  reason: string;
}

export const allowedDifferences: readonly AllowedDifference[] = [];

/** The entry that allows a difference. */
export function allowedDifference(
  protocol: InboundProtocolId,
  side: AllowedDifference["side"],
  { path }: Difference,
): AllowedDifference | undefined {
  return allowedDifferences.find((one) => one.protocol === protocol && one.side === side && one.path === path);
}
