import type { Emit, Protocol, ReadEvent, Reader, SseMessage } from "@lumiverse/core";

/** The box that GLM-4.5V and its like draw around an answer: tokens of their template, no words. */
const MARKS = ["<|begin_of_box|>", "<|end_of_box|>"];

/** The same wire without these marks in the text, wherever packets cut them. */
export function unboxed(protocol: Protocol): Protocol {
  return { ...protocol, reader: (call, rendered) => new Unboxed(protocol.reader(call, rendered)) };
}

class Unboxed implements Reader {
  private readonly inner: Reader;
  private out: Emit = () => {};
  /** The end of the text that may be the beginning of a mark. */
  private held = "";
  private index = 0;
  private noted = false;

  constructor(inner: Reader) {
    this.inner = inner;
  }
  get phase(): Reader["phase"] {
    return this.inner.phase;
  }
  message(message: SseMessage, emit: Emit): void {
    this.out = emit;
    this.inner.message(message, this.pass);
  }
  body(json: unknown, emit: Emit): void {
    this.out = emit;
    this.inner.body(json, this.pass);
  }
  stray(text: string, emit: Emit): void {
    this.out = emit;
    this.inner.stray(text, this.pass);
  }
  end(emit: Emit): void {
    this.out = emit;
    this.inner.end(this.pass);
  }

  private readonly pass: Emit = (event: ReadEvent): void => {
    if (event.type === "text") return this.text(event.index, event.text);
    const closes = event.type === "finish" || event.type === "part" || event.type === "part-start" || event.type === "part-end";
    if (closes && this.held !== "") {
      this.out({ type: "text", index: this.index, text: this.held });
      this.held = "";
    }
    this.out(event);
  };

  private text(index: number, delta: string): void {
    let text = this.held + delta;
    this.index = index;
    this.held = "";
    // The usual delta has no bracket, and goes on as it is.
    if (text.includes("<")) {
      for (const mark of MARKS) {
        if (!text.includes(mark)) continue;
        text = text.replaceAll(mark, "");
        if (!this.noted)
          this.out({ type: "note", note: { kind: "changed", field: "content", message: "the box marks of the template were left out" } });
        this.noted = true;
      }
      const at = text.lastIndexOf("<");
      if (at >= 0 && MARKS.some((mark) => mark.startsWith(text.slice(at)))) {
        this.held = text.slice(at);
        text = text.slice(0, at);
      }
    }
    if (text !== "") this.out({ type: "text", index, text });
  }
}
