/** Reads the parts of an answer in order. Text parts are pieces of one text; calls arrive complete or in pieces; other parts are complete. */
import {
  definedFields,
  type Emit,
  isObject,
  type JsonObject,
  type Note,
  parseJson,
  shortId,
  type ToolNames,
} from "@lumiverse/core/provider";
import { elementsOf, filledText, hasOneField, isFilled, isFilledText, pieceOf } from "../../shared/json-values.ts";
import { canonicalJson } from "../../shared/repeated-arguments.ts";
import { parseMedia } from "../media.ts";
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
const MEDIA: ReadonlySet<string> = new Set(["inlineData", "fileData"]);
/** Fields that describe a part. The content of the part is in another field. */
const METADATA: ReadonlySet<string> = new Set(["thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"]);

type TextKind = "text" | "reasoning";

/** A call that is still open. The output tool's arguments become text. */
interface OpenCall {
  id: string | undefined;
  name: string;
  /** Arguments that arrive in pieces. Undefined while none has arrived. */
  pieces: PartialArguments | undefined;
  /** The arguments as they were emitted. */
  text: string;
  /** The complete arguments, where they have arrived. */
  args: JsonObject | undefined;
  /** The vendor announced more pieces. */
  continues: boolean;
  type: "tool-call-delta" | "text";
  index: number;
  replay: PartReplay | undefined;
}

type AddNote = (emit: Emit, kind: Note["kind"], field: string, message: string) => void;

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
  readonly #note: AddNote;
  /** The text part that is still open, at `index - 1`. */
  #openText: TextKind | undefined;
  #openCall: OpenCall | undefined;
  /** The calls so far, by the vendor's id and the name: a call that arrives twice must not run twice. */
  readonly #callsById: Map<string, { index: number; args: string }> = new Map();

  constructor(state: ReaderState, note: AddNote) {
    this.#state = state;
    this.#note = note;
  }

  read(part: JsonObject, emit: Emit): void {
    const { functionCall } = part;
    const text = pieceOf(part["text"]);
    // Nearly every part is a piece of text and nothing else.
    if (typeof text === "string" && hasOneField(part)) return this.#readText(text, "text", undefined, emit);
    const isThought = part["thought"] === true || part["thought"] === "true";
    const signature = filledText(part["thoughtSignature"]);
    const other = contentOf(part);
    // An empty call ends the call that is open. Next to other content it is an empty field that some servers always send.
    const isAlone = other === undefined && (text === undefined || (text === "" && this.#openCall !== undefined));
    const isCall = isObject(functionCall) && (isAlone || isFilled(functionCall));
    if (typeof text === "string" && (text !== "" || (!isCall && other === undefined)))
      this.#readText(text, isThought ? "reasoning" : "text", isCall ? undefined : signature, emit);
    if (isCall) this.#readCall(functionCall, signature, emit);
    else if (other !== undefined) this.#readOther(part, { kind: other, thought: isThought, signature }, emit);
    else if (typeof text !== "string") this.#readText("", isThought ? "reasoning" : "text", signature, emit);
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
    const delta = callDelta(call);
    const { id, name, pieces, complete, continues } = delta;
    const open = this.#openCall;
    if (open !== undefined && continuesCall(open, delta)) {
      if (open.args === undefined) this.#addPieces(pieces, emit);
      // The complete arguments at the end of the pieces, or of a call that was announced without any.
      open.args ??= complete;
      open.continues = continues;
      if (name === undefined && !continues && pieces.length === 0) this.#closeCall(emit, false);
      return;
    }
    if (name === undefined) return this.#note(emit, "unknown", "functionCall", "A function call without a name was ignored.");
    this.close(emit);
    const toolName = this.#state.names?.decode(name) ?? name;
    if (this.#isRepeated(delta, toolName, emit)) return;
    const index = this.index++;
    const isOutput = toolName === this.#state.outputTool;
    if (!isOutput) {
      emit({ type: "part-start", index, kind: "tool-call", id: id ?? this.#newId(toolName), name: toolName });
      this.toolCalls++;
    }
    this.hasVisibleContent = true;
    this.#openCall = {
      id,
      name,
      pieces: undefined,
      text: "",
      args: complete,
      continues,
      type: isOutput ? "text" : "tool-call-delta",
      index,
      replay: signature === undefined ? undefined : { thoughtSignature: signature },
    };
    if (complete === undefined && (continues || pieces.length > 0)) this.#addPieces(pieces, emit);
    // A call with an id may be announced before its arguments; it stays open until the next part.
    else if (complete !== undefined || id === undefined) this.#closeCall(emit, false);
  }

  /** A call that has arrived before, with the same arguments or without any. */
  #isRepeated({ id, pieces, complete }: CallDelta, name: string, emit: Emit): boolean {
    const earlier = id === undefined ? undefined : this.#callsById.get(`${id} ${name}`);
    if (earlier === undefined || pieces.length > 0) return false;
    if (complete !== undefined && canonicalJson(JSON.stringify(complete)) !== earlier.args) {
      // The earlier one had no arguments, so it was this call.
      if (earlier.args === "{}") {
        emit({ type: "replace", index: earlier.index });
        this.toolCalls--;
      }
      return false;
    }
    this.#note(emit, "changed", "functionCall", `The call ${name} arrived twice under one id. It is returned once.`);
    return true;
  }

  /** Older models send no ids. An id derived from the answer's is the same at every reading. */
  #newId(name: string): string {
    return `call_${shortId(`${this.responseId === "" ? name : this.responseId}:${this.toolCalls}`, 12)}`;
  }

  #addPieces(pieces: readonly unknown[], emit: Emit): void {
    const call = this.#openCall;
    if (call === undefined) return;
    if (call.pieces === undefined) {
      call.pieces = new PartialArguments();
      this.#addArguments(PartialArguments.begin, emit);
    }
    for (const piece of pieces) if (isObject(piece)) this.#addArguments(call.pieces.add(piece), emit);
  }

  #addArguments(text: string, emit: Emit): void {
    if (this.#openCall === undefined || text === "") return;
    this.#openCall.text += text;
    if (this.#openCall.type === "text") this.text += text;
    emit({ type: this.#openCall.type, index: this.#openCall.index, text });
  }

  /** Ends the open call. `cut` leaves the JSON of pieces incomplete, so that a call that was cut off does not parse. */
  #closeCall(emit: Emit, cut: boolean): void {
    const call = this.#openCall;
    if (call === undefined) return;
    let replacement: string | undefined;
    if (call.pieces === undefined) this.#addArguments(JSON.stringify(call.args ?? {}), emit);
    else if (call.args !== undefined) replacement = JSON.stringify(call.args);
    else if (!(cut && call.continues)) {
      const end = call.pieces.close();
      this.#addArguments(end.text, emit);
      replacement = end.replacement;
    }
    this.#openCall = undefined;
    if (call.id !== undefined && call.type !== "text")
      this.#callsById.set(`${call.id} ${this.#state.names?.decode(call.name) ?? call.name}`, {
        index: call.index,
        args: canonicalJson(replacement ?? call.text),
      });
    emit({
      type: "part-end",
      index: call.index,
      ...definedFields({ replay: call.replay }),
      ...(replacement === undefined || call.type === "text" ? {} : { arguments: replacement }),
    });
  }

  /** Ends the open part. The last piece of streamed arguments can be missing. */
  close(emit: Emit, cut: boolean = false): void {
    this.#closeCall(emit, cut);
    if (this.#openText === undefined) return;
    this.#openText = undefined;
    emit({ type: "part-end", index: this.index - 1 });
  }

  #readOther(
    part: JsonObject,
    { kind, thought, signature }: { kind: string; thought: boolean; signature: string | undefined },
    emit: Emit,
  ): void {
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
      this.#note(emit, "unknown", `parts.${kind}`, `The part kind ${kind} is unknown. The part is kept and sent back.`);
    emit({
      type: "part",
      index,
      part: { type: "opaque", kind: thought ? `thought.${kind}` : kind },
      replay: { raw: part } satisfies PartReplay,
    });
  }
}

