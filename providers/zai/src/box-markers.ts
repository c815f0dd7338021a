import type { Emit, Protocol, ReadEvent, Reader, SseMessage } from "@lumiverse/core/provider";

/** Template tokens that older vision models such as GLM-4.5V write around an answer (fixtures/box-marks). */
const MARKERS = ["<|begin_of_box|>", "<|end_of_box|>"];

/** Removes the markers from the text of answers, also when a marker is split over several deltas. */
export function removeBoxMarkers(protocol: Protocol): Protocol {
  return {
    ...protocol,
    reader: (context) => {
      const reader = protocol.reader(context);
      // With the vendor's own fields, the text stays as the vendor sent it.
      return context.call.request.vendorFields === undefined ? new MarkerRemover(reader) : reader;
    },
  };
}

class MarkerRemover implements Reader {
  private readonly inner: Reader;
  private out: Emit = () => {};
  /** The end of the text so far, when it may be the beginning of a marker. */
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
  unframedText(text: string, emit: Emit): void {
    this.out = emit;
    this.inner.unframedText(text, this.pass);
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
    if (text.includes("<")) {
      for (const marker of MARKERS) {
        if (!text.includes(marker)) continue;
        text = text.replaceAll(marker, "");
        if (!this.noted)
          this.out({
            type: "note",
            note: { kind: "changed", field: "content", message: "Markers of the model's chat template were removed from the text." },
          });
        this.noted = true;
      }
      const at = text.lastIndexOf("<");
      if (at >= 0 && MARKERS.some((marker) => marker.startsWith(text.slice(at)))) {
        this.held = text.slice(at);
        text = text.slice(0, at);
      }
    }
    if (text !== "") this.out({ type: "text", index, text });
  }
}
