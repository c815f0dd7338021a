export const CLOSE_TAG = "</think>";
/** Characters after a tag in which the end of a code span around it is awaited. */
const LONGEST_SPAN = 200;

/** The beginning of a text that surely belongs to a `<think>` block, and what follows the block. Undefined while the block goes on. */
export interface Thought {
  thought: string;
  rest: string | undefined;
}

/** Looks for the tag that ends a `<think>` block. One inside a code span is text, because a model that thinks about the tag quotes it. */
export class ThinkingEnd {
  /** Text that is not decided. */
  #pending = "";
  /** Backticks that opened a code span in the line before `#pending`. 0: none is open. */
  #span = 0;

  add(delta: string): Thought {
    const text = this.#pending + delta;
    /** The first tag in the open span. */
    let tag = -1;
    let [span, spanAtTag] = [this.#span, 0];
    let keep = text.length - partOfTag(text);
    for (const { 0: token, index } of text.matchAll(/\n|`+|<\/think>/g)) {
      if (token === CLOSE_TAG) {
        if (span === 0) return this.#split(text, index);
        if (tag < 0) [tag, spanAtTag] = [index, span];
      } else if (token === "\n") {
        // A backtick without its partner.
        if (tag >= 0) return this.#split(text, tag);
        span = 0;
      } else if (token.length < 3 && index + token.length === text.length) keep = index;
      else if (span === token.length) [tag, span] = [-1, 0];
      else if (span === 0 && token.length < 3) span = token.length;
    }
    if (tag >= 0 && text.length - tag > LONGEST_SPAN) return this.#split(text, tag);
    if (tag >= 0) [keep, span] = [tag, spanAtTag];
    this.#span = span;
    this.#pending = text.slice(keep);
    return { thought: text.slice(0, keep), rest: undefined };
  }

  /** The answer has ended. */
  end(): Thought {
    const text = this.#pending;
    return text.startsWith(CLOSE_TAG) ? this.#split(text, 0) : { thought: text, rest: undefined };
  }

  #split(text: string, tag: number): Thought {
    return { thought: text.slice(0, tag), rest: text.slice(tag + CLOSE_TAG.length) };
  }
}

/** How many characters at the end of a text may be the beginning of the tag. */
function partOfTag(text: string): number {
  const start = text.lastIndexOf("<");
  return start >= 0 && CLOSE_TAG.startsWith(text.slice(start)) ? text.length - start : 0;
}
