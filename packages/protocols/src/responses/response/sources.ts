import { isObject, type SourcePart } from "@lumiverse/core/provider";
import { isFilledText } from "../../shared/json-values.ts";

/**
 * Annotations of one text as sources. `offset` is the length of the answer's text before it. Positions are read as code points, which is how the vendor's
 * Python counts; no recording cites after a character where that differs from UTF-16.
 */
export function readSources(annotations: readonly unknown[], text: string, offset: number): SourcePart[] {
  const sources: SourcePart[] = [];
  const seen = new Set<string>();
  const utf16Length = lengthsOf(text);
  for (const annotation of annotations) {
    if (!isObject(annotation)) continue;
    // The fields are nested in Chat Completions and flat in Responses; some hosts mix the two.
    const citation = isObject(annotation["url_citation"]) ? annotation["url_citation"] : annotation;
    const { url, title, filename, file_id: file, start_index: start, end_index: end } = citation;
    const source: SourcePart = { type: "source" };
    if (typeof url === "string") source.url = url;
    // xAI sends the citation's number as the title.
    if (typeof title === "string" && /^\d{1,4}$/.test(title)) source.number = Number(title);
    else if (isFilledText(title)) source.title = title;
    else if (typeof filename === "string") source.title = filename;
    else if (typeof file === "string") source.title = file;
    if (source.url === undefined && source.title === undefined) continue;
    if (typeof start === "number" && typeof end === "number" && start >= 0 && end >= start) {
      source.start = offset + utf16Length(start);
      source.end = offset + utf16Length(end);
    }
    const key = `${source.url ?? source.title} ${source.start} ${source.end}`;
    if (seen.has(key)) continue;
    seen.add(key);
    sources.push(source);
  }
  return sources;
}

/** Counts the UTF-16 units of the first so many code points. The positions are found once, because answers can have many citations. */
function lengthsOf(text: string): (points: number) => number {
  let positions: number[] | undefined;
  return (points) => {
    if (positions === undefined) {
      positions = [];
      for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) positions.push(at);
    }
    return positions[points] ?? text.length;
  };
}
