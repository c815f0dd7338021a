/** Settings as OpenRouter spells them: fields of the body and headers. What is not set is not sent. */
import type { CheckedCall, JsonObject, Note } from "@lumiverse/core";
import type { OpenrouterSettings, Plugins, Routing } from "./settings.ts";

/** Fields that every call of a connection carries. */
export function fieldsOf(settings: Partial<OpenrouterSettings>): JsonObject {
  const { routing, fallbackModels, preset, serviceTier, userId, sessionId } = settings;
  const provider = routing === undefined ? {} : providerOf(routing);
  return {
    ...(isEmpty(fallbackModels) ? {} : { models: fallbackModels }),
    ...(Object.keys(provider).length === 0 ? {} : { provider }),
    ...set({ preset, service_tier: serviceTier, user: userId, session_id: sessionId }),
  };
}

/** The `provider` object; the vendor refuses fields that it does not know. */
function providerOf(routing: Routing): JsonObject {
  const { sort, partition, maxPrice } = routing;
  const prices = set({ ...maxPrice });
  return set({
    order: some(routing.order),
    allow_fallbacks: routing.allowFallbacks,
    require_parameters: routing.requireParameters,
    data_collection: routing.dataCollection,
    zdr: routing.zdr,
    enforce_distillable_text: routing.enforceDistillableText,
    only: some(routing.only),
    ignore: some(routing.ignore),
    quantizations: some(routing.quantizations),
    sort: sort === undefined || partition === undefined ? sort : { by: sort, partition },
    max_price: Object.keys(prices).length === 0 ? undefined : prices,
    preferred_min_throughput: routing.preferredMinThroughput,
    preferred_max_latency: routing.preferredMaxLatency,
  });
}

/** The `plugins` of one call: which of them can do anything hangs on the call. */
export function pluginsOf(plugins: Plugins, call: CheckedCall, notes: Note[]): JsonObject[] {
  const { webSearch, webFetch, responseHealing, contextCompression, fileParser, moderation } = plugins;
  const list: JsonObject[] = [];
  if (webSearch?.enabled === true)
    list.push({
      id: "web",
      ...set({
        engine: webSearch.engine,
        max_results: webSearch.maxResults,
        search_prompt: webSearch.searchPrompt,
        include_domains: some(webSearch.includeDomains),
        exclude_domains: some(webSearch.excludeDomains),
      }),
    });
  if (webFetch === true) list.push({ id: "web-fetch" });
  if (fileParser !== undefined) list.push({ id: "file-parser", pdf: { engine: fileParser } });
  // It needs a JSON response_format, and mends whole answers alone.
  const json = call.output?.strategy === "schema" || call.output?.strategy === "json";
  if (responseHealing === true && json && !call.streaming) list.push({ id: "response-healing" });
  else if (responseHealing === true && json)
    notes.push({
      kind: "dropped",
      field: "settings.plugins.responseHealing",
      message: "response healing mends unstreamed answers alone: this one streams, and the plugin was left out",
    });
  if (contextCompression !== undefined)
    list.push(contextCompression ? { id: "context-compression", engine: "middle-out" } : { id: "context-compression", enabled: false });
  if (moderation === true) list.push({ id: "moderation" });
  return list;
}

/** Headers of a connection, and what a call needs by itself. */
export function headersOf(settings: Partial<OpenrouterSettings>, betas: readonly string[]): Record<string, string> {
  const { app, routingMetadata, responseCacheSeconds, anthropicBetas } = settings;
  const beta = [...new Set([...(anthropicBetas ?? []), ...betas])];
  return {
    ...(app?.url === undefined ? {} : { "http-referer": app.url }),
    ...(app?.title === undefined ? {} : { "x-openrouter-title": app.title }),
    ...(isEmpty(app?.categories) ? {} : { "x-openrouter-categories": app?.categories?.join(",") ?? "" }),
    ...(routingMetadata === true ? { "x-openrouter-metadata": "enabled" } : {}),
    ...(responseCacheSeconds === undefined ? {} : { "x-openrouter-cache": "true", "x-openrouter-cache-ttl": String(responseCacheSeconds) }),
    ...(beta.length === 0 ? {} : { "x-anthropic-beta": beta.join(",") }),
  };
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0;
}
function some<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return isEmpty(list) ? undefined : list;
}
function set(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
