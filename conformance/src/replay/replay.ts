/**
 * Serves the fixtures of several providers over HTTP, each under `/<provider>/…`, for demos and manual tests. Requests are matched approximately, and answers arrive
 * event by event with short pauses. The request header `x-lumiverse-fixture: <name>` selects a case, which may be a failure.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { type Fixture, type LoadedExchange, readFixtures } from "../fixture/fixture.ts";
import { eventEdges } from "../play/framing.ts";
import { drained } from "../play/local-server.ts";
import { cutAt, pieces } from "../play/packets.ts";

/** Options of the replay server. */
export interface ReplayOptions {
  /** Folders of cases, by provider id. */
  fixtures: Readonly<Record<string, URL | string>>;
  /** Port to listen on. Default 0, any free port. */
  port?: number;
  /** Milliseconds between two events. Default 15. */
  delayMs?: number;
  /** True: the server does not keep the process alive. Default false. */
  background?: boolean;
}
/** A running replay server. */
export interface ReplayServer {
  /** The address of the server, such as `http://127.0.0.1:4010`. */
  origin: string;
  /** The base URL at this server that replaces a provider's base URL `base`. */
  baseURL(provider: string, base: string): string;
  /** A fetch that sends every request of a provider to this server, including token exchanges with other hosts. */
  fetch(provider: string): typeof fetch;
  /** Stops the server and closes its connections. */
  close(): Promise<void>;
}

interface ServedExchange {
  fixture: Fixture;
  exchange: LoadedExchange;
  path: string;
}

/** Starts the server on 127.0.0.1. */
export async function replay(options: ReplayOptions): Promise<ReplayServer> {
  const served = new Map(
    Object.entries(options.fixtures).map(([id, folder]) => [
      id,
      readFixtures(folder).flatMap((fixture) => fixture.exchanges.map((exchange) => servedExchange(fixture, exchange))),
    ]),
  );
  const server = createServer((request, response) => {
    answer(request, response, served, options.delayMs ?? 15).catch(() => {
      // The client went away, or a fixture has a header that cannot be sent. The server keeps running.
      if (!response.headersSent) refuse(response, 500, "the answer could not be sent");
      else response.destroy();
    });
  });
  if (options.background === true) server.on("connection", (socket) => socket.unref());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  if (options.background === true) server.unref();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  return {
    origin,
    baseURL: (provider, base) => `${origin}/${provider}${new URL(base).pathname.replace(/\/+$/, "")}`,
    fetch: (provider) => (input, init) => {
      const url = new URL(typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
      return fetch(url.origin === origin ? url : `${origin}/${provider}${url.pathname}${url.search}`, init);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function servedExchange(fixture: Fixture, exchange: LoadedExchange): ServedExchange {
  return { fixture, exchange, path: new URL(exchange.url).pathname };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  served: ReadonlyMap<string, readonly ServedExchange[]>,
  delayMs: number,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set, so chunks are buffers
  const url = URL.parse(request.url ?? "/", "http://replay");
  const body = Buffer.concat(chunks).toString("utf8");
  if (url === null) return refuse(response, 400, "the path is not a URL");
  if (/json/.test(request.headers["content-type"] ?? "") && body !== "" && objectOf(body) === undefined)
    return refuse(response, 400, "the body is not a JSON object");
  const [, id = "", ...rest] = url.pathname.split("/");
  const own = served.get(id);
  if (own === undefined) return refuse(response, 404, `unknown provider "${id}" (available: ${[...served.keys()].join(", ")})`);
  const wanted = request.headers["x-lumiverse-fixture"];
  const named = wanted === undefined ? own : own.filter((one) => one.fixture.name === wanted);
  const found = closest(named, request.method ?? "GET", `/${rest.join("/")}`, body);
  if (found === undefined)
    return refuse(
      response,
      404,
      `${id} has no case for ${request.method} /${rest.join("/")}; it has ${[...new Set(own.map((one) => `${one.exchange.method} ${one.path}`))].join(", ")}`,
    );
  const { exchange, fixture } = found;
  response.writeHead(exchange.status, { ...exchange.responseHeaders, "x-lumiverse-fixture": fixture.name });
  const edges = eventEdges(exchange.body);
  const packets = edges.length > 1 ? cutAt(exchange.body, edges) : pieces(exchange.body, 16_384);
  for (const [i, packet] of packets.entries()) {
    if (response.destroyed) return;
    if (i > 0 && delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!response.write(packet)) await drained(response);
  }
  response.end();
}

/** The case that is most like the request: by path, then whether it succeeds, the messages, whether it streams, the model, the name `text`. */
function closest(served: readonly ServedExchange[], method: string, path: string, body: string): ServedExchange | undefined {
  const asked = shape(body);
  let best: ServedExchange | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const one of served) {
    if (one.exchange.method !== method || one.path !== path) continue;
    const golden = shape(one.exchange.sent ?? "");
    const score =
      (one.exchange.sent === body ? 100 : 0) +
      (golden.messages !== "" && golden.messages === asked.messages ? 40 : 0) +
      (golden.stream === asked.stream ? 20 : 0) +
      (golden.tools === asked.tools ? 4 : 0) +
      (golden.model === asked.model ? 2 : 0) +
      (one.fixture.name === "text" ? 1 : 0);
    // A case that fails can have the same request as one that succeeds, so it is chosen only if no other case matches.
    const fails = one.exchange.status >= 400 || one.fixture.case.expect.error !== undefined;
    const rank = fails ? score - 1000 : score;
    if (rank > most) {
      most = rank;
      best = one;
    }
  }
  return best ?? renamed(served, method, path, body);
}
/** For hosts with the model in the path: accepts the path of another model. */
function renamed(served: readonly ServedExchange[], method: string, path: string, body: string): ServedExchange | undefined {
  const pattern = (text: string): string => text.replace(/\/models\/[^/:]+/, "/models/*");
  const like = served.find((one) => one.exchange.method === method && one.path !== path && pattern(one.path) === pattern(path));
  return like === undefined ? undefined : closest(served, method, like.path, body);
}

function shape(body: string): { model: unknown; stream: boolean; messages: string; tools: boolean } {
  const json = objectOf(body);
  // No body, or a form: then only the path counts.
  if (json === undefined) return { model: undefined, stream: false, messages: "", tools: false };
  const { model, stream, messages, input, contents, tools } = json;
  return { model, stream: stream === true, messages: JSON.stringify(messages ?? input ?? contents ?? ""), tools: tools !== undefined };
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function refuse(response: ServerResponse, status: 400 | 404 | 500, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: { message, type: "no_fixture" } }));
}
