import { type Emit, LongText, LumiverseError } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

/** The next free part index of an answer, shared by all who add parts. */
export interface Cursor {
  next: number;
}

export interface ContentRules {
  tags: boolean;
  failures: NonNullable<Dialect["failureTexts"]>;
  /** A prefill that the host repeats at the head of its answer. */
  echo: string;
  /** Text waits until it is known whether the output tool was called: then the text is no part of the answer. */
  held: boolean;
  /** The whole text is asked for at the end (`text`). */
  kept: boolean;
}

const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * Text and reasoning of one answer. The head of the text is withheld only while it may still be one of: a failure text, a repeated
 * prefill, a `<think>` tag. After that each delta passes straight through; all is linear in the answer's length.
 */
export class Content {
  /** Characters of text that were emitted or are held. */
  length = 0;
  #mode: "head" | "thinking" | "answer-head" | "text" = "head";
  #pending = "";
  #textAt = -1;
  #reasoningAt = -1;
  #whole: LongText = new LongText();
  #tail = "";
  #watching: boolean;
  #echo: string;
  readonly #rules: ContentRules;
  readonly #cursor: Cursor;

  constructor(rules: ContentRules, cursor: Cursor) {
    this.#rules = rules;
    this.#cursor = cursor;
    this.#echo = rules.echo;
    this.#watching = rules.tags;
    if (!rules.tags && rules.failures.length === 0 && rules.echo === "") this.#mode = "text";
  }

  /** Everything the model wrote as text so far, tags excluded; where `kept` says so. */
  get text(): string {
    return this.#whole.toString();
  }
  get reasoned(): boolean {
    return this.#reasoningAt >= 0;
  }

