/**
 * The faults that can happen between a vendor and a client, as data. Each one has one right outcome for the caller and for the connection. `runFault` plays them,
 * and the table in the documentation is made from them.
 */
import type { ServerResponse } from "node:http";
import type { ChatRequest } from "@lumiverse/core/provider";
import { CANARY } from "../fixture/keys.ts";
import type { ErrorFormat } from "../play/error-format.ts";
import type { Answer } from "../play/local-server.ts";
import type { OpenOptions } from "../play/subject.ts";

/** A fault and its right outcome. */
export interface Fault {
  id: string;
  /** What happens, in a sentence. */
  title: string;
  mode: "stream" | "generate";
  /** What the client does. Default: it reads the answer to its end. */
  client?: "abort-at-request" | "abort-at-content" | "abort-after-finish" | "leave-at-content" | "read-slowly";
  options?: OpenOptions;
  /** Fields that the request has in addition to those of the case. */
  request?: Partial<ChatRequest>;
  /** The protocols that can have this fault. Default: all. */
  protocols?: readonly string[];
  serve(answer: FaultContext): Answer;
  outcome: FaultOutcome;
}

/** What a fault can use: the answer of the case, split at its first content. */
export interface FaultContext {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The complete answer. */
  body: Uint8Array;
  /** The complete unstreamed answer, if the case has one. */
  other: Uint8Array | undefined;
  /** Everything before the first event with content. */
  head: Uint8Array;
  /** The first event with content. */
  delta: Uint8Array;
  /** `delta` with a finish reason, as hosts send it that finish too early. Equal to `delta` if the protocol has no such form. */
  finishedDelta: Uint8Array;
  errorFormat: ErrorFormat;
  /** Another origin, the target of redirects. */
  otherOrigin: string;
  /** To be called when the request has arrived. */
  requestReceived(): void;
}

/** The right outcome of a fault. */
export interface FaultOutcome {
  /** The error codes that are right. Absent: the call succeeds with the same answer as without the fault. */
  codes?: readonly string[];
  /** Number of requests that reach the server, or the numbers that are right. Default 1. */
  requests?: number | readonly number[];
  /** The client must close the connection. */
  clientCloses?: true;
  /** `error.partial` has the content that had arrived. */
  partial?: true;
  retryable?: boolean;
  /** Lowest `error.retryAfterMs`. */
  retryAfterMs?: number;
  /** The caller stopped reading, so there is neither an error nor an answer. */
  abandoned?: true;
}

/** Milliseconds. */
const SHORT_TIMEOUT = 150;
/** Milliseconds, longer than a client waits for a terminator after a complete answer. */
const PAUSE = 2500;
/** Milliseconds, long enough for the request to arrive on a busy machine. */
const REQUEST_TIMEOUT = 600;
const THREE_ATTEMPTS: OpenOptions = { retry: { attempts: 3, budgetMs: 20_000 } };
const SLOW_TIMEOUTS: OpenOptions = { timeouts: { response: 60_000, firstEvent: 60_000, idle: 60_000 } };

const writeHead = (response: ServerResponse, { status, headers }: FaultContext): void => {
  response.writeHead(status, { ...headers });
};
const answer = (response: ServerResponse, context: FaultContext): void => {
  writeHead(response, context);
  response.end(context.body);
};
const status = (code: number, message: string, headers: Record<string, string> = {}) => {
  return ({ errorFormat }: FaultContext): Answer =>
    (response) => {
      response.writeHead(code, { "content-type": "application/json", ...headers }).end(errorFormat.body(code, message));
    };
};
/** The first request gets the fault, later ones the answer. */
const firstTime = (first: (context: FaultContext) => Answer) => {
  return (context: FaultContext): Answer =>
    (response, seen, index) =>
      index === 0 ? first(context)(response, seen, index) : answer(response, context);
};
const afterContent = (after: (response: ServerResponse, context: FaultContext) => void) => {
  return (context: FaultContext): Answer =>
    (response) => {
      writeHead(response, context);
      response.write(context.head);
      response.write(context.delta, () => after(response, context));
    };
};
const ENVELOPE = JSON.stringify({ base_resp: { status_code: 1004, status_msg: "planted failure: login fail" } });
const BARE = JSON.stringify({ code: 401, message: "planted failure: unauthorized" });
const page = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n";
/** What a server says of itself, whatever is asked. */
const HEALTH = JSON.stringify({ status: "ok", version: "1.2.0" });
const FAILURES = ["server", "overloaded", "invalid-request", "rate-limit", "network", "timeout"];

