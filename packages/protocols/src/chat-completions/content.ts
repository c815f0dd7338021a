import { type Emit, LongText, LumiverseError } from "@lumiverse/core/provider";
import type { Dialect } from "./dialect.ts";

/** Numbers the parts of an answer. Shared by everything that adds parts. */
export interface PartCounter {
  /** The next free part index. */
  next: number;
}

export interface ContentOptions {
  /** A leading `<think>` block is reasoning. */
  tags: boolean;
  failureTexts: NonNullable<Dialect["failureTexts"]>;
  /** A prefill that the host repeats at the head of its answer, or `""`. */
  echo: string;
  /** Text waits until it is known whether the output tool was called, because then the text is not part of the answer. */
  deferText: boolean;
  /** `text` is read at the end, so the whole text is kept. */
  keepText: boolean;
}

const OPEN_TAG = "<think>";
const CLOSE_TAG = "</think>";

/**
 * Text and reasoning of one answer. The head of the text waits only while it may still be a failure text, a repeated prefill or a `<think>` tag. After that
 * each delta passes straight through. The work is linear in the answer's length.
 */
export class Content {
  /** Characters of text that were emitted or wait. */
  length = 0;
  #mode: "head" | "thinking" | "after-thinking" | "text" = "head";
  /** Text of the head, or of a possible tag, that is not decided yet. */
  #pending = "";
  /** Part index of the current text; -1 when there is none. */
  #textIndex = -1;
  /** Part index of the current reasoning; -1 when there is none. */
  #reasoningIndex = -1;
  #wholeText: LongText = new LongText();
  /** The end of the text so far, where it may be the beginning of a closing tag. */
  #tagStart = "";
  /** A lone closing tag still counts. */
  #awaitsCloseTag: boolean;
  #echo: string;
  readonly #options: ContentOptions;
  readonly #parts: PartCounter;

  constructor(options: ContentOptions, parts: PartCounter) {
    this.#options = options;
    this.#parts = parts;
    this.#echo = options.echo;
    this.#awaitsCloseTag = options.tags;
    if (!options.tags && options.failureTexts.length === 0 && options.echo === "") this.#mode = "text";
  }

  /** All text so far, without tags. Complete only with `keepText`. */
  get text(): string {
    return this.#wholeText.toString();
  }

