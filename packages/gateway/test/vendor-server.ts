/** A vendor of Chat Completions on loopback, whose answers follow from the name of the model. Bodies are invented. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  path: string;
  host: string;
  headers: IncomingMessage["headers"];
  body: { model?: string; stream?: boolean; messages?: unknown };
}

export interface VendorServer {
  origin: string;
  /** Chat requests, in order. */
  asked: Asked[];
  /** Answers that were sent to their end. */
  finished: number;
  /** Requests whose client left before the end. */
  left: number;
  /** Requests that run now. */
  readonly open: number;
  /** What models do, beside the built-in ones. */
  answers: Map<string, (asked: Asked, response: ServerResponse) => void | Promise<void>>;
  /** A fetch that sends the requests of every vendor here. */
  fetch: typeof fetch;
  close(): Promise<void>;
}

export const WORDS: readonly string[] = ["One", " two", " three", " four", " five"];
/** Tokens of each answer. */
export const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export async function startVendor(): Promise<VendorServer> {
  const open = new Set<ServerResponse>();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const asked: Asked = {
      path: request.url ?? "/",
      host: String(request.headers["x-vendor-host"] ?? request.headers.host),
      headers: request.headers,
      body: text === "" ? {} : (JSON.parse(text) as Asked["body"]),
    };
    if (asked.path.endsWith("/models"))
      return void json(response, 200, { object: "list", data: [{ id: "listed-model", object: "model" }] });
    vendor.asked.push(asked);
    open.add(response);
    response.on("close", () => {
      open.delete(response);
      if (response.writableFinished) vendor.finished++;
      else vendor.left++;
    });
    await (vendor.answers.get(asked.body.model ?? "") ?? answer)(asked, response);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4096, resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const origin = `http://127.0.0.1:${port}`;
  const vendor: VendorServer = {
    origin,
    asked: [],
    finished: 0,
    left: 0,
    get open() {
      return open.size;
    },
    answers: new Map(),
    fetch: (input, init) => {
      const url = new URL(String(input));
      const headers = new Headers(init?.headers);
      headers.set("x-vendor-host", url.host);
      return fetch(`${origin}${url.pathname}${url.search}`, { ...init, headers });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return vendor;
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** The name under which the vendor answers. A model with a list price answers under its own name: the cost of any other answer is unknown. */
const ANSWERER = "vendor-model";
const PRICED = "llama-3.3-70b-versatile";

export function chunk(delta: object, finish: string | null = null, usage?: object, model: string = ANSWERER): string {
  const choices = usage === undefined ? [{ index: 0, delta, finish_reason: finish }] : [];
  return `data: ${JSON.stringify({ id: "chat-1", object: "chat.completion.chunk", created: 1, model, choices, ...(usage === undefined ? {} : { usage }) })}\n\n`;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A whole answer, at once or word by word. */
export async function answer({ body }: Asked, response: ServerResponse, delayMs = 0): Promise<void> {
  const model = body.model === PRICED ? PRICED : ANSWERER;
  if (body.stream !== true) {
    await pause(delayMs);
    json(response, 200, {
      id: "chat-1",
      object: "chat.completion",
      created: 1,
      model,
      choices: [{ index: 0, message: { role: "assistant", content: WORDS.join("") }, finish_reason: "stop" }],
      usage: USAGE,
    });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const word of WORDS) {
    if (response.destroyed) return;
    response.write(chunk({ content: word }, null, undefined, model));
    if (delayMs > 0) await pause(delayMs);
  }
  response.end(`${chunk({}, "stop", undefined, model)}${chunk({}, null, USAGE, model)}data: [DONE]\n\n`);
}

/** An answer that takes so long for each word. */
export function slow(delayMs: number): (asked: Asked, response: ServerResponse) => Promise<void> {
  return (asked, response) => answer(asked, response, delayMs);
}

/** As much as the request allows: a token for each byte of the prompt, and the whole output limit for each choice. */
export function greedyUsage({ body }: Asked): typeof USAGE {
  const { max_completion_tokens, max_tokens, n = 1 } = body as { max_completion_tokens?: number; max_tokens?: number; n?: number };
  const [prompt, completion] = [JSON.stringify(body).length, (max_completion_tokens ?? max_tokens ?? 131_072) * n];
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** An answer that costs as much as its request allows. */
export function greedy(asked: Asked, response: ServerResponse): void {
  const usage = greedyUsage(asked);
  const { body } = asked;
  if (body.stream === true) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`${chunk({ content: "word" })}${chunk({}, "length")}${chunk({}, null, usage)}data: [DONE]\n\n`);
    return;
  }
  const message = { role: "assistant", content: "word" };
  json(response, 200, { id: "chat-1", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "length" }], usage });
}

/** A refusal. */
export function refuse(status: number, headers: Record<string, string> = {}): (asked: Asked, response: ServerResponse) => void {
  return (_, response) => json(response, status, { error: { message: `refused with ${status}`, type: "test", code: "test" } }, headers);
}
