/** A stream as frames: its events, and at the end its result or its error. Frames that arrive together are one array. */
import type { ChatResponse } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { errorFrame, type Frame } from "./frame.ts";
import { responseEnvelope } from "./rebuild.ts";
import { batchesOf, type StreamSource } from "./stream-source.ts";

export async function* framesOf(stream: StreamSource): AsyncGenerator<Frame[]> {
  let id = 0;
  try {
    for await (const batch of batchesOf(stream)) yield batch.map((event) => ({ id: ++id, data: JSON.stringify(event) }));
    const result = await stream.response();
    if (isChatResponse(result)) yield [{ id: ++id, event: "response", data: JSON.stringify(responseEnvelope(result)) }];
    else yield [{ id: ++id, event: "result", data: JSON.stringify(result) }];
  } catch (cause) {
    yield [errorFrame(++id, cause)];
  }
}

function isChatResponse(result: unknown): result is ChatResponse {
  return isObject(result) && isObject(result["message"]) && "finishReason" in result && "toolCalls" in result;
}
