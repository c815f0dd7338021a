/**
 * Turns the items of an answer into parts while they arrive. Items are found by `output_index`, never by id, because some hosts send a new id with every
 * event. Parts are numbered as they appear.
 */
import { type Emit, isObject, type JsonObject, type ResponseDetails, wordOf } from "@lumiverse/core/provider";
import { addLogprobs } from "../shared/logprobs.ts";
import { isParallelWrapper, unwrapCalls } from "./parallel-calls.ts";
import { omitFields, type ReplayPayload } from "./replay.ts";
import { readSources } from "./sources.ts";
import type { ToolState } from "./tools.ts";

/** `output`: a call whose arguments are the answer's text. `pending`: a call that starts when its name is known or it is complete. */
type ItemKind = "message" | "reasoning" | "call" | "output" | "pending" | "other";

/** An item of an answer while it arrives. */
interface OutputItem {
  kind: ItemKind;
  /** Position in the answer, counted here because some hosts number every item 0. */
  at: number;
  /** Position of the item directly before. */
  after: number | undefined;
  /** Position of the reasoning item on which this one depends. */
  reason: number | undefined;
  closed: boolean;
  /** An event announced it, so it did not begin with a delta. */
  announced: boolean;
  /** Tells a repeated item from a new one. */
  id: unknown;
  callId: unknown;
  name: string;
  /** Part index; -1 until there is a part. */
  part: number;
  /** The text or arguments that were streamed. */
  text: string;
  /** The whole arguments, where an event repeats them. */
  whole: string;
  /** The summary or content of a reasoning item that came last. */
  section: number;
  /** By `content_index`, which a host may choose at will. */
  contents: Map<number, MessageContent>;
}

/** A content part of a message while it arrives. */
interface MessageContent {
  /** Part index; -1 until there is a part. */
  part: number;
  text: string;
  annotations: unknown[];
  refusal: string;
}

/** Stands for an absent id, which equals none. */
const NONE = Symbol("none");

type AddNote = (field: string, text: string) => void;

export class OutputItems {
  /** The answer's id. */
  response = "";
  /** Tool calls of the answer, without the output tool. */
  calls = 0;
  refusal = "";
  logprobs: NonNullable<ResponseDetails["logprobs"]>[number][] = [];
  readonly #state: ToolState;
  readonly #byOutputIndex: Map<number, OutputItem> = new Map();
  readonly #byCallId: Map<unknown, OutputItem> = new Map();
  readonly #items: OutputItem[] = [];
  /** The next free part index. */
  #nextPart = 0;
  /** Position of the last reasoning item. */
  #lastReasoning: number | undefined;
  /** UTF-16 units of the text parts that are complete. */
  #textLength = 0;

  constructor(state: ToolState) {
    this.#state = state;
  }

  // ── deltas: once per token ───────────────────────────────────────────────────────────────────────────────────────

  addText(json: JsonObject, emit: Emit): void {
    const delta = json["delta"];
    if (typeof delta !== "string" || delta === "") return;
    const content = this.#content(this.#itemOf(json, "message"), json["content_index"]);
    if (content.part < 0) content.part = this.#nextPart++;
    content.text += delta;
    emit({ type: "text", index: content.part, text: delta });
  }

  addReasoning(json: JsonObject, emit: Emit): void {
    const delta = json["delta"];
    if (typeof delta !== "string" || delta === "") return;
    const entry = this.#itemOf(json, "reasoning");
    const section =
      typeof json["summary_index"] === "number"
        ? json["summary_index"]
        : typeof json["content_index"] === "number"
          ? -1 - json["content_index"]
          : 0;
    if (entry.part < 0) entry.part = this.#nextPart++;
    const text = section !== entry.section && entry.text !== "" ? `\n\n${delta}` : delta;
    entry.section = section;
    entry.text += text;
    emit({ type: "reasoning", index: entry.part, text });
  }

  addArguments(json: JsonObject, emit: Emit): void {
    const delta = json["delta"];
    if (typeof delta !== "string" || delta === "") return;
    const entry = this.#itemOf(json, "pending");
    entry.text += delta;
    if (entry.kind === "call") emit({ type: "tool-call-delta", index: entry.part, text: delta });
    else if (entry.kind === "output") emit({ type: "text", index: entry.part, text: delta });
  }

