/** The events of an object stream, made from those of the answer. */
import { type ChatEvent, type ChatResponse, LumiverseError } from "@lumiverse/core";
import { createBatchStream, type EventStream } from "../shared/event-stream.ts";
import { type DerivedStream, SENT_EVENTS } from "../shared/sent-events.ts";
import { GrowingJson } from "./json-parser.ts";

/** A value of which any part may still be missing. */
export type PartialDeep<T> = T extends readonly (infer E)[]
  ? PartialDeep<E>[]
  : T extends object
    ? { [K in keyof T]?: PartialDeep<T[K]> }
    : T;

/** What an object stream yields. */
export type ObjectEvent<T> =
  /**
   * The object has grown. `value` is the same object at every event and grows in place, so that the work is linear in the answer's length; copy it with
   * `structuredClone` to keep a state. It is not validated yet.
   */
  | { type: "partial"; value: PartialDeep<T> }
  /** An element of an array is complete. Arrays inside of other arrays' elements are not reported. `path`: where the array is, `""` for the root. */
  | { type: "element"; path: string; index: number; value: unknown }
  /** The answer did not match the schema and is requested again. What was reported before is void. */
  | { type: "retry"; message: string }
  /** An event of the model's answer. */
  | { type: "chat"; event: ChatEvent };

/** An object as it arrives. Leaving the loop early closes the socket. */
export interface ObjectStream<T> extends AsyncIterable<ObjectEvent<T>> {
  /** The same events in arrays, which are never empty: those that had arrived together. Each event is delivered once, whichever of the two reads it. */
  batches(): AsyncIterable<readonly ObjectEvent<T>[]>;
  /** The validated value. @throws LumiverseError when the model did not finish it, or when it does not match the schema */
  output(): Promise<T>;
  /** The answer. After several tries, that of the last one. */
  response(): Promise<ChatResponse<T>>;
  /** Ends the call and closes its socket. */
  abort(reason?: string): void;
}

/** What an object stream is made from: the events of the answer, and where it begins again. */
export type AnswerEvent = ChatEvent | Extract<ObjectEvent<unknown>, { type: "retry" }>;

/** The object stream of an answer. A client receives the events of the answer alone, because the objects in all events together grow with the square of its length. */
export function objectStreamOf<T>(answer: EventStream<AnswerEvent, ChatResponse<T>>): ObjectStream<T> & DerivedStream<AnswerEvent> {
  const stream = createBatchStream<ObjectEvent<T>, ChatResponse<T>>((signal) => {
    signal.addEventListener("abort", () => answer.abort(), { once: true });
    return objectEvents(answer);
  });
  return {
    [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    batches: () => stream.batches(),
    [SENT_EVENTS]: () => answer.batches(),
    response: () => stream.response(),
    abort: (reason) => answer.abort(reason),
    output: async () => outputOf(await stream.response()),
  };
}

async function* objectEvents<T>(
  answer: EventStream<AnswerEvent, ChatResponse<T>>,
): AsyncGenerator<readonly ObjectEvent<T>[], ChatResponse<T>> {
  const object = new GrowingObject<T>();
  // One event at a time, because the object that their events hold grows in place.
  for await (const batch of answer.batches()) for (const event of batch) yield object.add(event);
  return answer.response();
}

/** Reads the object in the text of an answer. */
class GrowingObject<T> {
  #json: GrowingJson = new GrowingJson();

  add(event: AnswerEvent): ObjectEvent<T>[] {
    if (event.type === "retry") {
      this.#json = new GrowingJson();
      return [event];
    }
    const events: ObjectEvent<T>[] = [{ type: "chat", event }];
    let text = "";
    if (event.type === "text") text = event.text;
    else if (event.type === "replace") {
      // The text so far was taken back.
      this.#json = new GrowingJson();
      if (event.part?.type === "text") text = event.part.text;
    }
    if (text === "") return events;
    const { value, elements, changed } = this.#json.add(text);
    for (const element of elements) events.push({ type: "element", ...element });
    // Not validated yet: the value is what the model has written so far.
    if (changed) events.push({ type: "partial", value: value as PartialDeep<T> });
    return events;
  }
}

function outputOf<T>(response: ChatResponse<T>): T {
  const { output, finishReason } = response;
  if (output !== undefined) return output;
  const refused = finishReason === "refusal" || finishReason === "content-filter";
  throw new LumiverseError({
    code: refused ? "content-filter" : "truncated",
    message: `the model ended with "${finishReason}" before the object was complete`,
    hint: refused ? "response() holds what the model said" : "Raise maxOutputTokens; response() holds the text so far",
    partial: response,
    retryable: false,
  });
}