  /** A delta of the content field. */
  add(delta: string, emit: Emit): void {
    if (this.#mode === "text") return this.#say(delta, emit);
    this.#pending += delta;
    if (this.#mode === "head") this.#head(emit, false);
    if (this.#mode === "thinking") this.#thinking(emit);
    if (this.#mode === "answer-head") this.#answer(emit);
  }

  /** A delta of reasoning by a field of its own. */
  reason(delta: string, emit: Emit): void {
    if (this.#reasoningAt < 0) {
      this.#reasoningAt = this.#cursor.next++;
      // The host separates reasoning itself, so a later `</think>` is the model's own words.
      this.#watching = false;
    }
    emit({ type: "reasoning", index: this.#reasoningAt, text: delta });
  }

  /** A thinking chunk among content parts (Mistral): what follows text is a new block. */
  think(delta: string, emit: Emit): void {
    if (this.#textAt >= 0 && this.#reasoningAt < this.#textAt) this.split(emit);
    this.reason(delta, emit);
  }

  /** Text among content parts: what follows a later thinking block is a new text. */
  part(delta: string, emit: Emit): void {
    if (this.#textAt >= 0 && this.#textAt < this.#reasoningAt) this.split(emit);
    this.add(delta, emit);
  }

  /** Text goes no further in this part: something else stands between. */
  split(emit: Emit): void {
    if (this.#textAt >= 0) emit({ type: "part-end", index: this.#textAt });
    this.#endReasoning(emit);
    this.#textAt = -1;
  }

  /** The answer in the arguments of the output tool. */
  output(delta: string, emit: Emit): void {
    this.#emitText(delta, emit);
  }

  /** Nothing more comes. `called`: the output tool was, so held text is dropped; returns whether there was any. */
  end(emit: Emit, called: boolean): boolean {
    if (this.#mode === "head") this.#head(emit, true);
    if (this.#mode === "thinking" && this.#pending !== "") this.reason(this.#pending, emit);
    this.#pending = "";
    const dropped = this.#rules.held && called && this.length > 0;
    if (this.#rules.held && !called && this.length > 0) this.#emitText(this.#whole.toString(), emit);
    this.#endReasoning(emit);
    return dropped;
  }

  #endReasoning(emit: Emit): void {
    if (this.#reasoningAt < 0) return;
    emit({ type: "part-end", index: this.#reasoningAt });
    this.#reasoningAt = -1;
  }

  #head(emit: Emit, last: boolean): void {
    const text = this.#pending.trimStart();
    for (const failure of this.#rules.failures) {
      if (text.startsWith(failure.startsWith)) throw failureText(failure);
      if (!last && failure.startsWith.startsWith(text)) return;
    }
    if (this.#echo !== "") {
      if (!last && this.#echo.startsWith(this.#pending) && this.#pending !== this.#echo) return;
      if (this.#pending.startsWith(this.#echo)) this.#pending = this.#pending.slice(this.#echo.length);
      this.#echo = "";
      if (this.#pending !== "" || last) return this.#head(emit, last);
      return;
    }
    if (this.#rules.tags) {
      if (text.startsWith(OPEN)) {
        this.#mode = "thinking";
        this.#watching = false;
        this.#pending = text.slice(OPEN.length);
        return;
      }
      if (!last && OPEN.startsWith(text)) return;
    }
    this.#mode = "text";
    const held = this.#pending;
    this.#pending = "";
    if (held !== "") this.#say(held, emit);
  }

  #thinking(emit: Emit): void {
    if (!this.reasoned) this.#pending = this.#pending.trimStart();
    const at = this.#pending.indexOf(CLOSE);
    if (at >= 0) {
      const thought = this.#pending.slice(0, at);
      if (thought !== "") this.reason(thought, emit);
      this.#pending = this.#pending.slice(at + CLOSE.length);
      this.#mode = "answer-head";
      return;
    }
    // The end of what is there may be the beginning of the tag.
    let keep = Math.min(CLOSE.length - 1, this.#pending.length);
    while (keep > 0 && !CLOSE.startsWith(this.#pending.slice(-keep))) keep--;
    const thought = keep === 0 ? this.#pending : this.#pending.slice(0, -keep);
    if (thought !== "") this.reason(thought, emit);
    this.#pending = keep === 0 ? "" : this.#pending.slice(-keep);
  }

  /** Blank lines between the block and the answer belong to neither. */
  #answer(emit: Emit): void {
    const text = this.#pending.trimStart();
    this.#pending = "";
    if (text === "") return;
    this.#mode = "text";
    this.#say(text, emit);
  }

  #say(delta: string, emit: Emit): void {
    if (delta === "") return;
    this.length += delta.length;
    if (this.#watching || this.#rules.kept) this.#whole.add(delta);
    if (this.#watching && this.#closes(delta) && this.#loneClose(delta, emit)) return;
    if (this.#rules.held) return;
    this.#emitText(delta, emit);
  }

  /** Keeps no more of the text than may be the beginning of the tag: searching the whole once per delta would be quadratic. */
  #closes(delta: string): boolean {
    if (this.#tail === "" && !delta.includes("<")) return false;
    const seen = this.#tail + delta;
    const last = seen.slice(seen.lastIndexOf("<"));
    this.#tail = CLOSE.startsWith(last) ? last : "";
    return seen.includes(CLOSE);
  }

  #emitText(delta: string, emit: Emit): void {
    if (this.#textAt < 0) this.#textAt = this.#cursor.next++;
    emit({ type: "text", index: this.#textAt, text: delta });
  }

  /**
   * All before a lone `</think>` at the beginning of a line was reasoning whose opening tag stood in the prompt. Its part is announced
   * anew as reasoning, which replaces what was said of it.
   */
  #loneClose(delta: string, emit: Emit): boolean {
    const whole = this.#whole.toString();
    const close = whole.indexOf(CLOSE, Math.max(0, whole.length - delta.length - CLOSE.length));
    if (close < 0) return false;
    this.#watching = false;
    if ((close > 0 && whole[close - 1] !== "\n") || whole.lastIndexOf(OPEN, close) >= 0) return false;
    const thought = whole.slice(0, close);
    const rest = whole.slice(close + CLOSE.length);
    this.#whole = new LongText();
    this.length = 0;
    if (thought.trim() !== "") {
      const index = this.#textAt < 0 ? this.#cursor.next++ : this.#textAt;
      this.#textAt = -1;
      this.#reasoningAt = index;
      emit({ type: "part-start", index, kind: "reasoning" });
      emit({ type: "reasoning", index, text: thought.trim() });
    } else if (this.#textAt >= 0) emit({ type: "part-start", index: this.#textAt, kind: "text" });
    this.#mode = "answer-head";
    this.#pending = rest;
    this.#answer(emit);
    return true;
  }
}

function failureText(failure: ContentRules["failures"][number]): LumiverseError {
  return new LumiverseError({
    code: failure.is,
    message: failure.message,
    ...(failure.retryable === undefined ? {} : { retryable: failure.retryable }),
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  });
}
