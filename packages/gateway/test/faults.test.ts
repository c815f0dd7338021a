/** Faults of a vendor as the official clients see them through the gateway: none of them ends as a success. */
import type { ServerResponse } from "node:http";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { LumiverseError } from "@lumiverse/core";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusOf } from "../src/inbound/shared/error-status.ts";
import type { GatewayServer } from "../src/node.ts";
import { neutralError } from "../src/server/neutral-chat.ts";
import { listen, openTestGateway, type TestGateway } from "./gateways.ts";
import { chunk, json, refuse } from "./vendor-server.ts";

/** Refusals whose status does not fit their meaning: the vendor's status, the code of its error, its message, and the status for clients of other protocols. */
const misfits: readonly (readonly [status: number, code: string, message: string, forOthers: number])[] = [
  [500, "server_error", "Jinja Exception: the last message must be of the user", 400],
  [498, "flex_capacity", "no capacity is left", 503],
  [400, "engine_overloaded_error", "the engine is overloaded", 503],
  [400, "rate_limit_exceeded", "too many requests", 429],
  [500, "invalid_api_key", "the key is wrong", 401],
];

type Fault = (response: ServerResponse, stream: boolean) => void;

const streaming = (text: string, end: "end" | "cut"): Fault => {
  return (response, stream) => {
    response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" });
    response.write(stream ? text : '{"id":"chat-1","choices":[{"index":0,"message":{"role":"assistant","content":"half');
    if (end === "end") response.end();
    else setTimeout(() => response.destroy(), 10);
  };
};
const body = (status: number, type: string, text: string): Fault => {
  return (response) => void response.writeHead(status, { "content-type": type }).end(text);
};
const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504, 529];

const faults: Record<string, Fault> = {
  ...Object.fromEntries(
    statuses.map((status) => [`status ${status}`, (response: ServerResponse) => refuse(status)({} as never, response)]),
  ),
  ...Object.fromEntries(
    misfits.map(([status, code, message, forOthers]) => [
      `status ${status} with the code ${code}, which is ${forOthers} for others`,
      (response: ServerResponse) => json(response, status, { error: { message, code, type: "test" } }),
    ]),
  ),
  "status 429 with a wait": (response) => refuse(429, { "retry-after": "7" })({} as never, response),
  "status 500 with a page": body(500, "text/html", "<html><title>Bad gateway</title></html>"),
  "status 200 with a page": body(200, "text/html", "<html>Please sign in</html>"),
  "status 200 with an error": (response) => json(response, 200, { error: { message: "overloaded", type: "server_error" } }),
  "an empty body": body(200, "application/json", ""),
  "a body that is no JSON": body(200, "application/json", "{"),
  "a body that is no answer": body(200, "application/json", "[]"),
  "a connection that is reset": (response) => void response.socket?.resetAndDestroy(),
  "a connection that closes after the headers": (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    setTimeout(() => response.destroy(), 10);
  },
  "a stream without an event": streaming("", "end"),
  "a stream that is cut in its text": streaming(chunk({ content: "half" }), "cut"),
  "a stream that ends in its text": streaming(chunk({ content: "half" }), "end"),
  "a stream that is cut in an event": streaming(`${chunk({ content: "half" })}data: {"id":`, "cut"),
  "an error in a stream": streaming(`${chunk({ content: "half" })}data: {"error":{"message":"overloaded","code":503}}\n\n`, "end"),
  "an event that is no JSON": streaming(`${chunk({ content: "half" })}data: oops\n\n`, "end"),
};

/** Anthropic has a status of its own for an overloaded model. */
const OVERLOADED_AT_ANTHROPIC = 529;

let one: TestGateway;
let server: GatewayServer;
let clients: Record<string, { ask: (model: string) => Promise<unknown>; stream: (model: string) => Promise<unknown> }>;

