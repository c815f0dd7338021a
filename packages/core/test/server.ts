/** A real server on 127.0.0.1, and what it saw: both ends of the socket can be asserted. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  socket: Socket;
  /** The client's side of this socket is gone. */
  closed: Promise<void>;
}
export interface Served extends AsyncDisposable {
  /** With `/v1`, as one would paste it. */
  url: string;
  origin: string;
  seen: Seen[];
  /** Sockets that were ever opened. */
  sockets: Set<Socket>;
}
export type Handler = (response: ServerResponse, seen: Seen, count: number) => unknown;

export async function serve(handler: Handler): Promise<Served> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => {
      body += text;
    });
    request.on("end", async () => {
      const { socket } = request;
      const closed = new Promise<void>((resolve) => {
        if (socket.destroyed) resolve();
        else socket.once("close", () => resolve());
      });
      const one: Seen = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body, socket, closed };
      seen.push(one);
      await handler(response, one, seen.length);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.setMaxListeners(0);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    url: `${origin}/v1`,
    origin,
    seen,
    sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export function sse(...events: (object | string)[]): string {
  return events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
}
/** A whole short answer. */
export const HELLO: string = sse({ id: "a1", model: "m-1" }, { say: "hel" }, { say: "lo" }, { tokens: [3, 2] }, { stop: "end" }, "[DONE]");

export function stream(response: ServerResponse, text: string = HELLO): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(text);
}
/** Headers and a beginning; the rest is the test's. */
export function begin(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (text === "") response.flushHeaders();
  else response.write(text);
}
export function refuse(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: unknown = { error: { message: "no" } },
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
