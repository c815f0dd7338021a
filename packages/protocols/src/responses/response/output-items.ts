/**
 * Turns the items of an answer into parts while they arrive. Items are found by `output_index`, and by id only among items with the same index, because
 * some hosts send a new id with every event. Parts are numbered as they appear.
 */
import { type Emit, isObject, type JsonObject, type ResponseDetails, wordOf } from "@lumiverse/core/provider";
import { elementsOf, indexOf, isFilledText, textIn } from "../../shared/json-values.ts";
import { addLogprobs } from "../../shared/logprobs.ts";
import { omitFields, type ReplayPayload } from "../replay.ts";
import type { ToolState } from "../tools.ts";
import { isRepetition, OutputCalls, wholeArguments } from "./output-calls.ts";
import {
  emitRemainder,
  hasText,
  hasWholeArguments,
  type ItemKind,
  isCall,
  isSameItem,
  isSameKind,
  kindOf,
  type MessageContent,
  newItem,
  type OutputItem,
  payloadOf,
  reasoningText,
  sectionOf,
  textOf,
  withBeginning,
} from "./output-item.ts";
import { readSources } from "./sources.ts";

/** Stands for an absent id. It equals no id. */
const NONE = Symbol("none");

type AddNote = (field: string, text: string) => void;

export class OutputItems {
  /** The answer's id. */
  response = "";
  refusal = "";
  logprobs: NonNullable<ResponseDetails["logprobs"]>[number][] = [];
  readonly #calls: OutputCalls;
  readonly #byOutputIndex: Map<number, OutputItem> = new Map();
  readonly #byCallId: Map<unknown, OutputItem> = new Map();
  readonly #byItemId: Map<unknown, OutputItem> = new Map();
  readonly #items: OutputItem[] = [];
  /** How many of the items an earlier terminal event has ended. */
  #settled = 0;
  /** The ids of finished items. */
  readonly #finished: Set<unknown> = new Set();
  /** Numbers the parts of the answer. */
  readonly #parts: { next: number } = { next: 0 };
  /** Position of the last reasoning item. */
  #lastReasoning: number | undefined;
  /** UTF-16 units of the text parts that are complete. */
  #textLength = 0;

  /** Names of the tools that the client runs, as they were sent. A custom tool of another name is one of the vendor's own. */
  readonly #clientTools: ReadonlySet<unknown>;

  constructor(state: ToolState, clientTools: ReadonlySet<unknown>) {
    this.#calls = new OutputCalls(state, this.#parts);
    this.#clientTools = clientTools;
  }

  /** True once text, a call or an item of the vendor's own has arrived. */
  get hasAnswer(): boolean {
    return this.refusal !== "" || this.#items.some((entry) => entry.kind !== "reasoning" && (entry.kind !== "message" || hasText(entry)));
  }

  /** Tool calls of the answer, without the output tool. */
  get calls(): number {
    return this.#calls.count;
  }

  // ── deltas: once per token ───────────────────────────────────────────────────────────────────────────────────────

  addText(json: JsonObject, emit: Emit): void {
    const delta = textIn(json["delta"]);
    if (delta === "") return;
    const content = this.#content(this.#itemOf(json, "message"), json["content_index"]);
    const text = withBeginning(content, delta);
    if (content.part < 0) content.part = this.#parts.next++;
    content.text += text;
    emit({ type: "text", index: content.part, text });
  }

  addReasoning(json: JsonObject, emit: Emit): void {
    const delta = textIn(json["delta"]);
    if (delta === "") return;
    const entry = this.#itemOf(json, "reasoning");
    const section = sectionOf(json);
    if (entry.part < 0) entry.part = this.#parts.next++;
    const added = withBeginning(entry, delta);
    entry.sections.set(section, (entry.sections.get(section) ?? "") + added);
    const text = section !== entry.section && entry.text !== "" ? `\n\n${added}` : added;
    entry.section = section;
    entry.text += text;
    emit({ type: "reasoning", index: entry.part, text });
  }

  addArguments(json: JsonObject, emit: Emit): void {
    const delta = textOf(json["delta"]);
    if (delta === "") return;
    const entry = this.#itemOf(json, "pending");
    // Some gateways announce no call: its deltas name it.
    if (entry.kind === "pending" && typeof json["name"] === "string") this.#calls.prepare(entry, json, emit);
    entry.text += delta;
    entry.pieces.add(delta);
    entry.scanner?.feed(delta);
    if (entry.kind === "call") emit({ type: "tool-call-delta", index: entry.part, text: delta });
    else if (entry.kind === "output") emit({ type: "text", index: entry.part, text: delta });
  }

