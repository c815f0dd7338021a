/** A loopback server that answers the clients of all four protocols from one connection per path. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Connection, isLumiverseError, LumiverseError } from "@lumiverse/core";
import { type AnswerHead, type ClientRequest, type InboundProtocol, inboundProtocols } from "@lumiverse/gateway/inbound";

export interface InboundServer {
  /** The address at which the clients reach a connection. */
  serve(connection: Connection, model: string): string;
  close(): Promise<void>;
}

interface Served {
  connection: Connection;
  model: string;
}

export async function serveInbound(): Promise<InboundServer> {
  const served = new Map<string, Served>();
  let next = 0;
  const server = createServer((request, response) => {
    void answer(request, response, served);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  return {
    serve(connection, model) {
      const id = String(next++);
      served.set(id, { connection, model });
      return `${origin}/${id}`;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const PATHS: readonly (readonly [pattern: RegExp, protocol: InboundProtocol])[] = [
  [/\/v1\/chat\/completions$/, inboundProtocols["chat-completions"]],
  [/\/v1\/responses$/, inboundProtocols.responses],
  [/\/v1\/messages$/, inboundProtocols.messages],
  [/\/v1(?:beta)?\/models\/(?<model>.+):(?<method>generateContent|streamGenerateContent)$/, inboundProtocols["generate-content"]],
];

async function answer(request: IncomingMessage, response: ServerResponse, served: ReadonlyMap<string, Served>): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const target = served.get(url.pathname.split("/")[1] ?? "");
  const route = PATHS.find(([pattern]) => pattern.test(url.pathname));
  if (target === undefined || route === undefined) return void response.writeHead(404).end();
  const [pattern, protocol] = route;
  const head: AnswerHead = { id: "across", createdAt: Date.now() };
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const parsed = protocol.parse(await clientRequest(request, url, pattern));
    const chat = { ...parsed.request, model: target.model, signal: gone.signal };
    if (!parsed.stream) {
      const body = protocol.body(parsed, await target.connection.generate(chat), head);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
      return;
    }
    const writer = protocol.openStream(parsed, head);
    try {
      const stream = target.connection.stream(chat);
      // Clients read the heartbeat between any two events.
      for await (const event of stream) send(response, writer.write([event]) + writer.heartbeat(), writer.contentType);
      send(response, writer.end(await stream.response()), writer.contentType);
    } catch (cause) {
      // Before the first content, an error has a status of its own.
      if (!response.headersSent) throw cause;
      send(response, writer.fail(asError(cause)), writer.contentType);
    }
    response.end();
  } catch (cause) {
    const { status, headers, body } = protocol.error(asError(cause));
    response.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(body));
  }
}

function send(response: ServerResponse, text: string, contentType: string): void {
  if (text === "") return;
  if (!response.headersSent) response.writeHead(200, { "content-type": contentType });
  response.write(text);
}

function asError(cause: unknown): LumiverseError {
  return isLumiverseError(cause) ? cause : new LumiverseError({ code: "server", message: String(cause), cause });
}

async function clientRequest(request: IncomingMessage, url: URL, pattern: RegExp): Promise<ClientRequest> {
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) text += String(piece);
  const groups = pattern.exec(url.pathname)?.groups;
  return {
    body: JSON.parse(text),
    headers: new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    ...(groups === undefined
      ? {}
      : { model: groups["model"] ?? "", stream: groups["method"] === "streamGenerateContent", alt: url.searchParams.get("alt") ?? "json" }),
  };
}
