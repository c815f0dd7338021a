/** Structured output while it arrives. */
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type Connection,
  isLumiverseError,
  LumiverseError,
  type Message,
} from "@lumiverse/core";
import { messageOf } from "../shared/errors.ts";
import { createEventStream } from "../shared/event-stream.ts";
import { readTypedSchema, type TypedSchema } from "../shared/schema.ts";
import { GrowingJson } from "./json-parser.ts";

/** A value of which any part may still be missing. */
export type PartialDeep<T> = T extends readonly (infer E)[]
  ? PartialDeep<E>[]
  : T extends object
    ? { [K in keyof T]?: PartialDeep<T[K]> }
    : T;

/** The object to request. */
export interface ObjectStreamOptions<T> {
  /** A schema of zod 4, ArkType or Valibot, or `{ validator, jsonSchema }`. Its root is an object or an array. */
  schema: TypedSchema<T>;
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. Default `output`. */
  name?: string;
  description?: string;
  /** Further tries when the answer does not match the schema, each with the validator's message. Default 1. */
  retries?: number;
}

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
  /** The answer. After a further try, the last one. */
  response(): Promise<ChatResponse<T>>;
  /** Ends the call and closes its socket. */
  abort(reason?: string): void;
}

/**
 * Requests structured output and reports it while it arrives.
 * @throws LumiverseError `configuration` for a schema that cannot print itself as JSON Schema
 */
export function streamObject<T>(
  connection: Connection,
  request: Omit<ChatRequest, "output">,
  options: ObjectStreamOptions<T>,
): ObjectStream<T> {
  const schema = readTypedSchema(options.schema, "schema");
  const { name, description, retries = 1 } = options;
  const output = {
    schema: schema.jsonSchema,
    validate: async (value: unknown): Promise<T> => {
      const result = await schema.validate(value);
      if ("issues" in result) throw new Error(result.issues);
      return result.value;
    },
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
  const stream = createEventStream((signal) => tries<T>(connection, { ...request, output, signal }, retries), request.signal);
  return {
    [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    batches: () => stream.batches(),
    response: () => stream.response(),
    abort: (reason) => stream.abort(reason),
    output: async () => outputOf(await stream.response()),
  };
}

async function* tries<T>(
  connection: Connection,
  request: ChatRequest<T>,
  retries: number,
): AsyncGenerator<ObjectEvent<T>, ChatResponse<T>> {
  let messages: readonly Message[] = request.messages;
  for (let left = retries; ; left--) {
    try {
      return yield* oneTry(connection, { ...request, messages });
    } catch (cause) {
      const rejected = mismatch(cause);
      if (rejected === undefined || left <= 0) throw cause;
      yield { type: "retry", message: rejected.message };
      const text = `Your JSON does not match the schema: ${rejected.message}\nAnswer with the whole corrected JSON and nothing else.`;
      messages = [...messages, rejected.answer.message, { role: "user", content: text }];
    }
  }
}

async function* oneTry<T>(connection: Connection, request: ChatRequest<T>): AsyncGenerator<ObjectEvent<T>, ChatResponse<T>> {
  let json = new GrowingJson();
  const stream = connection.stream(request);
  for await (const event of stream) {
    yield { type: "chat", event };
    let text = "";
    if (event.type === "text") text = event.text;
    else if (event.type === "replace") {
      // The text so far was taken back.
      json = new GrowingJson();
      if (event.part?.type === "text") text = event.part.text;
    }
    if (text === "") continue;
    const { value, elements, changed } = json.add(text);
    for (const element of elements) yield { type: "element", ...element };
    // The parser knows nothing of the type; a consumer gets what the model wrote so far.
    if (changed) yield { type: "partial", value: value as PartialDeep<T> };
  }
  return stream.response();
}

/** The finished answer that did not match the schema, and the validator's message. */
function mismatch(cause: unknown): { answer: ChatResponse; message: string } | undefined {
  if (!isLumiverseError(cause) || cause.code !== "malformed-response" || cause.partial?.finishReason !== "stop") return undefined;
  return { answer: cause.partial, message: cause.cause === undefined ? cause.message : messageOf(cause.cause) };
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
