import { definedFields, type Emit, isObject, type JsonObject, type SourcePart, wordOf } from "@lumiverse/core/provider";
import { isFilledText } from "../../shared/json-values.ts";

interface Source {
  url?: string;
  title?: string;
  quote?: string;
}

/** A passage of the answer and the grounding chunks that support it. Offsets are UTF-8 bytes within a part. */
interface Support {
  chunks: number[];
  startByte: number;
  endByte: number;
  part: number;
  text: string | undefined;
}

/**
 * The sources of an answer: from search grounding, citations and URLs that the model read. Their metadata arrives late and repeats, so it is collected and
 * emitted at the end, when the text is complete: the vendor's offsets are UTF-8 bytes, and a source part's are UTF-16 units.
 */
export class Grounding {
  #chunks: Source[] = [];
  #supports: Support[] = [];
  readonly #citations: { source: Source; startByte: number; endByte: number }[] = [];
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
    const passages = new Passages(text, partStarts);
    const supports = new Map<number, Support[]>();
    for (const support of this.#supports)
      for (const chunk of new Set(support.chunks)) {
        const list = supports.get(chunk);
        if (list === undefined) supports.set(chunk, [support]);
        else list.push(support);
      }
    const emitSource = (source: Source, range: { start: number; end: number } | undefined, number?: number): void => {
      const part: SourcePart = { type: "source", ...source, ...definedFields({ number }), ...range };
      emit({ type: "part", index: next++, part });
    };
    for (let i = 0; i < this.#chunks.length; i++) {
      const source = this.#chunks[i];
      if (source === undefined) continue;
      const ranges = (supports.get(i) ?? []).map((support) => passages.rangeOf(support));
      // One source part for each passage that the source supports, or one without a range.
      for (const range of ranges.length === 0 ? [undefined] : ranges) emitSource(source, range, i + 1);
    }
    for (const { source, startByte, endByte } of this.#citations)
      emitSource(source, passages.rangeOf({ chunks: [], startByte, endByte, part: 0, text: undefined }));
    const named = new Set(this.#chunks.map((chunk) => chunk.url));
    for (const url of this.#urls) if (!named.has(url)) emitSource({ url }, undefined);
    return next;
  }

  #readGrounding(grounding: JsonObject, emit: Emit): void {
    const { groundingChunks, groundingSupports, webSearchQueries, searchEntryPoint } = grounding;
    const chunks = Array.isArray(groundingChunks) ? groundingChunks.map(sourceIn) : [];
    const supports = Array.isArray(groundingSupports) ? groundingSupports.filter(isObject).map(supportIn) : [];
    // Later metadata repeats the earlier one and adds to it. A list with another first chunk continues the earlier list.
    const repeats = this.#chunks.length === 0 || chunks[0]?.url === this.#chunks[0]?.url;
    const shift = repeats ? 0 : this.#chunks.length;
    if (repeats && chunks.length > 0) this.#chunks = chunks;
    else for (const chunk of chunks) this.#chunks.push(chunk);
    if (supports.length > 0) {
      for (const support of supports) support.chunks = support.chunks.map((chunk) => chunk + shift);
      if (repeats) this.#supports = supports;
      else for (const support of supports) this.#supports.push(support);
    }
    if (Array.isArray(webSearchQueries)) emit({ type: "details", details: { webSearchQueries } });
    // The vendor's terms require this to be shown with a grounded answer: https://ai.google.dev/gemini-api/docs/google-search
    if (isObject(searchEntryPoint) && typeof searchEntryPoint["renderedContent"] === "string")
      emit({ type: "details", details: { searchEntryPoint: searchEntryPoint["renderedContent"] } });
  }

  #readCitations(metadata: JsonObject, emit: Emit): void {
    // Vertex AI names the list `citations`, the Gemini API `citationSources`.
    const list = Array.isArray(metadata["citations"]) ? metadata["citations"] : metadata["citationSources"];
    if (!Array.isArray(list)) return;
    for (const citation of list) {
      if (!isObject(citation)) continue;
      const { startIndex, endIndex, uri, title, license } = citation;
      const key = `${wordOf(uri)} ${wordOf(startIndex)} ${wordOf(endIndex)}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      if (isFilledText(license))
        emit({
          type: "note",
          note: { kind: "warning", field: "citationMetadata", message: `The answer recites a work under the licence ${license}.` },
        });
      if (typeof uri !== "string" && typeof title !== "string") continue;
      this.#citations.push({ source: sourceOf(uri, title), startByte: numberOrZero(startIndex), endByte: numberOrZero(endIndex) });
    }
  }

  #readUrls(metadata: JsonObject, emit: Emit): void {
    const { urlMetadata } = metadata;
    if (!Array.isArray(urlMetadata)) return;
    for (const entry of urlMetadata) {
      if (!isObject(entry)) continue;
      const { retrievedUrl, urlRetrievalStatus } = entry;
      if (typeof retrievedUrl !== "string" || this.#seen.has(retrievedUrl)) continue;
      this.#seen.add(retrievedUrl);
      if (urlRetrievalStatus === "URL_RETRIEVAL_STATUS_SUCCESS") this.#urls.push(retrievedUrl);
      else
        emit({
          type: "note",
          note: {
            kind: "warning",
            field: "urlContextMetadata",
            message: `The model could not read ${retrievedUrl} (${wordOf(urlRetrievalStatus)}).`,
          },
        });
    }
  }
}

/** A grounding chunk: a web page, a passage of the caller's own store, a place on a map or an image. */
function sourceIn(chunk: unknown): Source {
  if (!isObject(chunk)) return {};
  for (const kind of ["web", "retrievedContext", "maps", "image"]) {
    const fields = chunk[kind];
    if (!isObject(fields)) continue;
    const { uri, sourceUri, title, domain, text } = fields;
    const source = sourceOf(uri ?? sourceUri, title ?? domain);
    return kind === "web" || typeof text !== "string" ? source : { ...source, quote: text };
  }
  return {};
}

function sourceOf(url: unknown, title: unknown): Source {
  return { ...(typeof url === "string" ? { url } : {}), ...(typeof title === "string" ? { title } : {}) };
}

function supportIn(support: JsonObject): Support {
  const { segment, groundingChunkIndices } = support;
  const { startIndex, endIndex, partIndex, text } = isObject(segment) ? segment : ({} as JsonObject);
  return {
    chunks: Array.isArray(groundingChunkIndices) ? groundingChunkIndices.filter((index) => typeof index === "number") : [],
    startByte: numberOrZero(startIndex),
    endByte: numberOrZero(endIndex),
    part: numberOrZero(partIndex),
    text: typeof text === "string" ? text : undefined,
  };
}

/** A number that the vendor leaves out when it is zero. */
function numberOrZero(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Finds passages in the text of an answer. Offsets are looked up in a table, because an answer can have thousands of passages. */
class Passages {
  readonly #text: string;
  readonly #partStarts: readonly number[];
  #bytes: Uint32Array | undefined;
  /** Ranges of passages that were searched for, by their text. */
  readonly #found: Map<string, number> = new Map();
  #charactersToSearch = 50_000_000;

  constructor(text: string, partStarts: readonly number[]) {
    this.#text = text;
    this.#partStarts = partStarts;
  }

  /** The range of a passage in the text. Where the passage itself is given, it decides; the offsets are sometimes wrong. */
  rangeOf(passage: Support): { start: number; end: number } | undefined {
    const text = this.#text;
    this.#bytes ??= byteOffsets(text);
    const base = this.#bytes[Math.min(this.#partStarts[passage.part] ?? 0, text.length)] ?? 0;
    const start = positionAt(this.#bytes, base + passage.startByte);
    const end = positionAt(this.#bytes, base + passage.endByte);
    const fits = end > start && end <= text.length;
    if (passage.text === undefined || passage.text === "") return fits ? { start, end } : undefined;
    if (fits && end - start === passage.text.length && text.slice(start, end) === passage.text) return { start, end };
    const at = this.#search(passage.text);
    return at < 0 ? undefined : { start: at, end: at + passage.text.length };
  }

  #search(passage: string): number {
    const known = this.#found.get(passage);
    if (known !== undefined) return known;
    if (this.#charactersToSearch <= 0) return -1;
    const at = this.#text.indexOf(passage);
    this.#charactersToSearch -= at < 0 ? this.#text.length : at;
    this.#found.set(passage, at);
    return at;
  }
}

/** The number of UTF-8 bytes before each UTF-16 position. */
function byteOffsets(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length + 1);
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    offsets[at] = bytes;
    const point = text.codePointAt(at) ?? 0;
    if (point >= 0x10000) {
      // Both halves of a pair begin where the pair begins.
      offsets[++at] = bytes;
      bytes += 4;
    } else bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : 3;
  }
  offsets[text.length] = bytes;
  return offsets;
}

/** The first UTF-16 position with at least `bytes` bytes before it. */
function positionAt(offsets: Uint32Array, bytes: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < bytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The UTF-16 position `bytes` UTF-8 bytes after `from`. */
export function afterBytes(text: string, from: number, bytes: number): number {
  const offsets = byteOffsets(text);
  return bytes <= 0 ? from : positionAt(offsets, (offsets[from] ?? 0) + bytes);
}
