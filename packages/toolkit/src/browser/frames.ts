/** A stream as frames: its events, and at the end its result or its error. */
import type { ChatResponse } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { toLumiverseError } from "../shared/errors.ts";
import type { EventStream } from "../shared/event-stream.ts";
import type { Frame } from "./frame.ts";
import { responseEnvelope } from "./rebuild.ts";

export async function* framesOf(stream: EventStream<unknown, unknown>): AsyncGenerator<Frame> {
  let id = 0;
  try {
    for await (const event of stream) yield { id: ++id, data: JSON.stringify(event) };
    const result = await stream.response();
    if (isChatResponse(result)) yield { id: ++id, event: "response", data: JSON.stringify(responseEnvelope(result)) };
    else yield { id: ++id, event: "result", data: JSON.stringify(result) };
  } catch (cause) {
    yield { id: ++id, event: "error", data: JSON.stringify(toLumiverseError(cause)) };
  }
}

function isChatResponse(result: unknown): result is ChatResponse {
  return isObject(result) && isObject(result["message"]) && "finishReason" in result && "toolCalls" in result;
}
