/** What a process that serves does with open streams when it is asked to end. */
import { writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { lumiverse, type TestFolder, testFolder } from "./run-lumiverse.ts";

// Each test starts a process, and machines are busy.
vi.setConfig({ testTimeout: 90_000 });

let folder: TestFolder;
let vendor: Server;
/** The streams of the vendor that have begun, by their model. */
const begun = new Map<string, ServerResponse>();

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

beforeAll(async () => {
  folder = testFolder();
  vendor = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += String(piece);
    if (request.url?.endsWith("/models") === true) return void response.end('{"data":[]}');
    response.writeHead(200, { "content-type": "text/event-stream" }).write(chunk({ content: "Hello" }));
    begun.set(String(JSON.parse(text).model), response);
  });
  await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
  const { port } = vendor.address() as AddressInfo; // it listens on TCP
  const yaml = `database: ":memory:"\nconnections:\n  house: { provider: custom, baseURL: "http://127.0.0.1:${port}/v1", model: m }\n`;
  writeFileSync(join(folder.path, "gateway.yaml"), yaml);
});
afterAll(async () => {
  vendor.closeAllConnections();
  await new Promise<void>((resolve) => vendor.close(() => resolve()));
  folder.remove();
});

const messages = [{ role: "user", content: "Hi" }];
const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** A stream of each protocol, whose model is named as the protocol. */
const STREAMS: Readonly<Record<string, (url: string, model: string) => Promise<Response>>> = {
  chat: (url, model) => post(`${url}/v1/chat/completions`, { model, messages, stream: true }),
  responses: (url, model) => post(`${url}/v1/responses`, { model, input: "Hi", stream: true }),
  messages: (url, model) => post(`${url}/v1/messages`, { model, max_tokens: 9, messages, stream: true }),
  gemini: (url, model) =>
    post(`${url}/v1beta/models/${model}:streamGenerateContent?alt=sse`, { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }),
};

/** How each protocol ends a stream with an error. */
const ERRORS: Readonly<Record<string, RegExp>> = {
  chat: /data: \{"error":\{"message":"the gateway is shutting down"[^\n]*\n\ndata: \[DONE\]\n\n$/,
  responses: /event: response\.failed\ndata: [^\n]*the gateway is shutting down[^\n]*\n\n$/,
  messages: /event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"the gateway is shutting down[^\n]*\n\n$/,
  gemini: /data: \{"error":\{"code":503,"message":"the gateway is shutting down[^\n]*\r\n\r\n$/,
};

/** Asks a process for streams, sends it SIGTERM when all have begun, and returns what the streams were. */
async function whileEnding(grace: string, models: Readonly<Record<string, keyof typeof STREAMS>>, then: (url: string) => Promise<void>) {
  let asked: Promise<Record<string, string>> | undefined;
  let signalled = false;
  const ask = async (url: string): Promise<Record<string, string>> => {
    const answers = await Promise.all(
      Object.entries(models).map(async ([model, way]) => [model, await STREAMS[way]?.(url, `house/${model}`)] as const),
    );
    signalled = true;
    await then(url);
    return Object.fromEntries(await Promise.all(answers.map(async ([model, answer]) => [model, (await answer?.text()) ?? ""] as const)));
  };
  const result = await lumiverse(
    ["serve", "--config", "gateway.yaml", "--port", "0", "--json", "--no-demo", "--no-console", "--grace", grace],
    {
      cwd: folder.path,
      signal: "SIGTERM",
      interruptWhen: () => signalled,
      watch: (seen) => {
        const url = /"url":"([^"]+)"/.exec(seen)?.[1];
        if (url !== undefined) asked ??= ask(url);
      },
    },
  );
  return { result, texts: await asked };
}

test("with SIGTERM, readiness fails, new calls are refused, and open streams finish", async () => {
  const { result, texts } = await whileEnding("30", { a: "chat", b: "responses", c: "messages", d: "gemini" }, async (url) => {
    await vi.waitFor(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(503), { timeout: 20_000 });
    const refused = await STREAMS["chat"]?.(url, "house/late");
    expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    for (const model of ["a", "b", "c", "d"]) begun.get(model)?.end(`${chunk({ content: " there" })}${chunk({}, "stop")}data: [DONE]\n\n`);
  });
  expect(texts?.["a"]).toMatch(/there[\s\S]*data: \[DONE\]\n\n$/);
  expect(texts?.["b"]).toMatch(/there[\s\S]*event: response\.completed\n[^\n]*\n\n$/);
  expect(texts?.["c"]).toMatch(/there[\s\S]*event: message_stop\n[^\n]*\n\n$/);
  expect(texts?.["d"]).toMatch(/there[\s\S]*"finishReason":"STOP"[^\n]*\r\n\r\n$/);
  expect(begun.has("late")).toBe(false);
  expect(result.code).toBe(0);
});

test("streams that outlast the grace period receive the error event of their protocol", async () => {
  const { result, texts = {} } = await whileEnding(
    "1",
    { chat: "chat", responses: "responses", messages: "messages", gemini: "gemini" },
    async () => {},
  );
  for (const [protocol, end] of Object.entries(ERRORS)) {
    expect(texts[protocol]).toContain("Hello");
    expect(texts[protocol]).toMatch(end);
  }
  expect(result.code).toBe(0);
});
