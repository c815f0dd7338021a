/** The content blocks of an answer: each is opened, filled by deltas and closed. */
import { type Emit, isObject, type JsonObject, type SourcePart } from "@lumiverse/core/provider";

/** What a block becomes. `output` is the call to the output tool, which is returned as text. `opaque` is kept only to be sent back. */
type BlockKind = "text" | "thinking" | "tool" | "output" | "opaque";

interface Block {
  kind: BlockKind;
  /** Index of the part. */
  index: number;
  /** The block as the vendor sent it. */
  content: JsonObject;
  /** Thinking or argument text so far. */
  text: string;
  signature: string;
  citations: JsonObject[];
  /** Where the block begins in the visible text of the answer. */
  textStart: number;
}

/** Blocks that are kept without a note: tools that the vendor runs, and its own entries in the history. */
const KNOWN_OPAQUE = /_tool_use$|_tool_result$|^(?:container_upload|compaction|fallback|redacted_thinking)$/;

/** What a reader must know of the request to read blocks. */
export interface BlockNames {
  /** The name of the forced tool whose arguments are the structured output. */
  outputTool?: string;
  /** The caller's name of a tool, by the name that was sent. */
  toolName: (sent: string) => string;
}

export class BlockReader {
  /** Tool calls so far. */
  toolCalls = 0;
  /** Characters of visible text so far. */
  textLength = 0;
  readonly #names: BlockNames;
  readonly #noteUnknown: (field: string, message: string, emit: Emit) => void;
  /** Open blocks, at the index that the vendor gave them. */
  #blocks: (Block | undefined)[] = [];
  #nextIndex = 0;

  constructor(names: BlockNames, noteUnknown: (field: string, message: string, emit: Emit) => void) {
    this.#names = names;
    this.#noteUnknown = noteUnknown;
  }

  open(position: unknown, content: unknown, emit: Emit): void {
    if (isObject(content)) this.#open(positionOr(position, this.#blocks.length), content, emit);
  }

