/** The content blocks of an answer: each is opened, filled by deltas and closed. */
import {
  definedFields,
  type Emit,
  isObject,
  type JsonObject,
  type Note,
  ownValue,
  type SourcePart,
  wordOf,
} from "@lumiverse/core/provider";
import { filledText, indexOf, isFilledText, isJson, textIn } from "../../shared/json-values.ts";
import { ArgumentText, canonicalJson, isPlaceholder } from "../../shared/repeated-arguments.ts";

/**
 * What a block becomes. `output` is the call to the output tool, which is returned as text. `opaque` is kept only to be sent back. `repeated` is a call whose
 * id was announced before: it is held back until its arguments tell whether it is the same call. A call without a name is held back too, and dropped.
 */
type BlockKind = "text" | "thinking" | "tool" | "output" | "opaque" | "repeated";

interface Block {
  kind: BlockKind;
  /** Index of the part. */
  index: number;
  /** The block as the vendor sent it. */
  content: JsonObject;
  /** Thinking text so far. */
  text: string;
  /** Arguments so far. */
  json: ArgumentText;
  signature: string;
  citations: JsonObject[];
  /** Where the block begins in the visible text of the answer. */
  textStart: number;
  /** The end of the part was emitted. */
  closed: boolean;
}

/** Blocks that are kept without a note: tools that the vendor runs, and its own entries in the history. */
const KNOWN_OPAQUE = /_tool_use$|_tool_result$|^(?:container_upload|compaction|fallback|redacted_thinking)$/;

/** The kind of block that a delta belongs to, by the delta's type. */
const DELTA_KINDS: Readonly<Record<string, "text" | "thinking" | "json">> = {
  text_delta: "text",
  citations_delta: "text",
  thinking_delta: "thinking",
  signature_delta: "thinking",
  input_json_delta: "json",
};

/** What a reader must know of the request to read blocks. */
export interface BlockNames {
  /** The name of the forced tool whose arguments are the structured output. */
  outputTool?: string;
  /** The caller's name of a tool, by the name that was sent. */
  toolName: (sent: string) => string;
  /** The arguments of a tool with the caller's property names. Undefined for a tool whose properties kept their names. */
  decodeArguments?: (sentName: string) => ((text: string) => string) | undefined;
}

type AddNote = (kind: Note["kind"], field: string, message: string, emit: Emit) => void;

export class BlockReader {
  /** Tool calls so far. */
  toolCalls = 0;
  /** Characters of visible text so far. */
  textLength = 0;
  readonly #names: BlockNames;
  readonly #note: AddNote;
  /** Open blocks, by the index that the vendor gave them. */
  readonly #blocks: Map<number, Block> = new Map();
  /** Blocks of deltas whose kind differs from the block that is open at their index, by index and kind. */
  readonly #otherKinds: Map<string, Block> = new Map();
  /** Calls by the vendor's id. */
  readonly #calls: Map<string, Block> = new Map();
  /** Blocks that have stopped and wait for what is missing, a signature or the arguments of a call, by the index that the vendor gave them. */
  #waiting: Map<number, Block> = new Map();
  /** The block that last announced a call. */
  #lastCall: Block | undefined;
  #nextIndex = 0;
  #lastPosition = -1;
  #hasOpaque = false;

  constructor(names: BlockNames, note: AddNote) {
    this.#names = names;
    this.#note = note;
  }

  /** True once text, a call or a block of the vendor's own has arrived. */
  get hasVisibleContent(): boolean {
    return this.textLength > 0 || this.toolCalls > 0 || this.#hasOpaque;
  }

  open(position: unknown, content: unknown, emit: Emit): void {
    if (!isObject(content)) return;
    const at = positionOr(position, this.#lastPosition + 1);
    this.#lastPosition = at;
    const earlier = this.#earlierCall(content);
    if (earlier !== undefined && !earlier.closed && isUnfilled(earlier)) return this.#resume(earlier, at, content);
    const replaced = this.#blocks.get(at);
    this.#blocks.delete(at);
    if (replaced !== undefined) this.#close(replaced, emit);
    if (earlier !== undefined) {
      this.#lastCall = newBlock("repeated", -1, content, this.textLength);
      this.#blocks.set(at, this.#lastCall);
      return;
    }
    this.closeWaiting(emit);
    this.#open(at, content, emit);
  }

  /** A call with the id and the name of this block. */
  #earlierCall(content: JsonObject): Block | undefined {
    const { id, type, name } = content;
    if (type !== "tool_use" || !isFilledText(id)) return undefined;
    const earlier = this.#calls.get(id);
    return earlier?.content["name"] === name ? earlier : undefined;
  }

