/** A small Chat Completions server. The name of the model decides how it answers. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { drained } from "@lumiverse/conformance/internals";

export const KEY = "key-of-the-test-host-51c0";
export const PIECES: readonly string[] = ["Good ", "morning, ", "dear ", "reader."];

export interface TestServer {
  /** The base URL, which ends in `/v1`. */
  base: string;
  requests: { path: string; authorization: string | undefined; body: { [field: string]: unknown } }[];
  /** The number of streams that the client closed before their end. */
  closedEarly(): number;
  /** Signs the model list, as servers do that can be recognised by it. */
  ownedBy(owner: string | undefined): void;
  close(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const requests: TestServer["requests"] = [];
  let closedEarly = 0;
  let owner: string | undefined;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const body = text === "" ? {} : JSON.parse(text);
    const { authorization } = request.headers;
    requests.push({ path: request.url ?? "", authorization, body });
    response.on("close", () => {
      if (!response.writableFinished) closedEarly++;
    });
    if (request.url === "/oauth/exchange") return void json(response, body.code === "right-code" ? 200 : 403, { key: "fresh-key-9d2e" });
    if (authorization !== undefined && authorization !== `Bearer ${KEY}`)
      return void json(response, 401, {
        error: { message: `Incorrect API key provided: ${authorization.slice(7)}`, code: "invalid_api_key" },
      });
    if (request.url === "/v1/models") return void json(response, 200, { data: ["fast", "slow"].map((id) => ({ id, owned_by: owner })) });
    if (request.url !== "/v1/chat/completions") return void json(response, 404, { error: { message: "no such path" } });
    if (body.stream !== true) return void json(response, 200, whole(body.model));
    await stream(response, body.model);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, // listening on TCP
    requests,
    closedEarly: () => closedEarly,
    ownedBy: (given) => void (owner = given),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function stream(response: ServerResponse, model: string): Promise<void> {
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(chunk({ role: "assistant", content: "" }));
  if (model === "thinker") response.write(chunk({ reasoning_content: "A greeting is wanted." }));
  for (const [i, content] of (model === "endless" ? Array(100_000).fill("again and again, ") : piecesOf(model)).entries()) {
    if (response.destroyed) return;
    if (!response.write(chunk({ content }))) await drained(response);
    if (i === 1 && model === "killed") return void setTimeout(() => response.socket?.resetAndDestroy(), 50);
    if (i === 1 && model === "cut") return void response.end();
    if (i === 1 && model === "hanging") return;
    if (i === 1 && model === "garbage") response.write("data: {not json\n\n");
  }
  response.write(chunk({}, "stop"));
  response.write(
    `data: ${JSON.stringify({ id: "c1", model, choices: [], usage: { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 } })}\n\n`,
  );
  response.end("data: [DONE]\n\n");
}

function whole(model: string): object {
  return {
    id: "c1",
    model,
    choices: [{ index: 0, message: { role: "assistant", content: piecesOf(model).join("") }, finish_reason: "stop" }],
    usage: { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 },
  };
}

function piecesOf(model: string): readonly string[] {
  if (model === "markdown") return ["Some **bo", "ld** words\n\n| a | b |\n|---|---|\n| 1 |", " 2 |\n"];
  if (model === "object") return ['{"city":', '"Lima"}'];
  return model === "rude" ? ["\u001b]52;c;Zm9v\u0007", "done"] : PIECES;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
