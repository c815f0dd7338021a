import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ChatRequest, isLumiverseError, type LumiverseError } from "@lumiverse/core";

export const ASK: ChatRequest = { model: "mock", messages: [{ role: "user", content: "hi" }] };

export async function collect<E>(events: AsyncIterable<E>): Promise<E[]> {
  const all: E[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The error of something that must fail. */
export async function failing(work: Promise<unknown>): Promise<LumiverseError> {
  try {
    await work;
  } catch (error) {
    if (isLumiverseError(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface Served extends AsyncDisposable {
  url: string;
  /** Bodies of the requests. */
  seen: string[];
}

/** A real server on 127.0.0.1. */
export async function serve(handler: (request: IncomingMessage, response: ServerResponse, body: string) => unknown): Promise<Served> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      seen.push(body);
      void handler(request, response, body);
    });
  });
  server.on("connection", (socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
