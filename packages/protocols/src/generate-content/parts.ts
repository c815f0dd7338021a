/** Reads the parts of an answer in order. Text parts are pieces of one text; calls arrive complete or in pieces; other parts are complete. */
import { type Emit, isObject, type JsonObject, shortId, type ToolNames } from "@lumiverse/core/provider";
import { parseMedia } from "./media.ts";
import { PartialArguments } from "./partial-arguments.ts";

/** What the reader must know of the request. */
export interface ReaderState {
  /** Present when tools were renamed. */
  names?: ToolNames;
  /** The caller's name of the tool whose arguments are the structured output. */
  outputTool?: string;
}

/** What must be sent back to the vendor with a part. `raw` is the complete part, for parts that only the vendor understands. */
export interface PartReplay {
  thoughtSignature?: string;
  raw?: JsonObject;
}

/** Parts of tools that the vendor runs. They are sent back unchanged. */
const SERVER_PARTS: ReadonlySet<string> = new Set(["executableCode", "codeExecutionResult", "toolCall", "toolResponse"]);
/** Fields that describe a part, beside the one that has its content. */
const METADATA: ReadonlySet<string> = new Set(["thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"]);

type TextKind = "text" | "reasoning";

/** A call whose arguments arrive in pieces. The output tool's arguments become text. */
interface PartialCall {
  arguments: PartialArguments;
  type: "tool-call-delta" | "text";
  index: number;
  replay: PartReplay | undefined;
}

export class PartReader {
  /** Index of the next part. */
  index = 0;
  /** Tool calls so far. */
  toolCalls = 0;
  /** The visible text so far. */
  text = "";
  /** True once text, a call or media has arrived. */
  hasVisibleContent = false;
  /** The answer's id, from which missing ids of calls are derived. */
  responseId = "";
  readonly #state: ReaderState;
  readonly #noteUnknown: (emit: Emit, field: string, message: string) => void;
  /** The text part that is still open, at `index - 1`. */
  #openText: TextKind | undefined;
  #partialCall: PartialCall | undefined;

  constructor(state: ReaderState, noteUnknown: (emit: Emit, field: string, message: string) => void) {
    this.#state = state;
    this.#noteUnknown = noteUnknown;
  }

  read(part: JsonObject, emit: Emit): void {
    const { text, thought, thoughtSignature, functionCall } = part;
    const signature = typeof thoughtSignature === "string" && thoughtSignature !== "" ? thoughtSignature : undefined;
    if (typeof text === "string") return this.#readText(text, thought === true ? "reasoning" : "text", signature, emit);
    if (isObject(functionCall)) return this.#readCall(functionCall, signature, emit);
    this.#readOther(part, thought === true, signature, emit);
  }