  close(position: unknown, emit: Emit): void {
    const at = positionOr(position, this.#blocks.length - 1);
    const block = this.#blocks[at];
    this.#blocks[at] = undefined;
    if (block !== undefined) this.#close(block, emit);
  }

  /** A block that arrived complete. */
  readComplete(content: unknown, emit: Emit): void {
    this.open(0, content, emit);
    this.closeAll(emit);
  }

  /** Closes blocks whose stop event never came. */
  closeAll(emit: Emit): void {
    for (const block of this.#blocks) if (block !== undefined) this.#close(block, emit);
    this.#blocks = [];
  }

  #open(at: number, content: JsonObject, emit: Emit): void {
    const type = typeof content["type"] === "string" ? content["type"] : "";
    const block: Block = {
      kind: "opaque",
      index: this.#nextIndex++,
      content,
      text: "",
      signature: "",
      citations: [],
      textStart: this.textLength,
    };
    this.#blocks[at] = block;
    if (type === "text") {
      block.kind = "text";
      if (Array.isArray(content["citations"])) block.citations.push(...content["citations"].filter(isObject));
      if (typeof content["text"] === "string" && content["text"] !== "") this.#text(block, content["text"], emit);
    } else if (type === "thinking") {
      block.kind = "thinking";
      // Announced before any text, because newer models send a signature without text.
      emit({ type: "part-start", index: block.index, kind: "reasoning" });
      if (typeof content["signature"] === "string") block.signature = content["signature"];
      if (typeof content["thinking"] === "string" && content["thinking"] !== "") this.#thinking(block, content["thinking"], emit);
    } else if (type === "tool_use") {
      const name = typeof content["name"] === "string" ? content["name"] : "";
      block.kind = name === this.#names.outputTool && name !== "" ? "output" : "tool";
      if (block.kind === "output") return;
      this.toolCalls++;
      const id = typeof content["id"] === "string" && content["id"] !== "" ? content["id"] : `call_${this.toolCalls}`;
      emit({ type: "part-start", index: block.index, kind: "tool-call", id, name: this.#names.toolName(name) });
    }
  }

  delta(position: unknown, delta: unknown, emit: Emit): void {
    const block = typeof position === "number" ? this.#blocks[position] : undefined;
    if (block === undefined || !isObject(delta))
      return this.#noteUnknown("content_block_delta", "A delta arrived that belongs to no open block.", emit);
    const { text, thinking, partial_json: json } = delta;
    if (typeof text === "string" && block.kind === "text") return this.#text(block, text, emit);
    if (typeof thinking === "string" && block.kind === "thinking") return this.#thinking(block, thinking, emit);
    if (typeof json === "string") {
      block.text += json;
      if (block.kind === "tool") emit({ type: "tool-call-delta", index: block.index, text: json });
      else if (block.kind === "output") this.#text(block, json, emit);
      return;
    }
    if (typeof delta["signature"] === "string") block.signature = delta["signature"];
    else if (isObject(delta["citation"])) block.citations.push(delta["citation"]);
    else if (block.kind === "opaque") block.content = extended(block.content, delta);
    else this.#noteUnknown(String(delta["type"]), `The delta type ${String(delta["type"])} is unknown.`, emit);
  }

  #text(block: Block, text: string, emit: Emit): void {
    this.textLength += text.length;
    emit({ type: "text", index: block.index, text });
  }

  #thinking(block: Block, text: string, emit: Emit): void {
    block.text += text;
    emit({ type: "reasoning", index: block.index, text });
  }

  #close(block: Block, emit: Emit): void {
    const { index, content } = block;
    switch (block.kind) {
      case "text":
        if (block.citations.length === 0) return emit({ type: "part-end", index });
        emit({ type: "part-end", index, replay: { citations: block.citations } });
        for (const citation of block.citations)
          emit({ type: "part", index: this.#nextIndex++, part: sourceOf(citation, block.textStart, this.textLength) });
        return;
      case "thinking":
        if (block.signature === "") return emit({ type: "part-end", index });
        return emit({ type: "part-end", index, replay: { type: "thinking", thinking: block.text, signature: block.signature } });
      case "tool":
        return this.#closeCall(block, emit);
      case "output":
        if (block.text === "") this.#text(block, JSON.stringify(content["input"] ?? {}), emit);
        return emit({ type: "part-end", index });
      case "opaque":
        return this.#closeOpaque(block, emit);
      default:
        block.kind satisfies never;
    }
  }

  #closeCall(block: Block, emit: Emit): void {
    const { index, content } = block;
    // Code that the model ran can call tools too. The vendor requires this caller when the call is sent back.
    const caller = content["caller"];
    const replay = isObject(caller) && caller["type"] !== "direct" ? { caller } : undefined;
    const complete = block.text === "" && content["input"] !== undefined ? JSON.stringify(content["input"]) : undefined;
    emit({
      type: "part-end",
      index,
      ...(replay === undefined ? {} : { replay }),
      ...(complete === undefined ? {} : { arguments: complete }),
    });
  }

  #closeOpaque(block: Block, emit: Emit): void {
    const { index, content } = block;
    const kind = typeof content["type"] === "string" ? content["type"] : "unknown";
    if (kind === "redacted_thinking") return emit({ type: "part", index, part: { type: "reasoning", text: "" }, replay: content });
    if (!KNOWN_OPAQUE.test(kind))
      this.#noteUnknown(kind, `The content block type ${kind} is unknown. The block is kept and sent back.`, emit);
    emit({ type: "part", index, part: { type: "opaque", kind }, replay: withStreamedInput(block) });
  }
}

const positionOr = (position: unknown, otherwise: number): number =>
  typeof position === "number" && position >= 0 && position < 100_000 ? position : Math.max(0, otherwise);

/** An opaque block with a delta applied: text fields are appended to, other fields are replaced. */
function extended(content: JsonObject, delta: JsonObject): JsonObject {
  const result: JsonObject = { ...content };
  for (const key of Object.keys(delta)) {
    if (key === "type" || key === "__proto__") continue;
    const [before, added] = [result[key], delta[key]];
    result[key] = typeof before === "string" && typeof added === "string" ? before + added : added;
  }
  return result;
}

/** An opaque block as it is sent back: its streamed input, where there was any, is its `input`. */
function withStreamedInput({ content, text }: Block): JsonObject {
  if (text === "") return content;
  try {
    return { ...content, input: JSON.parse(text) as unknown };
  } catch {
    return content;
  }
}

/** A citation as a source. `start` and `end` delimit the text that cites it. */
function sourceOf(citation: JsonObject, start: number, end: number): SourcePart {
  const part: SourcePart = { type: "source", start, end };
  const { url, source, title, document_title: documentTitle, cited_text: quote } = citation;
  const address = typeof url === "string" ? url : typeof source === "string" ? source : undefined;
  const name = typeof title === "string" ? title : typeof documentTitle === "string" ? documentTitle : undefined;
  if (address !== undefined) part.url = address;
  if (name !== undefined) part.title = name;
  if (typeof quote === "string") part.quote = quote;
  return part;
}
