/** The four protocols in front of one connection, on a loopback socket. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Connection, isLumiverseError, LumiverseError } from "@lumiverse/core";
import { type ClientRequest, type InboundProtocol, inboundProtocols } from "../../src/inbound/index.ts";

export interface LoopbackGateway {
  origin: string;
  close(): Promise<void>;
}

const PATHS: readonly (readonly [pattern: RegExp, protocol: InboundProtocol])[] = [
  [/^\/v1\/chat\/completions$/, inboundProtocols["chat-completions"]],
  [/^\/v1\/responses$/, inboundProtocols.responses],
  [/^\/v1\/messages$/, inboundProtocols.messages],
  [/^\/v1(?:beta)?\/models\/(?<model>.+):(?<method>generateContent|streamGenerateContent)$/, inboundProtocols["generate-content"]],
];

export async function startGateway(connection: Connection, model: string): Promise<LoopbackGateway> {
  const server = createServer((request, response) => {
    void answer(request, response, connection, model);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server has an AddressInfo
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, connection: Connection, model: string): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const [pattern, protocol] = PATHS.find(([one]) => one.test(url.pathname)) ?? [];
  if (pattern === undefined || protocol === undefined) return void response.writeHead(404).end();
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const head = { id: "t1", createdAt: 1_700_000_000_000 };
  try {
    const parsed = protocol.parse(await clientRequest(request, url, pattern));
    const chat = { ...parsed.request, model, signal: gone.signal };
    if (!parsed.stream) {
      const body = protocol.body(parsed, await connection.generate(chat), head);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
      return;
    }
    const writer = protocol.openStream(parsed, head);
    const send = (text: string): void => {
      if (text === "") return;
      if (!response.headersSent) response.writeHead(200, { "content-type": writer.contentType });
      response.write(text);
    };
    try {
      const stream = connection.stream(chat);
      for await (const event of stream) send(writer.write([event]) + writer.heartbeat());
      send(writer.end(await stream.response()));
    } catch (cause) {
      if (!response.headersSent) throw cause;
      send(writer.fail(asError(cause)));
    }
    response.end();
  } catch (cause) {
    const { status, headers, body } = protocol.error(asError(cause));
    response.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(body));
  }
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
