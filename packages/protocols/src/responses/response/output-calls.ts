/**
 * Tool calls of an answer. Models such as gpt-5.4 have called `parallel`, a function that no request declared. Its arguments contain several calls. Callers
 * receive these calls, and the next request sends the one call back to the vendor, with one output.
 */
import { type Emit, isObject, type JsonObject, parseJson, wordOf } from "@lumiverse/core/provider";
import { filledText, isJson } from "../../shared/json-values.ts";
import { canonicalJson, isPlaceholder } from "../../shared/repeated-arguments.ts";
import { omitFields } from "../replay.ts";
import type { ToolState } from "../tools.ts";
import { type OutputItem, payloadOf, textOf } from "./output-item.ts";

export class OutputCalls {
  /** Calls of the answer, without the output tool. */
  count = 0;
  readonly #state: ToolState;
  /** Numbers the parts of the answer. */
  readonly #parts: { next: number };

  constructor(state: ToolState, parts: { next: number }) {
    this.#state = state;
    this.#parts = parts;
  }

  /** Starts a call once its name is known. One that may contain others, or that may be the vendor's own, waits until it is complete. */
  prepare(entry: OutputItem, item: JsonObject, emit: Emit): void {
    // A finished item without a name keeps the one that came before.
    const name = filledText(item["name"]) ?? entry.name;
    entry.callId = filledText(item["call_id"]) ?? entry.callId ?? (textOf(item["id"]) || `call_${entry.at}`);
    if (name === "") return;
    entry.name = name;
    if (name === this.#state.outputTool) {
      entry.kind = "output";
      entry.part = this.#parts.next++;
      emit({ type: "part-start", index: entry.part, kind: "text" });
      if (entry.text !== "") emit({ type: "text", index: entry.part, text: entry.text });
    } else if (this.#state.declared.has(name) || !(isWrapper(name) || item["status"] === "completed")) this.#start(entry, emit);
  }

  #start(entry: OutputItem, emit: Emit): void {
    entry.kind = "call";
    entry.part = this.#parts.next++;
    this.count++;
    emit({
      type: "part-start",
      index: entry.part,
      kind: "tool-call",
      id: wordOf(entry.callId),
      name: this.#state.names.decode(entry.name),
    });
    if (entry.text !== "") emit({ type: "tool-call-delta", index: entry.part, text: entry.text });
  }

  /** A call is complete. `response`: the answer's id. */
  end(entry: OutputItem, item: JsonObject, response: string, emit: Emit): void {
    const calls = entry.kind === "pending" ? wrappedCalls(entry.whole) : undefined;
    if (calls !== undefined) return this.#endWrapped(calls, { entry, item, response }, emit);
    if (entry.kind === "pending") this.#start(entry, emit);
    const decoded = this.#state.properties.get(this.#state.names.decode(entry.name))?.decode(entry.whole) ?? entry.whole;
    const replay = payloadOf(response, entry, omitFields(item, "arguments"));
    emit({ type: "part-end", index: entry.part, arguments: decoded, replay });
  }

  #endWrapped(calls: readonly WrappedCall[], { entry, item, response }: Wrapper, emit: Emit): void {
    for (const [n, call] of calls.entries()) {
      const index = this.#parts.next++;
      this.count++;
      const id = `${wordOf(entry.callId)}_${n}`;
      emit({ type: "part-start", index, kind: "tool-call", id, name: this.#state.names.decode(call.name) });
      emit({ type: "tool-call-delta", index, text: call.arguments });
      const replayed = n === 0 ? item : { type: "function_call", call_id: item["call_id"] };
      emit({ type: "part-end", index, replay: { ...payloadOf(response, entry, replayed), wrapped: { index: n, count: calls.length } } });
    }
  }
}

interface WrappedCall {
  name: string;
  arguments: string;
}

/** A call that contains others, and its item. */
interface Wrapper {
  entry: OutputItem;
  item: JsonObject;
  response: string;
}

/** True for the function that wraps calls, where no request declared it. */
function isWrapper(name: string): boolean {
  return name === "parallel" || name === "multi_tool_use.parallel";
}

/** The wrapped calls. Undefined when the arguments are something else. */
function wrappedCalls(text: string): WrappedCall[] | undefined {
  const json = parseJson(text);
  const uses = isObject(json) ? json["tool_uses"] : undefined;
  if (!Array.isArray(uses) || uses.length === 0) return undefined;
  const calls: WrappedCall[] = [];
  for (const use of uses) {
    if (!isObject(use) || typeof use["recipient_name"] !== "string") return undefined;
    calls.push({ name: use["recipient_name"].replace(/^functions\./, ""), arguments: JSON.stringify(use["parameters"] ?? {}) });
  }
  return calls;
}

/** The arguments of a finished call. An item that has none, or only a placeholder, takes nothing from what came before. */
export function wholeArguments({ whole, text, pieces }: OutputItem, final: string): string {
  const given = [final, whole, text, pieces.repaired() ?? ""].filter((one) => one !== "");
  const complete = given.filter(isJson);
  return complete.find((one) => !isPlaceholder(one)) ?? complete[0] ?? given[0] ?? "";
}

/** True for the arguments of the earlier call, or for none. */
export function isRepetition(earlier: OutputItem, whole: string): boolean {
  if (whole === "" || isPlaceholder(whole)) return true;
  const had = earlier.closed ? earlier.whole : earlier.text;
  return canonicalJson(had) === canonicalJson(whole) || (!earlier.closed && whole.startsWith(had));
}
