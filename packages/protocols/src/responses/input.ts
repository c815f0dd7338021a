/** Messages as input items. */
import { type CheckedCall, type Door, door, type JsonObject, type Message, type Note, type Part } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import type { ResponsesDialect } from "./dialect.ts";

export const rich: Door<typeof import("./rich.ts")> = door(() => import("./rich.ts"));

export interface InputContext {
  names: Names;
  /** The vendor keeps answers, so that an item without its encrypted content can still be found by id. */
  stored: boolean;
  /** What each call's id became, for its result. */
  callIds: Map<string, string>;
}
export interface Input {
  instructions: string | undefined;
  input: JsonObject[];
}
/** Calls that went to the model as one: the id each result is filed under. */
export type Wrapped = Map<string, { id: string; name: string }>;

export function renderInput(call: CheckedCall, dialect: ResponsesDialect, context: InputContext, notes: Note[]): Input {
  const { messages } = call;
  // In JSON mode the vendor looks for the word JSON in the input items alone; instructions do not count.
  const place = call.output?.strategy === "json" ? "item" : (dialect.system ?? "instructions");
  const first = messages.findIndex((message) => message.role !== "system");
  const head = place === "instructions" ? (first < 0 ? messages.length : first) : 0;
  const role = place === "system" || place === "developer" ? place : (dialect.systemRole ?? "developer");
  const instructions = messages.slice(0, head).map(textOf).join("\n\n");
  const input: JsonObject[] = [];
  const wrapped: Wrapped = new Map();
  const once = new Set<string>();
  const note = (field: string, message: string): void => {
    if (once.has(message)) return;
    once.add(message);
    notes.push({ kind: "dropped", field, message });
  };
  for (const message of messages.slice(head)) {
    if (message.role === "system") input.push({ role, content: textOf(message) });
    else if (typeof message.content === "string") input.push({ role: message.role, content: message.content });
    else if (message.role === "user") input.push({ role: "user", content: rich.inside.userParts(message.content) });
    else if (message.role === "tool") rich.inside.results(message, dialect, context, wrapped, input);
    else input.push(...rich.inside.assistantItems(message.content, call, context, wrapped, note));
  }
  const { prefill } = call.request;
  if (prefill !== undefined && prefill !== "") input.push({ role: "assistant", content: prefill });
  if (input.length === 0) {
    // The API refuses an input without items.
    input.push({ role: "user", content: "" });
    notes.push({
      kind: "changed",
      field: "messages",
      message: "the vendor wants at least one message beside the system prompt: an empty one was sent",
    });
  }
  return { instructions: instructions === "" ? undefined : instructions, input };
}

function textOf(message: Message): string {
  if (typeof message.content === "string") return message.content;
  return (message.content as readonly Part[]).map((part) => (part.type === "text" ? part.text : "")).join("");
}
