/** Requests an object, and requests it again when the answer does not match the schema. */
import { type ChatRequest, type ChatResponse, type Connection, isLumiverseError, type Message } from "@lumiverse/core";
import { messageOf } from "../shared/errors.ts";
import { createBatchStream } from "../shared/event-stream.ts";
import { readTypedSchema, type TypedSchema } from "../shared/schema.ts";
import { type AnswerEvent, type ObjectStream, objectStreamOf } from "./object-events.ts";

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
  return objectStreamOf(
    createBatchStream<AnswerEvent, ChatResponse<T>>(
      (signal) => tries<T>(connection, { ...request, output, signal }, retries),
      request.signal,
    ),
  );
}

async function* tries<T>(
  connection: Connection,
  request: ChatRequest<T>,
  retries: number,
): AsyncGenerator<readonly AnswerEvent[], ChatResponse<T>> {
  let messages: readonly Message[] = request.messages;
  for (let left = retries; ; left--) {
    const stream = connection.stream({ ...request, messages });
    try {
      yield* stream.batches();
      return await stream.response();
    } catch (cause) {
      const rejected = mismatch(cause);
      if (rejected === undefined || left <= 0) throw cause;
      yield [{ type: "retry", message: rejected.message }];
      const text = `Your JSON does not match the schema: ${rejected.message}\nAnswer with the whole corrected JSON and nothing else.`;
      messages = [...messages, rejected.answer.message, { role: "user", content: text }];
    }
  }
}

/** The finished answer that did not match the schema, and the validator's message. */
function mismatch(cause: unknown): { answer: ChatResponse; message: string } | undefined {
  if (!isLumiverseError(cause) || cause.code !== "malformed-response" || cause.partial?.finishReason !== "stop") return undefined;
  return { answer: cause.partial, message: cause.cause === undefined ? cause.message : messageOf(cause.cause) };
}
