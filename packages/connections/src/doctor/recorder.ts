/** Records the requests of a connection without changing them. */
import { withBody } from "@lumiverse/core/provider";

/** One request and what came back. */
export interface RecordedRequest {
  url: string;
  method: string;
  startedAt: number;
  status?: number;
  headers?: Headers;
  /** The beginning of the answer. It may hold secrets: it is only searched for patterns, and never shown. */
  start: string;
  /** When the first and the last piece of the answer arrived, in milliseconds after the start. Absent before a piece arrived. */
  firstAt?: number;
  lastAt?: number;
  /** The codes and messages of a request, or of an answer's body, that failed below HTTP, outermost first. */
  failure?: readonly string[];
  /** Settles when the answer ended or broke off. */
  ended: Promise<void>;
}

/** Characters of an answer that are kept. */
const KEPT = 4096;

export interface Recorder {
  fetch: typeof fetch;
  requests: RecordedRequest[];
}

export function createRecorder(send: typeof fetch = (input, init) => fetch(input, init)): Recorder {
  const requests: RecordedRequest[] = [];
  return {
    requests,
    fetch: async (input, init) => {
      const request: RecordedRequest = {
        url: input instanceof Request ? input.url : String(input),
        method: init?.method ?? "GET",
        startedAt: Date.now(),
        start: "",
        ended: Promise.resolve(),
      };
      requests.push(request);
      try {
        const response = await send(input, init);
        request.status = response.status;
        request.headers = response.headers;
        return response.body === null ? response : watched(response, response.body, request);
      } catch (cause) {
        request.failure = failuresOf(cause);
        throw cause;
      }
    },
  };
}

/** The same response, whose body is recorded as it is read. A copy of the body would be read even after the connection stops reading. */
function watched(response: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>, request: RecordedRequest): Response {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const { promise, resolve: settle } = Promise.withResolvers<void>();
  request.ended = promise;
  const copy = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value, done } = await reader.read().catch((cause: unknown) => {
        request.failure = failuresOf(cause);
        settle();
        throw cause;
      });
      if (done) {
        settle();
        return controller.close();
      }
      request.lastAt = Date.now() - request.startedAt;
      request.firstAt ??= request.lastAt;
      if (request.start.length < KEPT) request.start = (request.start + decoder.decode(value, { stream: true })).slice(0, KEPT);
      controller.enqueue(value);
    },
    cancel(reason) {
      settle();
      return reader.cancel(reason);
    },
  });
  return withBody(response, copy);
}

/** True for a web page. */
export function isHtml(request: RecordedRequest | undefined): boolean {
  if (request?.status === undefined) return false;
  const { start, headers } = request;
  return /^\s*<(?:!doctype|html|head|body)/i.test(start) || /^text\/html/i.test(headers?.get("content-type") ?? "");
}

function failuresOf(cause: unknown): string[] {
  const found: string[] = [];
  for (
    let at: unknown = cause, depth = 0;
    at instanceof Error && depth < 5;
    at = at instanceof AggregateError ? at.errors[0] : at.cause, depth++
  ) {
    if ("code" in at && typeof at.code === "string") found.push(at.code);
    found.push(at.message);
  }
  return found;
}
