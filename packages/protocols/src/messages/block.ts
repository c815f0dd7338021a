/** One content block of an answer while it is read, and what becomes of it. */
import type { JsonObject, SourcePart } from "@lumiverse/core";

/** What a block of the wire becomes. `output` is the call of the output tool, shown as text. */
export interface Block {
  kind: "text" | "thinking" | "tool" | "output" | "opaque";
  index: number;
  wire: JsonObject;
  /** Text or argument fragments so far. */
  text: string;
  signature: string;
  citations: JsonObject[];
  /** Where the block's text begins in the answer's. */
  from: number;
}

/** Blocks of tools that the vendor runs, and its own marks in the history. */
export const OPAQUE: RegExp = /_tool_use$|_tool_result$|^(?:container_upload|compaction|fallback|redacted_thinking)$/;

/** A delta for a block that is only kept: text fields grow, others replace (compaction and what is still to come). */
export function extend(block: Block, delta: JsonObject): void {
  const wire: JsonObject = { ...block.wire };
  for (const key of Object.keys(delta)) {
    if (key === "type" || key === "__proto__") continue;
    const [before, more] = [wire[key], delta[key]];
    wire[key] = typeof before === "string" && typeof more === "string" ? before + more : more;
  }
  block.wire = wire;
}

/** The block as it must go back: streamed input put in place. */
export function withInput(block: Block): JsonObject {
  if (block.text === "") return block.wire;
  try {
    return { ...block.wire, input: JSON.parse(block.text) as unknown };
  } catch {
    return block.wire;
  }
}

/** A citation as a source: where it is from, what it says, and which text it stands behind. */
export function source(citation: JsonObject, start: number, end: number): SourcePart {
  const part: SourcePart = { type: "source", start, end };
  const { url, source: place, title, document_title: document, cited_text: quote } = citation;
  const address = typeof url === "string" ? url : typeof place === "string" ? place : undefined;
  const name = typeof title === "string" ? title : typeof document === "string" ? document : undefined;
  if (address !== undefined) part.url = address;
  if (name !== undefined) part.title = name;
  if (typeof quote === "string") part.quote = quote;
  return part;
}
