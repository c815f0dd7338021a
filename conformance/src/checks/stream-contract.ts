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
  const parts = new StreamedParts();
  const faults = events.flatMap((event, i) => {
    const fault = orderFault(events, i) ?? parts.push(event);
    return fault === undefined ? [] : [`event ${i} (${event.type}) ${fault}`];
  });
  faults.push(...parts.unclosed());
  if (events.at(-1)?.type !== "finish") faults.push("the stream ended well without a finish event");
  return response === undefined ? faults : [...faults, ...sumFaults(events, parts.complete(), response)];
}

/** Says what is wrong with the position of a start or finish event. */
function orderFault(events: readonly ChatEvent[], i: number): string | undefined {
  const type = events[i]?.type;
  if (type === "start" && !isFirst(events, i) && !isRestart(events, i)) return "comes after other events";
  if (type === "finish" && i !== events.length - 1) return "is not the last event";
  return undefined;
}

/** The parts of an answer, as its events open, fill, close and replace them. */
class StreamedParts {
  readonly #open = new Map<number, OpenPart>();
  readonly #complete: (Part | undefined)[] = [];

  /** Reads the next event. Returns what it breaks, as the rest of a sentence about it. */
  push(event: ChatEvent): string | undefined {
    switch (event.type) {
      case "part-start": {
        const fault = this.#isOccupied(event.index) ? `opens part ${event.index} a second time` : undefined;
        this.#open.set(event.index, { kind: event.kind, text: "" });
        return fault;
      }
      case "text":
      case "reasoning":
      case "tool-call-delta": {
        const part = this.#open.get(event.index);
        if (part?.kind !== KIND_OF_DELTA[event.type]) return `belongs to part ${event.index}, which is ${part?.kind ?? "not open"}`;
        part.text += event.text;
        return undefined;
      }
      case "part-end": {
        const fault = endFault(event, this.#open.get(event.index));
        this.#set(event);
        return fault;
      }
      case "part": {
        const fault = this.#isOccupied(event.index) ? `has the index ${event.index} of another part` : undefined;
        this.#complete[event.index] = event.part;
        return fault;
      }
      case "replace": {
        const fault = this.#isOccupied(event.index) ? undefined : `replaces part ${event.index}, which does not exist`;
        this.#set(event);
        return fault;
      }
      default:
        event.type satisfies "start" | "usage" | "note" | "vendor-fields" | "finish";
        return undefined;
    }
  }

  /** The parts that have ended, in the order of their indexes. Parts that an event removed are left out. */
  complete(): Part[] {
    return this.#complete.filter((part) => part !== undefined);
  }

  unclosed(): string[] {
    return [...this.#open].map(([index, { kind }]) => `part ${index} (${kind}) is never closed`);
  }

  #isOccupied(index: number): boolean {
    return this.#open.has(index) || this.#complete[index] !== undefined;
  }

  #set(event: Extract<ChatEvent, { type: "part-end" | "replace" }>): void {
    this.#open.delete(event.index);
    this.#complete[event.index] = event.part;
  }
}

/** Says where a `part-end` contradicts the part that it closes. */
function endFault({ index, part }: Extract<ChatEvent, { type: "part-end" }>, open: OpenPart | undefined): string | undefined {
  if (open?.kind !== part.type) return `closes part ${index} as ${part.type}, but the part is ${open?.kind ?? "not open"}`;
  // A tool call may state its arguments anew when it ends.
  if (part.type === "tool-call" || open.text === part.text) return undefined;
  return `has a part with the text ${preview(part.text)}, but the deltas of part ${index} add up to ${preview(open.text)}`;
}

/** Compares what the events add up to with the response. */
function sumFaults(events: readonly ChatEvent[], content: readonly Part[], response: ChatResponse): string[] {
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

/** True for a second start that a warning announces: the host sent another answer, and events removed the parts of the first. */
function isRestart(events: readonly ChatEvent[], i: number): boolean {
  const before = events[i - 1];
  return before?.type === "note" && before.note.kind === "warning" && events.slice(0, i).some((event) => event.type === "start");
}
