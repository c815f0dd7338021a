/**
 * Everything that goes wrong between a vendor and a client, each with the one right outcome on both ends of the socket. Data first: the table
 * of the documentation is printed from it (report.ts); fault-run.ts plays it.
 */
import type { ServerResponse } from "node:http";
import { CANARY } from "./keys.ts";
import type { Answer } from "./server.ts";
import type { Spelling } from "./spelling.ts";
import type { OpenOptions } from "./subject.ts";

export interface Fault {
  id: string;
  /** What happens, as the client would say it. */
  title: string;
  mode: "stream" | "generate";
  /** What the client does. Default: it reads to the end. */
  client?: "abort-at-request" | "abort-at-content" | "abort-after-finish" | "leave-at-content" | "read-slowly";
  options?: OpenOptions;
  serve(answer: Planted): Answer;
  right: Right;
}

/** What a fault has to work with: the case's own answer, cut where it matters. */
export interface Planted {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The whole answer. */
  body: Uint8Array;
  /** The whole answer of the other mode, where the case has one. */
  other: Uint8Array | undefined;
  /** Up to the first event with content, whole events. */
  head: Uint8Array;
  /** The event that brings the first content. */
  delta: Uint8Array;
  spelling: Spelling;
  /** Another origin, for redirects. */
  elsewhere: string;
  /** Called when the request is there. */
  arrived(): void;
}

/** The right outcome. */
export interface Right {
  /** The codes that say it truly; absent: an answer, the same as without the fault. */
  codes?: readonly string[];
  /** Requests that reach the server. Default 1. */
  requests?: number;
  /** The client must take the connection down. */
  hangsUp?: true;
  /** What had arrived is on the error. */
  partial?: true;
  retryable?: boolean;
  /** Milliseconds on the error, at least. */
  retryAfterMs?: number;
  /** The consumer ended it: there is neither error nor answer. */
  left?: true;
}

const QUICK = 150;
/** Where the request has to have come before time is up, on a machine that has much else to do. */
const SENT = 600;
const THREE: OpenOptions = { retry: { attempts: 3, budgetMs: 20_000 } };
const SLOW_TIMEOUTS: OpenOptions = { timeouts: { response: 60_000, firstEvent: 60_000, idle: 60_000 } };

const begin = (response: ServerResponse, { status, headers }: Planted): void => {
  response.writeHead(status, { ...headers });
};
const whole = (response: ServerResponse, planted: Planted): void => {
  begin(response, planted);
  response.end(planted.body);
};
const status = (code: number, message: string, headers: Record<string, string> = {}) => {
  return ({ spelling }: Planted): Answer =>
    (response) => {
      response.writeHead(code, { "content-type": "application/json", ...headers }).end(spelling.body(code, message));
    };
};
/** The first request meets the fault, later ones the answer. */
const once = (first: (planted: Planted) => Answer) => {
  return (planted: Planted): Answer =>
    (response, seen, index) =>
      index === 0 ? first(planted)(response, seen, index) : whole(response, planted);
};
const tail = (after: (response: ServerResponse, planted: Planted) => void) => {
  return (planted: Planted): Answer =>
    (response) => {
      begin(response, planted);
      response.write(planted.head);
      response.write(planted.delta, () => after(response, planted));
    };
};
const page = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n";
const FAILURES = ["server", "overloaded", "invalid-request", "rate-limit", "network", "timeout"];

