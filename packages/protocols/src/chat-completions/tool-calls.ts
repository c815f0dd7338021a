import { type Emit, isObject, type JsonObject, shortId } from "@lumiverse/core/provider";
import type { Content, PartCounter } from "./content.ts";

/** A tool call while it arrives. */
interface CollectedCall {
  id: string;
  name: string;
  arguments: string;
  /** Part index. */
  index: number;
  /** The `part-start` was emitted. */
  started: boolean;
  /** It calls the tool that carries the structured output. */
  isOutput: boolean;
  /** Its arguments are free text, not JSON (OpenAI's custom tools). */
  isCustom: boolean;
}

export interface ToolCallOptions {
  /** The caller's name of a tool by the name that was sent. */
  decodeName: (name: string) => string;
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
  /** The arguments of a call are not valid JSON. */
  invalidArguments: boolean;
  /** Calls that never got a name. */
  unnamed: number;
}

/**
 * Collects tool calls from deltas, for which hosts follow no common rule. A delta belongs to the call with its `index`, else with its id, else to the last
 * call. The first id and name that are not empty count; later ones are never appended. A new id with a name under a used index is another call, because
 * some hosts number all parallel calls 0. Arguments are text, an object or null. A whole message has whole calls.
 */
export class ToolCallCollector {
  readonly #calls: CollectedCall[] = [];
  readonly #byIndex: Map<number, CollectedCall> = new Map();
  readonly #options: ToolCallOptions;
  readonly #parts: PartCounter;
  readonly #content: Content;

  constructor(options: ToolCallOptions, parts: PartCounter, content: Content) {
    this.#options = options;
    this.#parts = parts;
    this.#content = content;
  }

  /** Adds one element of `tool_calls`. `position` is its index in the array; `whole` is true in a finished message, where each element is a call. */
  add(item: unknown, position: number, whole: boolean, emit: Emit): void {
    if (!isObject(item)) return;
    const custom = isObject(item["custom"]) ? item["custom"] : undefined;
    const body = custom ?? (isObject(item["function"]) ? item["function"] : EMPTY);
    const id = typeof item["id"] === "string" ? item["id"] : "";
    const name = typeof body["name"] === "string" ? body["name"] : "";
    const given = body["arguments"] ?? body["input"];
    const text = typeof given === "string" ? given : given === undefined || given === null ? "" : JSON.stringify(given);

    const call = (whole ? undefined : this.#find(item["index"], id, name, position)) ?? this.#open(item["index"], whole);
    if (custom !== undefined) call.isCustom = true;
    if (call.id === "") call.id = id;
    if (call.name === "") call.name = name;
    if (text !== "") call.arguments += text;
    if (call.started) {
      if (text !== "") this.#emitArguments(call, text, emit);
    } else if (call.name !== "" && (call.id !== "" || call.arguments !== "")) this.#start(call, emit);
  }

  /** Ends all calls. */
  end(emit: Emit): ToolCallSummary {
    const summary: ToolCallSummary = { calls: 0, outputToolCalled: false, invalidArguments: false, unnamed: 0 };
    for (const call of this.#calls) {
      if (!call.started && call.name !== "") this.#start(call, emit);
      if (call.isOutput) summary.outputToolCalled = true;
      else if (call.started) {
        summary.calls++;
        emit({ type: "part-end", index: call.index });
      } else if (call.arguments !== "") summary.unnamed++;
      if (call.started && !call.isCustom && !isJson(call.arguments)) summary.invalidArguments = true;
    }
    return summary;
  }

  #find(index: unknown, id: string, name: string, position: number): CollectedCall | undefined {
    if (typeof index === "number") {
      const call = this.#byIndex.get(index);
      return call !== undefined && id !== "" && call.id !== "" && id !== call.id && name !== "" ? undefined : call;
    }
    const last = this.#calls[this.#calls.length - 1];
    if (id !== "") return this.#calls.find((call) => call.id === id) ?? (last?.id === "" && name === "" ? last : undefined);
    // Without index and id it continues the last call, unless it has another name or is a further element of the same delta.
    return last !== undefined && name !== "" && (name !== last.name || position > 0) && last.name !== "" ? undefined : last;
  }

  #open(index: unknown, whole: boolean): CollectedCall {
    const call: CollectedCall = {
      id: "",
      name: "",
      arguments: "",
      index: this.#parts.next++,
      started: false,
      isOutput: false,
      isCustom: false,
    };
    this.#calls.push(call);
    if (typeof index === "number" && !whole) this.#byIndex.set(index, call);
    return call;
  }

  #start(call: CollectedCall, emit: Emit): void {
    call.started = true;
    if (call.name === this.#options.outputTool) call.isOutput = true;
    else {
      const id = call.id === "" ? `call_${shortId(`${this.#options.idSeed}:${call.index}`, 12)}` : call.id;
      emit({ type: "part-start", index: call.index, kind: "tool-call", id, name: this.#options.decodeName(call.name) });
    }
    if (call.arguments !== "") this.#emitArguments(call, call.arguments, emit);
  }

  #emitArguments(call: CollectedCall, text: string, emit: Emit): void {
    if (call.isOutput) this.#content.addOutput(text, emit);
    else emit({ type: "tool-call-delta", index: call.index, text });
  }
}

const EMPTY: JsonObject = {};

/** True for JSON, and for no text at all. */
function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
