import { type Emit, isObject, type JsonObject, shortId } from "@lumiverse/core/provider";
import type { PropertyNames } from "../../schema/index.ts";
import { JsonScanner } from "../../shared/json-scanner.ts";
import { indexOf, isJson } from "../../shared/json-values.ts";
import { isPlaceholder } from "../../shared/repeated-arguments.ts";
import type { Content, PartCounter } from "./content.ts";

/** JSON text in pieces. */
interface Arguments {
  text: string;
  scanner: JsonScanner;
  /** The text from the last piece that repeats everything before it: it may be the whole arguments. */
  restarted: string | undefined;
  /** Pieces so far, and how many of them repeated everything before them. */
  pieces: number;
  repeats: number;
}

/** A tool call while it arrives. */
interface CollectedCall {
  id: string;
  name: string;
  arguments: Arguments;
  /** What came after complete arguments: a repetition, or another call. */
  further: Arguments | undefined;
  /** Part index. */
  index: number;
  /** The `part-start` was emitted. */
  started: boolean;
  /** The arguments differ from the deltas that were emitted. */
  replaced: boolean;
  /** It calls the tool that carries the structured output. */
  isOutput: boolean;
  /** Its arguments are free text, not JSON (OpenAI's custom tools). */
  isCustom: boolean;
}

/** What one element of `tool_calls` says. Absent texts are `""`. */
interface CallDelta {
  index: number | undefined;
  id: string;
  name: string;
  /** Arguments. */
  text: string;
  /** Index in the list. */
  position: number;
  /** It is a whole call of a finished message. */
  whole: boolean;
}

export interface ToolCallOptions {
  /** The caller's name of a tool by the name that was sent. */
  decodeName: (name: string) => string;
  /** Changed names of properties, by the caller's name of the tool. */
  properties: ReadonlyMap<string, PropertyNames> | undefined;
  /** The names of declared tools as they were sent. */
  declared: ReadonlySet<string>;
  /** The sent name of the tool that carries the structured output. */
  outputTool: string | undefined;
  /** Makes ids for hosts that send none, different from those of other turns. */
  idSeed: string;
}

/** What the collected calls add up to. */
export interface ToolCallSummary {
  /** Calls of the answer, without the output tool. */
  calls: number;
  outputToolCalled: boolean;
  /** The arguments of a call are the beginning of JSON. */
  cutArguments: boolean;
  /** Calls that never got a name. */
  unnamed: number;
}

/**
 * Collects tool calls from deltas, for which hosts follow no common rule. A delta belongs to the call with its `index`, else with its id, else with its place
 * in a list of several, else to the last call. The first id and name that are not empty count; later ones are never appended. Some hosts number all parallel
 * calls 0, so another id or another tool's name under a used index is another call, and so is JSON that follows complete arguments. Some announce one call
 * under two indexes, or send its arguments once more in full; a repetition is dropped. Arguments are text, an object or null. A whole message has whole
 * calls.
 */
export class ToolCallCollector {
  readonly #calls: CollectedCall[] = [];
  readonly #byIndex: Map<number, CollectedCall> = new Map();
  readonly #byId: Map<string, CollectedCall> = new Map();
  readonly #options: ToolCallOptions;
  readonly #parts: PartCounter;
  readonly #content: Content;
  /** The call that the last delta belonged to. */
  #current: CollectedCall | undefined;

  constructor(options: ToolCallOptions, parts: PartCounter, content: Content) {
    this.#options = options;
    this.#parts = parts;
    this.#content = content;
  }

  /** True when a call has come. */
  get hasCalls(): boolean {
    return this.#calls.length > 0;
  }

  /** Adds the elements of `tool_calls`. `whole` is true in a finished message, where each element is a call. */
  add(items: readonly unknown[], whole: boolean, emit: Emit): void {
    for (let at = 0; at < items.length; at++) this.#add(items[at], items.length > 1 ? at : undefined, whole, emit);
  }

