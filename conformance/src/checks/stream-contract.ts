/** Checks the contract of `ChatEvent`: what a consumer may rely on without knowing the provider. */
import type { ChatEvent, ChatResponse, Part } from "@lumiverse/core/provider";
import { preview } from "../play/compare.ts";

const KIND_OF_DELTA = { text: "text", reasoning: "reasoning", "tool-call-delta": "tool-call" } as const;

/** A part that is being streamed, with its deltas so far. */
interface OpenPart {
  kind: "text" | "reasoning" | "tool-call";
  text: string;
}

/** Describes where the events of a stream that ended well break the contract, or add up to something else than the response. */
export function contractFaults(events: readonly ChatEvent[], response: ChatResponse | undefined): string[] {
  const faults: string[] = [];
  const open = new Map<number, OpenPart>();
  const parts: (Part | undefined)[] = [];
  const occupied = (index: number): boolean => open.has(index) || parts[index] !== undefined;
  for (const [i, event] of events.entries()) {
    const at = `event ${i} (${event.type})`;
    switch (event.type) {
      case "start":
        if (!isFirst(events, i) && !isRestart(events, i)) faults.push(`${at} comes after other events`);
        break;
      case "part-start":
        if (occupied(event.index)) faults.push(`${at} opens part ${event.index} a second time`);
        open.set(event.index, { kind: event.kind, text: "" });
        break;
      case "text":
      case "reasoning":
      case "tool-call-delta": {
        const part = open.get(event.index);
        if (part?.kind === KIND_OF_DELTA[event.type]) part.text += event.text;
        else faults.push(`${at} belongs to part ${event.index}, which is ${part?.kind ?? "not open"}`);
        break;
      }
      case "part-end": {
        const part = open.get(event.index);
        if (part?.kind !== event.part.type)
          faults.push(`${at} closes part ${event.index} as ${event.part.type}, but the part is ${part?.kind ?? "not open"}`);
        // A tool call may state its arguments anew when it ends.
        else if (event.part.type !== "tool-call" && part.text !== event.part.text)
          faults.push(`${at}: the deltas of part ${event.index} add up to ${preview(part.text)}, the part has ${preview(event.part.text)}`);
        open.delete(event.index);
        parts[event.index] = event.part;
        break;
      }
      case "part":
        if (occupied(event.index)) faults.push(`${at} has the index ${event.index} of another part`);
        parts[event.index] = event.part;
        break;
      case "replace":
        if (!occupied(event.index)) faults.push(`${at} takes back part ${event.index}, which does not exist`);
        open.delete(event.index);
        parts[event.index] = event.part;
        break;
      case "finish":
        if (i !== events.length - 1) faults.push(`${at} is not the last event`);
        break;
      case "usage":
      case "note":
      case "vendor-fields":
        break;
      default:
        event satisfies never;
    }
  }
  for (const [index, { kind }] of open) faults.push(`part ${index} (${kind}) is never closed`);
  if (events.at(-1)?.type !== "finish") faults.push("the stream ended well without a finish event");
  return response === undefined ? faults : [...faults, ...sumFaults(events, parts, response)];
}

/** Compares what the events add up to with the response. */
function sumFaults(events: readonly ChatEvent[], parts: readonly (Part | undefined)[], response: ChatResponse): string[] {
  const content = parts.filter((part) => part !== undefined);
  const textOf = (type: "text" | "reasoning"): string => content.map((part) => (part.type === type ? part.text : "")).join("");
  const last = <T extends ChatEvent["type"]>(type: T): Extract<ChatEvent, { type: T }> | undefined =>
    events.findLast((event): event is Extract<ChatEvent, { type: T }> => event.type === type);
  const { cost: _streamed, ...usage } = last("usage")?.usage ?? { completeness: "unknown" };
  const { cost: _whole, ...responseUsage } = response.usage; // the connection adds the cost after the stream has ended
  const sums: readonly (readonly [name: string, fromEvents: unknown, inResponse: unknown])[] = [
    ["texts", textOf("text"), response.text],
    ["reasoning texts", textOf("reasoning"), response.reasoning],
    ["parts", content, response.message.content],
    ["usage", usage, responseUsage],
    ["finish reason", last("finish")?.reason, response.finishReason],
    ["id", last("start")?.id, response.id],
  ];
  return sums.flatMap(([name, fromEvents, inResponse]) =>
    JSON.stringify(fromEvents) === JSON.stringify(inResponse)
      ? []
      : [`the ${name} of the events add up to ${preview(fromEvents)}, the response has ${preview(inResponse)}`],
  );
}

/** True for a start that only notes precede. */
function isFirst(events: readonly ChatEvent[], i: number): boolean {
  return events.slice(0, i).every((event) => event.type === "note");
}

/** True for a second start that a warning announces: the host sent another answer, and the events of the first were taken back. */
function isRestart(events: readonly ChatEvent[], i: number): boolean {
  const before = events[i - 1];
  return before?.type === "note" && before.note.kind === "warning" && events.slice(0, i).some((event) => event.type === "start");
}
