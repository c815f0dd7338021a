/** A fetch that answers from a script. */
import { type ErrorCode, LumiverseError } from "@lumiverse/core";
import { isObject, type JsonObject, type ReadEvent } from "@lumiverse/core/provider";
import { answerEvents } from "./answer-events.ts";
import { isFailure, type MockAnswer, type MockDelivery, type MockFailure, type MockReply, type MockRequest } from "./script.ts";

/** The mock's side of the network. */
export interface MockServer {
  fetch: typeof fetch;
  /** The chats that were received so far, without model lists and key checks. */
  requests: MockRequest[];
  /** Replies that were not used. */
  readonly left: number;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  authentication: 401,
  permission: 403,
  "insufficient-balance": 402,
  "rate-limit": 429,
  overloaded: 503,
  "context-overflow": 400,
  "content-filter": 400,
  "invalid-request": 400,
  "invalid-generation": 400,
  unsupported: 400,
  "model-not-found": 404,
  "not-found": 404,
  timeout: 408,
  network: 0,
  aborted: 0,
  truncated: 200,
  "malformed-response": 200,
  server: 500,
  configuration: 400,
};

export function mockServer(script: readonly MockReply[], models: readonly string[]): MockServer {
  const requests: MockRequest[] = [];
  let calls = 0;
  const serve = async (url: URL, init: RequestInit): Promise<Response> => {
    if (url.pathname.endsWith("/models")) return Response.json({ models });
    const request = readRequest(init, requests.length + 1);
    requests.push(request);
    const reply = replyFor(script, request);
    await pause(reply.delayMs ?? 0, init.signal);
    if (isFailure(reply)) return failure(reply);
    const model = typeof request.body["model"] === "string" ? request.body["model"] : "mock";
    const events = answerEvents(reply, `mock_${request.count}`, model, (call) => call.id ?? `call_${++calls}`);
    if (!request.streaming) return Response.json({ events });
    return new Response(streamOf(events, reply, init.signal), { headers: { "content-type": "text/event-stream" } });
  };
  return {
    fetch: (input, init) => serve(new URL(input instanceof Request ? input.url : input), init ?? {}),
    requests,
    get left() {
      return Math.max(0, script.length - requests.length);
    },
  };
}

function readRequest(init: RequestInit, count: number): MockRequest {
  const parsed: unknown = JSON.parse(typeof init.body === "string" ? init.body : "{}");
  const body: JsonObject = isObject(parsed) ? parsed : {};
  return { count, body, headers: Object.fromEntries(new Headers(init.headers)), streaming: body["stream"] === true };
}

function replyFor(script: readonly MockReply[], request: MockRequest): MockAnswer | MockFailure {
  const given = script[request.count - 1];
  if (given === undefined)
    return {
      error: "configuration",
      message: `the mock's script has ${script.length} replies, and this is request ${request.count}`,
    };
  const reply = typeof given === "function" ? given(request) : given;
  return typeof reply === "string" ? { text: reply } : reply;
}

function failure(reply: MockFailure): Response {
  const { error: code, message = `the mock answers with ${code}`, retryAfterMs } = reply;
  const status = reply.status ?? STATUS[code];
  if (status === 0) throw new TypeError(message);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (retryAfterMs !== undefined) headers["retry-after-ms"] = String(retryAfterMs);
  return new Response(JSON.stringify({ error: { code, message } }), { status, headers });
}

function streamOf(
  events: readonly ReadEvent[],
  delivery: MockDelivery,
  signal: AbortSignal | null | undefined,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const kept = events.slice(0, delivery.cutAfter ?? events.length);
  const texts = kept.map((event) => encoder.encode(`data: ${JSON.stringify(event)}\n\n`));
  const packets = delivery.packetBytes === undefined ? texts : cut(texts, delivery.packetBytes);
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      if (next > 0) await pause(delivery.packetDelayMs ?? 0, signal);
      const packet = packets[next++];
      if (packet !== undefined) controller.enqueue(packet);
      else if (delivery.cutAfter === undefined) controller.close();
      else controller.error(new TypeError("the mock closed the connection"));
    },
  });
}

function cut(texts: readonly Uint8Array[], size: number): Uint8Array[] {
  const all = new Uint8Array(texts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const text of texts) {
    all.set(text, at);
    at += text.length;
  }
  const packets: Uint8Array[] = [];
  for (let from = 0; from < all.length; from += size) packets.push(all.subarray(from, from + size));
  return packets;
}

/** Waits, or rejects as `fetch` does when the signal aborts. */
async function pause(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (ms <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, ms);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason ?? new LumiverseError({ code: "aborted", message: "the call was aborted" }));
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