  /** `at`: the place of the element in a list of several. */
  #add(item: unknown, at: number | undefined, whole: boolean, emit: Emit): void {
    if (!isObject(item)) return;
    const { body, isCustom } = bodyOf(item);
    const id = typeof item["id"] === "string" ? item["id"] : typeof item["id"] === "number" ? String(item["id"]) : "";
    const name = this.#nameOf(body);
    const given = body["arguments"] ?? body["input"] ?? body["parameters"];
    let text = typeof given === "string" ? given : given === undefined || given === null ? "" : JSON.stringify(given);
    const stated = indexOf(item["index"]);
    // Without indexes, the lists of several calls have one order.
    const index = stated ?? at;

    let call = this.#find({ index: id === "" && name === "" ? index : stated, id, name, text, position: at ?? 0, whole });
    // Servers that send every field of their type send empty elements.
    if (call === undefined && id === "" && name === "" && text === "") return;
    call ??= this.#open();
    if (index !== undefined && !whole) this.#byIndex.set(index, call);
    if (isCustom) call.isCustom = true;
    else if (text === "null" && !whole && call.arguments.text === "") text = ""; // "null" says that there are no arguments yet
    if (call.id === "" && id !== "") {
      call.id = id;
      if (!this.#byId.has(id)) this.#byId.set(id, call);
    }
    if (call.name === "") call.name = name;
    this.#current = call;
    this.#addText(call, text, emit);
    if (call.started || call.name === "") return;
    // Arguments end a name. Before them, a piece of it may follow.
    const mayGoOn = !this.#options.declared.has(call.name) && this.#beginsName(call.name);
    if (call.arguments.text !== "" || (call.id !== "" && !mayGoOn)) this.#start(call, emit);
  }

  /** The name of a call. A piece that continues the name of the call before is added to it. */
  #nameOf({ name }: JsonObject): string {
    if (typeof name !== "string") return "";
    const open = this.#current;
    if (open === undefined || open.started || open.name === "" || name === "" || !this.#beginsName(open.name + name)) return name;
    open.name += name;
    return "";
  }

  /** True for the beginning of a declared name: some models send names in pieces. */
  #beginsName(text: string): boolean {
    return [...this.#options.declared].some((one) => one.startsWith(text));
  }

  /** Ends all calls. `cut`: the host reports that it cut the answer off. */
  end(cut: boolean, emit: Emit): ToolCallSummary {
    const summary: ToolCallSummary = { calls: 0, outputToolCalled: false, cutArguments: false, unnamed: 0 };
    // Text that is left can open further calls, which are ended as well.
    for (const call of this.#calls) this.#endRest(call, emit);
    for (const call of this.#calls) {
      if (!call.started && call.name !== "") this.#start(call, emit);
      const args = wholeArguments(call, cut);
      const isReplaced = call.replaced || args !== call.arguments.text;
      if (call.isOutput) summary.outputToolCalled = true;
      else if (call.started) {
        summary.calls++;
        const names = this.#options.properties?.get(this.#options.decodeName(call.name));
        const restored = names === undefined ? args : names.decode(args);
        emit({ type: "part-end", index: call.index, ...(isReplaced || restored !== args ? { arguments: restored } : {}) });
      } else if (call.arguments.text !== "") summary.unnamed++;
      if (call.started && !call.isCustom && !isJsonOrEmpty(args) && call.arguments.scanner.state === "open") summary.cutArguments = true;
    }
    return summary;
  }

  /** The call that a delta belongs to. Undefined for another call. */
  #find({ index, id, name, text, position, whole }: CallDelta): CollectedCall | undefined {
    const known = id === "" ? undefined : this.#byId.get(id);
    if (whole) return known !== undefined && isRepetition(known, name, text) ? known : undefined;
    const last = this.#calls[this.#calls.length - 1];
    if (index !== undefined) {
      const call = this.#byIndex.get(index);
      const repeated = known !== undefined && isSame(known, name, text) ? known : undefined;
      // A new index may repeat or continue a call that came under another index.
      if (call === undefined)
        return repeated ?? (id === "" && name === "" && last?.arguments.scanner.state !== "complete" ? last : undefined);
      if (id !== "" && call.id !== "" && id !== call.id && name !== "")
        return repeated ?? (isUnfinished(call, name, text) ? call : undefined);
      if (id === "" && name !== "" && this.#isOther(call, name, position)) return undefined;
      return call;
    }
    if (id !== "") {
      if (known !== undefined) return isSame(known, name, text) ? known : undefined;
      return last?.id === "" && name === "" ? last : undefined;
    }
    // Without index and id it continues the last call, unless it has another name or is a further element of the same delta.
    return last !== undefined && name !== "" && (name !== last.name || position > 0) && last.name !== "" ? undefined : last;
  }

  /** A delta with a name and without an id begins another call: of another tool, or as a further element of the delta that began this one. */
  #isOther(call: CollectedCall, name: string, position: number): boolean {
    if (call.name === "") return false;
    if (name !== call.name) return call.arguments.text !== "" || this.#options.declared.has(name);
    return position > 0 && call === this.#current && call.arguments.scanner.state === "complete";
  }

