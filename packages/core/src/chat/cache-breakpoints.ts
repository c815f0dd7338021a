import type { CacheableItem, Message } from "./message.ts";
import type { ChatRequest } from "./request.ts";

/** True for a request that sets cache breakpoints at its parts or tools. */
export function hasCacheBreakpoints({ cache, tools = [], messages }: Pick<ChatRequest, "cache" | "tools" | "messages">): boolean {
  const isMarked = (item: object): boolean => (item as CacheableItem).cacheBreakpoint !== undefined; // parts of other kinds lack the field
  const isMarkedMessage = ({ content }: Message): boolean => typeof content !== "string" && content.some(isMarked);
  return cache !== false && (tools.some(isMarked) || messages.some(isMarkedMessage));
}
