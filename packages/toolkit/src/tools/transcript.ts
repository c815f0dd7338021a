/** Reads a transcript for the tool loop: which calls have no result, and which parts of a broken answer are whole. */
import type { AssistantMessage, ChatEvent, Message, Part, ToolCallPart, ToolResultPart } from "@lumiverse/core";

/** The calls of the last assistant turn that have no result. None when the conversation has moved on. */
export function openCalls(messages: readonly Message[]): ToolCallPart[] {
  const answered = new Set<string>();
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at];
    if (message?.role === "tool") for (const { id } of message.content) answered.add(id);
    else if (message?.role === "assistant") return callsOf(message).filter(({ id }) => !answered.has(id));
    else return [];
  }
  return [];
}

function callsOf({ content }: AssistantMessage): ToolCallPart[] {
  return typeof content === "string" ? [] : content.filter((part) => part.type === "tool-call");
}

/** Adds results to the tool message of the last turn, in the order of its calls. Changes the list, not the messages in it. */
export function withResults(messages: Message[], results: readonly ToolResultPart[]): void {
  if (results.length === 0) return;
  const last = messages[messages.length - 1];
  const before = last?.role === "tool" ? last.content : [];
  if (last?.role === "tool") messages.pop();
  const turn = messages[messages.length - 1];
  const order = turn?.role === "assistant" ? callsOf(turn).map(({ id }) => id) : [];
  const content = [...before, ...results].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  messages.push({ role: "tool", content });
}

/** Which parts of an answer have ended, read from its events. Parts that were open when an answer broke off have no `part-end`. */
export class PartStates {
  readonly #ended: Map<number, boolean> = new Map();

  add(event: ChatEvent): void {
    if (event.type === "part-start") this.#ended.set(event.index, false);
    else if (event.type === "part-end" || event.type === "part") this.#ended.set(event.index, true);
    else if (event.type === "replace") {
      if (event.part === undefined) this.#ended.delete(event.index);
      else this.#ended.set(event.index, true);
    }
  }

  /** Whether each part of the message has ended, in the message's order. */
  inOrder(): boolean[] {
    return [...this.#ended].sort(([a], [b]) => a - b).map(([, ended]) => ended);
  }
}

/**
 * The message of an answer that broke off, without what is incomplete: a call or a reasoning part that had not ended. Text stays as far as it came.
 * Undefined when nothing is left.
 */
export function completeParts(message: AssistantMessage, parts: PartStates): AssistantMessage | undefined {
  if (typeof message.content === "string") return message.content === "" ? undefined : message;
  const ended = parts.inOrder();
  const content: Part[] = message.content.filter((part, at) => ended[at] === true || (part.type === "text" && part.text !== ""));
  return content.length === 0 ? undefined : { ...message, content };
}
