import { isObject, type SourcePart } from "@lumiverse/core";

/**
 * Annotations of one text as sources. `before` is the length of the answer's text in front of it.
 * Places are taken for code points, as the vendor's Python counts; no recording at hand cites behind a character where that differs from UTF-16.
 */
export function sourcesOf(annotations: readonly unknown[], text: string, before: number): SourcePart[] {
  const sources: SourcePart[] = [];
  const seen = new Set<string>();
  for (const annotation of annotations) {
    if (!isObject(annotation)) continue;
    // Chat Completions nests what Responses has flat; hosts mix the two.
    const cited = isObject(annotation["url_citation"]) ? annotation["url_citation"] : annotation;
    const { url, title, filename, file_id: file, start_index: start, end_index: end } = cited;
    const source: SourcePart = { type: "source" };
    if (typeof url === "string") source.url = url;
    // xAI writes the citation's number where the title belongs.
    if (typeof title === "string" && /^\d{1,4}$/.test(title)) source.number = Number(title);
    else if (typeof title === "string" && title !== "") source.title = title;
    else if (typeof filename === "string") source.title = filename;
    else if (typeof file === "string") source.title = file;
    if (source.url === undefined && source.title === undefined) continue;
    if (typeof start === "number" && typeof end === "number" && start >= 0 && end >= start) {
      source.start = before + units(text, start);
      source.end = before + units(text, end);
    }
    const key = `${source.url ?? source.title} ${source.start} ${source.end}`;
    if (seen.has(key)) continue;
    seen.add(key);
    sources.push(source);
  }
  return sources;
}

/** UTF-16 units of the first `points` code points. */
function units(text: string, points: number): number {
  let at = 0;
  for (let n = 0; n < points && at < text.length; n++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
