import type { SseMessage } from "@lumiverse/core/provider";

/** Names of events, and data without JSON, by which hosts keep a stream alive. */
const HEARTBEAT = /^(?:"?(?:ping|pong|heartbeat|keep[-_ ]?alive|processing|\[ping\])"?|null|\.{1,3}|:.{0,100})?$/i;

/** True for an event that only keeps the stream alive: one without data, or one that says so in a word. */
export function isHeartbeat({ event, data }: SseMessage): boolean {
  // Longer data is content. The check runs once per delta, so it must cost nothing there.
  if (data.length > 120) return false;
  const text = data.trim();
  return text === "" || (text[0] !== "{" && HEARTBEAT.test(text)) || (event === "ping" && text[0] !== "{");
}