  // ── the whole of what the deltas brought: it fills what they left out ────────────────────────────────────────────────

  completeText(json: JsonObject, emit: Emit): void {
    const entry = this.#openItem(json, "message");
    if (entry === undefined || typeof json["text"] !== "string" || json["text"] === "") return;
    const content = this.#content(entry, json["content_index"]);
    if (content.part < 0) content.part = this.#nextPart++;
    emitRemainder(content, json["text"], "text", emit);
  }

  completeReasoning(json: JsonObject, emit: Emit): void {
    const entry = this.#openItem(json, "reasoning");
    // With several sections the text of one cannot be told from that of the others.
    if (entry === undefined || typeof json["text"] !== "string" || json["text"] === "" || entry.section !== 0) return;
    if (entry.text !== "" && !json["text"].startsWith(entry.text)) return;
    if (entry.part < 0) entry.part = this.#nextPart++;
    emitRemainder(entry, json["text"], "reasoning", emit);
  }

  completeArguments(json: JsonObject, emit: Emit): void {
    const whole = textOf(json["arguments"]) ?? "";
    if (whole === "") return;
    const entry = this.#openItem(json, "pending");
    if (entry === undefined) return;
    entry.whole = whole;
    if (!whole.startsWith(entry.text)) return;
    const rest = whole.slice(entry.text.length);
    if (rest !== "") this.addArguments({ ...json, delta: rest }, emit);
  }

  completeRefusal(json: JsonObject): void {
    const entry = this.#openItem(json, "message");
    if (entry === undefined || typeof json["refusal"] !== "string" || json["refusal"] === "") return;
    this.#content(entry, json["content_index"]).refusal = json["refusal"];
  }

