/** The settings as fields of the body and headers. Settings without a value are not sent. */
import { type ChatRequest, type CheckedCall, definedFields, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";
import type { OpenrouterSettings, Plugins, Routing } from "./settings.ts";

/** Fields of every request. */
export function fieldsOf(settings: Partial<OpenrouterSettings>): JsonObject {
  const { routing, fallbackModels, preset, serviceTier, userId, sessionId } = settings;
  const provider = routing === undefined ? {} : providerOf(routing);
  return {
    ...(isEmpty(fallbackModels) ? {} : { models: fallbackModels }),
    ...(Object.keys(provider).length === 0 ? {} : { provider }),
    ...definedFields({ preset, service_tier: serviceTier, user: userId, session_id: sessionId }),
  };
}

/** The `provider` object. The vendor refuses unknown fields in it. */
function providerOf(routing: Routing): JsonObject {
  const { sort, partition, maxPrice } = routing;
  const prices = definedFields({ ...maxPrice });
  return definedFields({
    order: nonEmpty(routing.order),
    allow_fallbacks: routing.allowFallbacks,
    require_parameters: routing.requireParameters,
    data_collection: routing.dataCollection,
    zdr: routing.zdr,
    enforce_distillable_text: routing.enforceDistillableText,
    only: nonEmpty(routing.only),
    ignore: nonEmpty(routing.ignore),
    quantizations: nonEmpty(routing.quantizations),
    sort: sort === undefined || partition === undefined ? sort : { by: sort, partition },
    max_price: Object.keys(prices).length === 0 ? undefined : prices,
    preferred_min_throughput: routing.preferredMinThroughput,
    preferred_max_latency: routing.preferredMaxLatency,
  });
}

/** The `plugins` of one request. Response healing depends on the request. */
export function pluginsOf(plugins: Plugins, call: CheckedCall, notes: Note[]): JsonObject[] {
  const { webSearch, webFetch, responseHealing, contextCompression, fileParser, moderation } = plugins;
  const list: JsonObject[] = [];
  if (webSearch?.enabled === true)
    list.push({
      id: "web",
      ...definedFields({
        engine: webSearch.engine,
        max_results: webSearch.maxResults,
        search_prompt: webSearch.searchPrompt,
        include_domains: nonEmpty(webSearch.includeDomains),
        exclude_domains: nonEmpty(webSearch.excludeDomains),
      }),
    });
  if (webFetch === true) list.push({ id: "web-fetch" });
  if (fileParser !== undefined) list.push({ id: "file-parser", pdf: { engine: fileParser } });
  // The plugin needs a JSON response_format and repairs unstreamed answers only: https://openrouter.ai/docs/guides/features/plugins
  const wantsJson = call.output?.strategy === "schema" || call.output?.strategy === "json";
  if (responseHealing === true && wantsJson && !call.streaming) list.push({ id: "response-healing" });
  else if (responseHealing === true && wantsJson)
    notes.push({
      kind: "dropped",
      field: "settings.plugins.responseHealing",
      message: "Response healing repairs unstreamed answers only, so the plugin was dropped from this stream.",
    });
  if (contextCompression !== undefined)
    list.push(contextCompression ? { id: "context-compression", engine: "middle-out" } : { id: "context-compression", enabled: false });
  if (moderation === true) list.push({ id: "moderation" });
  return list;
}

/** Headers by the settings, with the beta features that a request needs. */
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

/** Beta features that a request needs. Without this one, OpenRouter removes `strict` from Claude's tools. */
export function betasFor({ model, tools }: ChatRequest): string[] {
  const strict = /^~?anthropic\//.test(model) && tools?.some((tool) => "name" in tool && tool.strict === true) === true;
  return strict ? ["structured-outputs-2025-11-13"] : [];
}

/** The `reasoning` object with the settings added. Undefined when no setting changes it. */
export function reasoningOptions(
  reasoning: unknown,
  { reasoningSummary, hideReasoning }: Partial<OpenrouterSettings>,
): JsonObject | undefined {
  if (reasoningSummary === undefined && hideReasoning === undefined) return undefined;
  return { ...(isObject(reasoning) ? reasoning : {}), ...definedFields({ summary: reasoningSummary, exclude: hideReasoning }) };
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0;
}
function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return isEmpty(list) ? undefined : list;
}
