/** Fields that may move a call from a subscription to the paid balance. They are sent only when the settings ask for them, and never to the subscription's endpoint. */
import type { CachePlan, CheckedCall, JsonObject, Note } from "@lumiverse/core/provider";
import { cacheBreakpoints } from "@lumiverse/protocols/chat-completions";
import type { NanogptCache, NanogptSettings } from "./settings.ts";

const GENERAL = "/api/v1";
const INCLUDED = "/api/subscription/v1";

/** The subscription's endpoint where the setting asks for it. Other paths, such as a proxy's, are kept. */
export function baseFor(base: URL, settings: Partial<NanogptSettings>): URL {
  const url = new URL(base);
  if (settings.subscription === true && url.pathname.replace(/\/+$/, "").endsWith(GENERAL))
    url.pathname = url.pathname.replace(/\/api\/v1\/*$/, INCLUDED);
  return url;
}

/** Headers of paid routing. */
export function headersFor({ subscription, provider, billing }: Partial<NanogptSettings>): Record<string, string> {
  if (subscription === true) return {};
  return {
    ...(provider === undefined ? {} : { "x-provider": provider }),
    ...(billing === undefined ? {} : { "x-billing-mode": billing }),
  };
}

/** Notes the settings that are not sent to the subscription's endpoint. */
export function noteBilling({ subscription, provider, billing }: Partial<NanogptSettings>, notes: Note[]): void {
  if (subscription !== true) return;
  if (provider !== undefined) notes.push(dropped("settings.provider"));
  if (billing !== undefined) notes.push(dropped("settings.billing"));
}

function dropped(field: string): Note {
  return {
    kind: "dropped",
    field,
    message: "The setting was dropped, because it may be billed in addition to the subscription, whose endpoint is in use.",
  };
}

/** Prompt caching: the setting becomes the vendor's own object, and `request.cache` becomes breakpoints on blocks, which the vendor also accepts. */
export function cacheFor(
  settings: Partial<NanogptSettings>,
): (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => CachePlan | undefined {
  return ({ body, call, notes }) => {
    if (call.request.cache !== undefined) return cacheBreakpoints({})({ body, call, notes });
    const cache = settings.promptCache;
    if (cache?.enabled !== true) return undefined;
    const paid = settings.subscription !== true;
    if (cache.forceRouting === true && paid) body["caching"] = true;
    else if (cache.forceRouting === true) notes.push(dropped("settings.promptCache.forceRouting"));
    if (cache.stickyProvider === true && !paid) notes.push(dropped("settings.promptCache.stickyProvider"));
    if (call.route.capabilities["cache.explicit"] !== true) {
      if (cache.forceRouting !== true)
        notes.push({
          kind: "cache",
          field: "cache",
          message: "Only Claude models accept cache breakpoints, so none were sent. Other models cache automatically or not at all.",
        });
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

/** One line for a card, such as `Cache 5m • sticky • cut@4`. */
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
