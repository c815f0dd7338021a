import { type Emit, isObject, type JsonObject, type SourcePart } from "@lumiverse/core/provider";
import { isFilledText } from "../../shared/json-values.ts";
import type { PartCounter } from "./content.ts";

/**
 * Sources from annotations (one per delta at OpenRouter) and from whole lists that come again with every chunk (Perplexity, 390 times in one recording).
 * Each is emitted once. The position in a list is the number by which the text cites the source.
 */
export class Sources {
  #seen: Set<string> | undefined;
  readonly #parts: PartCounter;

  constructor(parts: PartCounter) {
    this.#parts = parts;
  }

  annotations(items: readonly unknown[], emit: Emit): void {
    for (const item of items) {
      if (!isObject(item)) continue;
      const type = item["type"];
      if (type !== "url_citation") {
        // Sent back, the annotation of a parsed file saves the host from parsing it again.
        const kind = `annotation.${typeof type === "string" ? type : "unknown"}`;
        emit({ type: "part", index: this.#parts.next++, part: { type: "opaque", kind }, replay: { annotation: item } });
        continue;
      }
      const citation = isObject(item["url_citation"]) ? item["url_citation"] : item;
      const source = sourceOf(citation, "content");
      const { start_index: start, end_index: end } = citation;
      // Hosts that do not know the position send 0 to 0.
      if (typeof start === "number" && typeof end === "number" && end > start) {
        source.start = start;
        source.end = end;
      }
      this.#emit(source, `${source.url}#${source.start}-${source.end}`, emit);
    }
  }

  /** `citations` are URLs in the order of their numbers; `search_results` add titles and snippets. */
  lists(citations: unknown, results: unknown, emit: Emit): void {
    const details = Array.isArray(results) ? results : NO_ITEMS;
    const urls = Array.isArray(citations) && citations.length > 0 ? citations : details;
    // Most chunks repeat the known list, which costs one look-up.
    if (urls.length === 0 || this.#isSeen(`list ${urls.length}`)) return;
    const byUrl = new Map<unknown, unknown>();
    for (const one of details) if (isObject(one) && !byUrl.has(one["url"])) byUrl.set(one["url"], one);
    for (let i = 0; i < urls.length; i++) {
      const entry: unknown = urls[i];
      const url = typeof entry === "string" ? entry : isObject(entry) ? entry["url"] : undefined;
      if (typeof url !== "string") continue;
      const result = byUrl.get(url);
      const source = sourceOf(isObject(result) ? result : isObject(entry) ? entry : { url }, "snippet");
      source.number = i + 1;
      this.#emit(source, `${i + 1} ${url}`, emit);
    }
  }

  #emit(source: SourcePart, key: string, emit: Emit): void {
    if (!this.#isSeen(key)) emit({ type: "part", index: this.#parts.next++, part: source });
  }

  /** True from the second time on. */
  #isSeen(key: string): boolean {
    this.#seen ??= new Set();
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }
}

const NO_ITEMS: readonly unknown[] = [];

function sourceOf(from: JsonObject, quote: string): SourcePart {
  const source: SourcePart = { type: "source" };
  if (typeof from["url"] === "string") source.url = from["url"];
  if (isFilledText(from["title"])) source.title = from["title"];
  if (isFilledText(from[quote])) source.quote = from[quote];
  return source;
}
