/** A model server on loopback that speaks Chat Completions as llama.cpp does. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalModel {
  url: string;
  port: number;
  /** Bodies of the chats that arrived. */
  chats: { messages: unknown[] }[];
  /** Gives the model a name, and the server a version of the same text. */
  call(name: string): void;
  /** Sets the text of the next answers. */
  say(text: string): void;
  /** Sets the deltas of the next answers, in place of a text. */
  send(deltas: readonly object[]): void;
  /** Sets the milliseconds between two pieces of an answer. Default 0. */
  pace(ms: number): void;
  /** Resolves when a client has disconnected during an answer. */
  left: Promise<void>;
  close(): Promise<void>;
}

export async function startLocalModel(): Promise<LocalModel> {
  const chats: LocalModel["chats"] = [];
  let text = "Hello from this machine.";
  let name = "tiny-model";
  let version = "b1-test";
  let script: readonly object[] | undefined;
  let delay = 0;
  let onLeft = (): void => {};
  const left = new Promise<void>((resolve) => {
    onLeft = resolve;
  });
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer); // no encoding is set
    const path = new URL(request.url ?? "/", "http://local").pathname;
    const json = (value: unknown): void =>
      void response.writeHead(200, { "content-type": "application/json", server: "llama.cpp" }).end(JSON.stringify(value));
    if (path === "/v1/models")
      return json({ object: "list", data: [{ id: name, object: "model", owned_by: "llamacpp", meta: { n_ctx_train: 4096 } }] });
    if (path === "/props")
      return json({ default_generation_settings: { n_ctx: 4096 }, total_slots: 1, model_path: "/models/tiny.gguf", build_info: version });
    if (path !== "/v1/chat/completions") return void response.writeHead(404).end();
    const body = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { messages: unknown[]; stream?: boolean }; // sent by our own provider
    chats.push(body);
    const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
    const envelope = { id: "chat-1", object: "chat.completion", created: 1, model: "tiny-model" };
    if (body.stream !== true)
      return json({ ...envelope, choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }], usage });
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.on("close", () => response.writableFinished || onLeft());
    const send = (data: unknown): void =>
      void response.write(`data: ${JSON.stringify({ ...envelope, object: "chat.completion.chunk", ...(data as object) })}\n\n`);
    for (const delta of script ?? (text.match(/\S+\s*|\s+/g) ?? []).map((content) => ({ content }))) {
      if (response.destroyed) return;
      send({ choices: [{ index: 0, delta }] });
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    send({ choices: [], usage });
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    chats,
    call: (next) => {
      name = next;
      version = next;
    },
    say: (next) => void (text = next),
    send: (deltas) => void (script = deltas),
    pace: (ms) => void (delay = ms),
    left,
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