beforeAll(async () => {
  one = await openTestGateway();
  server = await listen(one.gateway);
  for (const [index, fault] of Object.values(faults).entries()) {
    one.vendor.answers.set(`fault-${index}`, (asked, response) => fault(response, asked.body.stream === true));
    // One attempt, so that the test does not wait for repetitions.
    await one.gateway.aliases.save({ name: `fault-${index}`, targets: [{ target: `local/fault-${index}` }], policy: { attempts: 1 } });
  }
  const openai = new OpenAI({ apiKey: "none", baseURL: `${server.url}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: "none", baseURL: server.url, maxRetries: 0 });
  const gemini = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: server.url } });
  const messages = [{ role: "user" as const, content: "Hello" }];
  const all = async (events: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of events);
  };
  clients = {
    "Chat Completions": {
      ask: (model) => openai.chat.completions.create({ model, messages }),
      stream: async (model) => all(await openai.chat.completions.create({ model, messages, stream: true })),
    },
    Responses: {
      ask: (model) => openai.responses.create({ model, input: "Hello" }),
      // The client returns an answer that failed, and says so in its status.
      stream: async (model) => {
        const { status, error } = await openai.responses.stream({ model, input: "Hello" }).finalResponse();
        if (status === "failed") throw new Error(error?.message);
      },
    },
    Messages: {
      ask: (model) => anthropic.messages.create({ model, max_tokens: 100, messages }),
      stream: (model) => anthropic.messages.stream({ model, max_tokens: 100, messages }).finalMessage(),
    },
    generateContent: {
      ask: (model) => gemini.models.generateContent({ model: `models/${model}`, contents: "Hello" }),
      stream: async (model) => all(await gemini.models.generateContentStream({ model: `models/${model}`, contents: "Hello" })),
    },
  };
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await one.close();
});

describe.each(["Chat Completions", "Responses", "Messages", "generateContent"])("a client of %s", (protocol) => {
  test.each(Object.keys(faults).map((name, index) => [name, index] as const))("receives an error for %s", async (name, index) => {
    const client = clients[protocol];
    for (const call of [client?.ask, client?.stream]) {
      const outcome: unknown = await call?.(`fault-${index}`).then(
        () => "a success",
        (error: unknown) => error,
      );
      expect(outcome).toBeInstanceOf(Error);
      const { status } = outcome as { status?: number };
      const [, sent, forOthers = sent] = /^status ([45]\d\d)(?:.* is (\d+) for others)?/.exec(name) ?? [];
      if (sent === undefined) continue;
      // The vendor speaks Chat Completions.
      const expected = protocol === "Chat Completions" ? sent : forOthers;
      expect(status).toBe(protocol === "Messages" && expected === "503" ? OVERLOADED_AT_ANTHROPIC : Number(expected));
    }
  });
});

test.each([
  ["invalid-request", 422, 422],
  ["invalid-request", 500, 400],
  ["overloaded", 400, 503],
  ["overloaded", 498, 503],
  ["overloaded", 429, 429],
  ["overloaded", 529, 529],
  ["timeout", 408, 408],
  ["timeout", 400, 504],
  ["server", 409, 409],
  ["server", 424, 502],
  ["server", 200, 502],
  ["authentication", 500, 401],
  ["configuration", 503, 503],
  ["configuration", 400, 500],
] as const)("an error with the code %s and the status %i is answered with %i", (code, status, answered) => {
  expect(statusOf(new LumiverseError({ code, status, message: "It failed" }))).toBe(answered);
  expect(neutralError(new LumiverseError({ code, status, message: "It failed" })).status).toBe(answered);
});

test("each of these calls has a row that says it failed", async () => {
  const [sum] = await one.gateway.usage.report();
  const calls = 2 * 4 * Object.keys(faults).length;
  expect([sum?.calls, sum?.unfinished]).toEqual([calls, calls]);
});

test("the vendor's wait is passed on by every protocol", async () => {
  const model = `fault-${Object.keys(faults).indexOf("status 429 with a wait")}`;
  const messages = [{ role: "user", content: "Hello" }];
  for (const [path, body] of [
    ["/v1/chat/completions", { model, messages }],
    ["/v1/responses", { model, input: "Hello" }],
    ["/v1/messages", { model, max_tokens: 5, messages }],
    [`/v1beta/models/${model}:generateContent`, { contents: [{ parts: [{ text: "Hello" }] }] }],
  ] as const) {
    const response = await one.ask(path, body);
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
  }
});

test("an error has the type that its protocol has for it, also where the vendor speaks another one", async () => {
  const types = async (status: number): Promise<unknown[]> => {
    const model = `fault-${Object.keys(faults).indexOf(`status ${status}`)}`;
    const messages = [{ role: "user", content: "Hello" }];
    const asked = [
      ["/v1/responses", { model, input: "Hello" }],
      ["/v1/messages", { model, max_tokens: 5, messages }],
      [`/v1beta/models/${model}:generateContent`, { contents: [{ parts: [{ text: "Hello" }] }] }],
    ] as const;
    const found = asked.map(async ([path, body]) => {
      const { error } = (await (await one.ask(path, body)).json()) as { error: { type?: string; code?: string; status?: string } }; // an error in each protocol
      return error.status ?? (path === "/v1/responses" ? error.code : error.type);
    });
    return Promise.all(found);
  };
  expect(await types(400)).toEqual(["invalid_request", "invalid_request_error", "INVALID_ARGUMENT"]);
  expect(await types(401)).toEqual(["invalid_api_key", "authentication_error", "UNAUTHENTICATED"]);
  expect(await types(402)).toEqual(["insufficient_quota", "billing_error", "FAILED_PRECONDITION"]);
  expect(await types(403)).toEqual(["permission", "permission_error", "PERMISSION_DENIED"]);
  expect(await types(429)).toEqual(["rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"]);
  expect(await types(503)).toEqual(["overloaded", "overloaded_error", "UNAVAILABLE"]);
  expect(await types(408)).toEqual(["timeout", "timeout_error", "DEADLINE_EXCEEDED"]);
  expect(await types(500)).toEqual(["server", "api_error", "INTERNAL"]);
});
