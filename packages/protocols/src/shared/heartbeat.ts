import type { SseMessage } from "@lumiverse/core/provider";

/** Names of events, and data that is no object, by which hosts keep a stream alive. */
const HEARTBEAT_EVENT = /^(?:ping|pong|heart-?beat|keep[-_ ]?alive|processing)$/i;
const HEARTBEAT =
  /^(?:"?(?:ping|pong|heartbeat|keep[-_ ]?alive|processing|\[ping\])"?|null|true|false|-?\d{1,20}(?:\.\d{1,20})?|\.{1,3}|:.{0,100})?$/i;

/** True for an event that only keeps the stream alive: its data is empty, a word such as `ping`, or a bare number such as a time. */
export function isHeartbeat({ event, data }: SseMessage): boolean {
  // Longer data is content. The check runs once per delta, so it must cost nothing there.
  if (data.length > 120) return false;
  const text = data.trim();
  return (
    text === "" || (text[0] !== "{" && HEARTBEAT.test(text)) || (event !== undefined && text[0] !== "{" && HEARTBEAT_EVENT.test(event))
  );
}
