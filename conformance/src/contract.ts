/** The contract of a stream: what a consumer may rely on without knowing the provider. */
import type { ChatEvent, ChatResponse, Part } from "@lumiverse/core";
import { brief } from "./compare.ts";

const DELTAS = { text: "text", reasoning: "reasoning", "tool-call-delta": "tool-call" } as const;

/** Sentences about where the events of a stream that ended well, or what was made of them, break it. */
export function contractFaults(events: readonly ChatEvent[], response: ChatResponse | undefined): string[] {
  const faults: string[] = [];
  const open = new Map<number, string>();
  let parts: (Part | undefined)[] = [];
  let text = "";
  let reasoning = "";
  for (const [i, event] of events.entries()) {
    const at = `event ${i} (${event.type})`;
    switch (event.type) {
      case "start":
        if (beginsAnew(events, i)) {
          open.clear();
          parts = [];
          text = reasoning = "";
        } else if (events.findIndex((other) => other.type !== "note") !== i) faults.push(`${at} comes after others`);
        break;
      case "part-start":
        if (open.has(event.index) || parts[event.index] !== undefined) faults.push(`${at} opens part ${event.index} a second time`);
        open.set(event.index, event.kind);
        break;
      case "text":
      case "reasoning":
      case "tool-call-delta":
        if (open.get(event.index) !== DELTAS[event.type])
          faults.push(`${at} belongs to part ${event.index}, which is ${open.get(event.index) ?? "not open"}`);
        if (event.type === "text") text += event.text;
        if (event.type === "reasoning") reasoning += event.text;
        break;
      case "part-end":
        if (open.get(event.index) !== event.part.type)
          faults.push(`${at} closes part ${event.index} as ${event.part.type}, it is ${open.get(event.index) ?? "not open"}`);
        open.delete(event.index);
        parts[event.index] = event.part;
        break;
      case "part":
        if (open.has(event.index) || parts[event.index] !== undefined)
          faults.push(`${at} stands on part ${event.index}, which there is already`);
        parts[event.index] = event.part;
        if (event.part.type === "text") text += event.part.text;
        break;
      case "finish":
        if (i !== events.length - 1) faults.push(`${at} is not the last event`);
        break;
      case "usage":
      case "note":
        break;
      default:
        event satisfies never;
    }
  }
  for (const [index, kind] of open) faults.push(`part ${index} (${kind}) is never closed`);
  if (events.at(-1)?.type !== "finish") faults.push("the stream ended well without finish");
  if (response === undefined) return faults;
  if (text !== response.text) faults.push(`the pieces of text add up to ${brief(text)}, the response has ${brief(response.text)}`);
  if (reasoning !== response.reasoning && reasoning !== "")
    faults.push(`the pieces of reasoning add up to ${brief(reasoning)}, the response has ${brief(response.reasoning)}`);
  const told = parts.filter((part) => part !== undefined);
  if (JSON.stringify(told) !== JSON.stringify(response.message.content))
    faults.push(`the parts are ${brief(told)}, the message has ${brief(response.message.content)}`);
  return faults;
}

/**
 * A stream may begin anew: a proxy that falls over to another upstream splices a second answer in, the reader forgets the first (`reset` of a reader's events) and
 * says so in a note. A caller sees the note and a second `start`, after which nothing that came before counts.
 */
function beginsAnew(events: readonly ChatEvent[], i: number): boolean {
  const before = events[i - 1];
  return before?.type === "note" && before.note.kind === "warning" && events.slice(0, i).some((event) => event.type === "start");
}