  // ── whole texts, which repeat the deltas and add what these left out ─────────────────────────────────────────────────

  completeText(json: JsonObject, emit: Emit): void {
    const text = textIn(json["text"]);
    const entry = text === "" ? undefined : this.#openItem(json, "message");
    if (entry === undefined) return;
    const content = this.#content(entry, json["content_index"]);
    if (content.part < 0) content.part = this.#parts.next++;
    content.beginning = "";
    emitRemainder(content, text, "text", emit);
  }

  completeReasoning(json: JsonObject, emit: Emit): void {
    const text = textIn(json["text"]);
    const entry = text === "" ? undefined : this.#openItem(json, "reasoning");
    if (entry === undefined) return;
    const streamed = entry.sections.get(sectionOf(json)) ?? "";
    // Text of an earlier section cannot be put back into its place.
    if (!text.startsWith(streamed) || (streamed !== "" && sectionOf(json) !== entry.section)) return;
    entry.beginning = "";
    this.addReasoning({ ...json, delta: text.slice(streamed.length) }, emit);
  }

  /** A part of a message or of a summary is announced. Some hosts send its text, or the beginning of it, with the announcement. */
  announcePart(json: JsonObject, emit: Emit): void {
    const { part } = json;
    const text = isObject(part) ? textIn(part["text"] ?? part["refusal"]) : "";
    if (!isObject(part) || text.trim() === "") return;
    const isReasoning = /^(?:summary|reasoning)_/.test(`${part["type"]}`);
    const entry = this.#openItem(json, isReasoning ? "reasoning" : "message");
    if (entry === undefined) return;
    if (isReasoning) {
      if (entry.sections.has(sectionOf(json))) return;
      this.#startReasoning(entry, emit);
      entry.beginning += entry.beginning === "" ? text : `\n\n${text}`;
      return;
    }
    const content = this.#content(entry, json["content_index"]);
    if (content.text !== "") return;
    content.beginning = text;
    if (part["type"] === "refusal") content.refusal = text;
    else if (content.part < 0) content.part = this.#parts.next++;
  }

  /** A finished part of a message or of a summary. */
  completePart(json: JsonObject, emit: Emit): void {
    const part = json["part"];
    if (!isObject(part)) return;
    if (part["type"] === "refusal") return this.completeRefusal({ ...json, refusal: part["refusal"] });
    const whole = { ...json, text: part["text"] };
    if (part["type"] === "output_text" || part["type"] === "text") this.completeText(whole, emit);
    else if (part["type"] === "summary_text" || part["type"] === "reasoning_text") this.completeReasoning(whole, emit);
  }

  /** A piece of a custom tool's input, or all of it. That of the vendor's own tools is in the finished item. */
  addInput(json: JsonObject, emit: Emit): void {
    const known = this.#known(json);
    if (known === undefined || !isCall(known)) return;
    this.addArguments(json, emit);
    this.completeArguments({ ...json, arguments: json["input"] }, emit);
  }

  completeArguments(json: JsonObject, emit: Emit): void {
    const whole = textOf(json["arguments"]);
    if (whole === "") return;
    const entry = this.#openItem(json, "pending");
    if (entry === undefined) return;
    entry.whole = whole;
    if (!whole.startsWith(entry.text)) return;
    const rest = whole.slice(entry.text.length);
    if (rest !== "") this.addArguments({ ...json, delta: rest }, emit);
  }

  completeRefusal(json: JsonObject): void {
    const refusal = textIn(json["refusal"]);
    const entry = refusal === "" ? undefined : this.#openItem(json, "message");
    if (entry !== undefined) this.#content(entry, json["content_index"]).refusal = refusal;
  }

