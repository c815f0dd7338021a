/**
 * A real HTTP server that misbehaves on purpose and watches the other end. Nothing here, and nothing that imports it, may load nock: an
 * interceptor between client and socket makes every result about leaks, aborts and back-pressure meaningless.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request as the server saw it, and what became of its answer. */
export interface Seen {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  /** The client took the connection down before the answer was whole. */
  hungUp: boolean;
  /** The answer was written to its end. */
  answered: boolean;
  /** Bytes of the body that left this process. */
  written: number;
  /** Settles when the answer is whole or the connection is gone. */
  over: Promise<void>;
}
export interface WatchingServer {
  origin: string;
  requests: Seen[];
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
}
export type Answer = (response: ServerResponse, seen: Seen, index: number) => void | Promise<void>;

export async function serve(answer: Answer): Promise<WatchingServer> {
  const sockets = new Set<Socket>();
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let settle = (): void => {};
    const seen: Seen = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: "",
      hungUp: false,
      answered: false,
      written: 0,
      over: new Promise<void>((resolve) => {
        settle = resolve;
      }),
    };
    requests.push(seen);
    const index = requests.length - 1;
    response.on("finish", () => {
      seen.answered = true;
      settle();
    });
    response.on("close", () => {
      seen.hungUp = !seen.answered;
      settle();
    });
    response.on("error", () => settle());
    request.on("error", () => settle());
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.body = Buffer.concat(chunks).toString("utf8");
      void Promise.resolve(answer(response, seen, index)).catch((error: unknown) =>
        response.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on TCP, so it is an AddressInfo
    requests,
    open: () => sockets.size,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Waits until something holds, at most so long; says whether it came to hold. Polling, so that no test depends on when. */
export async function until(holds: () => boolean, ms = 3000): Promise<boolean> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