/** True for a part that is read as a piece of text. Its signature is that of the text. */
export function isTextPart(part: JsonObject): boolean {
  const text = pieceOf(part["text"]);
  return typeof text === "string" && (text !== "" || contentOf(part) === undefined);
}

/**
 * The field that has a part's content, apart from text and calls. Undefined when there is none, or when it is empty next to text or a call. An unknown field next to
 * text describes it: as content of its own, the part would be sent back twice.
 */
function contentOf(part: JsonObject): string | undefined {
  const isContent = (key: string): boolean => !isFilledText(part["text"]) || SERVER_PARTS.has(key) || MEDIA.has(key);
  const fields = Object.keys(part).filter((key) => !METADATA.has(key) && key !== "text" && key !== "functionCall" && isContent(key));
  const filled = fields.find((key) => isFilled(part[key]));
  return filled ?? (part["text"] === undefined && part["functionCall"] === undefined ? fields[0] : undefined);
}

/** What one call part says. */
interface CallDelta {
  id: string | undefined;
  name: string | undefined;
  /** Arguments in pieces. */
  pieces: readonly unknown[];
  /** The whole arguments. */
  complete: JsonObject | undefined;
  /** More pieces follow. */
  continues: boolean;
}

function callDelta({ id, name, args, arguments: otherArgs, partialArgs, willContinue }: JsonObject): CallDelta {
  // Arguments as text, as Chat Completions has them, which some gateways encode twice.
  let given = args ?? otherArgs;
  for (let n = 0; n < 2; n++) if (typeof given === "string") given = parseJson(given);
  return {
    id: filledText(id),
    name: filledText(name),
    pieces: elementsOf(partialArgs),
    complete: isObject(given) && Object.keys(given).length > 0 ? given : undefined,
    continues: willContinue === true,
  };
}

/** True when a call part belongs to the open call: it has no name, or it repeats the name and the id of a call that lacks its arguments. */
function continuesCall(open: OpenCall, { name, id, complete }: CallDelta): boolean {
  if (name === undefined) return id === undefined || open.id === undefined || id === open.id;
  if (name !== open.name || open.args !== undefined) return false;
  if (id !== undefined && id === open.id) return true;
  // Without ids only a call that announced more can be continued by its name.
  return id === undefined && open.id === undefined && open.continues && complete !== undefined;
}