  /** The item of an event that repeats what came. Undefined when the item is finished, because then it says the same. */
  #openItem(json: JsonObject, kind: ItemKind): OutputItem | undefined {
    const index = typeof json["output_index"] === "number" ? json["output_index"] : undefined;
    const known = index === undefined ? this.#items[this.#items.length - 1] : this.#byOutputIndex.get(index);
    if (known !== undefined && isSameKind(known.kind, kind)) return known.closed ? undefined : known;
    return this.#itemOf(json, kind);
  }

  /** Used only where the finished item never comes; otherwise the refusal is read from that. */
  addRefusal(json: JsonObject): void {
    const content = this.#content(this.#itemOf(json, "message"), json["content_index"]);
    if (typeof json["delta"] === "string") content.refusal += json["delta"];
  }

  addAnnotation(json: JsonObject): void {
    this.#content(this.#itemOf(json, "message"), json["content_index"]).annotations.push(json["annotation"]);
  }

  // ── items: once each ─────────────────────────────────────────────────────────────────────────────────────────────

  startItem(json: JsonObject, emit: Emit): void {
    const item = json["item"];
    if (!isObject(item)) return;
    const kind = kindOf(item);
    // Some hosts number all items 0 and close none. A second item is another one, unless it is announced twice.
    const known = this.#byOutputIndex.get(typeof json["output_index"] === "number" ? json["output_index"] : this.#items.length - 1);
    const isNew = known?.announced === true && isSameKind(known.kind, kind) && !isSameItem(known, item);
    const entry = isNew ? this.#newItem(json["output_index"], kind) : this.#itemOf(json, kind, item);
    if (entry.closed) return;
    entry.announced = true;
    entry.id = item["id"];
    if (entry.kind === "reasoning") this.#startReasoning(entry, emit);
    else if (entry.kind === "pending") this.#prepareCall(entry, item, emit);
    this.#index(entry);
  }

  finishItem(json: JsonObject, emit: Emit, note: AddNote): void {
    const item = json["item"];
    if (isObject(item)) this.#finish(this.#itemOf(json, kindOf(item), item), item, emit, note);
  }

  /**
   * Adds the items of the terminal response that were not streamed, or all of them when nothing was. Its output may be empty although items were streamed
   * (seen at OpenAI with background storage off). With hosts that number all items 0 or send new ids, its positions differ from the stream's.
   */
  complete(output: readonly unknown[], emit: Emit, note: AddNote): void {
    const finished = new Set<unknown>();
    for (const known of this.#items)
      if (known.closed) for (const id of [known.id, known.callId]) if (id !== undefined && id !== "") finished.add(id);
    for (let n = 0; n < output.length; n++) {
      const item = output[n];
      if (!isObject(item) || finished.has(item["id"] ?? NONE) || finished.has(item["call_id"] ?? NONE)) continue;
      const known = this.#byOutputIndex.get(n);
      if (known?.closed === true && (isSameKind(known.kind, kindOf(item)) || this.#items.length >= output.length)) continue;
      this.#finish(this.#itemOf({ output_index: n }, kindOf(item), item), item, emit, note);
    }
    for (const entry of this.#items) {
      if (entry.closed) continue;
      if (entry.kind === "message") this.#endMessage(entry, emit);
      if ((entry.kind === "call" || entry.kind === "output" || entry.kind === "pending") && entry.name !== "")
        this.#finish(entry, { type: "function_call", call_id: entry.callId, name: entry.name, arguments: entry.text }, emit, note);
      else if (entry.kind === "pending" && entry.text !== "") note("function_call", "A tool call without a name was dropped.");
      entry.closed = true;
    }
  }

  /** A message whose finished item never came. */
  #endMessage(entry: OutputItem, emit: Emit): void {
    for (const content of entry.contents.values()) {
      this.refusal += content.refusal;
      if (content.part < 0) continue;
      emit({ type: "part-end", index: content.part });
      for (const source of readSources(content.annotations, content.text, this.#textLength))
        emit({ type: "part", index: this.#nextPart++, part: source });
      this.#textLength += content.text.length;
    }
  }

  #finish(entry: OutputItem, item: JsonObject, emit: Emit, note: AddNote): void {
    if (entry.closed) return;
    entry.closed = true;
    if (item["id"] !== undefined && item["id"] !== "") entry.id = item["id"];
    switch (item["type"]) {
      case "message":
        return this.#message(entry, item, emit, note);
      case "reasoning":
        this.#startReasoning(entry, emit);
        emitRemainder(entry, reasoningText(item), "reasoning", emit);
        return emit({ type: "part-end", index: entry.part, replay: this.#payload(entry, item) });
      case "function_call":
        return this.#call(entry, item, emit);
      case "image_generation_call": {
        const { result, output_format: format } = item;
        if (typeof result !== "string") break;
        const mediaType = `image/${typeof format === "string" ? format : "png"}`;
        return emit({
          type: "part",
          index: this.#nextPart++,
          part: { type: "image", data: result, mediaType },
          replay: this.#payload(entry, omitFields(item, "result")),
        });
      }
    }
    // Calls of hosted tools, compactions, custom tool calls that the server executes (xAI), and unknown items are kept whole for replay.
    const kind = typeof item["type"] === "string" ? item["type"] : "item";
    emit({ type: "part", index: this.#nextPart++, part: { type: "opaque", kind }, replay: this.#payload(entry, item) });
  }

  #message(entry: OutputItem, item: JsonObject, emit: Emit, note: AddNote): void {
    const list = Array.isArray(item["content"])
      ? item["content"]
      : typeof item["content"] === "string"
        ? [{ type: "output_text", text: item["content"] }]
        : [];
    const itemFields = omitFields(item, "content");
    for (let n = 0; n < list.length; n++) {
      const part: unknown = list[n];
      if (!isObject(part)) continue;
      const payload = (...fields: string[]): ReplayPayload => ({
        ...this.#payload(entry, itemFields),
        content: n,
        part: omitFields(part, ...fields),
      });
      if (typeof part["text"] !== "string") {
        if (typeof part["refusal"] === "string") this.refusal += part["refusal"];
        const kind = typeof part["type"] === "string" ? part["type"] : "content";
        emit({ type: "part", index: this.#nextPart++, part: { type: "opaque", kind }, replay: payload() });
        continue;
      }
      const content = this.#content(entry, n);
      if (content.part < 0) {
        content.part = this.#nextPart++;
        emit({ type: "part-start", index: content.part, kind: "text" });
      }
      if (!emitRemainder(content, part["text"], "text", emit))
        note("text", "The streamed text differs from the text of the finished item. The streamed text was kept.");
      emit({ type: "part-end", index: content.part, replay: payload("text", "logprobs") });
      const annotations = Array.isArray(part["annotations"]) && part["annotations"].length > 0 ? part["annotations"] : content.annotations;
      for (const source of readSources(annotations, content.text, this.#textLength))
        emit({ type: "part", index: this.#nextPart++, part: source });
      this.#textLength += content.text.length;
      addLogprobs(part["logprobs"], this.logprobs);
    }
  }

  #call(entry: OutputItem, item: JsonObject, emit: Emit): void {
    if (entry.kind === "pending") this.#prepareCall(entry, item, emit);
    const whole = wholeArguments(entry, textOf(item["arguments"]) ?? "");
    entry.whole = whole;
    this.#index(entry);
    if (entry.kind === "output") {
      emitRemainder(entry, whole, "text", emit);
      this.#textLength += entry.text.length;
      return emit({ type: "part-end", index: entry.part });
    }
    if (entry.kind === "pending") {
      const calls = unwrapCalls(whole);
      if (calls !== undefined) {
        for (let n = 0; n < calls.length; n++) {
          const one = calls[n];
          if (one === undefined) continue;
          const index = this.#nextPart++;
          this.calls++;
          emit({
            type: "part-start",
            index,
            kind: "tool-call",
            id: `${wordOf(entry.callId)}_${n}`,
            name: this.#state.names.decode(one.name),
          });
          emit({ type: "tool-call-delta", index, text: one.arguments });
          const replayed = n === 0 ? item : { type: "function_call", call_id: item["call_id"] };
          emit({ type: "part-end", index, replay: { ...this.#payload(entry, replayed), wrapped: { index: n, count: calls.length } } });
        }
        return;
      }
      this.#startCall(entry, emit);
    }
    const decoded = this.#state.properties.get(this.#state.names.decode(entry.name))?.decode(whole) ?? whole;
    emit({ type: "part-end", index: entry.part, arguments: decoded, replay: this.#payload(entry, omitFields(item, "arguments")) });
  }

  // ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts a part even when the reasoning stays empty, because the part carries its encrypted content. */
  #startReasoning(entry: OutputItem, emit: Emit): void {
    if (entry.part >= 0) return;
    entry.part = this.#nextPart++;
    emit({ type: "part-start", index: entry.part, kind: "reasoning" });
  }

  #prepareCall(entry: OutputItem, item: JsonObject, emit: Emit): void {
    const name = typeof item["name"] === "string" ? item["name"] : "";
    entry.callId =
      typeof item["call_id"] === "string" && item["call_id"] !== ""
        ? item["call_id"]
        : (entry.callId ?? textOf(item["id"]) ?? `call_${entry.at}`);
    if (name === "" && !entry.closed) return;
    entry.name = name;
    if (name === this.#state.outputTool) {
      entry.kind = "output";
      entry.part = this.#nextPart++;
      emit({ type: "part-start", index: entry.part, kind: "text" });
      if (entry.text !== "") emit({ type: "text", index: entry.part, text: entry.text });
    } else if (!isParallelWrapper(name, this.#state.declared)) this.#startCall(entry, emit);
  }

  #startCall(entry: OutputItem, emit: Emit): void {
    entry.kind = "call";
    entry.part = this.#nextPart++;
    this.calls++;
    emit({
      type: "part-start",
      index: entry.part,
      kind: "tool-call",
      id: wordOf(entry.callId),
      name: this.#state.names.decode(entry.name),
    });
    if (entry.text !== "") emit({ type: "tool-call-delta", index: entry.part, text: entry.text });
  }

  // ── finding items ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #itemOf(json: JsonObject, kind: ItemKind, item?: JsonObject): OutputItem {
    const index = typeof json["output_index"] === "number" ? json["output_index"] : undefined;
    const known = index === undefined ? this.#items[this.#items.length - 1] : this.#byOutputIndex.get(index);
    if (known !== undefined && isSameKind(known.kind, kind) && (!known.closed || (item !== undefined && isSameItem(known, item)))) {
      const other = item === undefined || isSameItem(known, item) ? undefined : this.#find(item);
      if (other === undefined || other.closed) return known;
    }
    // One call may be announced under one index and finished under another.
    return (item === undefined ? undefined : this.#find(item)) ?? this.#newItem(index, kind);
  }

  /** The call that an item repeats: with the same id for its result, the same name, and arguments that fit. */
  #find(item: JsonObject): OutputItem | undefined {
    const known = item["type"] === "function_call" ? this.#byCallId.get(item["call_id"]) : undefined;
    if (known === undefined || item["call_id"] === "") return undefined;
    const name = item["name"];
    if (typeof name === "string" && name !== "" && known.name !== "" && name !== known.name) return undefined;
    const args = textOf(item["arguments"]) ?? "";
    const had = known.closed ? known.whole : known.text;
    if (args === "" || had === args) return known;
    return !known.closed && args.startsWith(had) ? known : undefined;
  }

  /** Remembers an item by the ids that it has so far. */
  #index(entry: OutputItem): void {
    if (entry.callId !== undefined && !this.#byCallId.has(entry.callId)) this.#byCallId.set(entry.callId, entry);
  }

  #newItem(index: unknown, kind: ItemKind): OutputItem {
    const at = this.#items.length;
    const entry: OutputItem = {
      kind,
      at,
      after: at === 0 ? undefined : at - 1,
      reason: this.#lastReasoning,
      closed: false,
      announced: false,
      id: undefined,
      callId: undefined,
      name: "",
      part: -1,
      text: "",
      whole: "",
      section: 0,
      contents: new Map(),
    };
    if (kind === "reasoning") this.#lastReasoning = at;
    this.#items.push(entry);
    this.#byOutputIndex.set(typeof index === "number" ? index : at, entry);
    return entry;
  }

  #content(entry: OutputItem, index: unknown): MessageContent {
    const n = typeof index === "number" ? index : 0;
    const known = entry.contents.get(n);
    if (known !== undefined) return known;
    const content: MessageContent = { part: -1, text: "", annotations: [], refusal: "" };
    entry.contents.set(n, content);
    return content;
  }

  #payload(entry: OutputItem, item: JsonObject): ReplayPayload {
    return {
      response: this.response,
      at: entry.at,
      ...(entry.after === undefined ? {} : { after: entry.after }),
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      item,
    };
  }
}

/** Emits what the deltas left out. False when they differ from the whole text. */
function emitRemainder(streamed: { part: number; text: string }, whole: string, type: "text" | "reasoning", emit: Emit): boolean {
  if (whole.slice(0, streamed.text.length) !== streamed.text) return false;
  const text = whole.slice(streamed.text.length);
  streamed.text = whole;
  if (text !== "") emit({ type, index: streamed.part, text });
  return true;
}

function kindOf(item: JsonObject): ItemKind {
  const type = item["type"];
  return type === "message" || type === "reasoning" ? type : type === "function_call" ? "pending" : "other";
}

const CALL_KINDS: readonly ItemKind[] = ["call", "output", "pending"];

function isSameKind(a: ItemKind, b: ItemKind): boolean {
  return a === b || (CALL_KINDS.includes(a) && CALL_KINDS.includes(b));
}

function isSameItem(entry: OutputItem, item: JsonObject): boolean {
  return (entry.id !== undefined && entry.id === item["id"]) || (entry.callId !== undefined && entry.callId === item["call_id"]);
}

/** Summaries, then the reasoning itself (open-weight models, DeepSeek). */
function reasoningText(item: JsonObject): string {
  const texts: string[] = [];
  for (const field of ["summary", "content"]) {
    const list = item[field];
    if (Array.isArray(list)) for (const one of list) if (isObject(one) && typeof one["text"] === "string") texts.push(one["text"]);
  }
  return texts.join("\n\n");
}

/** The arguments of a finished call. An item that has none, or `{}`, takes nothing from what was streamed. */
function wholeArguments(entry: OutputItem, final: string): string {
  const streamed = [entry.whole, entry.text].find((text) => text !== "" && isJson(text)) ?? entry.text;
  if (final === "") return streamed;
  return final.trim() === "{}" && streamed !== "" && isJson(streamed) ? streamed : final;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Arguments as text: some hosts send an object. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return isObject(value) ? JSON.stringify(value) : undefined;
}
