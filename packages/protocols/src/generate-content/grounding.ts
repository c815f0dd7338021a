import { type Emit, isObject, type JsonObject, type SourcePart } from "@lumiverse/core";

interface Found {
  url?: string;
  title?: string;
  quote?: string;
}
interface Cited {
  chunks: number[];
  startByte: number;
  endByte: number;
  part: number;
  text: string | undefined;
}

/**
 * Sources of an answer, from search grounding, citations and read URLs. Metadata comes with late chunks and repeats itself, so it is gathered and said
 * at the end, when the whole text is there: its offsets are UTF-8 bytes, and a caller's are UTF-16 units.
 */
export class Grounding {
  #chunks: Found[] = [];
  #cited: Cited[] = [];
  readonly #citations: { source: Found; startByte: number; endByte: number }[] = [];
  readonly #seen: Set<string> = new Set();
  readonly #urls: string[] = [];

  read(grounding: unknown, citation: unknown, urlContext: unknown, emit: Emit): void {
    if (isObject(grounding)) this.#readGrounding(grounding, emit);
    if (isObject(citation)) this.#readCitations(citation, emit);
    if (isObject(urlContext)) this.#readUrls(urlContext, emit);
  }

  /** Emits the sources as parts from `index` on; returns the next free index. */
  emit(text: string, partStarts: readonly number[], index: number, emit: Emit): number {
    let next = index;
    const say = (source: Found, range: { start: number; end: number } | undefined, number?: number): void => {
      const part: SourcePart = { type: "source", ...source, ...(number === undefined ? {} : { number }), ...range };
      emit({ type: "part", index: next++, part });
    };
    for (let i = 0; i < this.#chunks.length; i++) {
      const source = this.#chunks[i];
      if (source === undefined) continue;
      const ranges = this.#cited.filter((one) => one.chunks.includes(i)).map((one) => rangeOf(text, partStarts, one));
      // One source part for each passage that cites it; one without a place where none does.
      for (const range of ranges.length === 0 ? [undefined] : ranges) say(source, range, i + 1);
    }
    for (const { source, startByte, endByte } of this.#citations)
      say(source, rangeOf(text, partStarts, { chunks: [], startByte, endByte, part: 0, text: undefined }));
    for (const url of this.#urls) if (!this.#chunks.some((chunk) => chunk.url === url)) say({ url }, undefined);
    return next;
  }

  #readGrounding(grounding: JsonObject, emit: Emit): void {
    const { groundingChunks, groundingSupports, webSearchQueries, searchEntryPoint } = grounding;
    const chunks = Array.isArray(groundingChunks) ? groundingChunks.map(foundIn) : [];
    const supports = Array.isArray(groundingSupports) ? groundingSupports.filter(isObject).map(citedIn) : [];
    // Later metadata repeats the earlier and adds to it; a list with another beginning goes on after it.
    const repeats = this.#chunks.length === 0 || chunks[0]?.url === this.#chunks[0]?.url;
    const shift = repeats ? 0 : this.#chunks.length;
    if (chunks.length > 0) this.#chunks = repeats ? chunks : [...this.#chunks, ...chunks];
    if (supports.length > 0) {
      for (const one of supports) one.chunks = one.chunks.map((chunk) => chunk + shift);
      this.#cited = repeats ? supports : [...this.#cited, ...supports];
    }
    if (Array.isArray(webSearchQueries)) emit({ type: "details", details: { webSearchQueries } });
    // The vendor's terms ask whoever shows a grounded answer to show this too.
    if (isObject(searchEntryPoint) && typeof searchEntryPoint["renderedContent"] === "string")
      emit({ type: "details", details: { searchEntryPoint: searchEntryPoint["renderedContent"] } });
  }

  #readCitations(metadata: JsonObject, emit: Emit): void {
    // Vertex says `citations`, the Gemini API `citationSources`.
    const list = Array.isArray(metadata["citations"]) ? metadata["citations"] : metadata["citationSources"];
    if (!Array.isArray(list)) return;
    for (const citation of list) {
      if (!isObject(citation)) continue;
      const { startIndex, endIndex, uri, title, license } = citation;
      const key = `${String(uri)} ${String(startIndex)} ${String(endIndex)}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      if (typeof license === "string" && license !== "")
        emit({
          type: "note",
          note: { kind: "warning", field: "citationMetadata", message: `the answer recites a work under the licence ${license}` },
        });
      if (typeof uri !== "string" && typeof title !== "string") continue;
      this.#citations.push({ source: found(uri, title), startByte: count(startIndex), endByte: count(endIndex) });
    }
  }

  #readUrls(metadata: JsonObject, emit: Emit): void {
    const { urlMetadata } = metadata;
    if (!Array.isArray(urlMetadata)) return;
    for (const one of urlMetadata) {
      if (!isObject(one)) continue;
      const { retrievedUrl, urlRetrievalStatus } = one;
      if (typeof retrievedUrl !== "string" || this.#seen.has(retrievedUrl)) continue;
      this.#seen.add(retrievedUrl);
      if (urlRetrievalStatus === "URL_RETRIEVAL_STATUS_SUCCESS") this.#urls.push(retrievedUrl);
      else
        emit({
          type: "note",
          note: {
            kind: "warning",
            field: "urlContextMetadata",
            message: `${retrievedUrl} could not be read: ${String(urlRetrievalStatus)}`,
          },
        });
    }
  }
}

/** A chunk of grounding: a page, a passage of one's own store, a place on a map or a picture. */
function foundIn(chunk: unknown): Found {
  if (!isObject(chunk)) return {};
  for (const kind of ["web", "retrievedContext", "maps", "image"]) {
    const at = chunk[kind];
    if (!isObject(at)) continue;
    const { uri, sourceUri, title, domain, text } = at;
    const source = found(uri ?? sourceUri, title ?? domain);
    return kind === "web" || typeof text !== "string" ? source : { ...source, quote: text };
  }
  return {};
}
function found(url: unknown, title: unknown): Found {
  return { ...(typeof url === "string" ? { url } : {}), ...(typeof title === "string" ? { title } : {}) };
}

function citedIn(support: JsonObject): Cited {
  const { segment, groundingChunkIndices } = support;
  const { startIndex, endIndex, partIndex, text } = isObject(segment) ? segment : ({} as JsonObject);
  return {
    chunks: Array.isArray(groundingChunkIndices) ? groundingChunkIndices.filter((index) => typeof index === "number") : [],
    startByte: count(startIndex),
    endByte: count(endIndex),
    part: count(partIndex),
    text: typeof text === "string" ? text : undefined,
  };
}
/** Zero is left out on this wire. */
function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Where a cited passage stands in the text. The passage itself, where it is given, has the last word. */
function rangeOf(text: string, partStarts: readonly number[], cited: Cited): { start: number; end: number } | undefined {
  const base = partStarts[cited.part] ?? 0;
  const start = afterBytes(text, base, cited.startByte);
  const end = afterBytes(text, base, cited.endByte);
  const fits = end > start && end <= text.length;
  if (cited.text === undefined || cited.text === "") return fits ? { start, end } : undefined;
  if (fits && text.slice(start, end) === cited.text) return { start, end };
  const at = text.indexOf(cited.text);
  return at < 0 ? undefined : { start: at, end: at + cited.text.length };
}

/** The UTF-16 position `bytes` UTF-8 bytes after `from`. */
export function afterBytes(text: string, from: number, bytes: number): number {
  let at = from;
  for (let left = bytes; left > 0 && at < text.length; ) {
    const point = text.codePointAt(at) ?? 0;
    left -= point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    at += point < 0x10000 ? 1 : 2;
  }
  return at;
}
