/** The return of a sign-in on this machine: a server on 127.0.0.1 that waits for one request. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface LoopbackCallback {
  /** To pass to `startSignIn` as callback. */
  readonly url: string;
  /**
   * The URL that the person comes back to. Requests to other paths are answered with 404, and the server closes after the one answer.
   * Rejects when the signal ends.
   * @param callback of the started sign-in, whose path is known to the vendor alone
   */
  wait(callback: string, signal?: AbortSignal): Promise<string>;
  close(): void;
}

/** Listens on 127.0.0.1: on the given port, or on a free one when it is taken. */
export async function listenForCallback(port = 0): Promise<LoopbackCallback> {
  let answer: { path: string; with: (url: string) => void } | undefined;
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? "/", origin);
    if (url === null) return void response.writeHead(400, { connection: "close" }).end();
    // Icons, scanners, and whoever does not know the path.
    if (request.method !== "GET" || url.pathname !== answer?.path) return void response.writeHead(404, { connection: "close" }).end();
    const { with: resolve } = answer;
    answer = undefined;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "referrer-policy": "no-referrer", connection: "close" });
    response.end("<!doctype html><title>Lumiverse</title><p>You can close this page and go back to Lumiverse.", () => {
      close();
      resolve(url.href);
    });
  });
  try {
    await listen(server, port);
  } catch (cause) {
    if (port === 0 || !(cause instanceof Error && "code" in cause && (cause.code === "EADDRINUSE" || cause.code === "EACCES"))) throw cause;
    await listen(server, 0);
  }
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return {
    url: `${origin}/callback`,
    close,
    wait: (callback, signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          close();
          reject(signal?.reason);
        };
        if (signal?.aborted === true) return stop();
        signal?.addEventListener("abort", stop, { once: true });
        answer = {
          path: new URL(callback).pathname,
          with: (url) => {
            signal?.removeEventListener("abort", stop);
            resolve(url);
          },
        };
      }),
  };
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
