import { type Emit, isObject, type JsonObject, shortId } from "@lumiverse/core";
import type { Content, Cursor } from "./content.ts";

interface Open {
  id: string;
  name: string;
  text: string;
  at: number;
  announced: boolean;
  output: boolean;
  /** Free text and no JSON (OpenAI's custom tools). */
  custom: boolean;
}

export interface CallRules {
  /** The neutral name of a tool by its wire name. */
  neutral: (name: string) => string;
  /** The wire name of the tool that carries the structured output. */
  output: string | undefined;
  /** Makes ids for hosts that send none, unlike those of other turns. */
  seed: string;
}

/**
 * Tool calls, collected from deltas that keep no common rule: keyed by `index`, else by id, else the last one; the first non-empty id and
 * name win and are never joined; a new id with a name under a used index is another call (parallel calls that all say 0); arguments are
 * text, an object, or null; whole calls come in one piece.
 */
export class Calls {
  readonly #list: Open[] = [];
  readonly #byIndex: Map<number, Open> = new Map();
  readonly #rules: CallRules;
  readonly #cursor: Cursor;
  readonly #content: Content;

  constructor(rules: CallRules, cursor: Cursor, content: Content) {
    this.#rules = rules;
    this.#cursor = cursor;
    this.#content = content;
  }

  /**
   * One element of `tool_calls`. `position` is its place in the array; `whole`: it is of a finished message, where each element is a call.
   */
  add(item: unknown, position: number, whole: boolean, emit: Emit): void {
    if (!isObject(item)) return;
    const custom = isObject(item["custom"]) ? item["custom"] : undefined;
    const body = custom ?? (isObject(item["function"]) ? item["function"] : NOTHING);
    const id = typeof item["id"] === "string" ? item["id"] : "";
    const name = typeof body["name"] === "string" ? body["name"] : "";
    const given = body["arguments"] ?? body["input"];
    const text = typeof given === "string" ? given : given === undefined || given === null ? "" : JSON.stringify(given);

    const call = (whole ? undefined : this.#find(item["index"], id, name, position)) ?? this.#open(item["index"], whole);
    if (custom !== undefined) call.custom = true;
    if (call.id === "") call.id = id;
    if (call.name === "") call.name = name;
    if (text !== "") call.text += text;
    if (call.announced) {
      if (text !== "") this.#say(call, text, emit);
    } else if (call.name !== "" && (call.id !== "" || call.text !== "")) this.#announce(call, emit);
  }

  /** How many calls the answer has, the output tool aside; whether one of them has arguments that do not parse; how many had no name. */
  end(emit: Emit): { calls: number; output: boolean; broken: boolean; nameless: number } {
    const result = { calls: 0, output: false, broken: false, nameless: 0 };
    for (const call of this.#list) {
      if (!call.announced && call.name !== "") this.#announce(call, emit);
      if (call.output) result.output = true;
      else if (call.announced) {
        result.calls++;
        emit({ type: "part-end", index: call.at });
      } else if (call.text !== "") result.nameless++;
      if (call.announced && !call.custom && !parses(call.text)) result.broken = true;
    }
    return result;
  }

  #find(index: unknown, id: string, name: string, position: number): Open | undefined {
    if (typeof index === "number") {
      const call = this.#byIndex.get(index);
      return call !== undefined && id !== "" && call.id !== "" && id !== call.id && name !== "" ? undefined : call;
    }
    const last = this.#list[this.#list.length - 1];
    if (id !== "") return this.#list.find((call) => call.id === id) ?? (last?.id === "" && name === "" ? last : undefined);
    // Neither index nor id: a continuation, unless it brings another name or is a further element of the same delta.
    return last !== undefined && name !== "" && (name !== last.name || position > 0) && last.name !== "" ? undefined : last;
  }

  #open(index: unknown, whole: boolean): Open {
    const call: Open = { id: "", name: "", text: "", at: this.#cursor.next++, announced: false, output: false, custom: false };
    this.#list.push(call);
    if (typeof index === "number" && !whole) this.#byIndex.set(index, call);
    return call;
  }

  #announce(call: Open, emit: Emit): void {
    call.announced = true;
    if (call.name === this.#rules.output) call.output = true;
    else {
      const id = call.id === "" ? `call_${shortId(`${this.#rules.seed}:${call.at}`, 12)}` : call.id;
      emit({ type: "part-start", index: call.at, kind: "tool-call", id, name: this.#rules.neutral(call.name) });
    }
    if (call.text !== "") this.#say(call, call.text, emit);
  }

  #say(call: Open, text: string, emit: Emit): void {
    if (call.output) this.#content.output(text, emit);
    else emit({ type: "tool-call-delta", index: call.at, text });
  }
}

const NOTHING: JsonObject = {};

function parses(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
