import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "@lumiverse/anthropic/provider";
import type { Provider } from "@lumiverse/core";
import { google } from "@lumiverse/google/provider";
import { groq } from "@lumiverse/groq/provider";
import { openai } from "@lumiverse/openai/provider";

/** One provider for each of the four protocols. */
export const PROVIDERS: readonly Provider[] = [anthropic, google, groq, openai].map((one) => one as unknown as Provider); // settings do not matter here

/** One pixel. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export interface Served extends AsyncDisposable {
  url: string;
  /** Bodies of the requests. */
  seen: string[];
  /** Requests whose connection the client closed before the answer was complete. */
  closed: number;
}

/** A real server on 127.0.0.1. `n` counts the requests from 1. */
export async function serve(handler: (response: ServerResponse, n: number, request: IncomingMessage) => unknown): Promise<Served> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => {
      body += text;
    });
    response.on("close", () => {
      if (!response.writableFinished) served.closed++;
    });
    request.on("end", () => {
      served.seen.push(body);
      void handler(response, served.seen.length, request);
    });
  });
  server.on("connection", (socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  const served: Served = {
    url: `http://127.0.0.1:${port}/v1`,
    seen: [],
    closed: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return served;
}

export function sse(response: ServerResponse, ...events: readonly unknown[]): void {
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) response.write(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
}

/** A chunk of Chat Completions. */
export function chunk(delta: object, finish: string | null = null): object {
  return { id: "c1", model: "m-1", choices: [{ index: 0, delta, finish_reason: finish }] };
}

export async function errorOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
