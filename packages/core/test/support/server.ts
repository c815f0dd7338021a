/** A real server on 127.0.0.1 that records its requests, so that a test can check both ends of the socket. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  socket: Socket;
  /** Resolves when the client has closed this socket. */
  closed: Promise<void>;
}
export interface Served extends AsyncDisposable {
  /** The base URL, ending in `/v1`. */
  url: string;
  origin: string;
  seen: Seen[];
  /** All sockets that were opened. */
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

/** A port on which nothing listens: below those a system hands out, so that no other test can be given it a moment later. */
export const DEAD_PORT = 2;

export function sse(...events: (object | string)[]): string {
  return events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
}
/** A complete short answer. */
export const HELLO: string = sse({ id: "a1", model: "m-1" }, { say: "hel" }, { say: "lo" }, { tokens: [3, 2] }, { stop: "end" }, "[DONE]");

export function stream(response: ServerResponse, text: string = HELLO): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(text);
}
/** Sends the headers and the first bytes; the test sends the rest. */
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