const ODD_OBJECT = { toString: 1, valueOf: "x", toJSON: 1, constructor: {}, then: 1, length: -1 };
/** A refusal whose texts are objects, alone and in lists. Code that turns one of them into a text throws. */
function withObjects(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return ODD_OBJECT;
  const fields = Object.entries(value).map(([name, inner]) => [name, name === "error" ? withObjects(inner) : ODD_OBJECT]);
  return { ...Object.fromEntries(fields), param: ODD_OBJECT, detail: [ODD_OBJECT], metadata: { reasons: [ODD_OBJECT] } };
}

/** All faults. */
export const faults: readonly Fault[] = [
  // The connection.
  {
    id: "reset-before-headers",
    title: "the connection breaks before any header",
    mode: "stream",
    serve: () => (response) => void response.socket?.destroy(),
    outcome: { codes: ["network"], retryable: true },
  },
  {
    id: "reset-then-answer",
    title: "the connection breaks once before any header, then the host answers",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: firstTime(() => (response) => void response.socket?.destroy()),
    outcome: { requests: 2 },
  },
  {
    id: "reset-in-mid-stream",
    title: "the connection breaks after the first content",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response) => void response.socket?.destroy()),
    outcome: { codes: ["network", "truncated"], partial: true },
  },
  {
    id: "reset-in-mid-body",
    title: "the connection breaks during an unstreamed answer",
    mode: "generate",
    serve: (context) => (response) => {
      response.writeHead(context.status, { ...context.headers, "content-length": String(context.body.length) });
      response.write(context.body.subarray(0, context.body.length >> 1), () => response.socket?.destroy());
    },
    outcome: { codes: ["network", "truncated"], retryable: true },
  },
  {
    id: "cut-after-content",
    title: "the stream ends after the first content without a final event",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response) => void response.end()),
    outcome: { codes: ["truncated"], partial: true },
  },
  {
    id: "cut-inside-an-event",
    title: "the stream ends in the middle of an event",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response, { delta }) => void response.end(delta.subarray(0, delta.length >> 1))),
    outcome: { codes: ["truncated", "malformed-response"], partial: true },
  },
  {
    id: "cut-inside-a-body",
    title: "an unstreamed answer is cut off",
    mode: "generate",
    serve: (context) => (response) => {
      writeHead(response, context);
      response.end(context.body.subarray(0, context.body.length >> 1));
    },
    outcome: { codes: ["malformed-response", "truncated"] },
  },
  {
    id: "silence-before-headers",
    title: "the host accepts the request and sends nothing",
    mode: "stream",
    options: { timeouts: { response: REQUEST_TIMEOUT } },
    serve: () => () => {},
    outcome: { codes: ["timeout"], clientCloses: true, retryable: true },
  },
  {
    id: "silence-after-headers",
    title: "the host sends headers and nothing else",
    mode: "stream",
    options: { timeouts: { firstEvent: SHORT_TIMEOUT } },
    serve: (context) => (response) => {
      writeHead(response, context);
      response.flushHeaders();
    },
    outcome: { codes: ["timeout"], clientCloses: true },
  },
  {
    id: "silence-in-mid-stream",
    title: "the host sends nothing after the first content",
    mode: "stream",
    options: { ...THREE_ATTEMPTS, timeouts: { idle: SHORT_TIMEOUT } },
    serve: afterContent(() => {}),
    outcome: { codes: ["timeout"], clientCloses: true, partial: true },
  },
  {
    id: "total-timeout",
    title: "the host sends comments without end",
    mode: "stream",
    options: { ...THREE_ATTEMPTS, timeouts: { total: 300 } },
    serve: afterContent((response) => {
      const timer = setInterval(() => response.write(": still working\n\n"), 20);
      response.on("close", () => clearInterval(timer));
    }),
    outcome: { codes: ["timeout"], clientCloses: true, partial: true },
  },
  {
    id: "heartbeats-without-end",
    title: "the host sends nothing but heartbeats after the first content",
    mode: "stream",
    options: { ...THREE_ATTEMPTS, timeouts: { idle: SHORT_TIMEOUT } },
    serve: afterContent((response) => {
      const timer = setInterval(() => response.write(": still working\n\nevent: ping\ndata: \n\n"), 20);
      response.on("close", () => clearInterval(timer));
    }),
    outcome: { codes: ["timeout"], clientCloses: true, partial: true },
  },
  {
    id: "content-after-finish",
    title: "a finish reason comes with the first content, and the rest comes seconds later",
    mode: "stream",
    serve: (context) => (response) => {
      writeHead(response, context);
      response.write(context.head);
      response.write(context.finishedDelta, () => {
        const timer = setTimeout(() => response.end(context.body.subarray(context.head.length + context.delta.length)), PAUSE);
        response.on("close", () => clearTimeout(timer));
      });
    },
    outcome: {},
  },
  {
    id: "open-after-the-end",
    title: "the answer is complete and the host keeps the connection open",
    mode: "stream",
    // A client may wait for more as long as it waits for any event.
    options: { timeouts: { idle: 2500 } },
    serve: (context) => (response) => {
      writeHead(response, context);
      response.write(context.body);
    },
    outcome: { clientCloses: true },
  },
  {
    id: "reset-after-the-end",
    title: "the answer is complete and the connection breaks afterwards",
    mode: "stream",
    serve: (context) => (response) => {
      writeHead(response, context);
      // Wait, so that the client reads the answer before it sees the reset.
      response.write(context.body, () => setTimeout(() => response.socket?.destroy(), 50));
    },
    outcome: {},
  },
  // What arrives is not an answer.
  {
    id: "empty-stream",
    title: "a stream is empty",
    mode: "stream",
    serve: (context) => (response) => {
      writeHead(response, context);
      response.end();
    },
    outcome: { codes: ["malformed-response", "truncated"] },
  },
  {
    id: "empty-body",
    title: "an unstreamed answer is empty",
    mode: "generate",
    serve: (context) => (response) => {
      writeHead(response, context);
      response.end();
    },
    outcome: { codes: ["malformed-response", "truncated"] },
  },
  {
    id: "html-200",
    title: "an HTML page arrives with status 200",
    mode: "stream",
    serve: () => (response) => void response.writeHead(200, { "content-type": "text/html" }).end(page),
    outcome: { codes: ["malformed-response"] },
  },
  {
    id: "html-200-unstreamed",
    title: "an HTML page arrives with status 200 instead of JSON",
    mode: "generate",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(page),
    outcome: { codes: ["malformed-response"] },
  },
  {
    id: "health-page",
    title: "the page of a health check arrives with status 200",
    mode: "stream",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(HEALTH),
    outcome: { codes: ["malformed-response", "truncated", "server"] },
  },
  {
    id: "health-page-unstreamed",
    title: "the page of a health check arrives instead of an answer",
    mode: "generate",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(HEALTH),
    outcome: { codes: ["malformed-response", "truncated", "server"] },
  },
  {
    id: "html-502",
    title: "an HTML page arrives with status 502",
    mode: "stream",
    serve: () => (response) => void response.writeHead(502, { "content-type": "text/html" }).end(page),
    outcome: { codes: ["server", "overloaded"], retryable: true },
  },
  {
    id: "json-for-a-stream",
    title: "a streamed request gets a complete JSON answer",
    mode: "stream",
    serve: (context) => (response) =>
      void response.writeHead(200, { "content-type": "text/event-stream" }).end(context.other ?? context.body),
    outcome: {},
  },
  {
    id: "garbage-event",
    title: "an event in mid-stream is not JSON",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response, { body, head, delta }) => {
      response.write('data: {"garbage\n\n');
      response.end(body.subarray(head.length + delta.length));
    }),
    outcome: { codes: ["malformed-response"], partial: true },
  },
  {
    id: "oversized-event",
    title: "one event is longer than the limit",
    mode: "stream",
    options: { ...THREE_ATTEMPTS, limits: { event: 100_000 } },
    serve: afterContent((response) => void response.end(`data: {"x":"${"x".repeat(1_000_000)}"}\n\n`)),
    outcome: { codes: ["malformed-response"], partial: true },
  },
  {
    id: "oversized-body",
    title: "an unstreamed answer is longer than the limit",
    mode: "generate",
    options: { limits: { body: 100_000 } },
    serve: (context) => (response) => {
      writeHead(response, context);
      response.end(`{"x":"${"x".repeat(1_000_000)}"}`);
    },
    outcome: { codes: ["malformed-response"] },
  },
  // Errors inside answers.
  {
    id: "error-in-mid-stream",
    title: "an error event follows the first content",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response, { errorFormat }) => void response.end(errorFormat.frame)),
    outcome: { codes: FAILURES, partial: true },
  },
  {
    id: "error-first",
    title: "an error event is the first event of a stream with status 200",
    mode: "stream",
    serve: (context) => (response) => {
      writeHead(response, context);
      response.end(context.errorFormat.frame);
    },
    outcome: { codes: FAILURES },
  },
  {
    id: "error-bare-in-mid-stream",
    title: "an error arrives in mid-stream as JSON without framing or line end",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response, { errorFormat }) => void response.end(errorFormat.body(500, "planted failure"))),
    outcome: { codes: FAILURES, partial: true },
  },
  {
    id: "error-200-streamed",
    title: "a streamed request gets a JSON error with status 200",
    mode: "stream",
    serve:
      ({ errorFormat }) =>
      (response) =>
        void response.writeHead(200, { "content-type": "application/json" }).end(errorFormat.body(500, "planted failure")),
    outcome: { codes: FAILURES },
  },
  {
    id: "error-200",
    title: "an unstreamed request gets a JSON error with status 200",
    mode: "generate",
    serve:
      ({ errorFormat }) =>
      (response) =>
        void response.writeHead(200, { "content-type": "application/json" }).end(errorFormat.body(500, "planted failure")),
    outcome: { codes: FAILURES },
  },
  {
    id: "envelope-200-streamed",
    title: "a streamed request gets a failure in the vendor's own envelope (base_resp) with status 200",
    mode: "stream",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(ENVELOPE),
    outcome: { codes: ["authentication"] },
  },
  {
    id: "envelope-200",
    title: "an unstreamed request gets a failure in the vendor's own envelope (base_resp) with status 200",
    mode: "generate",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(ENVELOPE),
    outcome: { codes: ["authentication"] },
  },
  {
    id: "bare-200-streamed",
    title: "a streamed request gets a gateway's failure without an error object ({ code, message }) with status 200",
    mode: "stream",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(BARE),
    outcome: { codes: ["authentication"] },
  },
  {
    id: "bare-200",
    title: "an unstreamed request gets a gateway's failure without an error object ({ code, message }) with status 200",
    mode: "generate",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(BARE),
    outcome: { codes: ["authentication"] },
  },
  {
    id: "template-500",
    title: "a local server reports an exception of the model's chat template with status 500",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: status(500, "Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/..."),
    outcome: { codes: ["invalid-request"], retryable: false },
  },
  {
    id: "limit-renamed",
    title: "the host refuses max_tokens and demands max_completion_tokens",
    mode: "stream",
    protocols: ["chat-completions"],
    options: THREE_ATTEMPTS,
    request: { maxOutputTokens: 64 },
    serve: (context) => (response, seen) => {
      if (!/"max_tokens":/.test(seen.body)) return answer(response, context);
      const refusal = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
      response.writeHead(400, { "content-type": "application/json" }).end(context.errorFormat.body(400, refusal));
    },
    outcome: { requests: [1, 2] }, // a client that sends the newer name at once needs one
  },
  {
    id: "page-in-mid-stream",
    title: "an HTML page arrives in mid-stream",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: afterContent((response) => void response.end(page)),
    outcome: { codes: ["truncated", "malformed-response", "server"], partial: true },
  },
  // Error statuses. Each answer repeats the key, as some hosts do.
  ...(
    [
      [400, ["invalid-request"], false],
      [401, ["authentication"], false],
      [402, ["insufficient-balance"], false],
      [403, ["permission", "authentication"], false],
      [404, ["not-found", "model-not-found"], false],
      [408, ["timeout"], true],
      [409, ["server", "invalid-request", "overloaded"], undefined],
      [413, ["invalid-request", "context-overflow"], false],
      [422, ["invalid-request"], false],
      [429, ["rate-limit"], true],
      [500, ["server"], true],
      [502, ["server", "overloaded"], true],
      [503, ["overloaded", "server"], true],
      [504, ["server", "timeout", "overloaded"], true],
      [529, ["overloaded"], true],
    ] as const
  ).map(
    ([code, codes, retryable]): Fault => ({
      id: `status-${code}`,
      title: `the host refuses with ${code} and repeats the key`,
      mode: "stream",
      serve: status(code, `planted refusal of ${CANARY}`),
      outcome: { codes, ...(retryable === undefined ? {} : { retryable }) },
    }),
  ),
  {
    id: "status-empty",
    title: "the host answers 500 with an empty body",
    mode: "generate",
    serve: () => (response) => void response.writeHead(500).end(),
    outcome: { codes: ["server"], retryable: true },
  },
  {
    id: "status-objects",
    title: "the host refuses with objects in the place of texts, which have fields named like methods",
    mode: "generate",
    serve: (context) => (response) => {
      const body = JSON.stringify(withObjects(JSON.parse(context.errorFormat.body(422, "planted refusal"))));
      response.writeHead(422, { "content-type": "application/json" }).end(body);
    },
    // A list of reasons is what OpenRouter's moderation sends.
    outcome: { codes: ["invalid-request", "content-filter"] },
  },
  {
    id: "not-retried",
    title: "the host refuses the request itself, which must not be retried",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: status(422, "planted refusal"),
    outcome: { codes: ["invalid-request"], requests: 1 },
  },
  {
    id: "retry-500",
    title: "the host fails once and sends no Retry-After",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: firstTime(status(500, "planted failure")),
    outcome: { requests: 2 },
  },
  {
    id: "retry-seconds",
    title: "the host answers 429 with Retry-After in seconds, then succeeds",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: firstTime(status(429, "planted limit", { "retry-after": "0" })),
    outcome: { requests: 2 },
  },
  {
    id: "retry-ms",
    title: "the host answers 429 with retry-after-ms, then succeeds",
    mode: "generate",
    options: THREE_ATTEMPTS,
    serve: firstTime(status(429, "planted limit", { "retry-after-ms": "5" })),
    outcome: { requests: 2 },
  },
  {
    id: "retry-date",
    title: "the host answers 503 with Retry-After as a date, then succeeds",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: firstTime(status(503, "planted overload", { "retry-after": "Thu, 01 Jan 2026 00:00:00 GMT" })),
    outcome: { requests: 2 },
  },
  {
    id: "retry-too-late",
    title: "the host answers 429 with a Retry-After that is too long to wait",
    mode: "stream",
    options: { retry: { attempts: 3, budgetMs: 600_000 } },
    serve: status(429, "planted limit", { "retry-after": "3600" }),
    outcome: { codes: ["rate-limit"], requests: 1, retryAfterMs: 3_600_000 },
  },
  {
    id: "retry-after-on-success",
    title: "a successful answer has a Retry-After header",
    mode: "stream",
    options: THREE_ATTEMPTS,
    serve: (context) => (response) =>
      void response.writeHead(context.status, { ...context.headers, "retry-after": "30" }).end(context.body),
    outcome: {},
  },
  ...([302, 307, 308] as const).map(
    (code): Fault => ({
      id: `redirect-${code}`,
      title: `the host redirects with ${code} to another origin`,
      mode: "stream",
      serve:
        ({ otherOrigin }) =>
        (response) =>
          void response.writeHead(code, { location: `${otherOrigin}/v1/stolen` }).end(),
      outcome: { codes: ["network", "configuration", "invalid-request", "not-found"], retryable: false },
    }),
  ),
  // The caller.
  {
    id: "abort-before-headers",
    title: "the caller aborts before any header",
    mode: "stream",
    client: "abort-at-request",
    serve: (context) => () => context.requestReceived(),
    outcome: { codes: ["aborted"], clientCloses: true },
  },
  {
    id: "abort-unstreamed",
    title: "the caller aborts an unstreamed call before any header",
    mode: "generate",
    client: "abort-at-request",
    serve: (context) => () => context.requestReceived(),
    outcome: { codes: ["aborted"], clientCloses: true },
  },
  {
    id: "abort-in-mid-stream",
    title: "the caller aborts after the first content",
    mode: "stream",
    client: "abort-at-content",
    options: THREE_ATTEMPTS,
    serve: afterContent(() => {}),
    outcome: { codes: ["aborted"], clientCloses: true, partial: true },
  },
  {
    id: "abort-after-finish",
    title: "the caller aborts after the answer is complete",
    mode: "stream",
    client: "abort-after-finish",
    serve: (context) => (response) => answer(response, context),
    outcome: {},
  },
  {
    id: "leave-early",
    title: "the caller stops iterating after the first content",
    mode: "stream",
    client: "leave-at-content",
    serve: afterContent(() => {}),
    outcome: { abandoned: true, clientCloses: true },
  },
  {
    id: "back-pressure",
    title: "the caller stops reading while the host keeps sending",
    mode: "stream",
    client: "read-slowly",
    options: SLOW_TIMEOUTS,
    serve: ({ status: code, headers, head, delta }) => {
      return (response, seen) => {
        response.writeHead(code, { ...headers });
        response.write(head);
        const batch = new Uint8Array(Math.ceil(65_536 / delta.length) * delta.length);
        for (let at = 0; at < batch.length; at += delta.length) batch.set(delta, at);
        const writeMore = (): void => {
          while (seen.written < ENDLESS && !response.destroyed) {
            seen.written += batch.length;
            if (!response.write(batch)) return void response.once("drain", writeMore);
          }
        };
        writeMore();
      };
    },
    outcome: { abandoned: true, clientCloses: true },
  },
];

/** Bytes that the endless host offers. A client that does not read must leave most of them unsent. */
export const ENDLESS = 96_000_000;
