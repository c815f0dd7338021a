/** A `fetch` for calls to vendors over Node's own HTTP client. */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { pipeline, type Readable } from "node:stream";
import zlib from "node:zlib";

/** Milliseconds that an idle connection is kept. Many servers close theirs after five seconds without saying so. */
const KEEP_IDLE = 4000;
/** Idle connections of one host that are kept. */
const MOST_IDLE = 1000;
/** Statuses whose answers have no body. https://fetch.spec.whatwg.org/#null-body-status */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
/** Headers that describe the connection and the length of the body. Fetch refuses or ignores them. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** What the global `fetch` sends too. */
const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  accept: "*/*",
  "accept-encoding": "gzip, deflate, br",
  "user-agent": "node",
};

/**
 * A `fetch` for `GatewayOptions.fetch`. It takes half of the CPU time of the global one, and does not give up after five minutes of silence. Requests that a
 * gateway does not make (bodies other than texts, redirects that are followed, headers of the connection) are passed on to the global `fetch`.
 */
export function nodeFetch(): typeof fetch {
  const agents = { "http:": new http.Agent(agentOptions()), "https:": new https.Agent(agentOptions()) };
  return (input, init) => {
    const url = typeof input === "string" ? new URL(input) : input;
    const { method = "GET", headers = {}, body, redirect, signal } = init ?? {};
    const { protocol } = url instanceof URL ? url : { protocol: "" };
    const isPlain =
      url instanceof URL &&
      (protocol === "http:" || protocol === "https:") &&
      url.username === "" &&
      redirect === "manual" &&
      (body === undefined || typeof body === "string") &&
      isRecord(headers);
    if (!isPlain) return fetch(input, init);
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const { request } = protocol === "http:" ? http : https;
      // A header that HTTP cannot carry throws here, and rejects.
      const sent = request(url, {
        method,
        agent: agents[protocol],
        headers: { ...DEFAULT_HEADERS, ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
      });
      signal?.addEventListener("abort", () => sent.destroy(signal.reason), { once: true });
      sent.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
      sent.on("response", (message) => {
        try {
          resolve(toResponse(message, method));
        } catch (cause) {
          message.destroy();
          reject(cause);
        }
      });
      sent.end(body);
    });
  };
}

/** With the proxies of the environment, where Node is asked to use them. https://nodejs.org/api/http.html#built-in-proxy-support */
function agentOptions(): https.AgentOptions {
  const usesProxy = process.env["NODE_USE_ENV_PROXY"] === "1" || process.execArgv.includes("--use-env-proxy");
  return { keepAlive: true, timeout: KEEP_IDLE, maxFreeSockets: MOST_IDLE, ...(usesProxy ? { proxyEnv: process.env } : {}) };
}

function isRecord(headers: HeadersInit): headers is Record<string, string> {
  if (headers instanceof Headers || Array.isArray(headers)) return false;
  return !Object.keys(headers).some((name) => OWN_HEADERS.has(name.toLowerCase()));
}

function toResponse(message: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, rawHeaders } = message;
  const headers: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) headers.push([rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""]);
  const hasBody = method !== "HEAD" && !WITHOUT_BODY.has(status);
  if (!hasBody) message.resume();
  const body = hasBody ? new ReadableStream(new ReadableSource(decoded(message)), { highWaterMark: 0 }) : null;
  return new Response(body, { status, headers });
}

/** Undoes the `Content-Encoding`, piece by piece. One that is unknown is left as it is, as fetch does. */
function decoded(message: IncomingMessage): Readable {
  const sync = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
  switch (message.headers["content-encoding"]?.toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return through(message, zlib.createGunzip(sync));
    case "deflate":
      return through(message, zlib.createInflate(sync));
    case "br": {
      const flush = zlib.constants.BROTLI_OPERATION_FLUSH;
      return through(message, zlib.createBrotliDecompress({ flush, finishFlush: flush }));
    }
    default:
      return message;
  }
}

function through<Decoder extends Readable & NodeJS.WritableStream>(message: IncomingMessage, decoder: Decoder): Decoder {
  // The reader of the decoder receives every error.
  pipeline(message, decoder, () => {});
  return decoder;
}

/** Pulls one chunk for each read. A chunk holds all buffered bytes. */
class ReadableSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #readable: Readable;
  #isAsked = false;
  /** The stream is closed, failed or cancelled. Its controller throws from then on. */
  #isOver = false;

  constructor(readable: Readable) {
    this.#readable = readable;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const readable = this.#readable;
    const end = (how: () => void): void => {
      if (this.#isOver) return;
      this.#isOver = true;
      how();
    };
    readable.on("readable", () => this.#pass(controller));
    readable.on("end", () => end(() => controller.close()));
    readable.on("error", (error) => end(() => controller.error(error)));
    readable.on("close", () => end(() => controller.error(new Error("the connection was closed"))));
  }

  pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#isAsked = true;
    this.#pass(controller);
  }

  #pass(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#isOver) return;
    // Node emits `end` only after a read.
    const chunk = this.#isAsked || this.#readable.readableLength === 0 ? (this.#readable.read() as Uint8Array | null) : null; // no encoding is set
    if (chunk === null) return;
    this.#isAsked = false;
    controller.enqueue(chunk);
  }

  cancel(): void {
    // Node can have scheduled `end` already.
    this.#isOver = true;
    this.#readable.destroy();
  }
}
