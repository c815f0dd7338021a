/** A prompt that is too long for the model, as the official clients and the programs over them recognise it. */
import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayServer } from "../src/node.ts";
import { listen, openTestGateway, type TestGateway } from "./gateways.ts";
import { json } from "./vendor-server.ts";

/** What servers of Chat Completions say. */
const REFUSALS = {
  openai: {
    message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    type: "invalid_request_error",
    code: "context_length_exceeded",
  },
  llamacpp: { message: "the request exceeds the available context size", type: "exceed_context_size_error", code: 400 },
  anthropic: { message: "prompt is too long: 200001 tokens > 200000 maximum", type: "invalid_request_error" },
};

let one: TestGateway;
let server: GatewayServer;
beforeAll(async () => {
  one = await openTestGateway();
  server = await listen(one.gateway);
  for (const [model, error] of Object.entries(REFUSALS)) one.vendor.answers.set(model, (_, response) => json(response, 400, { error }));
  await one.gateway.aliases.save({ name: "house", targets: [{ target: "local/openai" }, { target: "spare/openai" }] });
});
afterAll(async () => {
  await server.close();
  await one.close();
});

const apiKey = "client-key-0000000000";
const messages = [{ role: "user" as const, content: "Hi" }];
const failure = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );

const ASK: Readonly<Record<string, (model: string, stream: boolean) => Promise<unknown>>> = {
  "Chat Completions": (model, stream) =>
    new OpenAI({ apiKey, baseURL: `${server.url}/v1` }).chat.completions.create({ model, messages, stream }),
  Responses: (model, stream) => new OpenAI({ apiKey, baseURL: `${server.url}/v1` }).responses.create({ model, input: "Hi", stream }),
  Messages: (model, stream) => new Anthropic({ apiKey, baseURL: server.url }).messages.create({ model, max_tokens: 9, messages, stream }),
  generateContent: async (model, stream) => {
    const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: server.url } });
    return stream ? models.generateContentStream({ model, contents: "Hi" }) : models.generateContent({ model, contents: "Hi" });
  },
};

/** The class, and the words by which programs find out. Codex and LiteLLM read OpenAI's code, Claude Code Anthropic's message. */
const EXPECTED: Readonly<Record<string, { kind: new (...given: never[]) => Error; fields: object }>> = {
  "Chat Completions": { kind: OpenAI.BadRequestError, fields: {} },
  Responses: {
    kind: OpenAI.BadRequestError,
    fields: { code: "context_length_exceeded", message: expect.stringMatching(/maximum context length/i) },
  },
  Messages: {
    kind: Anthropic.BadRequestError,
    fields: { type: "invalid_request_error", message: expect.stringMatching(/prompt is too long/i) },
  },
  generateContent: {
    kind: ApiError,
    fields: { message: expect.stringMatching(/input token count exceeds the maximum.*INVALID_ARGUMENT/) },
  },
};

describe.each(Object.keys(ASK))("a client of %s", (protocol) => {
  test.each([true, false])("learns that the prompt is too long, and nothing is repeated (stream: %s)", async (stream) => {
    const { kind, fields } = EXPECTED[protocol] ?? { kind: Error, fields: {} };
    for (const model of [...Object.keys(REFUSALS).map((name) => `local/${name}`), "house"]) {
      one.vendor.asked.length = 0;
      const error = await failure(ASK[protocol]?.(model, stream) ?? Promise.resolve());
      expect(error).toBeInstanceOf(kind);
      // The vendor's own words stay.
      const { message } = REFUSALS[model.split("/")[1] as keyof typeof REFUSALS] ?? REFUSALS.openai;
      expect(String(error)).toContain(message.slice(0, 40));
      expect(error).toMatchObject({ status: 400 });
      // The body of a vendor of the client's own protocol is passed on as it is.
      if (protocol !== "Chat Completions") expect(error).toMatchObject(fields);
      // Another target of a list may have a larger context, and is asked once.
      expect(one.vendor.asked).toHaveLength(model === "house" ? 2 : 1);
    }
  });
});
