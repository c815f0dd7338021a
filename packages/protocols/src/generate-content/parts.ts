import { type Emit, isObject, type JsonObject, shortId } from "@lumiverse/core";
import { parseMedia } from "./media.ts";
import { PartialArguments } from "./partial-arguments.ts";
import type { RenderState } from "./state.ts";

/** What this wire wants back of a part. `raw` is a whole part that only the vendor understands. */
export interface PartReplay {
  thoughtSignature?: string;
  raw?: JsonObject;
}

/** Parts that the vendor's own tools leave behind: replayed as they came, shown by nobody. */
const SERVER_PARTS: ReadonlySet<string> = new Set(["executableCode", "codeExecutionResult", "toolCall", "toolResponse"]);
/** Fields that describe a part and are not its content. */
const ABOUT: ReadonlySet<string> = new Set(["thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"]);

/** Reads the parts of an answer, one after the other: texts are pieces of one, calls are whole or in pieces, the rest is whole. */
export class PartReader {
  /** Index of the next part. */
  index = 0;
  /** Tool calls so far. */
  calls = 0;
  /** The visible text so far. */
  text = "";
  /** Something that a caller sees has come: text, a call, media. */
  shown = false;
  /** The answer's id, of which ids of calls are made. */
  responseId = "";
  readonly #state: RenderState;
  readonly #note: (emit: Emit, field: string, message: string) => void;
  /** The kind of the text part that is still open at `index - 1`. */
  #open: "text" | "reasoning" | undefined;
  #partial: { arguments: PartialArguments; type: "tool-call-delta" | "text"; index: number; replay: PartReplay | undefined } | undefined;

  constructor(state: RenderState, note: (emit: Emit, field: string, message: string) => void) {
    this.#state = state;
    this.#note = note;
  }

  read(part: JsonObject, emit: Emit): void {
    const { text, thought, thoughtSignature, functionCall } = part;
    const signature = typeof thoughtSignature === "string" && thoughtSignature !== "" ? thoughtSignature : undefined;
    if (typeof text === "string") return this.#textPart(text, thought === true ? "reasoning" : "text", signature, emit);
    if (isObject(functionCall)) return this.#functionCall(functionCall, signature, emit);
    this.#otherPart(part, thought === true, signature, emit);
  }

  #textPart(text: string, kind: "text" | "reasoning", signature: string | undefined, emit: Emit): void {
    if (signature === undefined) {
      if (text === "") return;
      if (this.#open !== kind) {
        this.close(emit);
        this.#open = kind;
        this.index++;
      }
      this.#grown(kind, text);
      emit({ type: kind, index: this.index - 1, text });
      return;
    }
    // A signature belongs to its own part, an empty one too (it is the last of many streams): joined to a neighbour it is refused.
    this.close(emit);
    const index = this.index++;
    emit({ type: "part-start", index, kind });
    if (text !== "") {
      this.#grown(kind, text);
      emit({ type: kind, index, text });
    }
    emit({ type: "part-end", index, replay: { thoughtSignature: signature } satisfies PartReplay });
  }

  #grown(kind: "text" | "reasoning", text: string): void {
    if (kind !== "text") return;
    this.text += text;
    this.shown = true;
  }

  #functionCall(call: JsonObject, signature: string | undefined, emit: Emit): void {
    const { id, name, args, partialArgs, willContinue } = call;
    if (typeof name !== "string" || name === "") {
      if (this.#partial === undefined) return this.#note(emit, "functionCall", "a function call without a name was passed over");
      if (Array.isArray(partialArgs)) this.#pieces(partialArgs, emit);
      if (willContinue !== true) this.#closeCall(emit, false);
      return;
    }
    this.close(emit);
    const own = this.#state.names?.neutral(name) ?? name;
    const replay: PartReplay | undefined = signature === undefined ? undefined : { thoughtSignature: signature };
    const index = this.index++;
    const asText = own === this.#state.outputTool;
    if (!asText) {
      emit({ type: "part-start", index, kind: "tool-call", id: this.#callId(id, own), name: own });
      this.calls++;
    }
    this.shown = true;
    if (willContinue === true) {
      this.#partial = { arguments: new PartialArguments(), type: asText ? "text" : "tool-call-delta", index, replay };
      this.#grow(PartialArguments.begin, emit);
      if (Array.isArray(partialArgs)) this.#pieces(partialArgs, emit);
      return;
    }
    const json = JSON.stringify(isObject(args) ? args : {});
    if (asText) {
      this.text += json;
      emit({ type: "text", index, text: json });
      emit({ type: "part-end", index });
      return;
    }
    emit({ type: "tool-call-delta", index, text: json });
    emit(replay === undefined ? { type: "part-end", index } : { type: "part-end", index, replay });
  }

  /** Older models send no ids; one made of the answer's id stays the same however often the answer is read. */
  #callId(id: unknown, name: string): string {
    if (typeof id === "string" && id !== "") return id;
    return `call_${shortId(`${this.responseId === "" ? name : this.responseId}:${this.calls}`, 12)}`;
  }

  #pieces(pieces: readonly unknown[], emit: Emit): void {
    const open = this.#partial;
    if (open === undefined) return;
    for (const piece of pieces) {
      if (!isObject(piece)) continue;
      this.#grow(open.arguments.add(piece), emit);
    }
  }

  #grow(text: string, emit: Emit): void {
    if (this.#partial === undefined || text === "") return;
    if (this.#partial.type === "text") this.text += text;
    emit({ type: this.#partial.type, index: this.#partial.index, text });
  }

  /** Ends a call whose arguments came in pieces. One that was cut off stays as it is, so that it does not parse. */
  #closeCall(emit: Emit, cut: boolean): void {
    const open = this.#partial;
    if (open === undefined) return;
    const { text, whole } = cut ? { text: "", whole: undefined } : open.arguments.close();
    this.#grow(text, emit);
    this.#partial = undefined;
    emit({
      type: "part-end",
      index: open.index,
      ...(open.replay === undefined ? {} : { replay: open.replay }),
      ...(whole === undefined ? {} : { arguments: whole }),
    });
  }

  /** Ends what is open. The closing piece of streamed arguments can be missing. */
  close(emit: Emit, cut: boolean = false): void {
    this.#closeCall(emit, cut);
    this.#closeText(emit);
  }

  #closeText(emit: Emit): void {
    if (this.#open === undefined) return;
    this.#open = undefined;
    emit({ type: "part-end", index: this.index - 1 });
  }

  #otherPart(part: JsonObject, thought: boolean, signature: string | undefined, emit: Emit): void {
    const kind = Object.keys(part).find((key) => !ABOUT.has(key));
    if (kind === undefined) {
      if (signature !== undefined) this.#textPart("", thought ? "reasoning" : "text", signature, emit);
      return;
    }
    this.close(emit);
    const index = this.index++;
    const media = thought ? undefined : parseMedia(part);
    if (media !== undefined) {
      this.shown = true;
      if (signature === undefined) emit({ type: "part", index, part: media });
      else emit({ type: "part", index, part: media, replay: { thoughtSignature: signature } satisfies PartReplay });
      return;
    }
    if (!SERVER_PARTS.has(kind) && !(thought && kind === "inlineData"))
      this.#note(emit, `parts.${kind}`, `a part of the kind ${kind} is kept and not shown`);
    emit({
      type: "part",
      index,
      part: { type: "opaque", kind: thought ? `thought.${kind}` : kind },
      replay: { raw: part } satisfies PartReplay,
    });
  }
}
