/**
 * A local HTTP server that a check controls and that records what the client does. This module and those that import it must not load nock: an interceptor
 * between client and socket would invalidate every result about open connections, aborts and back-pressure.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A request that the server received, and the state of its answer. */
export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  /** The client closed the connection before the answer was complete. */
  clientClosed: boolean;
  /** The answer was written completely. */
  answered: boolean;
  /** Bytes of the body that were written. */
  written: number;
  /** Resolves when the answer is complete or the connection is closed. */
  over: Promise<void>;
}
/** A local server and the requests that it has received. */
export interface LocalServer {
  origin: string;
  requests: ReceivedRequest[];
  /** Number of open connections. */
  open(): number;
  close(): Promise<void>;
}
/** Answers one request. `index` counts the requests from 0. */
export type Answer = (response: ServerResponse, seen: ReceivedRequest, index: number) => void | Promise<void>;

/** Starts a server on a free port of 127.0.0.1. `answer` answers each request. */
export async function serve(answer: Answer): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const seen = observeRequest(request, response);
    const index = requests.push(seen) - 1;
    const chunks: Buffer[] = [];
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
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server has an AddressInfo
    requests,
    open: () => sockets.size,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A record of the request, which changes until its answer is complete or its connection is closed. The body is added later. */
function observeRequest(request: IncomingMessage, response: ServerResponse): ReceivedRequest {
  const { promise: over, resolve: settle } = Promise.withResolvers<void>();
  const seen: ReceivedRequest = {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    body: "",
    clientClosed: false,
    answered: false,
    written: 0,
    over,
  };
  response.on("finish", () => {
    seen.answered = true;
    settle();
  });
  response.on("close", () => {
    seen.clientClosed = !seen.answered;
    settle();
  });
  response.on("error", () => settle());
  request.on("error", () => settle());
  return seen;
}

/** Resolves when the socket accepts data again, or is closed. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

/** Waits until a condition holds, at most `ms`. Returns whether it holds. It polls, so no check depends on exact times. */
export async function waitUntil(holds: () => boolean, ms = 3000): Promise<boolean> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
