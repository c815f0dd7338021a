/** A model server on loopback that works, and whose parts a test replaces by faults. Bodies are invented, in the shapes that vendors and servers document. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Asked {
  method: string;
  path: string;
  host: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

/** Answers a request itself, or returns false to leave it to the working server. */
export type Fault = (asked: Asked, response: ServerResponse) => boolean | Promise<boolean>;

export interface FaultServer {
  port: number;
  origin: string;
  asked: Asked[];
  /** A fetch that sends every vendor's requests here. The vendor's host is in `Asked.host`. */
  vendorFetch: typeof fetch;
  close(): void;
}

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): true => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  return true;
};
export const isChat = ({ path, method }: Asked): boolean =>
  method === "POST" && /\/(?:chat\/completions|messages|responses|agent)$|generateContent/i.test(path);
export const isModels = ({ path, method }: Asked): boolean => method === "GET" && /\/models$/.test(path);

export async function startFaultServer(fault: Fault = () => false, secure?: { key: string; cert: string }): Promise<FaultServer> {
  const asked: Asked[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const one: Asked = {
      method: request.method ?? "GET",
      path: (request.url ?? "/").split("?")[0] ?? "/",
      host: String(request.headers["x-vendor-host"] ?? request.headers.host),
      headers: request.headers,
      body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
    asked.push(one);
    if (!(await fault(one, response)) && !response.headersSent) await works(one, response);
  };
  const server: Server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    port,
    origin: `${secure === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    asked,
    vendorFetch: (input, init) => {
      const url = new URL(String(input));
      const headers = new Headers(init?.headers);
      headers.set("x-vendor-host", url.host);
      return fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, { ...init, headers });
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The working server: a model list, chats of Chat Completions in both ways, and pages of vendors. */
async function works(asked: Asked, response: ServerResponse): Promise<true> {
  const { path, body } = asked;
  if (isModels(asked)) return json(response, 200, { object: "list", data: [{ id: "good-model", object: "model", owned_by: "tester" }] });
  if (path.endsWith("/key"))
    return json(response, 200, { data: { label: "one", usage: 1, limit: 10, limit_remaining: 9, is_free_tier: false } });
  if (path.endsWith("/token"))
    return json(response, 200, { access_token: "ya29.token-of-the-test", expires_in: 3600, token_type: "Bearer" });
  if (path.includes("generateContent") || path.includes("streamGenerateContent")) return gemini(asked, response);
  if (/\/(?:responses|agent)$/.test(path)) return responses(asked, response);
  if (asked.host === "api.anthropic.com") return messages(asked, response);
  if (!path.endsWith("/chat/completions")) return json(response, 404, { error: { message: `no route for ${path}`, type: "not_found" } });
  if (body["stream"] !== true)
    return json(response, 200, {
      id: "chat-1",
      object: "chat.completion",
      model: body["model"],
      choices: [{ index: 0, message: { role: "assistant", content: "Hello there" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const piece of PIECES) {
    response.write(chunk(piece));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  response.end(`${chunk(undefined, "stop")}data: [DONE]\n\n`);
  return true;
}

export const PIECES: readonly string[] = ["One", " two", " three", " four", " five", " six", " seven", " eight"];

export function chunk(content: string | undefined, finish: string | null = null): string {
  const delta = content === undefined ? {} : { content };
  return `data: ${JSON.stringify({ id: "chat-1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
}

function gemini({ path }: Asked, response: ServerResponse): true {
  const answer = {
    candidates: [{ content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
  };
  if (!path.includes("streamGenerateContent")) return json(response, 200, answer);
  response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${JSON.stringify(answer)}\r\n\r\n`);
  return true;
}

function responses({ body }: Asked, response: ServerResponse): true {
  const item = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: "Hello", annotations: [] }],
  };
  const whole = {
    id: "resp_1",
    object: "response",
    status: "completed",
    model: body["model"],
    output: [item],
    usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
  };
  if (body["stream"] !== true) return json(response, 200, whole);
  const events = [
    { type: "response.created", response: { ...whole, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
    {
      type: "response.content_part.added",
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      part: { type: "output_text", text: "", annotations: [] },
    },
    { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "Hello" },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: whole },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(
    events.map((event, index) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`).join(""),
  );
  return true;
}

function messages({ path, body }: Asked, response: ServerResponse): true {
  if (path.endsWith("/count_tokens")) return json(response, 200, { input_tokens: 3 });
  const whole = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: body["model"],
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 1 },
  };
  if (body["stream"] !== true) return json(response, 200, whole);
  const events = [
    { type: "message_start", message: { ...whole, content: [], stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: "message_stop" },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  return true;
}
