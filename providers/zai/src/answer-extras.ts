import { type Emit, isObject } from "@lumiverse/core/provider";

/** Reads the results of the built-in search and the levels of the content filter. */
export function readExtras({
  json,
  emit,
  memory,
  nextIndex,
}: {
  json: Record<string, unknown>;
  emit: Emit;
  memory: Record<string, unknown>;
  nextIndex: () => number;
}): void {
  const { web_search: found, content_filter: filter } = json;
  if (Array.isArray(filter) && filter.length > 0) emit({ type: "details", details: { contentFilter: filter } });
  if (!Array.isArray(found) || memory["searched"] === true) return;
  memory["searched"] = true;
  for (const [i, page] of found.entries()) {
    if (!isObject(page) || typeof page["link"] !== "string") continue;
    const { link: url, title, content: quote } = page;
    const more = { ...(typeof title === "string" ? { title } : {}), ...(typeof quote === "string" ? { quote } : {}) };
    emit({ type: "part", index: nextIndex(), part: { type: "source", url, number: i + 1, ...more } });
  }
}
