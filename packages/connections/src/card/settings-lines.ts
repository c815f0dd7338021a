/** Short lines about settings, by the settings' names, which all providers share. */

import type { JsonObject } from "@lumiverse/core";
import { isObject, ownValue, wordOf } from "@lumiverse/core/provider";

/** One line for each setting that a card shows. The order is that of the card. */
const LINES: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  promptCache: (value) => (isObject(value) ? cacheLine(value) : undefined),
  routing: (value) => (isObject(value) ? listed("Routing", routingParts(value)) : undefined),
  plugins: (value) => (isObject(value) ? listed("Plugins", pluginParts(value)) : undefined),
  codingPlan: (value) => (value === true ? "Coding Plan" : undefined),
  subscription: (value) => (value === true ? "Subscription endpoint" : undefined),
  region: (value) => (typeof value === "string" ? `Region ${value}` : undefined),
  api: (value) => (typeof value === "string" && value !== "auto" ? `API ${value}` : undefined),
  protocol: (value) => (typeof value === "string" && value !== "chat-completions" ? `API ${value}` : undefined),
  server: (value) =>
    typeof value === "string" && value !== "unknown" ? `Server ${value === "auto" ? "recognised automatically" : value}` : undefined,
};

export function settingsLines(settings: JsonObject): { setting: string; text: string }[] {
  return Object.entries(LINES).flatMap(([setting, line]) => {
    const text = line(settings[setting]);
    return text === undefined ? [] : [{ setting, text }];
  });
}

/** Such as `Cache 5m • auto + system`. Undefined for caching that is off. */
export function cacheLine(cache: JsonObject): string | undefined {
  const { mode, enabled, ttl = mode === undefined ? "5m" : undefined } = cache;
  if (mode === "off" || (mode === undefined && enabled !== true)) return undefined;
  const own = cache["explicitCacheControl"] === true;
  const marks = [
    cache["tools"] === true && "tools",
    cache["system"] === true && "system",
    cache["conversation"] === true && "messages",
  ].filter(isText);
  // Caching without a breakpoint is automatic, so that enabling it always has an effect.
  const isAutomatic = mode === "implicit" || cache["automatic"] === true || (mode === undefined && marks.length === 0 && !own);
  const cut = cache["cutAfterMessageIndex"];
  const parts = [
    [isAutomatic && "auto", ...marks].filter(isText).join(" + "),
    cache["stickyProvider"] === true && "sticky",
    typeof cut === "number" && `cut@${cut}`,
    own && "explicit",
    cache["forceRouting"] === true && "force route",
  ];
  return [ttl === undefined ? "Cache" : `Cache ${wordOf(ttl)}`, ...parts.filter(isText)].join(" • ");
}

function routingParts(routing: JsonObject): string[] {
  const { sort, allowFallbacks, requireParameters, dataCollection, zdr } = routing;
  const sorts: Readonly<Record<string, string>> = {
    price: "cheapest",
    throughput: "fastest",
    latency: "lowest latency",
    exacto: "best at tools",
  };
  return [
    typeof sort === "string" && (ownValue(sorts, sort) ?? sort),
    names("prefers", routing["order"]),
    names("only", routing["only"]),
    names("never", routing["ignore"]),
    names("precision", routing["quantizations"]),
    dataCollection === "deny" && "no data collection",
    dataCollection === "allow" && "data collection allowed",
    zdr === true && "zero data retention",
    allowFallbacks === false && "no fallbacks",
    requireParameters === true && "all parameters required",
    isObject(routing["maxPrice"]) && Object.keys(routing["maxPrice"]).length > 0 && "price limit",
  ].filter(isText);
}

const PLUGINS: Readonly<Record<string, string>> = {
  webSearch: "Web Search",
  webFetch: "Web Fetch",
  responseHealing: "Response Healing",
  contextCompression: "Context Compression",
  moderation: "Moderation",
};

function pluginParts(plugins: JsonObject): string[] {
  return Object.entries(plugins).flatMap(([name, value]) => {
    const title = ownValue(PLUGINS, name);
    if (title === undefined) return [];
    if (value === true || (isObject(value) && value["enabled"] === true)) return [title];
    return value === false ? [`no ${title}`] : [];
  });
}

function names(word: string, value: unknown): string | false {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    `${word} ${value.slice(0, 3).join(", ")}${value.length > 3 ? ` and ${value.length - 3} more` : ""}`
  );
}

function listed(title: string, parts: readonly string[]): string | undefined {
  return parts.length === 0 ? undefined : `${title}: ${parts.join(", ")}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
