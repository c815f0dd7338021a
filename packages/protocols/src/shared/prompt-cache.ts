/** Prompt-cache settings, for Messages and for gateways that pass `cache_control` on, and breakpoints in the bodies of OpenAI's protocols. */
import type { CachePlan, CacheRequest, CheckedCall, JsonObject, Note } from "@lumiverse/core/provider";

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

/** The settings for one call: the request's, otherwise the connection's. Undefined: caching is off. Without any breakpoint it is automatic. */
export function effectivePromptCache(setting: PromptCache | undefined, ofCall: CacheRequest | undefined): EffectivePromptCache | undefined {
  if (ofCall === false) return undefined;
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

/** A request while its body is finished. */
interface FinishedBody {
  body: JsonObject;
  call: CheckedCall;
  notes: Note[];
}

/** Puts cache breakpoints into a finished body where the dialect of the host has them. Otherwise, a call that asks for caching gets a note. */
export function addBreakpoints(
  { cache }: { cache?: ((context: FinishedBody) => CachePlan | undefined) | undefined },
  context: FinishedBody,
): CachePlan | undefined {
  const { cache: requested } = context.call.request;
  if (cache === undefined && requested !== undefined && requested !== false)
    context.notes.push({ kind: "cache", field: "cache", message: "The host accepts no cache breakpoints, so none were sent." });
  return cache?.(context);
}
