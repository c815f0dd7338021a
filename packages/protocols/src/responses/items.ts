/** The items of an answer on their way to parts. Slots are found by `output_index`; parts are numbered as they appear. */
import { type Emit, isObject, type JsonObject, type ResponseDetails } from "@lumiverse/core";
import { logprobsOf, textOf } from "./details.ts";
import { isWrapper, unwrap } from "./parallel.ts";
import { type Payload, without } from "./payload.ts";
import { type Content, type Kind, kindOf, reasoningText, rest, type Slot, sameItem, sameKind } from "./slots.ts";
import { sourcesOf } from "./sources.ts";
import type { ResponsesState } from "./state.ts";

type Note = (field: string, text: string) => void;
export class Items {
  response = "";
  calls = 0;
  refusal = "";
  logprobs: NonNullable<ResponseDetails["logprobs"]>[number][] = [];
  readonly #state: ResponsesState;
  readonly #slots: Map<number, Slot> = new Map();
  readonly #all: Slot[] = [];
  #parts = 0;
  #lastReason: number | undefined;
  /** UTF-16 units of the text parts that are whole. */
  #textLength = 0;

  constructor(state: ResponsesState) {
    this.#state = state;
  }

  // ── deltas: once per token ───────────────────────────────────────────────────────────────────────────────────────

  text(json: JsonObject, emit: Emit): void {
    const delta = json["delta"];
    if (typeof delta !== "string" || delta === "") return;
    const content = this.#content(this.#slot(json, "message"), json["content_index"]);
    if (content.part < 0) content.part = this.#parts++;
    content.text += delta;
    emit({ type: "text", index: content.part, text: delta });
  }

  reasoning(json: JsonObject, emit: Emit): void {
    const delta = json["delta"];
    if (typeof delta !== "string" || delta === "") return;
    const slot = this.#slot(json, "reasoning");
    const section =
      typeof json["summary_index"] === "number"
        ? json["summary_index"]
        : typeof json["content_index"] === "number"
          ? -1 - json["content_index"]
          : 0;
    if (slot.part < 0) slot.part = this.#parts++;
    const text = section !== slot.section && slot.text !== "" ? `\n\n${delta}` : delta;
    slot.section = section;
    slot.text += text;
    emit({ type: "reasoning", index: slot.part, text });
  }

  arguments(json: JsonObject, emit: Emit): void {
    const delta = json["delta"];
    if (typeof delta !== "string" || delta === "") return;
    const slot = this.#slot(json, "pending");
    slot.text += delta;
    if (slot.kind === "call") emit({ type: "tool-call-delta", index: slot.part, text: delta });
    else if (slot.kind === "output") emit({ type: "text", index: slot.part, text: delta });
  }

  /** The refusal is told whole; its deltas matter where the item never comes. */
  refuse(json: JsonObject): void {
    const content = this.#content(this.#slot(json, "message"), json["content_index"]);
    if (typeof json["delta"] === "string") content.refusal += json["delta"];
  }

  annotation(json: JsonObject): void {
    this.#content(this.#slot(json, "message"), json["content_index"]).annotations.push(json["annotation"]);
  }

  // ── items: once each ─────────────────────────────────────────────────────────────────────────────────────────────

  added(json: JsonObject, emit: Emit): void {
    const item = json["item"];
    if (!isObject(item)) return;
    const slot = this.#slot(json, kindOf(item));
    slot.id = item["id"];
    if (slot.kind === "reasoning") this.#openReasoning(slot, emit);
    else if (slot.kind === "pending") this.#openCall(slot, item, emit);
  }

  done(json: JsonObject, emit: Emit, note: Note): void {
    const item = json["item"];
    if (isObject(item)) this.#finish(this.#slot(json, kindOf(item), item), item, emit, note);
  }

