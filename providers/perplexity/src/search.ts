/** The search settings as each of the two APIs spells them. Settings without a value are not sent. */
import { definedFields, type JsonObject } from "@lumiverse/core/provider";
import type { PerplexitySettings } from "./settings.ts";

/** Fields of a Sonar request: https://docs.perplexity.ai/api-reference/chat-completions-post */
export function sonarFields(settings: PerplexitySettings): JsonObject {
  const { search } = settings;
  const options = definedFields({ search_context_size: search?.contextSize, search_type: search?.type, user_location: search?.location });
  return definedFields({
    search_mode: search?.mode,
    ...filters(search),
    search_language_filter: search?.languages,
    enable_search_classifier: search?.classifier,
    disable_search: search?.enabled === false ? true : undefined,
    web_search_options: Object.keys(options).length > 0 ? options : undefined,
    return_images: settings.images,
    image_domain_filter: settings.imageDomains,
    image_format_filter: settings.imageFormats,
    return_related_questions: settings.relatedQuestions,
    language_preference: settings.language,
  });
}

/** The search tool of the Agent API: https://docs.perplexity.ai/docs/agent-api/tools/web-search */
export function searchTool({ search }: PerplexitySettings): JsonObject {
  const filter = filters(search);
  return definedFields({
    type: "web_search",
    filters: Object.keys(filter).length > 0 ? filter : undefined,
    search_context_size: search?.contextSize,
    user_location: search?.location,
  });
}

/** Names of the given settings that the Agent API does not have. It refuses unknown fields. */
export function sonarOnlySettings({ search, ...answer }: PerplexitySettings): string[] {
  const values = { ...answer, "search.mode": search?.mode, "search.type": search?.type, "search.languages": search?.languages };
  const names = ["images", "imageDomains", "imageFormats", "relatedQuestions", "search.mode", "search.type", "search.languages"] as const;
  return names.filter((name) => values[name] !== undefined && values[name] !== false);
}

function filters(search: PerplexitySettings["search"]): JsonObject {
  return definedFields({
    search_domain_filter: search?.domains,
    search_recency_filter: search?.recency,
    search_after_date_filter: search?.after,
    search_before_date_filter: search?.before,
    last_updated_after_filter: search?.updatedAfter,
    last_updated_before_filter: search?.updatedBefore,
  });
}