  /** A delta of text. After a later thinking block it begins a new part. */
  addText(delta: string, emit: Emit): void {
    if (this.#textIndex >= 0 && this.#textIndex < this.#reasoningIndex) this.endPart(emit);
    if (this.#mode === "text") return this.#addPlainText(delta, emit);
    this.#pending += delta;
    if (this.#mode === "head") this.#readHead(emit, false);
    if (this.#mode === "thinking") this.#readThinking(emit);
    if (this.#mode === "after-thinking") this.#readAfterThinking(emit);
  }

  /** A delta of reasoning from a field of its own. */
  addReasoning(delta: string, emit: Emit): void {
    if (this.#reasoningIndex < 0) {
      this.#reasoningIndex = this.#parts.next++;
      // The host separates reasoning itself, so a later `</think>` is text that the model wrote.
      this.#awaitsCloseTag = false;
    }
    emit({ type: "reasoning", index: this.#reasoningIndex, text: delta });
  }

  /** A thinking chunk among content parts (Mistral). After text it begins a new part. */
  addThinkingChunk(delta: string, emit: Emit): void {
    if (this.#textIndex >= 0 && this.#reasoningIndex < this.#textIndex) this.endPart(emit);
    this.addReasoning(delta, emit);
  }

  /** Text from the arguments of the output tool. */
  addOutput(delta: string, emit: Emit): void {
    this.#emitText(delta, emit);
  }

  /** Ends the current text and reasoning, because a part of another kind follows. */
  endPart(emit: Emit): void {
    if (this.#textIndex >= 0) emit({ type: "part-end", index: this.#textIndex });
    this.#endReasoning(emit);
    this.#textIndex = -1;
    this.#awaitsCloseTag = false; // text that ended cannot be replaced
  }

  /** The answer is complete. With `outputToolCalled`, text that waited is dropped; returns true when there was any. */
  end(emit: Emit, outputToolCalled: boolean): boolean {
    if (this.#mode === "head") this.#readHead(emit, true);
    if (this.#mode === "thinking" && this.#pending !== "") this.addReasoning(this.#pending, emit);
    this.#pending = "";
    const waits = this.#options.deferText && this.length > 0;
    if (waits && !outputToolCalled) this.#emitText(this.#wholeText.toString(), emit);
    this.#endReasoning(emit);
    return waits && outputToolCalled;
  }

  #endReasoning(emit: Emit): void {
    if (this.#reasoningIndex < 0) return;
    emit({ type: "part-end", index: this.#reasoningIndex });
    this.#reasoningIndex = -1;
  }

  #readHead(emit: Emit, complete: boolean): void {
    const text = this.#pending.trimStart();
    for (const failure of this.#options.failureTexts) {
      if (text.startsWith(failure.startsWith)) throw failureError(failure);
      if (!complete && failure.startsWith.startsWith(text)) return;
    }
    if (this.#echo !== "") {
      if (!complete && this.#echo.startsWith(this.#pending) && this.#pending !== this.#echo) return;
      if (this.#pending.startsWith(this.#echo)) this.#pending = this.#pending.slice(this.#echo.length);
      this.#echo = "";
      if (this.#pending !== "" || complete) return this.#readHead(emit, complete);
      return;
    }
    if (this.#options.tags) {
      if (text.startsWith(OPEN_TAG)) {
        this.#mode = "thinking";
        this.#awaitsCloseTag = false;
        this.#pending = text.slice(OPEN_TAG.length);
        return;
      }
      if (!complete && OPEN_TAG.startsWith(text)) return;
    }
    this.#mode = "text";
    const head = this.#pending;
    this.#pending = "";
    if (head !== "") this.#addPlainText(head, emit);
  }

  #readThinking(emit: Emit): void {
    if (this.#reasoningIndex < 0) this.#pending = this.#pending.trimStart();
    const close = this.#pending.indexOf(CLOSE_TAG);
    if (close >= 0) {
      const thought = this.#pending.slice(0, close);
      if (thought !== "") this.addReasoning(thought, emit);
      this.#pending = this.#pending.slice(close + CLOSE_TAG.length);
      this.#mode = "after-thinking";
      return;
    }
    // The end of what has come may be the beginning of the tag.
    let keep = Math.min(CLOSE_TAG.length - 1, this.#pending.length);
    while (keep > 0 && !CLOSE_TAG.startsWith(this.#pending.slice(-keep))) keep--;
    const thought = keep === 0 ? this.#pending : this.#pending.slice(0, -keep);
    if (thought !== "") this.addReasoning(thought, emit);
    this.#pending = keep === 0 ? "" : this.#pending.slice(-keep);
  }

  /** Blank lines between the thinking block and the answer belong to neither. */
  #readAfterThinking(emit: Emit): void {
    const text = this.#pending.trimStart();
    this.#pending = "";
    if (text === "") return;
    this.#mode = "text";
    this.#addPlainText(text, emit);
  }

  #addPlainText(delta: string, emit: Emit): void {
    if (delta === "") return;
    this.length += delta.length;
    if (this.#awaitsCloseTag || this.#options.keepText) this.#wholeText.add(delta);
    if (this.#awaitsCloseTag && this.#completesCloseTag(delta) && this.#replaceTextByReasoning(delta, emit)) return;
    if (this.#options.deferText) return;
    this.#emitText(delta, emit);
  }

  /** Keeps only as much text as may be the beginning of the tag: searching the whole text once per delta would be quadratic. */
  #completesCloseTag(delta: string): boolean {
    if (this.#tagStart === "" && !delta.includes("<")) return false;
    const seen = this.#tagStart + delta;
    const last = seen.slice(seen.lastIndexOf("<"));
    this.#tagStart = CLOSE_TAG.startsWith(last) ? last : "";
    return seen.includes(CLOSE_TAG);
  }

  #emitText(delta: string, emit: Emit): void {
    if (this.#textIndex < 0) this.#textIndex = this.#parts.next++;
    emit({ type: "text", index: this.#textIndex, text: delta });
  }

  /**
   * A lone `</think>` at the beginning of a line: everything before it was reasoning whose opening tag stood in the prompt, so the text that was emitted is
   * replaced. False when the tag is part of the text.
   */
  #replaceTextByReasoning(delta: string, emit: Emit): boolean {
    const whole = this.#wholeText.toString();
    const close = whole.indexOf(CLOSE_TAG, Math.max(0, whole.length - delta.length - CLOSE_TAG.length));
    if (close < 0) return false;
    this.#awaitsCloseTag = false;
    if ((close > 0 && whole[close - 1] !== "\n") || whole.lastIndexOf(OPEN_TAG, close) >= 0) return false;
    const thought = whole.slice(0, close).trim();
    const rest = whole.slice(close + CLOSE_TAG.length);
    this.#wholeText = new LongText();
    this.length = 0;
    if (this.#textIndex >= 0) {
      const index = this.#textIndex;
      emit({ type: "replace", index, part: { type: "reasoning", text: thought } });
      this.#textIndex = -1;
    } else if (thought !== "") this.addReasoning(thought, emit);
    this.#mode = "after-thinking";
    this.#pending = rest;
    this.#readAfterThinking(emit);
    return true;
  }
}

function failureError(failure: ContentOptions["failureTexts"][number]): LumiverseError {
  return new LumiverseError({
    code: failure.is,
    message: failure.message,
    ...(failure.retryable === undefined ? {} : { retryable: failure.retryable }),
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  });
}