  /** The item of an event that repeats what came. Undefined when the item is finished, because then it says the same. */
  #openItem(json: JsonObject, kind: ItemKind): OutputItem | undefined {
    const known = this.#known(json);
    if (known !== undefined && isSameKind(known.kind, kind)) return known.closed ? undefined : known;
    return this.#itemOf(json, kind);
  }

  /** Used only where the finished item never comes. Otherwise the refusal is read from the finished item. */
  addRefusal(json: JsonObject): void {
    const content = this.#content(this.#itemOf(json, "message"), json["content_index"]);
    const delta = textIn(json["delta"]);
    content.refusal = content.beginning === "" ? content.refusal + delta : withBeginning(content, delta);
  }

  addAnnotation(json: JsonObject): void {
    this.#content(this.#itemOf(json, "message"), json["content_index"]).annotations.push(json["annotation"]);
  }

  // ── items: once each ─────────────────────────────────────────────────────────────────────────────────────────────

  startItem(json: JsonObject, emit: Emit): void {
    const item = this.#asCall(json["item"]);
    if (!isObject(item)) return;
    const kind = kindOf(item);
    // Some hosts number all items 0 and close none. A second item is another one, unless it is announced twice.
    const index = indexOf(json["output_index"]);
    const known = this.#byOutputIndex.get(index ?? this.#items.length - 1);
    const isNew = known?.announced === true && isSameKind(known.kind, kind) && !isSameItem(known, item);
    const entry = isNew ? this.#newItem(index, kind) : this.#itemOf(json, kind, item);
    if (isCall(entry) && entry.announced && (entry.closed || entry.text !== "")) return this.#startRepeated(entry, json, item);
    if (entry.closed) return;
    entry.announced = true;
    entry.id = item["id"];
    entry.whole ||= textOf(item["arguments"]);
    if (entry.kind === "reasoning") this.#startReasoning(entry, emit);
    else if (entry.kind === "pending") this.#calls.prepare(entry, item, emit);
    this.#index(entry);
  }

  /** A call that was announced before, and whose arguments have come, is announced again. */
  #startRepeated(earlier: OutputItem, json: JsonObject, item: JsonObject): void {
    const entry = this.#newItem(indexOf(json["output_index"]), "pending");
    entry.announced = true;
    entry.repeats = earlier;
    entry.id = item["id"];
    entry.callId = earlier.callId;
    entry.name = earlier.name;
    entry.whole = textOf(item["arguments"]);
    this.#index(entry);
  }

  finishItem(json: JsonObject, emit: Emit, note: AddNote): void {
    const item = this.#asCall(json["item"]);
    if (!isObject(item)) return;
    const announced = this.#known(json);
    // Perplexity announces its own search as a call and finishes it as its results.
    if (kindOf(item) === "other" && announced?.kind === "pending") announced.closed = true;
    const entry = this.#itemOf(json, kindOf(item), item);
    // OpenRouter has sent the arguments of a call in the terminal response alone.
    if (kindOf(item) === "pending" && !entry.closed && wholeArguments(entry, textOf(item["arguments"])) === "") entry.finished = item;
    else this.#finish(entry, item, emit, note);
  }

  /**
   * Adds the items of the terminal response that were not streamed, or all of them when nothing was. Its output may be empty although items were streamed
   * (seen at OpenAI with background storage off). With hosts that number all items 0 or send new ids, its positions differ from the stream's.
   */
  complete(output: readonly unknown[], emit: Emit, note: AddNote): void {
    this.#addFinished();
    for (let n = 0; n < output.length; n++) {
      const item = this.#asCall(output[n]);
      if (!isObject(item) || this.#finished.has(item["id"] || NONE) || this.#finished.has(item["call_id"] || NONE)) continue;
      const known = this.#byOutputIndex.get(n);
      if (known?.closed === true && (isSameKind(known.kind, kindOf(item)) || this.#items.length >= output.length)) continue;
      this.#finish(this.#itemOf({ output_index: n }, kindOf(item), item), item, emit, note);
    }
    for (const entry of this.#items.slice(this.#settled)) if (!entry.closed) this.#endUnfinished(entry, emit, note);
    this.#addFinished();
    this.#settled = this.#items.length;
  }

  /** Some hosts send the terminal event again and again, so each item is looked at until the first one after it. */
  #addFinished(): void {
    for (const { closed, id, callId } of this.#items.slice(this.#settled)) if (closed) this.#finished.add(id).add(callId);
  }

  /** An item whose finished form never came. */
  #endUnfinished(entry: OutputItem, emit: Emit, note: AddNote): void {
    if (entry.kind === "message") this.#endMessage(entry, emit);
    if (entry.kind === "reasoning") this.#endReasoning(entry, "", emit);
    if (isCall(entry) && entry.name !== "")
      this.#finish(entry, entry.finished ?? { type: "function_call", call_id: entry.callId, name: entry.name }, emit, note);
    else if (entry.kind === "pending" && entry.text !== "") note("function_call", "A tool call without a name was dropped.");
    entry.closed = true;
  }

  /** The call of a custom tool as that of a function whose arguments are text. */
  #asCall(item: unknown): unknown {
    if (!isObject(item) || item["type"] !== "custom_tool_call" || !this.#clientTools.has(item["name"])) return item;
    return { ...omitFields(item, "input"), type: "function_call", arguments: item["input"], custom: true };
  }

  /** `output_text` of a response repeats its text. Some servers have the text there alone. */
  completeAnswer(text: unknown, emit: Emit): void {
    if (typeof text !== "string" || text === "" || this.hasAnswer) return;
    const index = this.#parts.next++;
    const entry = this.#newItem(undefined, "message");
    const content = this.#content(entry, 0);
    content.part = index;
    emitRemainder(content, text, "text", emit);
    this.#endMessage(entry, emit);
    entry.closed = true;
  }

  /** A message whose finished item never came. */
  #endMessage(entry: OutputItem, emit: Emit): void {
    for (const content of entry.contents.values()) this.#endContent(content, emit);
  }

  /** Content that no finished item repeats. */
  #endContent(content: MessageContent, emit: Emit): void {
    this.refusal += content.refusal;
    if (content.part < 0) return;
    if (content.text === "") emitRemainder(content, content.beginning, "text", emit);
    emit({ type: "part-end", index: content.part });
    for (const source of readSources(content.annotations, content.text, this.#textLength))
      emit({ type: "part", index: this.#parts.next++, part: source });
    this.#textLength += content.text.length;
  }

  #finish(entry: OutputItem, item: JsonObject, emit: Emit, note: AddNote): void {
    if (entry.closed) return;
    entry.closed = true;
    if (item["id"] !== undefined && item["id"] !== "") entry.id = item["id"];
    switch (entry.kind === "message" ? "message" : item["type"]) {
      case "message":
        return this.#message(entry, item, emit, note);
      case "reasoning":
        this.#startReasoning(entry, emit);
        this.#endReasoning(entry, reasoningText(item), emit);
        return emit({ type: "part-end", index: entry.part, replay: payloadOf(this.response, entry, item) });
      case "function_call":
        return this.#call(entry, item, emit, note);
      case "image_generation_call": {
        const { result, output_format: format } = item;
        if (typeof result !== "string") break;
        const mediaType = `image/${typeof format === "string" ? format : "png"}`;
        return emit({
          type: "part",
          index: this.#parts.next++,
          part: { type: "image", data: result, mediaType },
          replay: payloadOf(this.response, entry, omitFields(item, "result")),
        });
      }
    }
    // Calls of hosted tools, compactions, custom tool calls that the server executes (xAI), and unknown items are kept whole for replay.
    const kind = typeof item["type"] === "string" ? item["type"] : "item";
    emit({ type: "part", index: this.#parts.next++, part: { type: "opaque", kind }, replay: payloadOf(this.response, entry, item) });
  }

  #message(entry: OutputItem, item: JsonObject, emit: Emit, note: AddNote): void {
    const list = elementsOf(item["content"]);
    const itemFields = omitFields(item, "content");
    for (let n = 0; n < list.length; n++) {
      const given = list[n];
      const part = typeof given === "string" ? { type: "output_text", text: given } : given;
      if (!isObject(part)) continue;
      const payload = (...fields: string[]): ReplayPayload => ({
        ...payloadOf(this.response, entry, itemFields),
        content: n,
        part: omitFields(part, ...fields),
      });
      if (typeof part["text"] !== "string") {
        if (typeof part["refusal"] === "string") this.refusal += part["refusal"];
        const kind = typeof part["type"] === "string" ? part["type"] : "content";
        emit({ type: "part", index: this.#parts.next++, part: { type: "opaque", kind }, replay: payload() });
        continue;
      }
      const content = this.#content(entry, n);
      if (content.part < 0) {
        content.part = this.#parts.next++;
        emit({ type: "part-start", index: content.part, kind: "text" });
      }
      if (!emitRemainder(content, part["text"] || content.beginning, "text", emit))
        note("text", "The streamed text differs from the text of the finished item. The streamed text was kept.");
      emit({ type: "part-end", index: content.part, replay: payload("text", "logprobs") });
      const annotations = Array.isArray(part["annotations"]) && part["annotations"].length > 0 ? part["annotations"] : content.annotations;
      for (const source of readSources(annotations, content.text, this.#textLength))
        emit({ type: "part", index: this.#parts.next++, part: source });
      this.#textLength += content.text.length;
      addLogprobs(part["logprobs"], this.logprobs);
    }
    // An empty finished item does not remove what was streamed.
    for (const [n, content] of entry.contents) if (n >= list.length) this.#endContent(content, emit);
  }

  #call(entry: OutputItem, item: JsonObject, emit: Emit, note: AddNote): void {
    const whole = wholeArguments(entry, textOf(item["arguments"]));
    if (entry.repeats !== undefined && isRepetition(entry.repeats, whole))
      return note("function_call", `The call ${wordOf(entry.name)} arrived twice under one id. It is returned once.`);
    if (entry.kind === "pending") this.#calls.prepare(entry, item, emit);
    if (entry.name === "") return note("function_call", "A tool call without a name was dropped.");
    entry.whole = whole;
    this.#index(entry);
    if (entry.kind !== "output") return this.#calls.end(entry, item, this.response, emit);
    emitRemainder(entry, whole, "text", emit);
    this.#textLength += entry.text.length;
    emit({ type: "part-end", index: entry.part });
  }

  // ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts a part even when the reasoning stays empty, because the part carries its encrypted content. */
  #startReasoning(entry: OutputItem, emit: Emit): void {
    if (entry.part >= 0) return;
    entry.part = this.#parts.next++;
    emit({ type: "part-start", index: entry.part, kind: "reasoning" });
  }

  /** Adds what was announced only, where nothing has the whole text. */
  #endReasoning(entry: OutputItem, whole: string, emit: Emit): void {
    const { text, beginning } = entry;
    emitRemainder(entry, whole || [text, beginning].filter((one) => one !== "").join("\n\n"), "reasoning", emit);
  }

  // ── finding items ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #itemOf(json: JsonObject, kind: ItemKind, item?: JsonObject): OutputItem {
    const index = indexOf(json["output_index"]);
    const known = this.#known(json);
    if (known !== undefined && isSameKind(known.kind, kind) && (!known.closed || (item !== undefined && isSameItem(known, item)))) {
      const other = item === undefined || isSameItem(known, item) ? undefined : this.#find(item);
      if (other === undefined || other.closed) return known;
    }
    // One call may be announced under one index and finished under another.
    const found = item === undefined ? undefined : this.#find(item);
    if (found === undefined) return this.#newItem(index, kind);
    if (index !== undefined && !found.closed && found.text === "") this.#byOutputIndex.set(index, found);
    return found;
  }

  /** The item that an event names by its index and its id. An event without both goes on with the last item. */
  #known(json: JsonObject): OutputItem | undefined {
    const index = indexOf(json["output_index"]);
    const named = this.#byItemId.get(json["item_id"]);
    if (index === undefined) return named ?? this.#items[this.#items.length - 1];
    const last = this.#byOutputIndex.get(index);
    if (named === last || named?.closed !== false || named.index !== index) return last;
    // Several open items have this index, so the id tells them apart. A delta after complete arguments has the id of an earlier call by mistake.
    return json["delta"] !== undefined && hasWholeArguments(named) ? last : named;
  }

  /** The call that an item repeats: with the same id for its result, the same name, and arguments that fit. */
  #find(item: JsonObject): OutputItem | undefined {
    const known = item["type"] === "function_call" ? this.#byCallId.get(item["call_id"]) : undefined;
    if (known === undefined || item["call_id"] === "") return undefined;
    const name = item["name"];
    if (isFilledText(name) && known.name !== "" && name !== known.name) return undefined;
    const args = textOf(item["arguments"]);
    const had = known.closed ? known.whole : known.text;
    if (args === "" || had === args) return known;
    return !known.closed && args.startsWith(had) ? known : undefined;
  }

  /** Remembers an item by the ids that it has so far. */
  #index(entry: OutputItem): void {
    if (entry.callId !== undefined && !this.#byCallId.has(entry.callId)) this.#byCallId.set(entry.callId, entry);
    if (entry.id !== undefined && entry.id !== "") this.#byItemId.set(entry.id, entry);
  }

  #newItem(index: number | undefined, kind: ItemKind): OutputItem {
    const at = this.#items.length;
    const entry = newItem(kind, at, this.#lastReasoning);
    entry.index = index;
    if (kind === "reasoning") this.#lastReasoning = at;
    this.#items.push(entry);
    this.#byOutputIndex.set(index ?? at, entry);
    return entry;
  }

  #content(entry: OutputItem, index: unknown): MessageContent {
    const n = indexOf(index) ?? 0;
    const known = entry.contents.get(n);
    if (known !== undefined) return known;
    const content: MessageContent = { part: -1, text: "", annotations: [], refusal: "", beginning: "" };
    entry.contents.set(n, content);
    return content;
  }
}