  /**
   * What the terminal response holds that was not streamed; all of it, where nothing was. It may also be empty although items were streamed
   * (seen at OpenAI with background storage off), and hosts that number all items 0 or draw new ids make its places unlike the stream's.
   */
  complete(output: readonly unknown[], emit: Emit, note: Note): void {
    for (let n = 0; n < output.length; n++) {
      const item = output[n];
      if (!isObject(item) || this.#all.some((slot) => slot.closed && sameItem(slot, item))) continue;
      const there = this.#slots.get(n);
      if (there?.closed === true && (sameKind(there.kind, kindOf(item)) || this.#all.length >= output.length)) continue;
      this.#finish(this.#slot({ output_index: n }, kindOf(item)), item, emit, note);
    }
    for (const slot of this.#all) {
      if (slot.closed) continue;
      for (const content of slot.contents) this.refusal += content?.refusal ?? "";
      if ((slot.kind === "call" || slot.kind === "pending") && slot.name !== "")
        this.#finish(slot, { type: "function_call", call_id: slot.callId, name: slot.name, arguments: slot.text }, emit, note);
    }
  }

  #finish(slot: Slot, item: JsonObject, emit: Emit, note: Note): void {
    if (slot.closed) return;
    slot.closed = true;
    slot.id = item["id"];
    switch (item["type"]) {
      case "message":
        return this.#message(slot, item, emit, note);
      case "reasoning":
        this.#openReasoning(slot, emit);
        rest(slot, reasoningText(item), "reasoning", emit);
        return emit({ type: "part-end", index: slot.part, replay: this.#payload(slot, item) });
      case "function_call":
        return this.#call(slot, item, emit);
      case "image_generation_call": {
        const { result, output_format: format } = item;
        if (typeof result !== "string") break;
        const mediaType = `image/${typeof format === "string" ? format : "png"}`;
        return emit({
          type: "part",
          index: this.#parts++,
          part: { type: "image", data: result, mediaType },
          replay: this.#payload(slot, without(item, "result")),
        });
      }
    }
    // Hosted tools' runs, compactions, the server's own custom tool calls (xAI), and whatever comes next year: kept whole, acted on by nobody.
    const kind = typeof item["type"] === "string" ? item["type"] : "item";
    emit({ type: "part", index: this.#parts++, part: { type: "opaque", kind }, replay: this.#payload(slot, item) });
  }

  #message(slot: Slot, item: JsonObject, emit: Emit, note: Note): void {
    const list = Array.isArray(item["content"])
      ? item["content"]
      : typeof item["content"] === "string"
        ? [{ type: "output_text", text: item["content"] }]
        : [];
    const bare = without(item, "content");
    for (let n = 0; n < list.length; n++) {
      const part: unknown = list[n];
      if (!isObject(part)) continue;
      const payload = (...fields: string[]): Payload => ({ ...this.#payload(slot, bare), content: n, part: without(part, ...fields) });
      if (typeof part["text"] !== "string") {
        if (typeof part["refusal"] === "string") this.refusal += part["refusal"];
        const kind = typeof part["type"] === "string" ? part["type"] : "content";
        emit({ type: "part", index: this.#parts++, part: { type: "opaque", kind }, replay: payload() });
        continue;
      }
      const content = this.#content(slot, n);
      if (content.part < 0) {
        content.part = this.#parts++;
        emit({ type: "part-start", index: content.part, kind: "text" });
      }
      if (!rest(content, part["text"], "text", emit))
        note("text", "the streamed text is not the text of the finished item; the streamed one was kept");
      emit({ type: "part-end", index: content.part, replay: payload("text", "logprobs") });
      const told = Array.isArray(part["annotations"]) && part["annotations"].length > 0 ? part["annotations"] : content.annotations;
      for (const source of sourcesOf(told, content.text, this.#textLength)) emit({ type: "part", index: this.#parts++, part: source });
      this.#textLength += content.text.length;
      logprobsOf(part["logprobs"], this.logprobs);
    }
  }

  #call(slot: Slot, item: JsonObject, emit: Emit): void {
    if (slot.kind === "pending") this.#openCall(slot, item, emit);
    const whole = textOf(item["arguments"]) ?? slot.text;
    if (slot.kind === "output") {
      rest(slot, whole, "text", emit);
      this.#textLength += slot.text.length;
      return emit({ type: "part-end", index: slot.part });
    }
    if (slot.kind === "pending") {
      const calls = unwrap(whole);
      if (calls !== undefined) {
        for (let n = 0; n < calls.length; n++) {
          const one = calls[n];
          if (one === undefined) continue;
          const index = this.#parts++;
          this.calls++;
          emit({
            type: "part-start",
            index,
            kind: "tool-call",
            id: `${String(slot.callId)}_${n}`,
            name: this.#state.names.neutral(one.name),
          });
          emit({ type: "tool-call-delta", index, text: one.arguments });
          const own = n === 0 ? item : { type: "function_call", call_id: item["call_id"] };
          emit({ type: "part-end", index, replay: { ...this.#payload(slot, own), wrapped: { index: n, count: calls.length } } });
        }
        return;
      }
      this.#startCall(slot, emit);
    }
    emit({ type: "part-end", index: slot.part, arguments: whole, replay: this.#payload(slot, without(item, "arguments")) });
  }

  // ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Announced even when it stays empty: without a part there is nothing for its encrypted content to hang on. */
  #openReasoning(slot: Slot, emit: Emit): void {
    if (slot.part >= 0) return;
    slot.part = this.#parts++;
    emit({ type: "part-start", index: slot.part, kind: "reasoning" });
  }

  #openCall(slot: Slot, item: JsonObject, emit: Emit): void {
    const name = typeof item["name"] === "string" ? item["name"] : "";
    slot.callId =
      typeof item["call_id"] === "string" && item["call_id"] !== ""
        ? item["call_id"]
        : (slot.callId ?? textOf(item["id"]) ?? `call_${slot.at}`);
    if (name === "" && !slot.closed) return;
    slot.name = name;
    if (name === this.#state.outputTool) {
      slot.kind = "output";
      slot.part = this.#parts++;
      emit({ type: "part-start", index: slot.part, kind: "text" });
      if (slot.text !== "") emit({ type: "text", index: slot.part, text: slot.text });
    } else if (!isWrapper(name, this.#state.declared)) this.#startCall(slot, emit);
  }

  #startCall(slot: Slot, emit: Emit): void {
    slot.kind = "call";
    slot.part = this.#parts++;
    this.calls++;
    emit({ type: "part-start", index: slot.part, kind: "tool-call", id: String(slot.callId), name: this.#state.names.neutral(slot.name) });
    if (slot.text !== "") emit({ type: "tool-call-delta", index: slot.part, text: slot.text });
  }

  // ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #slot(json: JsonObject, kind: Kind, item?: JsonObject): Slot {
    const index = typeof json["output_index"] === "number" ? json["output_index"] : undefined;
    const there = index === undefined ? this.#all[this.#all.length - 1] : this.#slots.get(index);
    if (there !== undefined && sameKind(there.kind, kind) && (!there.closed || (item !== undefined && sameItem(there, item)))) return there;
    const at = this.#all.length;
    const slot: Slot = {
      kind,
      at,
      after: at === 0 ? undefined : at - 1,
      reason: this.#lastReason,
      closed: false,
      id: undefined,
      callId: undefined,
      name: "",
      part: -1,
      text: "",
      section: 0,
      contents: [],
    };
    if (kind === "reasoning") this.#lastReason = at;
    this.#all.push(slot);
    this.#slots.set(index ?? at, slot);
    return slot;
  }

  #content(slot: Slot, index: unknown): Content {
    const n = typeof index === "number" ? index : 0;
    const there = slot.contents[n];
    if (there !== undefined) return there;
    const made: Content = { part: -1, text: "", annotations: [], refusal: "" };
    slot.contents[n] = made;
    return made;
  }

  #payload(slot: Slot, item: JsonObject): Payload {
    return {
      response: this.response,
      at: slot.at,
      ...(slot.after === undefined ? {} : { after: slot.after }),
      ...(slot.reason === undefined ? {} : { reason: slot.reason }),
      item,
    };
  }
}
