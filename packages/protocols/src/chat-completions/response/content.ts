import { definedFields, type Emit, LongText, LumiverseError } from "@lumiverse/core/provider";
import type { Dialect } from "../dialect.ts";
import { CLOSE_TAG, ThinkingEnd } from "./thinking-end.ts";

/** Numbers the parts of an answer. Shared by everything that adds parts. */
export interface PartCounter {
  /** The next free part index. */
  next: number;
}

export interface ContentOptions {
  /** A leading `<think>` block is reasoning. */
  tags: boolean;
  /** It is not known whether the model reasons, so a decision about tags leaves a note. */
  noteTags: boolean;
  failureTexts: NonNullable<Dialect["failureTexts"]>;
  /** A prefill that the host repeats at the head of its answer, or `""`. */
  echo: string;
  /** Text waits until it is known whether the output tool was called, because then the text is not part of the answer. */
  deferText: boolean;
  /** `text` is read at the end, so the whole text is kept. */
  keepText: boolean;
}

const OPEN_TAG = "<think>";
/** Closing tags without an opening one that are looked at. */
const MOST_TAGS = 8;

/**
 * Text and reasoning of one answer. The head of the text waits only while it may still be a failure text, a repeated prefill or a `<think>` tag. After that
 * each delta passes straight through. The work is linear in the answer's length.
 */
export class Content {
  /** Characters of text that were emitted or wait. */
  length = 0;
  #mode: "head" | "thinking" | "after-thinking" | "text" = "head";
  /** Text of the head, or of a possible tag, that is not decided yet. In the head it begins with a character that is not blank. */
  #pending = "";
  /** Blanks at the head. They are kept apart, because looking for their end once per delta would be quadratic. */
  #blanks: LongText | undefined;
  /** A leading `<think>` block as it came, which is text if its end never comes. */
  #tagged: LongText | undefined;
  /** Part index of the reasoning of a leading `<think>` block; -1 when there is none. */
  #taggedIndex = -1;
  readonly #thinkingEnd: ThinkingEnd = new ThinkingEnd();
  /** Reasoning that came in a field of its own, while the text may begin with a `<think>` block. */
  #separate: LongText | undefined;
  /** A `<think>` block in addition to that field. It usually has the same text. */
  #mirror = "";
  /** Part index of the current text; -1 when there is none. */
  #textIndex = -1;
  /** Part index of the current reasoning; -1 when there is none. */
  #reasoningIndex = -1;
  #wholeText: LongText = new LongText();
  /** The end of the text so far, where it may be the beginning of a closing tag. */
  #tagStart = "";
  /** How many closing tags without an opening one are still looked at. */
  #closeTags: number;
  /** Characters of the prefill that the answer has repeated; -1 once that is decided. */
  #echoed: number;
  readonly #options: ContentOptions;
  readonly #parts: PartCounter;