  /** Continues a call that was announced without arguments and is now announced again. */
  #resume(block: Block, at: number, content: JsonObject): void {
    for (const [position, waiting] of this.#waiting) if (waiting === block) this.#waiting.delete(position);
    this.#blocks.set(at, block);
    if (isObject(content["input"]) || typeof content["input"] === "string") block.content = { ...block.content, input: content["input"] };
  }

  close(position: unknown, emit: Emit): void {
    const at = positionOr(position, this.#lastPosition);
    const block = this.#blocks.get(at);
    this.#blocks.delete(at);
    for (const kind of ["text", "thinking"]) {
      const other = this.#otherKinds.get(`${at} ${kind}`);
      if (other === undefined) continue;
      this.#otherKinds.delete(`${at} ${kind}`);
      this.#close(other, emit);
    }
    if (block === undefined) return;
    const waits =
      (block.kind === "thinking" && block.signature === "") ||
      // Arguments that are missing or broken off may follow.
      ((block.kind === "tool" || block.kind === "output") && (isUnfilled(block) || (block.json.text !== "" && !isJson(block.json.text))));
    if (!waits) return this.#close(block, emit);
    const replaced = this.#waiting.get(at);
    if (replaced !== undefined && replaced !== block) this.#close(replaced, emit);
    this.#waiting.set(at, block);
  }

  /** A block that arrived complete. */
  readComplete(content: unknown, emit: Emit): void {
    this.open(undefined, typeof content === "string" ? { type: "text", text: content } : content, emit);
    this.close(undefined, emit);
  }

  /** Closes the blocks that waited for more. */
  closeWaiting(emit: Emit): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const block of waiting.values()) this.#close(block, emit);
  }

  /** Closes blocks whose stop event never came. */
  closeAll(emit: Emit): void {
    this.closeWaiting(emit);
    for (const block of this.#blocks.values()) this.#close(block, emit);
    for (const block of this.#otherKinds.values()) this.#close(block, emit);
    this.#blocks.clear();
    this.#otherKinds.clear();
  }

  #open(at: number, content: JsonObject, emit: Emit): Block {
    const type = typeof content["type"] === "string" ? content["type"] : typeof content["text"] === "string" ? "text" : "";
    const block = newBlock("opaque", this.#nextIndex++, content, this.textLength);
    this.#blocks.set(at, block);
    this.#begin(block, type, content, emit);
    return block;
  }

  #begin(block: Block, type: string, content: JsonObject, emit: Emit): void {
    if (type === "text") {
      block.kind = "text";
      if (Array.isArray(content["citations"])) block.citations = content["citations"].filter(isObject);
      if (isFilledText(content["text"])) this.#text(block, content["text"], emit);
    } else if (type === "thinking") {
      block.kind = "thinking";
      // Announced before any text, because newer models send a signature without text.
      emit({ type: "part-start", index: block.index, kind: "reasoning" });
      if (typeof content["signature"] === "string") block.signature = content["signature"];
      if (isFilledText(content["thinking"])) this.#thinking(block, content["thinking"], emit);
    } else if (type === "tool_use") {
      const name = typeof content["name"] === "string" ? content["name"] : "";
      block.kind = name === "" ? "repeated" : name === this.#names.outputTool ? "output" : "tool";
      this.#lastCall = block;
      if (isFilledText(content["id"])) this.#calls.set(content["id"], block);
      if (block.kind === "tool") this.#announceCall(block, name, emit);
    } else this.#hasOpaque = true;
  }

  #announceCall(block: Block, name: string, emit: Emit): void {
    this.toolCalls++;
    const id = filledText(block.content["id"]) ?? `call_${this.toolCalls}`;
    emit({ type: "part-start", index: block.index, kind: "tool-call", id, name: this.#names.toolName(name) });
  }

  delta(position: unknown, delta: unknown, emit: Emit): void {
    if (!isObject(delta)) return;
    const at = positionOr(position, this.#lastPosition);
    const type = typeof delta["type"] === "string" ? delta["type"] : "";
    const kind = ownValue(DELTA_KINDS, type) ?? kindOf(delta);
    const block = this.#blockFor(at, kind, emit);
    if (block === undefined)
      return this.#note("unknown", "content_block_delta", "A delta arrived that belongs to no open block, so it was ignored.", emit);
    const { partial_json: given, signature, citation } = delta;
    const json = isObject(given) ? JSON.stringify(given) : given;
    if (block.kind === "opaque") {
      if (typeof json === "string" && kind === "json") block.json.add(json);
      else block.content = extended(block.content, delta);
    } else if (kind === "text") {
      if (isObject(citation)) block.citations.push(citation);
      const text = textIn(delta["text"]);
      if (text !== "") this.#text(block, text, emit);
    } else if (kind === "thinking") {
      const thinking = textIn(delta["thinking"] ?? delta["text"]);
      if (thinking !== "") this.#thinking(block, thinking, emit);
      // Servers that write every field of their own type send an empty signature with each delta.
      if (isFilledText(signature)) block.signature = signature;
    } else if (kind === "json") {
      if (typeof json === "string") this.#json(block, json, emit);
    } else this.#note("unknown", type, `The delta type ${type} is unknown.`, emit);
  }

  /** The block that a delta of this kind belongs to. The delta's own kind decides, and the block at its index only where it agrees. */
  #blockFor(at: number, kind: "text" | "thinking" | "json" | undefined, emit: Emit): Block | undefined {
    const open = this.#blocks.get(at);
    if (kind === undefined || open?.kind === "opaque") return open;
    if (kind === "json") {
      if (open !== undefined && takesArguments(open)) return open;
      return this.#lastCall?.closed === false ? this.#lastCall : undefined;
    }
    if (open?.kind === kind) return open;
    const waiting = this.#waiting.get(at);
    if (waiting?.kind === kind) return waiting;
    if (open === undefined) {
      this.closeWaiting(emit);
      this.#lastPosition = at;
      return this.#open(at, { type: kind }, emit);
    }
    const key = `${at} ${kind}`;
    const other = this.#otherKinds.get(key);
    if (other !== undefined) return other;
    const block = newBlock("opaque", this.#nextIndex++, { type: kind }, this.textLength);
    this.#otherKinds.set(key, block);
    this.#begin(block, kind, block.content, emit);
    return block;
  }

  #text(block: Block, text: string, emit: Emit): void {
    this.textLength += text.length;
    emit({ type: "text", index: block.index, text });
  }

  #thinking(block: Block, text: string, emit: Emit): void {
    block.text += text;
    emit({ type: "reasoning", index: block.index, text });
  }

  #json(block: Block, json: string, emit: Emit): void {
    block.json.add(json);
    // Arguments whose property names have to be changed back are emitted when they are complete.
    if (block.kind === "repeated" || this.#decoder(block) !== undefined) return;
    if (block.kind === "output") this.#text(block, json, emit);
    else emit({ type: "tool-call-delta", index: block.index, text: json });
  }

  #decoder(block: Block): ((text: string) => string) | undefined {
    const name = block.content["name"];
    return typeof name === "string" ? this.#names.decodeArguments?.(name) : undefined;
  }

  #close(block: Block, emit: Emit): void {
    // A call that was announced at two indexes is closed once.
    if (block.closed) return;
    block.closed = true;
    const { index } = block;
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
        return this.#closeOutput(block, emit);
      case "repeated":
        return this.#closeRepeated(block, emit);
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
    const decode = this.#decoder(block);
    const complete = completeArguments(block);
    if (decode !== undefined) emit({ type: "tool-call-delta", index, text: decode(complete ?? block.json.text) });
    emit({
      type: "part-end",
      index,
      ...definedFields({ replay }),
      ...(complete === undefined || decode !== undefined ? {} : { arguments: complete }),
    });
  }

  #closeOutput(block: Block, emit: Emit): void {
    const decode = this.#decoder(block);
    const text = completeArguments(block) ?? (block.json.text === "" ? "{}" : block.json.text);
    if (decode !== undefined) this.#text(block, decode(text), emit);
    else if (block.json.text === "") this.#text(block, text, emit);
    const repaired = decode === undefined ? block.json.repaired() : undefined;
    if (repaired === undefined) emit({ type: "part-end", index: block.index });
    else emit({ type: "replace", index: block.index, part: { type: "text", text: repaired } });
  }

  /** The same call once more is left out, because the tool would run twice. Another call with the same id is a call of its own. */
  #closeRepeated(block: Block, emit: Emit): void {
    const { id, name } = block.content;
    if (!isFilledText(name)) return this.#note("dropped", "tool_use", "A tool call without a name was dropped.", emit);
    const earlier = typeof id === "string" ? this.#calls.get(id) : undefined;
    const given = argumentsOf(block);
    if (earlier !== undefined && (given === "{}" || given === argumentsOf(earlier)))
      return this.#note("changed", "tool_use", `The call ${wordOf(name)} arrived twice under one id. It is returned once.`, emit);
    // The earlier announcement had no arguments, so it was this call.
    const isSame = earlier !== undefined && argumentsOf(earlier) === "{}";
    if (isSame) emit({ type: "replace", index: earlier.index });
    block.index = this.#nextIndex++;
    if (name === this.#names.outputTool) {
      block.kind = "output";
      if (block.json.text !== "" && this.#decoder(block) === undefined) this.#text(block, block.json.text, emit);
      return this.#closeOutput(block, emit);
    }
    if (!isSame) this.toolCalls++;
    block.kind = "tool";
    emit({ type: "part-start", index: block.index, kind: "tool-call", id: wordOf(id), name: this.#names.toolName(wordOf(name)) });
    if (block.json.text !== "" && this.#decoder(block) === undefined)
      emit({ type: "tool-call-delta", index: block.index, text: block.json.text });
    this.#closeCall(block, emit);
  }

  #closeOpaque(block: Block, emit: Emit): void {
    const { index, content } = block;
    const kind = typeof content["type"] === "string" ? content["type"] : "unknown";
    if (kind === "redacted_thinking") return emit({ type: "part", index, part: { type: "reasoning", text: "" }, replay: content });
    if (!KNOWN_OPAQUE.test(kind))
      this.#note("unknown", kind, `The content block type ${kind} is unknown. The block is kept and sent back.`, emit);
    emit({ type: "part", index, part: { type: "opaque", kind }, replay: withStreamedInput(block) });
  }
}

function newBlock(kind: BlockKind, index: number, content: JsonObject, textStart: number): Block {
  return { kind, index, content, text: "", json: new ArgumentText(), signature: "", citations: [], textStart, closed: false };
}

function positionOr(position: unknown, otherwise: number): number {
  const at = indexOf(position) ?? -1;
  return at >= 0 ? at : Math.max(0, otherwise);
}

/** The kind of a delta without a known type, by the field that it fills. */
function kindOf({ type, text, thinking, partial_json: json }: JsonObject): "text" | "thinking" | "json" | undefined {
  if (isFilledText(type)) return undefined;
  return isFilledText(text) ? "text" : isFilledText(thinking) ? "thinking" : isFilledText(json) ? "json" : undefined;
}

function takesArguments({ kind }: Block): boolean {
  return kind === "tool" || kind === "output" || kind === "repeated";
}

/** True for a call without arguments so far. Longer texts are not searched, because this is asked once per event. */
function isUnfilled({ json, content }: Block): boolean {
  const { input } = content;
  if (json.text.length > 100 || json.text.trim() !== "") return false;
  return typeof input === "string" ? isPlaceholder(input) || input === "" : !isObject(input) || Object.keys(input).length === 0;
}

/** The arguments that replace the text of the deltas. Undefined when that text stands. */
function completeArguments({ json, content }: Block): string | undefined {
  if (json.text !== "") return json.repaired();
  const { input } = content;
  // Some hosts send the arguments as text, as Chat Completions has them.
  return typeof input === "string" ? input || "{}" : input === undefined ? undefined : JSON.stringify(input ?? {});
}

/** The arguments in one spelling, to compare two calls. */
function argumentsOf(block: Block): string {
  return canonicalJson(completeArguments(block) ?? block.json.text);
}

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
function withStreamedInput({ content, json }: Block): JsonObject {
  if (json.text === "") return content;
  try {
    return { ...content, input: JSON.parse(json.repaired() ?? json.text) as unknown };
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
