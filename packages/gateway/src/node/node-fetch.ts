/** A `fetch` for calls to vendors over Node's own HTTP client. */
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { pipeline, type Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import zlib from "node:zlib";

/** Milliseconds that an idle connection is kept. Many servers close theirs after five seconds without saying so. */
const KEEP_IDLE = 4000;
/** Milliseconds until a connection is open: with the lookup of its name, a proxy's tunnel and TLS. As long as the global `fetch` waits. */
const CONNECT_TIMEOUT_MS = 10_000;
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
/** Content encodings of one answer. Each has a decoder with its own memory. */
const MOST_ENCODINGS = 5;
/** Each chunk is decoded when it arrives, because a stream can pause at any of them. */
const FLUSHED = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
const FLUSHED_BROTLI = { flush: zlib.constants.BROTLI_OPERATION_FLUSH, finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH };
const DECODERS = {
  gzip: () => zlib.createGunzip(FLUSHED),
  "x-gzip": () => zlib.createGunzip(FLUSHED),
  deflate: () => zlib.createInflate(FLUSHED),
  br: () => zlib.createBrotliDecompress(FLUSHED_BROTLI),
};
/** The runtime's own class, unless the server's adapter has replaced the global one by its own already. */
const NativeResponse = Response;
/** What the global `fetch` sends too, but for `deflate`: servers mean two formats by it. */
const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  accept: "*/*",
  "accept-encoding": "gzip, br",
  "user-agent": "node",
};

/**
 * A `fetch` for `GatewayOptions.fetch`. It takes half of the CPU time of the global one, and does not give up after five minutes of silence. Requests that a
 * gateway does not make (bodies other than texts, redirects that are followed, headers of the connection) are passed on to the global `fetch`.
 */
export function nodeFetch(): typeof fetch {
  const agents = { "http:": new http.Agent(agentOptions()), "https:": new https.Agent(agentOptions()) };
  // An address that is not a URL rejects.
  return async (input, init) => {
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
    return send({ url, method, headers, body, signal, agent: agents[protocol] });
  };
}

/** A request that Node's own client can send. */
interface PlainRequest {
  url: URL;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  signal: AbortSignal | null | undefined;
  agent: http.Agent;
}

function send({ url, method, headers, body, signal, agent }: PlainRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const { request } = url.protocol === "http:" ? http : https;
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    // A header that HTTP cannot carry throws here, and rejects.
    const sent = request(url, { method, agent, headers: { ...DEFAULT_HEADERS, ...headers, ...length } });
    let answered: IncomingMessage | undefined;
    const abort = (): void => {
      reject(signal?.reason);
      (answered ?? sent).destroy();
    };
    signal?.addEventListener("abort", abort);
    sent.on("close", () => signal?.removeEventListener("abort", abort));
    if (!sent.reusedSocket) limitConnecting(sent);
    sent.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    sent.on("response", (message) => {
      answered = message;
      try {
        resolve(toResponse(message, method, signal));
      } catch (cause) {
        message.destroy();
        reject(cause);
      }
    });
    sent.end(body);
  });
}

/** Fails a request whose connection is not open in time. */
function limitConnecting(request: ClientRequest): void {
  const timer = setTimeout(() => {
    const message = `no connection to ${request.host} within ${CONNECT_TIMEOUT_MS} ms`;
    request.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
  }, CONNECT_TIMEOUT_MS);
  const clear = (): void => clearTimeout(timer);
  request.on("close", clear);
  request.on("socket", (socket) => {
    // Node's types lack `secureConnecting`.
    const isOpening = socket.connecting || ("secureConnecting" in socket && socket.secureConnecting === true);
    if (isOpening) socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", clear);
    else clear();
  });
}

/** With the proxies of the environment, where Node is asked to use them. https://nodejs.org/api/http.html#built-in-proxy-support */
function agentOptions(): https.AgentOptions {
  const { NODE_USE_ENV_PROXY, NODE_OPTIONS = "" } = process.env;
  const options = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)];
  const usesProxy = NODE_USE_ENV_PROXY === "1" || options.includes("--use-env-proxy");
  return { keepAlive: true, timeout: KEEP_IDLE, maxFreeSockets: MOST_IDLE, ...(usesProxy ? { proxyEnv: process.env } : {}) };
}

function isRecord(headers: HeadersInit): headers is Record<string, string> {
  if (headers instanceof Headers || Array.isArray(headers)) return false;
  return !Object.keys(headers).some((name) => OWN_HEADERS.has(name.toLowerCase()));
}

function toResponse(message: IncomingMessage, method: string, signal: AbortSignal | null | undefined): Response {
  const { statusCode: status = 0, rawHeaders } = message;
  const hasBody = method !== "HEAD" && !WITHOUT_BODY.has(status);
  if (!hasBody) message.resume();
  const body = hasBody ? new ReadableStream(new ReadableSource(decoded(message), signal), { highWaterMark: 0 }) : null;
  // Complete before the response is made: the adapter's class has a content type of its own until it is given one.
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  return new NativeResponse(body, { status, headers });
}

/** Undoes the `Content-Encoding`, the last of a list first. A list with an unknown one is left as it is, as fetch does. */
function decoded(message: IncomingMessage): Readable {
  const encodings = (message.headers["content-encoding"] ?? "").split(",").map((encoding) => encoding.trim().toLowerCase());
  if (encodings.length > MOST_ENCODINGS)
    throw new TypeError(`the answer has ${encodings.length} content encodings, and ${MOST_ENCODINGS} are allowed`);
  if (!encodings.every(isEncoding)) return message;
  return encodings.reduceRight<Readable>((body, encoding) => through(body, DECODERS[encoding]()), message);
}

function isEncoding(name: string): name is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, name);
}

function through<Decoder extends Readable & NodeJS.WritableStream>(encoded: Readable, decoder: Decoder): Decoder {
  // The reader of the decoder receives every error.
  pipeline(encoded, decoder, () => {});
  return decoder;
}

/** Pulls one chunk for each read. A chunk holds all buffered bytes. */
class ReadableSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #readable: Readable;
  readonly #signal: AbortSignal | null | undefined;
  #isAsked = false;
  /** The stream is closed, failed or cancelled. Its controller throws from then on. */
  #isOver = false;

  constructor(readable: Readable, signal: AbortSignal | null | undefined) {
    this.#readable = readable;
    this.#signal = signal;
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
    const fail = (cause?: Error): void =>
      end(() => controller.error(this.#signal?.aborted === true ? this.#signal.reason : (cause ?? new Error("the connection was closed"))));
    readable.on("error", fail);
    readable.on("close", () => fail());
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
