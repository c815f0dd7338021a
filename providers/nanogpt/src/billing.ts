/** What may move a call from a subscription to the balance goes out only when it was asked for, and never to the subscription's own endpoint. */
import type { CachePlan, Call, CheckedCall, JsonObject, Note } from "@lumiverse/core";
import { cacheMarks } from "@lumiverse/protocols/chat-completions";
import type { NanogptCache, NanogptSettings } from "./settings.ts";

const GENERAL = "/api/v1";
const INCLUDED = "/api/subscription/v1";

/** A proxy's own path stays: what lies behind it is not known. */
export function baseOf({ baseURL, settings }: Pick<Call<NanogptSettings>, "baseURL" | "settings">): URL {
  const url = new URL(baseURL ?? `https://nano-gpt.com${GENERAL}`);
  if (settings.subscription === true && url.pathname.replace(/\/+$/, "").endsWith(GENERAL))
    url.pathname = url.pathname.replace(/\/api\/v1\/*$/, INCLUDED);
  return url;
}

/** Headers of paid routing. */
export function headersOf({ subscription, provider, billing }: Partial<NanogptSettings>): Record<string, string> {
  if (subscription === true) return {};
  return {
    ...(provider === undefined ? {} : { "x-provider": provider }),
    ...(billing === undefined ? {} : { "x-billing-mode": billing }),
  };
}

export function noteBilling({ subscription, provider, billing }: Partial<NanogptSettings>, notes: Note[]): void {
  if (subscription !== true) return;
  if (provider !== undefined) notes.push(left("settings.provider"));
  if (billing !== undefined) notes.push(left("settings.billing"));
}

function left(field: string): Note {
  return { kind: "dropped", field, message: "it would be billed beside the subscription, whose endpoint is in use: it was left out" };
}

/** The vendor's own object by the connection's setting; marks on blocks, which it takes as well, by the call's. */
export function cacheOf(settings: Partial<NanogptSettings>): (body: JsonObject, call: CheckedCall, notes: Note[]) => CachePlan | undefined {
  return (body, call, notes) => {
    if (call.request.cache !== undefined) return cacheMarks({})(body, call, notes);
    const cache = settings.promptCache;
    if (cache?.enabled !== true) return undefined;
    const paid = settings.subscription !== true;
    if (cache.forceRouting === true && paid) body["caching"] = true;
    else if (cache.forceRouting === true) notes.push(left("settings.promptCache.forceRouting"));
    if (cache.stickyProvider === true && !paid) notes.push(left("settings.promptCache.stickyProvider"));
    if (call.route.takes["cache.explicit"] !== true) {
      if (cache.forceRouting !== true)
        notes.push({ kind: "cache", field: "cache", message: "marks are for Claude; this model's provider caches unasked, or not at all" });
      return undefined;
    }
    const sticky = paid ? cache.stickyProvider : undefined;
    body["prompt_caching"] = {
      enabled: true,
      ttl: cache.ttl ?? "5m",
      ...(cache.cutAfterMessageIndex === undefined ? {} : { cut_after_message_index: cache.cutAfterMessageIndex }),
      ...(sticky === undefined ? {} : { stickyProvider: sticky }),
      ...(cache.explicitCacheControl === undefined ? {} : { explicitCacheControl: cache.explicitCacheControl }),
    };
    return { summary: summaryOf(cache, sticky === true, cache.forceRouting === true && paid), breakpoints: [], excluded: [] };
  };
}

/** `Cache 5m • sticky • cut@4`: one line for a card. */
function summaryOf(
  { ttl = "5m", cutAfterMessageIndex: cut, explicitCacheControl }: NanogptCache,
  sticky: boolean,
  routed: boolean,
): string {
  const labels = [
    sticky && "sticky",
    cut !== undefined && `cut@${cut}`,
    explicitCacheControl === true && "explicit",
    routed && "force route",
  ];
  return [`Cache ${ttl}`, ...labels.filter((label) => label !== false)].join(" • ");
}
