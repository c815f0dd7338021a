import type { InboundProtocolId } from "@lumiverse/gateway/inbound";
import type { Difference } from "./differences.ts";

/** A field that may differ between a recorded exchange and the same exchange through the gateway. */
export interface AllowedDifference {
  protocol: InboundProtocolId;
  side: "request" | "answer";
  path: string;
  reason: string;
}

const BROKEN_OFF = "The vendor broke off the stream, or no client can read it. The client gets an error at its end instead of nothing.";

export const allowedDifferences: readonly AllowedDifference[] = [
  { protocol: "chat-completions", side: "answer", path: "end", reason: BROKEN_OFF },
  { protocol: "responses", side: "answer", path: "end", reason: BROKEN_OFF },
  { protocol: "messages", side: "answer", path: "end", reason: BROKEN_OFF },
  { protocol: "generate-content", side: "answer", path: "end", reason: BROKEN_OFF },
];

/** The entry that allows a difference. */
export function allowedDifference(
  protocol: InboundProtocolId,
  side: AllowedDifference["side"],
  { path }: Difference,
): AllowedDifference | undefined {
  return allowedDifferences.find((one) => one.protocol === protocol && one.side === side && one.path === path);
}
