/** Receives the redirect at the end of a sign-in: a server on 127.0.0.1 that waits for one request. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LoopbackCallback {
  /** The callback to pass to `startSignIn`. */
  readonly url: string;
  /**
   * The URL to which the vendor redirected. Requests to other paths are answered with 404, and the server closes after the one answer.
   * Rejects when the signal aborts.
   * @param callback that of the started sign-in. Only the vendor knows its path
   */
  wait(callback: string, signal?: AbortSignal): Promise<string>;
  close(): void;
}

/** Listens on 127.0.0.1: on the given port, or on a free one when it is taken. */
export async function listenForCallback(port = 0): Promise<LoopbackCallback> {
  const server = createServer();
  try {
    await listen(server, port);
  } catch (cause) {
    if (port === 0 || !(cause instanceof Error && "code" in cause && (cause.code === "EADDRINUSE" || cause.code === "EACCES"))) throw cause;
    await listen(server, 0);
  }
  return new LoopbackServer(server);
}

class LoopbackServer implements LoopbackCallback {
  readonly url: string;
  readonly #origin: string;
  readonly #server: Server;
  /** The request that is waited for. */
  #awaited: { path: string; resolve: (url: string) => void } | undefined;

  constructor(server: Server) {
    this.#server = server;
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
    this.url = `${this.#origin}/callback`;
    server.on("request", (request, response) => this.#answer(request, response));
  }

  wait(callback: string, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.close();
        reject(signal?.reason);
      };
      if (signal?.aborted === true) return stop();
      signal?.addEventListener("abort", stop, { once: true });
      this.#awaited = {
        path: new URL(callback).pathname,
        resolve: (url) => {
          signal?.removeEventListener("abort", stop);
          resolve(url);
        },
      };
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? "/", this.#origin);
    if (url === null) return void response.writeHead(400, { connection: "close" }).end();
    const awaited = this.#awaited;
    // Browsers ask for icons, and scanners do not know the path.
    if (request.method !== "GET" || url.pathname !== awaited?.path) return void response.writeHead(404, { connection: "close" }).end();
    this.#awaited = undefined;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "referrer-policy": "no-referrer", connection: "close" });
    response.end("<!doctype html><title>Lumiverse</title><p>You can close this page and go back to Lumiverse.", () => {
      this.close();
      awaited.resolve(url.href);
    });
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