  #readText(text: string, kind: TextKind, signature: string | undefined, emit: Emit): void {
    if (signature === undefined) {
      if (text === "") return;
      if (this.#openText !== kind) {
        this.close(emit);
        this.#openText = kind;
        this.index++;
      }
      this.#addVisible(kind, text);
      emit({ type: kind, index: this.index - 1, text });
      return;
    }
    // A signed part stays separate, even when it is empty (the last part of many streams): joined to another part it would be refused.
    this.close(emit);
    const index = this.index++;
    emit({ type: "part-start", index, kind });
    if (text !== "") {
      this.#addVisible(kind, text);
      emit({ type: kind, index, text });
    }
    emit({ type: "part-end", index, replay: { thoughtSignature: signature } satisfies PartReplay });
  }

  #addVisible(kind: TextKind, text: string): void {
    if (kind !== "text") return;
    this.text += text;
    this.hasVisibleContent = true;
  }

  #readCall(call: JsonObject, signature: string | undefined, emit: Emit): void {
    const { id, name, args, partialArgs, willContinue } = call;
    if (typeof name !== "string" || name === "") {
      if (this.#partialCall === undefined) return this.#noteUnknown(emit, "functionCall", "A function call without a name was ignored.");
      if (Array.isArray(partialArgs)) this.#addPieces(partialArgs, emit);
      if (willContinue !== true) this.#closeCall(emit, false);
      return;
    }
    this.close(emit);
    const toolName = this.#state.names?.decode(name) ?? name;
    const replay: PartReplay | undefined = signature === undefined ? undefined : { thoughtSignature: signature };
    const index = this.index++;
    const isOutput = toolName === this.#state.outputTool;
    if (!isOutput) {
      emit({ type: "part-start", index, kind: "tool-call", id: this.#callId(id, toolName), name: toolName });
      this.toolCalls++;
    }
    this.hasVisibleContent = true;
    if (willContinue === true) {
      this.#partialCall = { arguments: new PartialArguments(), type: isOutput ? "text" : "tool-call-delta", index, replay };
      this.#addArguments(PartialArguments.begin, emit);
      if (Array.isArray(partialArgs)) this.#addPieces(partialArgs, emit);
      return;
    }
    const json = JSON.stringify(isObject(args) ? args : {});
    if (isOutput) {
      this.text += json;
      emit({ type: "text", index, text: json });
      emit({ type: "part-end", index });
      return;
    }
    emit({ type: "tool-call-delta", index, text: json });
    emit(replay === undefined ? { type: "part-end", index } : { type: "part-end", index, replay });
  }

  /** Older models send no ids. An id derived from the answer's is the same at every reading. */
  #callId(id: unknown, name: string): string {
    if (typeof id === "string" && id !== "") return id;
    return `call_${shortId(`${this.responseId === "" ? name : this.responseId}:${this.toolCalls}`, 12)}`;
  }

  #addPieces(pieces: readonly unknown[], emit: Emit): void {
    for (const piece of pieces)
      if (isObject(piece) && this.#partialCall !== undefined) this.#addArguments(this.#partialCall.arguments.add(piece), emit);
  }

  #addArguments(text: string, emit: Emit): void {
    if (this.#partialCall === undefined || text === "") return;
    if (this.#partialCall.type === "text") this.text += text;
    emit({ type: this.#partialCall.type, index: this.#partialCall.index, text });
  }

  /** Ends a call with arguments in pieces. `cut` leaves the JSON incomplete, so that a call that was cut off does not parse. */
  #closeCall(emit: Emit, cut: boolean): void {
    const call = this.#partialCall;
    if (call === undefined) return;
    const { text, replacement } = cut ? { text: "", replacement: undefined } : call.arguments.close();
    this.#addArguments(text, emit);
    this.#partialCall = undefined;
    emit({
      type: "part-end",
      index: call.index,
      ...(call.replay === undefined ? {} : { replay: call.replay }),
      ...(replacement === undefined ? {} : { arguments: replacement }),
    });
  }

  /** Ends the open part. The last piece of streamed arguments can be missing. */
  close(emit: Emit, cut: boolean = false): void {
    this.#closeCall(emit, cut);
    if (this.#openText === undefined) return;
    this.#openText = undefined;
    emit({ type: "part-end", index: this.index - 1 });
  }

  #readOther(part: JsonObject, thought: boolean, signature: string | undefined, emit: Emit): void {
    const kind = Object.keys(part).find((key) => !METADATA.has(key));
    if (kind === undefined) {
      if (signature !== undefined) this.#readText("", thought ? "reasoning" : "text", signature, emit);
      return;
    }
    this.close(emit);
    const index = this.index++;
    const media = thought ? undefined : parseMedia(part);
    if (media !== undefined) {
      this.hasVisibleContent = true;
      if (signature === undefined) emit({ type: "part", index, part: media });
      else emit({ type: "part", index, part: media, replay: { thoughtSignature: signature } satisfies PartReplay });
      return;
    }
    if (!SERVER_PARTS.has(kind) && !(thought && kind === "inlineData"))
      this.#noteUnknown(emit, `parts.${kind}`, `The part kind ${kind} is unknown. The part is kept and sent back.`);
    emit({
      type: "part",
      index,
      part: { type: "opaque", kind: thought ? `thought.${kind}` : kind },
      replay: { raw: part } satisfies PartReplay,
    });
  }
}
