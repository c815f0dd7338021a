import type { ChatResponse } from "@lumiverse/core";
import { type AnswerEvent, type ObjectStream, objectStreamOf } from "../object-stream/object-events.ts";
import { type ReadOptions, readStream } from "./read-stream.ts";

/**
 * Reads a response of `toResponse(streamObject(…))`, in a browser or anywhere else: the same events, and the same value. The server sends only the events of the
 * answer, and this function builds the objects again. The value was validated on the server, and arrives as JSON.
 */
export function readObjectStream<T>(response: Response | Promise<Response>, options: ReadOptions = {}): ObjectStream<T> {
  return objectStreamOf(readStream<AnswerEvent, ChatResponse<T>>(response, options));
}
