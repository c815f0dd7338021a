/** The connection to an MCP server. A session that was lost is replaced with the next request. */
import { LumiverseError } from "@lumiverse/core";
import { excerpt, type JsonObject, startTimer } from "@lumiverse/core/provider";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { messageOf } from "../shared/errors.ts";
import { limitedFetch } from "./limited-fetch.ts";
import type { McpServerOptions } from "./options.ts";
import { secretsOf } from "./server-secrets.ts";
import { codeOf, fullMessageOf, isAnswered, isUnreadable, sessionError } from "./session-error.ts";

/** Characters of a message, which may quote a whole page. */
const LONGEST_MESSAGE = 300;

/** A request that failed. Its message holds no secret of the options. */
export class RequestFailure extends Error {
  /** True when the server answered, with an error. */
  readonly isAnswered: boolean;
  /** True when the server did not know the session, so it has not seen the request. */
  readonly isUnknownSession: boolean;

  constructor(cause: unknown, hideSecrets: (text: string) => string) {
    const message = fullMessageOf(cause);
    // Secrets first: one that is cut off would not be found.
    const shown = hideSecrets(message);
    super(isUnreadable(cause) ? "the answer is not MCP" : excerpt(shown, LONGEST_MESSAGE), shown === message ? { cause } : {});
    this.isAnswered = isAnswered(cause);
    this.isUnknownSession = codeOf(cause) === 404;
  }
}

interface Session {
  client: Promise<Client>;
  /** Requests that wait for the session or for an answer. */
  waiting: number;
  /** It is not used again, and is closed when no request waits any more. */
  isLost: boolean;
}

/** The longest timeout that the SDK's timers keep. Requests have a timer of their own. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export class McpSession {
  readonly #options: McpServerOptions;
  readonly #hideSecrets: (text: string) => string;
  readonly #closing: AbortController = new AbortController();
  #session: Session | undefined;

  constructor(options: McpServerOptions) {
    this.#options = options;
    this.#hideSecrets = secretsOf(options);
  }

  /**
   * The result as the server wrote it. The SDK's `listTools` and `callTool` refuse a whole list for one odd tool, and run the regular expressions in the
   * schemas of a server, which can take forever.
   * @throws RequestFailure; LumiverseError when there is no session
   */
  async request(method: string, params: JsonObject, signal?: AbortSignal): Promise<JsonObject> {
    const session = this.#open();
    // A request that waits for the session keeps it open, too.
    session.waiting++;
    try {
      const client = await session.client;
      const { ResultSchema } = await loadSdk(() => import("@modelcontextprotocol/sdk/types.js"));
      const send = (options: RequestOptions): Promise<JsonObject> => client.request({ method, params }, ResultSchema, options);
      return await this.#inTime(send, signal).catch((cause: unknown) => {
        throw this.#failureOf(session, cause);
      });
    } finally {
      session.waiting--;
      closeUnused(session);
    }
  }

  /** A session that gave no answer is not used again. */
  #failureOf(session: Session, cause: unknown): RequestFailure {
    const failure = new RequestFailure(cause, this.#hideSecrets);
    if (!failure.isAnswered) this.#lose(session);
    return failure;
  }

  /** Ends the session. Requests that wait fail. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#closing.abort("the server was closed");
    if (session === undefined) return;
    this.#lose(session);
    await session.client.then((client) => client.close()).catch(() => {});
  }

  #open(): Session {
    if (this.#closing.signal.aborted)
      throw new LumiverseError({ code: "aborted", message: `the MCP server ${this.#options.name} was closed` });
    if (this.#session !== undefined) return this.#session;
    const session: Session = { client: this.#start(), waiting: 0, isLost: false };
    this.#session = session;
    session.client.then(
      (client) => {
        client.onclose = () => this.#lose(session);
      },
      () => this.#lose(session),
    );
    return session;
  }

  #lose(session: Session): void {
    session.isLost = true;
    if (this.#session === session) this.#session = undefined;
  }

  async #start(): Promise<Client> {
    const { name, url } = this.#options;
    const { Client } = await loadSdk(() => import("@modelcontextprotocol/sdk/client/index.js"));
    const client = new Client({ name: "lumiverse", version: "1.0.0" });
    const transport = await this.#transport();
    try {
      await this.#inTime((options) => client.connect(transport, options));
      return client;
    } catch (cause) {
      await transport.close().catch(() => {});
      const server = url !== undefined && URL.canParse(url) ? `${name} at ${new URL(url).host}` : name;
      throw sessionError(server, cause, new RequestFailure(cause, this.#hideSecrets));
    }
  }

  async #transport(): Promise<Transport> {
    const { transport, url, headers, name } = this.#options;
    if (transport !== undefined) return transport();
    if (url === undefined)
      throw new LumiverseError({ code: "configuration", message: `the MCP server ${name} has neither a url nor a transport` });
    const { StreamableHTTPClientTransport } = await loadSdk(() => import("@modelcontextprotocol/sdk/client/streamableHttp.js"));
    const http = new StreamableHTTPClientTransport(new URL(url), {
      fetch: limitedFetch,
      ...(headers === undefined ? {} : { requestInit: { headers } }),
    });
    // The SDK is built without exactOptionalPropertyTypes: its `sessionId` may be undefined.
    return http as Transport;
  }

  /** Sends with a signal that aborts when the time is up, when the session is closed, and with the caller's signal. */
  async #inTime<T>(send: (options: RequestOptions) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { timeoutMs = 60_000 } = this.#options;
    const request = new AbortController();
    const stopTimer = startTimer(timeoutMs, () => request.abort(`no answer within ${timeoutMs} ms`));
    const stops = [signal, this.#closing.signal].map((source) => follow(source, request));
    try {
      return await send({ signal: request.signal, timeout: LONGEST_TIMEOUT });
    } finally {
      stopTimer();
      // The SDK never stops listening to the signal, and would send a cancellation for a request that has ended.
      for (const stop of stops) stop();
    }
  }
}

/** Aborts a controller with a signal. Returns a function that stops listening. */
function follow(signal: AbortSignal | undefined, controller: AbortController): () => void {
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return () => signal?.removeEventListener("abort", onAbort);
}

function closeUnused({ isLost, waiting, client }: Session): void {
  if (isLost && waiting === 0) client.then((open) => open.close()).catch(() => {});
}

async function loadSdk<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new LumiverseError({
      code: "configuration",
      message: `the MCP SDK could not be loaded: ${messageOf(cause)}`,
      hint: "npm install @modelcontextprotocol/sdk",
      cause,
    });
  }
}
