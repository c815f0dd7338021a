/** Search settings as each of the two APIs spells them. Absent ones are left out of the body by JSON itself. */
import type { JsonObject } from "@lumiverse/core";
import type { PerplexitySettings } from "./settings.ts";

/** Fields of a Sonar request: https://docs.perplexity.ai/api-reference/chat-completions-post */
export function sonarFields(settings: PerplexitySettings): JsonObject {
  const { search } = settings;
  const options = present({ search_context_size: search?.contextSize, search_type: search?.type, user_location: search?.location });
  return present({
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

/** The tool of the Agent API, where it stands beside its filters: https://docs.perplexity.ai/docs/agent-api/tools/web-search */
export function searchTool({ search }: PerplexitySettings): JsonObject {
  const filter = filters(search);
  return present({
    type: "web_search",
    filters: Object.keys(filter).length > 0 ? filter : undefined,
    search_context_size: search?.contextSize,
    user_location: search?.location,
  });
}

/** Settings that mean nothing to the Agent API, which refuses every field that it does not know. */
export function sonarOnly({ search, ...answer }: PerplexitySettings): string[] {
  const given = { ...answer, "search.mode": search?.mode, "search.type": search?.type, "search.languages": search?.languages };
  const names = ["images", "imageDomains", "imageFormats", "relatedQuestions", "search.mode", "search.type", "search.languages"] as const;
  return names.filter((name) => given[name] !== undefined && given[name] !== false);
}

function filters(search: PerplexitySettings["search"]): JsonObject {
  return present({
    search_domain_filter: search?.domains,
    search_recency_filter: search?.recency,
    search_after_date_filter: search?.after,
    search_before_date_filter: search?.before,
    last_updated_after_filter: search?.updatedAfter,
    last_updated_before_filter: search?.updatedBefore,
  });
}

function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