  #open(): CollectedCall {
    const call: CollectedCall = {
      id: "",
      name: "",
      arguments: noArguments(),
      further: undefined,
      index: this.#parts.next++,
      started: false,
      replaced: false,
      isOutput: false,
      isCustom: false,
    };
    this.#calls.push(call);
    return call;
  }

  #start(call: CollectedCall, emit: Emit): void {
    call.started = true;
    if (call.name === this.#options.outputTool) call.isOutput = true;
    else {
      const id = call.id === "" ? `call_${shortId(`${this.#options.idSeed}:${call.index}`, 12)}` : call.id;
      emit({ type: "part-start", index: call.index, kind: "tool-call", id, name: this.#options.decodeName(call.name) });
    }
    if (call.arguments.text !== "") this.#emitArguments(call, call.arguments.text, emit);
  }

  #addText(call: CollectedCall, text: string, emit: Emit): void {
    if (text === "") return;
    let rest = text;
    if (!call.isCustom) {
      const used = addPiece(call.arguments, text);
      rest = text.slice(used);
      if (used < text.length) text = text.slice(0, used);
    } else {
      call.arguments.text += text;
      rest = "";
    }
    if (call.started && text !== "") this.#emitArguments(call, text, emit);
    while (rest !== "") {
      call.further ??= noArguments();
      const used = addPiece(call.further, rest);
      rest = rest.slice(used);
      if (call.further.scanner.state === "complete") this.#endFurther(call, call.further, emit);
      else if (used === 0) return;
    }
  }

  /** JSON after complete arguments: the same arguments again, those that replace a placeholder, or those of another call to the tool. */
  #endFurther(call: CollectedCall, further: Arguments, emit: Emit): void {
    call.further = undefined;
    if (isSameJson(call.arguments.text, further.text)) return;
    if (isPlaceholder(call.arguments.text) && !call.isOutput) {
      call.replaced = call.started;
      call.arguments = further;
    } else if (!call.isOutput) this.#openSibling(call, further, emit);
  }

  /** Text after complete arguments that is not JSON: broken, or cut off. */
  #endRest(call: CollectedCall, emit: Emit): void {
    const { further } = call;
    if (further === undefined) return;
    call.further = undefined;
    const isCut = further.scanner.state === "open";
    if (isCut && call.arguments.text.startsWith(further.text)) return;
    if (isCut && !call.isOutput) this.#openSibling(call, further, emit);
    else call.arguments.text += further.text;
  }

  #openSibling(call: CollectedCall, args: Arguments, emit: Emit): void {
    const sibling = this.#open();
    sibling.name = call.name;
    sibling.arguments = args;
    if (call.name !== "") this.#start(sibling, emit);
  }

  #emitArguments(call: CollectedCall, text: string, emit: Emit): void {
    if (call.isOutput) this.#content.addOutput(text, emit);
    else emit({ type: "tool-call-delta", index: call.index, text });
  }
}

