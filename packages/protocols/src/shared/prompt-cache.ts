/** Prompt-cache settings, for Messages and for gateways that pass `cache_control` on, and breakpoints in the bodies of OpenAI's protocols. */
import {
  type CacheableItem,
  type CachePlan,
  type CacheRequest,
  type CheckedCall,
  hasCacheBreakpoints,
  type JsonObject,
  type Note,
} from "@lumiverse/core/provider";

/** A connection's prompt-cache settings. A field that is absent is off. */
export interface PromptCache {
  enabled: boolean;
  /** How long the vendor keeps the prefix. Default `5m`. */
  ttl?: "5m" | "1h" | undefined;
  automatic?: boolean | undefined;
  tools?: boolean | undefined;
  system?: boolean | undefined;
  conversation?: boolean | undefined;
}

/** The settings that apply to one call. */
export interface EffectivePromptCache {
  ttl: "5m" | "1h";
  automatic: boolean;
  tools: boolean;
  system: boolean;
  conversation: boolean;
}

/**
 * The settings for one call: the request's, otherwise the connection's. Undefined: caching is off. Without any breakpoint it is automatic.
 * @param marked The request sets breakpoints at its parts or tools, so of these settings the automatic one alone applies, and only if the request asks for it.
 */
export function effectivePromptCache(
  setting: PromptCache | undefined,
  ofCall: CacheRequest | undefined,
  marked = false,
): EffectivePromptCache | undefined {
  if (ofCall === false) return undefined;
  if (marked && ofCall?.automatic !== true) return undefined;
  if (marked) return { ttl: ofCall?.ttl ?? "5m", automatic: true, tools: false, system: false, conversation: false };
  const chosen = ofCall ?? (setting?.enabled === true ? setting : undefined);
  if (chosen === undefined) return undefined;
  const { ttl = "5m", automatic = false, tools = false, system = false, conversation = false } = chosen;
  return { ttl, automatic: automatic || !(tools || system || conversation), tools, system, conversation };
}

/** One line for a card: `Cache 5m • auto + system`. */
export function promptCacheSummary({ ttl, automatic, tools, system, conversation }: EffectivePromptCache): string {
  const labels = [automatic && "auto", tools && "tools", system && "system", conversation && "messages"];
  return `Cache ${ttl} • ${labels.filter((label) => label !== false).join(" + ")}`;
}

/** A breakpoint that a part or a tool of the request sets. */
export interface MarkedItem {
  /** The rendered item: an object of the body that may get a field more. */
  item: JsonObject;
  ttl: "5m" | "1h";
}

/** Remembers a rendered item whose part or tool sets a breakpoint. */
export function mark(marked: MarkedItem[] | undefined, { cacheBreakpoint: ttl }: CacheableItem, item: JsonObject | undefined): void {
  if (ttl !== undefined && item !== undefined) marked?.push({ item, ttl });
}

/** The breakpoint of a part or of the last of its own parts that sets one. */
export function innerBreakpoint({ cacheBreakpoint }: CacheableItem, parts: string | readonly CacheableItem[]): CacheableItem {
  const ttl = cacheBreakpoint ?? (typeof parts === "string" ? undefined : parts.findLast((part) => part.cacheBreakpoint)?.cacheBreakpoint);
  return ttl === undefined ? {} : { cacheBreakpoint: ttl };
}

/** True for a call whose parts or tools set breakpoints. */
export function isMarked({ request, messages }: CheckedCall): boolean {
  return hasCacheBreakpoints({ ...request, messages });
}

/** The marked items for a host that has breakpoints, to be filled while the body is rendered. Undefined: items are rendered as if they set none. */
export function markedItems({ cache }: { cache?: unknown }, call: CheckedCall): MarkedItem[] | undefined {
  return cache !== undefined && call.route.capabilities["cache.explicit"] === true && isMarked(call) ? [] : undefined;
}

/** Anthropic's spelling of a breakpoint. Five minutes is the vendor's default. */
export function cacheControl(ttl: "5m" | "1h"): JsonObject {
  return ttl === "1h" ? { type: "ephemeral", ttl } : { type: "ephemeral" };
}

/** A request while its body is finished. */
interface FinishedBody {
  body: JsonObject;
  call: CheckedCall;
  notes: Note[];
  /** The items of the body that are to get a breakpoint of the request, in their order. Absent: none. */
  marked?: readonly MarkedItem[] | undefined;
}

/** Puts cache breakpoints into a finished body where the dialect of the host has them. Otherwise, a call that asks for caching gets a note. */
export function addBreakpoints(
  { cache }: { cache?: ((context: FinishedBody) => CachePlan | undefined) | undefined },
  context: FinishedBody,
): CachePlan | undefined {
  const { cache: requested } = context.call.request;
  const isRequested = requested !== undefined && requested !== false;
  if (cache === undefined && (isRequested || isMarked(context.call)))
    context.notes.push({ kind: "cache", field: "cache", message: "The host accepts no cache breakpoints, so none were sent." });
  return cache?.(context);
}
