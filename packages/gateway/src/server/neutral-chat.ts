import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type ChatStream,
  isLumiverseError,
  LumiverseError,
  type Replay,
} from "@lumiverse/core";
import { isObject, validateRequest } from "@lumiverse/core/provider";
import { toResponse } from "@lumiverse/toolkit/browser";
import type { ChatCall } from "../calls/chat-call.ts";
import { changeHolder, changeMessage, withTaggedOrigin } from "../calls/own-payloads.ts";
import { statusOf } from "../inbound/shared/error-status.ts";
import { answerHeaders } from "./answer-headers.ts";

/** A call in the neutral form: `{ model, request, stream }`. */
export interface NeutralChat {
  model: string;
  request: ChatRequest;
  stream: boolean;
}

/** What a client of the network may not set: it belongs to this process, or would send text of the client's choice as headers to a vendor. */
const REFUSED = ["signal", "headers", "timeouts", "spelling"] as const;

/** @throws LumiverseError `invalid-request` */
export function parseNeutral(body: unknown): NeutralChat {
  if (!isObject(body)) throw wrong("", "the body must be an object with `model` and `request`");
  const { model, request, stream = true } = body;
  if (typeof model !== "string" || model === "") throw wrong("model", "must be a model's name");
  if (!isObject(request)) throw wrong("request", "must be an object");
  if (typeof stream !== "boolean") throw wrong("stream", "must be true or false");
  for (const field of REFUSED) if (request[field] !== undefined) throw wrong(`request.${field}`, "cannot be set by a client");
  if (!Array.isArray(request["messages"])) throw wrong("request.messages", "must be a list of messages");
  const asked = { ...request, model } as unknown as ChatRequest; // `validateRequest` checks it
  // Limits of the key are read from the request before core checks it.
  validateRequest(asked, []);
  return { model, request: asked, stream };
}

function wrong(field: string, message: string): LumiverseError {
  return new LumiverseError({
    code: "invalid-request",
    status: 400,
    message: field === "" ? message : `${field}: ${message}`,
    retryable: false,
    ...(field === "" ? {} : { field }),
  });
}

/** The call's events as `readStream` of `@lumiverse/toolkit` reads them. */
export function neutralStream(call: ChatCall, heartbeatMs: number): Response {
  const stream = call.stream();
  return toResponse(recorded(call, stream), { heartbeatMs, headers: answerHeaders(call) });
}

/** The stream, which records how the call ends when its end is read. */
function recorded(call: ChatCall, stream: ChatStream): ChatStream {
  const batches = async function* (): AsyncGenerator<readonly ChatEvent[]> {
    try {
      for await (const batch of stream.batches()) {
        const tag = call.payloadTag;
        const tagged = tag === undefined ? batch : batch.map((event) => withTag(event, tag));
        yield call.showsTarget ? tagged : tagged.map((event) => withoutTarget(event, call));
      }
    } catch (cause) {
      throw call.fail(cause);
    }
  };
  const response = async (): Promise<ChatResponse> => {
    try {
      const answer = await stream.response();
      call.finish(answer);
      return neutralResponse(call, answer);
    } catch (cause) {
      throw call.fail(cause);
    }
  };
  return {
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) yield* batch;
    },
    batches,
    // A request of the network has no schema that would give the output a type.
    response: response as ChatStream["response"],
    abort() {
      call.leave();
      void response().catch(() => {});
    },
  };
}

/** The event, whose payloads say which target of a list issued them. */
function withTag(event: ChatEvent, tag: string): ChatEvent {
  const change = (replay: Replay): Replay => withTaggedOrigin(replay, tag);
  if (event.type === "part") return { ...event, part: changeHolder(event.part, change) };
  return event.type === "part-end" ? { ...event, part: changeHolder(event.part, change) } : event;
}

/** The response as the client may see it. */
export function neutralResponse(call: ChatCall, given: ChatResponse): ChatResponse {
  const tag = call.payloadTag;
  const message = tag === undefined ? given.message : changeMessage(given.message, (replay) => withTaggedOrigin(replay, tag));
  const response = message === given.message ? given : { ...given, message };
  if (call.showsTarget) return response;
  const { requestId: _, rateLimit: __, ...others } = response;
  return {
    ...others,
    model: call.requestedModel,
    notes: response.notes.filter(({ kind }) => kind !== "fallback"),
    attempts: [],
    transport: { ...response.transport, url: "" },
    details: {},
  };
}

function withoutTarget(event: ChatEvent, call: ChatCall): ChatEvent {
  if (event.type === "start") return { ...event, model: call.requestedModel };
  return event.type === "note" && event.note.kind === "fallback"
    ? { type: "note", note: { kind: "fallback", message: "Another target answers." } }
    : event;
}

/** An error as neutral data. */
export function neutralError(error: unknown): { status: number; body: unknown } {
  const known = isLumiverseError(error) ? error : new LumiverseError({ code: "server", message: "the gateway failed", retryable: false });
  return { status: statusOf(known), body: { error: known } };
}