const EMPTY: JsonObject = {};

/** The function or the custom tool that is called. A server may fill the other one with nothing. */
function bodyOf(item: JsonObject): { body: JsonObject; isCustom: boolean } {
  const { function: fn, custom } = item;
  const isFilled = (body: JsonObject): boolean => ["name", "arguments", "input", "parameters"].some((field) => (body[field] ?? "") !== "");
  if (isObject(custom) && (isFilled(custom) || item["type"] === "custom") && !(isObject(fn) && isFilled(fn)))
    return { body: custom, isCustom: true };
  if (isObject(fn) && isFilled(fn)) return { body: fn, isCustom: false };
  // Some servers leave out the object between a call and its name.
  return { body: isFilled(item) ? item : EMPTY, isCustom: false };
}

function noArguments(): Arguments {
  return { text: "", scanner: new JsonScanner(), restarted: undefined, pieces: 0, repeats: 0 };
}

/** Adds text up to the end of a complete value, and returns how many characters that were. */
function addPiece(args: Arguments, text: string): number {
  args.pieces++;
  const begun = args.restarted ?? args.text;
  // The host sends arguments cumulatively: this piece repeats everything before it.
  if (args.scanner.state !== "complete" && begun !== "" && text.length > begun.length && text.startsWith(begun)) {
    args.restarted = text;
    args.repeats++;
    args.scanner.feed(text);
    args.text += text;
    return text.length;
  }
  const used = args.scanner.feed(text);
  const piece = used === text.length ? text : text.slice(0, used);
  args.text += piece;
  if (args.restarted !== undefined) args.restarted += piece;
  return used;
}

/** The arguments, or their last cumulative piece where only that is JSON. */
function wholeArguments({ arguments: args, isCustom }: CollectedCall, cut: boolean): string {
  // In an answer that was cut off, a single repetition may be an object inside another.
  const isCertain = !cut || (args.repeats > 1 && args.repeats === args.pieces - 1);
  const { text, restarted } = args;
  return isCustom || !isCertain || restarted === undefined || isJsonOrEmpty(text) || !isJsonOrEmpty(restarted) ? text : restarted;
}

/** The same call again, in a finished message. */
function isRepetition(call: CollectedCall, name: string, text: string): boolean {
  return name === call.name && isSameJson(call.arguments.text, text);
}

/** A delta that repeats the id of a call continues or repeats it. Some servers give all calls of a turn one id, so the name and the arguments must fit. */
function isSame(call: CollectedCall, name: string, text: string): boolean {
  if (name !== "" && call.name !== "" && name !== call.name) return false;
  if (text.trim() === "" || call.arguments.scanner.state !== "complete") return true;
  return isPlaceholder(call.arguments.text) || isSameJson(call.arguments.text, text) || call.arguments.text.startsWith(text);
}

/** True for a delta that continues the arguments of a call: some hosts make a new id for every delta. */
function isUnfinished({ name: called, arguments: { scanner } }: CollectedCall, name: string, text: string): boolean {
  return name === called && (scanner.state === "open" || (scanner.state === "empty" && text !== ""));
}

function isSameJson(a: string, b: string): boolean {
  if (a === b) return true;
  // Only blanks may differ. Without this, many short texts would each parse a long one.
  if (Math.min(a.length, b.length) * 4 + 100 < Math.max(a.length, b.length)) return false;
  try {
    return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
  } catch {
    return false;
  }
}

function isJsonOrEmpty(text: string): boolean {
  return text.trim() === "" || isJson(text);
}
