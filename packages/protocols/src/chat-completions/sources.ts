import { type Emit, isObject, type JsonObject, type SourcePart } from "@lumiverse/core";
import type { Cursor } from "./content.ts";

/**
 * Sources from annotations (one per delta at OpenRouter) and from whole lists that come again with every chunk (Perplexity, 390 times in
 * one recording): each is emitted once, when it is new. A list's place is the number by which the text cites it.
 */
export class Sources {
  readonly #seen: Set<string> = new Set();
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  annotations(items: readonly unknown[], emit: Emit): void {
    for (const item of items) {
      if (!isObject(item)) continue;
      const type = item["type"];
      if (type !== "url_citation") {
        // A parsed file's annotation saves parsing it again when it goes back.
        const kind = `annotation.${typeof type === "string" ? type : "unknown"}`;
        emit({ type: "part", index: this.#cursor.next++, part: { type: "opaque", kind }, replay: { annotation: item } });
        continue;
      }
      const citation = isObject(item["url_citation"]) ? item["url_citation"] : item;
      const source = sourceOf(citation, "content");
      const { start_index: start, end_index: end } = citation;
      // Hosts that know no place say 0 to 0.
      if (typeof start === "number" && typeof end === "number" && end > start) {
        source.start = start;
        source.end = end;
      }
      this.#emit(source, `${source.url}#${source.start}-${source.end}`, emit);
    }
  }

  /** `citations` are URLs in the order of their numbers; `search_results` say more about them. */
  lists(citations: unknown, results: unknown, emit: Emit): void {
    const known = Array.isArray(results) ? results : NONE;
    const urls = Array.isArray(citations) && citations.length > 0 ? citations : known;
    // Grown lists are the exception: the usual chunk repeats what is known, and costs one look-up.
    if (urls.length === 0 || this.#seen.has(`list ${urls.length}`)) return;
    this.#seen.add(`list ${urls.length}`);
    for (let i = 0; i < urls.length; i++) {
      const entry: unknown = urls[i];
      const url = typeof entry === "string" ? entry : isObject(entry) ? entry["url"] : undefined;
      if (typeof url !== "string") continue;
      const result = known.find((one) => isObject(one) && one["url"] === url);
      const source = sourceOf(isObject(result) ? result : isObject(entry) ? entry : { url }, "snippet");
      source.number = i + 1;
      this.#emit(source, `${i + 1} ${url}`, emit);
    }
  }

  #emit(source: SourcePart, key: string, emit: Emit): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    emit({ type: "part", index: this.#cursor.next++, part: source });
  }
}

const NONE: readonly unknown[] = [];

function sourceOf(from: JsonObject, quote: string): SourcePart {
  const source: SourcePart = { type: "source" };
  if (typeof from["url"] === "string") source.url = from["url"];
  if (typeof from["title"] === "string" && from["title"] !== "") source.title = from["title"];
  const text = from[quote];
  if (typeof text === "string" && text !== "") source.quote = text;
  return source;
}