  constructor(options: ContentOptions, parts: PartCounter) {
    this.#options = options;
    this.#parts = parts;
    this.#echoed = options.echo === "" ? -1 : 0;
    this.#closeTags = options.tags ? MOST_TAGS : 0;
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
    if (this.#mode === "head") this.#addToHead(delta, emit);
    else {
      this.#tagged?.add(delta);
      this.#pending += delta;
    }
    if (this.#mode === "thinking") this.#readThinking(emit);
    if (this.#mode === "after-thinking") this.#readAfterThinking(emit);
  }

  /** A delta of reasoning from a field of its own. */
  addReasoning(delta: string, emit: Emit): void {
    // The host separates reasoning itself, so a later `</think>` is text that the model wrote.
    this.#separate ??= new LongText();
    if (this.#mode !== "text") this.#separate.add(delta);
    this.#closeTags = 0;
    this.#emitReasoning(delta, emit);
  }

  #emitReasoning(delta: string, emit: Emit): void {
    if (this.#reasoningIndex < 0) this.#reasoningIndex = this.#parts.next++;
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
    this.#closeTags = 0; // text that ended cannot be replaced
  }

  /**
   * The answer is complete. `stopped`: the model ended it itself, so a `<think>` block that was never closed is text. With `outputToolCalled`, text that
   * waited is dropped; returns true when there was any.
   */
  end(emit: Emit, { outputToolCalled, stopped }: { outputToolCalled: boolean; stopped: boolean }): boolean {
    this.flush(emit, stopped);
    const waits = this.#options.deferText && this.length > 0;
    if (waits && !outputToolCalled) this.#emitText(this.text, emit);
    this.#endReasoning(emit);
    return waits && outputToolCalled;
  }

  /** Emits what waits for a decision about the head or a tag. */
  flush(emit: Emit, stopped: boolean): void {
    if (this.#mode === "head") this.#readHead(emit, true);
    if (this.#mode === "thinking") this.#endThinking(emit, stopped);
    this.#pending = "";
  }

  /** The answer ended inside a `<think>` block. */
  #endThinking(emit: Emit, stopped: boolean): void {
    const tagged = this.#tagged?.toString() ?? "";
    const { thought, rest } = this.#thinkingEnd.end();
    if (rest !== undefined || !stopped || this.#isMirrored(tagged.slice(OPEN_TAG.length))) {
      this.#addThought(thought, emit);
      this.#endMirror(emit);
      if (rest !== undefined) this.#addPlainText(rest.trimStart(), emit);
      return;
    }
    this.#note("The answer begins with <think> and never closes it, so it was read as text.", emit);
    if (this.#taggedIndex >= 0) {
      if (this.#options.deferText) emit({ type: "replace", index: this.#taggedIndex });
      else emit({ type: "replace", index: this.#taggedIndex, part: { type: "text", text: tagged } });
      this.#reasoningIndex = -1;
      this.length += tagged.length;
      if (this.#options.keepText || this.#options.deferText) this.#wholeText.add(tagged);
    } else this.#addPlainText(tagged, emit);
  }

  #note(message: string, emit: Emit): void {
    if (this.#options.noteTags) emit({ type: "note", note: { kind: "changed", field: "content", message } });
  }

  #endReasoning(emit: Emit): void {
    if (this.#reasoningIndex < 0) return;
    emit({ type: "part-end", index: this.#reasoningIndex });
    this.#reasoningIndex = -1;
  }

  /** A delta while the head is undecided. */
  #addToHead(delta: string, emit: Emit): void {
    let text = delta;
    if (this.#echoed >= 0) {
      const { echo } = this.#options;
      const rest = echo.length - this.#echoed;
      if (text.length < rest && echo.startsWith(text, this.#echoed)) {
        this.#echoed += text.length;
        return;
      }
      // A complete repetition is removed. An incomplete one is text of the answer.
      text = text.startsWith(echo.slice(this.#echoed)) ? text.slice(rest) : echo.slice(0, this.#echoed) + text;
      this.#echoed = -1;
    }
    if (this.#pending === "") {
      const start = text.search(/\S/);
      const blanks = start < 0 ? text : text.slice(0, start);
      if (blanks !== "") {
        this.#blanks ??= new LongText();
        this.#blanks.add(blanks);
      }
      if (start < 0) return;
      text = text.slice(start);
    }
    this.#pending += text;
    this.#readHead(emit, false);
  }

  #readHead(emit: Emit, complete: boolean): void {
    if (complete && this.#echoed > 0) this.#pending = this.#options.echo.slice(0, this.#echoed);
    const text = this.#pending;
    for (const failure of this.#options.failureTexts) {
      if (text.startsWith(failure.startsWith)) throw failureError(failure);
      if (!complete && failure.startsWith.startsWith(text)) return;
    }
    if (this.#options.tags) {
      if (text.startsWith(OPEN_TAG)) {
        this.#mode = "thinking";
        this.#closeTags = 0;
        this.#tagged = new LongText();
        this.#tagged.add(text);
        this.#pending = text.slice(OPEN_TAG.length);
        return;
      }
      const isSeparate = this.#separate !== undefined;
      if (isSeparate && text.startsWith(CLOSE_TAG)) {
        // The host's parser left this tag in the text.
        this.#mode = "after-thinking";
        this.#pending = text.slice(CLOSE_TAG.length);
        return;
      }
      if (!complete && (OPEN_TAG.startsWith(text) || (isSeparate && CLOSE_TAG.startsWith(text)))) return;
    }
    this.#mode = "text";
    this.#pending = "";
    const head = this.#blanks === undefined ? text : this.#blanks.toString() + text;
    if (head !== "") this.#addPlainText(head, emit);
  }

  #readThinking(emit: Emit): void {
    const { thought, rest } = this.#thinkingEnd.add(this.#pending);
    this.#addThought(thought, emit);
    this.#pending = rest ?? "";
    if (rest === undefined) return;
    this.#endMirror(emit);
    this.#mode = "after-thinking";
    this.#tagged = undefined;
  }

  #addThought(thought: string, emit: Emit): void {
    if (this.#separate !== undefined) {
      this.#mirror += thought;
      return;
    }
    const text = this.#taggedIndex < 0 ? thought.trimStart() : thought;
    if (text === "") return;
    this.#emitReasoning(text, emit);
    this.#taggedIndex = this.#reasoningIndex;
  }

  /** Reasoning that came in a field and in a block is emitted once. */
  #endMirror(emit: Emit): void {
    if (!this.#isMirrored(this.#mirror)) this.#emitReasoning(this.#mirror.trim(), emit);
  }

  /** True for a block that is empty or repeats text of the field. */
  #isMirrored(thought: string): boolean {
    const said = thought.trim();
    return said === "" || this.#separate?.toString().includes(said) === true;
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
    if (this.#closeTags > 0 || this.#options.keepText) this.#wholeText.add(delta);
    if (this.#closeTags > 0 && this.#completesCloseTag(delta) && this.#replaceTextByReasoning(delta, emit)) return;
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
    const whole = this.text;
    let close = Math.max(0, whole.length - delta.length - CLOSE_TAG.length) - 1;
    do {
      close = whole.indexOf(CLOSE_TAG, close + 1);
      if (close < 0) return false;
    } while (--this.#closeTags >= 0 && !isLoneTag(whole, close));
    if (this.#closeTags < 0) return false;
    this.#closeTags = 0;
    this.#note("The text before a lone </think> was taken as reasoning.", emit);
    const thought = whole.slice(0, close).trim();
    const rest = whole.slice(close + CLOSE_TAG.length);
    this.#wholeText = new LongText();
    this.length = 0;
    if (this.#textIndex >= 0) {
      const index = this.#textIndex;
      emit({ type: "replace", index, part: { type: "reasoning", text: thought } });
      this.#textIndex = -1;
    } else if (thought !== "") this.#emitReasoning(thought, emit);
    this.#mode = "after-thinking";
    this.#pending = rest;
    this.#readAfterThinking(emit);
    return true;
  }
}

/** True for a closing tag at the beginning of a line and outside of code, without an opening tag before it. */
function isLoneTag(text: string, at: number): boolean {
  return (at === 0 || text[at - 1] === "\n") && text.lastIndexOf(OPEN_TAG, at) < 0 && !isInFence(text.slice(0, at));
}

/** True when a block of code is open at the end of the text. */
function isInFence(text: string): boolean {
  let fence: string | undefined;
  for (const [, marks = ""] of text.matchAll(/^[ \t]{0,3}(`{3,}|~{3,})/gm)) {
    if (fence === undefined) fence = marks;
    else if (marks.startsWith(fence)) fence = undefined;
  }
  return fence !== undefined;
}

function failureError(failure: ContentOptions["failureTexts"][number]): LumiverseError {
  return new LumiverseError({
    code: failure.is,
    message: failure.message,
    ...definedFields({ retryable: failure.retryable, hint: failure.hint }),
  });
}