export const faults: readonly Fault[] = [
  // The connection.
  {
    id: "reset-before-headers",
    title: "the connection breaks before any header",
    mode: "stream",
    serve: () => (response) => void response.socket?.destroy(),
    right: { codes: ["network"], retryable: true },
  },
  {
    id: "reset-then-answer",
    title: "the connection breaks once before any header, then the host answers",
    mode: "stream",
    options: THREE,
    serve: once(() => (response) => void response.socket?.destroy()),
    right: { requests: 2 },
  },
  {
    id: "reset-in-mid-stream",
    title: "the connection breaks after the first content",
    mode: "stream",
    options: THREE,
    serve: tail((response) => void response.socket?.destroy()),
    right: { codes: ["network", "truncated"], partial: true },
  },
  {
    id: "reset-in-mid-body",
    title: "the connection breaks inside an unstreamed answer",
    mode: "generate",
    serve: (planted) => (response) => {
      response.writeHead(planted.status, { ...planted.headers, "content-length": String(planted.body.length) });
      response.write(planted.body.subarray(0, planted.body.length >> 1), () => response.socket?.destroy());
    },
    right: { codes: ["network", "truncated"], retryable: true },
  },
  {
    id: "cut-after-content",
    title: "the stream ends, without its end, after the first content",
    mode: "stream",
    options: THREE,
    serve: tail((response) => void response.end()),
    right: { codes: ["truncated"], partial: true },
  },
  {
    id: "cut-inside-an-event",
    title: "the stream ends inside an event",
    mode: "stream",
    options: THREE,
    serve: tail((response, { delta }) => void response.end(delta.subarray(0, delta.length >> 1))),
    right: { codes: ["truncated", "malformed-response"], partial: true },
  },
  {
    id: "cut-inside-a-body",
    title: "an unstreamed answer ends in its middle",
    mode: "generate",
    serve: (planted) => (response) => {
      begin(response, planted);
      response.end(planted.body.subarray(0, planted.body.length >> 1));
    },
    right: { codes: ["malformed-response", "truncated"] },
  },
  {
    id: "silence-before-headers",
    title: "the host takes the request and says nothing",
    mode: "stream",
    options: { timeouts: { response: SENT } },
    serve: () => () => {},
    right: { codes: ["timeout"], hangsUp: true, retryable: true },
  },
  {
    id: "silence-after-headers",
    title: "the host sends headers and says nothing more",
    mode: "stream",
    options: { timeouts: { firstEvent: QUICK } },
    serve: (planted) => (response) => {
      begin(response, planted);
      response.flushHeaders();
    },
    right: { codes: ["timeout"], hangsUp: true },
  },
  {
    id: "silence-in-mid-stream",
    title: "the host falls silent after the first content",
    mode: "stream",
    options: { ...THREE, timeouts: { idle: QUICK } },
    serve: tail(() => {}),
    right: { codes: ["timeout"], hangsUp: true, partial: true },
  },
  {
    id: "total-timeout",
    title: "the host keeps sending comments and never comes to an end",
    mode: "stream",
    options: { ...THREE, timeouts: { total: 300 } },
    serve: tail((response) => {
      const timer = setInterval(() => response.write(": still working\n\n"), 20);
      response.on("close", () => clearInterval(timer));
    }),
    right: { codes: ["timeout"], hangsUp: true, partial: true },
  },
  {
    id: "open-after-the-end",
    title: "the answer is whole and the host keeps the connection open",
    mode: "stream",
    serve: (planted) => (response) => {
      begin(response, planted);
      response.write(planted.body);
    },
    right: { hangsUp: true },
  },
  {
    id: "reset-after-the-end",
    title: "the answer is whole and the connection breaks then",
    mode: "stream",
    serve: (planted) => (response) => {
      begin(response, planted);
      // A moment later, so that what was written is read before the reset is seen.
      response.write(planted.body, () => setTimeout(() => response.socket?.destroy(), 50));
    },
    right: {},
  },
  // What comes is no answer.
  {
    id: "empty-stream",
    title: "a stream has no byte",
    mode: "stream",
    serve: (planted) => (response) => {
      begin(response, planted);
      response.end();
    },
    right: { codes: ["malformed-response", "truncated"] },
  },
  {
    id: "empty-body",
    title: "an unstreamed answer has no byte",
    mode: "generate",
    serve: (planted) => (response) => {
      begin(response, planted);
      response.end();
    },
    right: { codes: ["malformed-response", "truncated"] },
  },
  {
    id: "html-200",
    title: "a page comes with status 200",
    mode: "stream",
    serve: () => (response) => void response.writeHead(200, { "content-type": "text/html" }).end(page),
    right: { codes: ["malformed-response"] },
  },
  {
    id: "html-200-unstreamed",
    title: "a page comes with status 200 in place of JSON",
    mode: "generate",
    serve: () => (response) => void response.writeHead(200, { "content-type": "application/json" }).end(page),
    right: { codes: ["malformed-response"] },
  },
  {
    id: "html-502",
    title: "a page comes with status 502",
    mode: "stream",
    serve: () => (response) => void response.writeHead(502, { "content-type": "text/html" }).end(page),
    right: { codes: ["server", "overloaded"], retryable: true },
  },
  {
    id: "json-for-a-stream",
    title: "a whole JSON answer comes to a stream request",
    mode: "stream",
    serve: (planted) => (response) =>
      void response.writeHead(200, { "content-type": "text/event-stream" }).end(planted.other ?? planted.body),
    right: {},
  },
  {
    id: "garbage-event",
    title: "an event in mid-stream is no JSON",
    mode: "stream",
    options: THREE,
    serve: tail((response, { body, head, delta }) => {
      response.write('data: {"garbage\n\n');
      response.end(body.subarray(head.length + delta.length));
    }),
    right: { codes: ["malformed-response"], partial: true },
  },
  {
    id: "oversized-event",
    title: "one event is longer than the limit",
    mode: "stream",
    options: { ...THREE, limits: { event: 100_000 } },
    serve: tail((response) => void response.end(`data: {"x":"${"x".repeat(1_000_000)}"}\n\n`)),
    right: { codes: ["malformed-response"], partial: true },
  },
  {
    id: "oversized-body",
    title: "an unstreamed answer is longer than the limit",
    mode: "generate",
    options: { limits: { body: 100_000 } },
    serve: (planted) => (response) => {
      begin(response, planted);
      response.end(`{"x":"${"x".repeat(1_000_000)}"}`);
    },
    right: { codes: ["malformed-response"] },
  },
  // Errors where none is looked for.
  {
    id: "error-in-mid-stream",
    title: "an error event comes after the first content",
    mode: "stream",
    options: THREE,
    serve: tail((response, { spelling }) => void response.end(spelling.frame)),
    right: { codes: FAILURES, partial: true },
  },
  {
    id: "error-first",
    title: "an error event is the first event of a stream with status 200",
    mode: "stream",
    serve: (planted) => (response) => {
      begin(response, planted);
      response.end(planted.spelling.frame);
    },
    right: { codes: FAILURES },
  },
  {
    id: "error-bare-in-mid-stream",
    title: "an error comes in mid-stream as bare JSON without framing or line end",
    mode: "stream",
    options: THREE,
    serve: tail((response, { spelling }) => void response.end(spelling.body(500, "planted failure"))),
    right: { codes: FAILURES, partial: true },
  },
  {
    id: "error-200-streamed",
    title: "a JSON error with status 200 comes to a stream request",
    mode: "stream",
    serve:
      ({ spelling }) =>
      (response) =>
        void response.writeHead(200, { "content-type": "application/json" }).end(spelling.body(500, "planted failure")),
    right: { codes: FAILURES },
  },
  {
    id: "error-200",
    title: "a JSON error with status 200 comes to an unstreamed request",
    mode: "generate",
    serve:
      ({ spelling }) =>
      (response) =>
        void response.writeHead(200, { "content-type": "application/json" }).end(spelling.body(500, "planted failure")),
    right: { codes: FAILURES },
  },
  {
    id: "page-in-mid-stream",
    title: "a page comes in mid-stream",
    mode: "stream",
    options: THREE,
    serve: tail((response) => void response.end(page)),
    right: { codes: ["truncated", "malformed-response", "server"], partial: true },
  },
  // Statuses. Each echoes the key, as some hosts do.
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
      right: { codes, ...(retryable === undefined ? {} : { retryable }) },
    }),
  ),
  {
    id: "status-empty",
    title: "the host refuses with 500 and says nothing",
    mode: "generate",
    serve: () => (response) => void response.writeHead(500).end(),
    right: { codes: ["server"], retryable: true },
  },
  {
    id: "not-retried",
    title: "a refusal of the request itself is not tried again",
    mode: "stream",
    options: THREE,
    serve: status(422, "planted refusal"),
    right: { codes: ["invalid-request"], requests: 1 },
  },
  {
    id: "retry-500",
    title: "the host fails once without saying when to come back",
    mode: "stream",
    options: THREE,
    serve: once(status(500, "planted failure")),
    right: { requests: 2 },
  },
  {
    id: "retry-seconds",
    title: "429 with Retry-After in seconds, then the answer",
    mode: "stream",
    options: THREE,
    serve: once(status(429, "planted limit", { "retry-after": "0" })),
    right: { requests: 2 },
  },
  {
    id: "retry-ms",
    title: "429 with retry-after-ms, then the answer",
    mode: "generate",
    options: THREE,
    serve: once(status(429, "planted limit", { "retry-after-ms": "5" })),
    right: { requests: 2 },
  },
  {
    id: "retry-date",
    title: "503 with Retry-After as a date, then the answer",
    mode: "stream",
    options: THREE,
    serve: once(status(503, "planted overload", { "retry-after": "Thu, 01 Jan 2026 00:00:00 GMT" })),
    right: { requests: 2 },
  },
  {
    id: "retry-too-late",
    title: "429 whose Retry-After is longer than anyone waits",
    mode: "stream",
    options: { retry: { attempts: 3, budgetMs: 600_000 } },
    serve: status(429, "planted limit", { "retry-after": "3600" }),
    right: { codes: ["rate-limit"], requests: 1, retryAfterMs: 3_600_000 },
  },
  {
    id: "retry-after-on-success",
    title: "an answer carries a Retry-After header",
    mode: "stream",
    options: THREE,
    serve: (planted) => (response) =>
      void response.writeHead(planted.status, { ...planted.headers, "retry-after": "30" }).end(planted.body),
    right: {},
  },
  ...([302, 307, 308] as const).map(
    (code): Fault => ({
      id: `redirect-${code}`,
      title: `the host redirects with ${code} to another origin`,
      mode: "stream",
      serve:
        ({ elsewhere }) =>
        (response) =>
          void response.writeHead(code, { location: `${elsewhere}/v1/stolen` }).end(),
      right: { codes: ["network", "configuration", "invalid-request", "not-found"], retryable: false },
    }),
  ),
  // The caller.
  {
    id: "abort-before-headers",
    title: "the caller aborts before any header",
    mode: "stream",
    client: "abort-at-request",
    serve: (planted) => () => planted.arrived(),
    right: { codes: ["aborted"], hangsUp: true },
  },
  {
    id: "abort-unstreamed",
    title: "the caller aborts an unstreamed call before any header",
    mode: "generate",
    client: "abort-at-request",
    serve: (planted) => () => planted.arrived(),
    right: { codes: ["aborted"], hangsUp: true },
  },
  {
    id: "abort-in-mid-stream",
    title: "the caller aborts after the first content",
    mode: "stream",
    client: "abort-at-content",
    options: THREE,
    serve: tail(() => {}),
    right: { codes: ["aborted"], hangsUp: true, partial: true },
  },
  {
    id: "abort-after-finish",
    title: "the caller aborts when all is over",
    mode: "stream",
    client: "abort-after-finish",
    serve: (planted) => (response) => whole(response, planted),
    right: {},
  },
  {
    id: "leave-early",
    title: "the caller leaves the loop after the first content",
    mode: "stream",
    client: "leave-at-content",
    serve: tail(() => {}),
    right: { left: true, hangsUp: true },
  },
  {
    id: "back-pressure",
    title: "the caller stops reading while the host sends without end",
    mode: "stream",
    client: "read-slowly",
    options: SLOW_TIMEOUTS,
    serve: ({ status: code, headers, head, delta }) => {
      return (response, seen) => {
        response.writeHead(code, { ...headers });
        response.write(head);
        const batch = new Uint8Array(Math.ceil(65_536 / delta.length) * delta.length);
        for (let at = 0; at < batch.length; at += delta.length) batch.set(delta, at);
        const pump = (): void => {
          while (seen.written < ENDLESS && !response.destroyed) {
            seen.written += batch.length;
            if (!response.write(batch)) return void response.once("drain", pump);
          }
        };
        pump();
      };
    },
    right: { left: true, hangsUp: true },
  },
];

/** Bytes that a host without end offers; a client that reads nothing must leave the most of them there. */
export const ENDLESS = 96_000_000;
