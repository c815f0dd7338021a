import type { ServerResponse } from "node:http";
import {
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  LoadAPIKeyError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { type ConnectOptions, connect, isLumiverseError } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";
import { mock } from "@lumiverse/toolkit/mock";
import { generateText, RetryError, streamText } from "ai";
import { describe, expect, test, vi } from "vitest";
import { type ApiCallErrorData, createLumiverse, languageModel } from "../src/index.ts";
import { chunk, collect, errorOf, serve, sse } from "./helpers.ts";

vi.stubGlobal("AI_SDK_LOG_WARNINGS", false);

const MODEL = "qwen/qwen3.8-27b";
const open = (baseURL: string, options: Pick<ConnectOptions, "retry" | "timeouts"> = {}) =>
  connect(groq, { apiKey: "example-key-0001", baseURL, ...options });
const refusal = (status: number, headers: Record<string, string> = {}) =>
  serve((response) => {
    response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_7", ...headers });
    response.end(JSON.stringify({ error: { message: "Come back later.", code: "busy" } }));
  });

describe("a refusal", () => {
  test("is an APICallError with status, headers, body and the code of the connection's error", async () => {
    await using host = await refusal(429, { "retry-after": "2" });
    const model = languageModel(open(host.url, { retry: false }), MODEL, { retries: "sdk" });
    for (const call of [
      () => generateText({ model, prompt: "hi", maxRetries: 0 }),
      () => model.doStream({ prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }] }),
    ]) {
      const error = await errorOf(call());
      if (!APICallError.isInstance(error)) throw error;
      expect(error).toMatchObject({
        statusCode: 429,
        isRetryable: true,
        url: `${host.url}/chat/completions`,
        responseHeaders: { "retry-after-ms": "2000", "x-request-id": "req_7" },
        requestBodyValues: { model: MODEL, messages: [{ role: "user", content: "hi" }] },
        data: { code: "rate-limit", provider: "groq", vendorCode: "busy", retryable: true },
      });
      expect(error.message).toContain("Come back later.");
      expect(isLumiverseError(error.cause)).toBe(true);
    }
  });

  test("that is final is not retryable", async () => {
    await using host = await refusal(401);
    const error = await errorOf(
      generateText({ model: languageModel(open(host.url, { retry: false }), MODEL, { retries: "sdk" }), prompt: "hi" }),
    );
    expect(error).toMatchObject({ statusCode: 401, isRetryable: false });
    expect(host.seen).toHaveLength(1);
  });
});

describe("a host that does not answer within the connection's time limit", () => {
  test.each([
    ["before the headers", () => undefined],
    ["before the first byte", (response: ServerResponse) => response.writeHead(200).flushHeaders()],
  ] as const)("%s is called again by the SDK", async (_, behave) => {
    await using host = await serve(behave);
    const connection = open(host.url, { retry: false, timeouts: { response: 40, firstEvent: 40 } });
    const model = languageModel(connection, MODEL, { retries: "sdk" });
    const error = await errorOf(generateText({ model, prompt: "hi", maxRetries: 1 }));
    if (!RetryError.isInstance(error)) throw error;
    expect(error.lastError).toMatchObject({ isRetryable: true, statusCode: undefined, data: { code: "timeout" } });
    expect(error.errors).toHaveLength(2);
  });
});

describe("one layer repeats a failed call", () => {
  const failing = { "retry-after-ms": "1" };
  test("the connection by default, and the SDK does not repeat it again", async () => {
    await using host = await refusal(503, failing);
    const model = languageModel(open(host.url, { retry: { attempts: 2 } }), MODEL);
    const error = await errorOf(generateText({ model, prompt: "hi", maxRetries: 5 }));
    expect(error).toMatchObject({ statusCode: 503, isRetryable: false });
    expect((error as APICallError).data as ApiCallErrorData).toMatchObject({
      retryable: true,
      attempts: [{ status: 503 }, { status: 503 }],
    });
    expect(host.seen).toHaveLength(2);
  });
  test.each([
    ["generateText", 0, 1],
    ["generateText", 2, 3],
    ["streamText", 0, 1],
    ["streamText", 2, 3],
  ] as const)("the SDK under createLumiverse: %s with maxRetries %i sends %i requests", async (name, maxRetries, requests) => {
    await using host = await refusal(503, failing);
    const lumiverse = createLumiverse({ providers: [groq], connections: { groq: { apiKey: "k", baseURL: host.url } } });
    const options = { model: lumiverse(`groq/${MODEL}`), prompt: "hi", maxRetries };
    const errors: unknown[] = [];
    if (name === "generateText") errors.push(await errorOf(generateText(options)));
    else await collect(streamText({ ...options, onError: ({ error }) => void errors.push(error) }).fullStream);
    expect(maxRetries === 0 ? APICallError.isInstance(errors[0]) : RetryError.isInstance(errors[0])).toBe(true);
    expect(host.seen).toHaveLength(requests);
  });
  test("the connection under createLumiverse, where its options say so", async () => {
    await using host = await refusal(503, failing);
    const lumiverse = createLumiverse({
      providers: [groq],
      connections: { groq: { apiKey: "k", baseURL: host.url, retry: { attempts: 2 } } },
    });
    await errorOf(generateText({ model: lumiverse(`groq/${MODEL}`), prompt: "hi" }));
    expect(host.seen).toHaveLength(2);
  });
});

describe("a failure in mid-stream", () => {
  async function failed(behave: Parameters<typeof serve>[0]) {
    await using host = await serve(behave);
    const errors: unknown[] = [];
    const result = streamText({
      model: languageModel(open(host.url), MODEL),
      prompt: "hi",
      onError: ({ error }) => void errors.push(error),
    });
    const parts = await collect(result.fullStream);
    return {
      error: errors[0],
      errors,
      requests: host.seen.length,
      finishReason: await result.finishReason,
      types: parts.map(({ type }) => type),
      text: await result.text,
    };
  }
  test("is an error part after the text that had arrived, and is not repeated", async () => {
    const { error, errors, requests, finishReason, text, types } = await failed((response) => {
      sse(response, chunk({ content: "At n" }), { error: { message: "Overloaded.", type: "overloaded_error", code: 503 } });
      response.end();
    });
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ message: expect.stringContaining("Overloaded.") });
    expect({ count: errors.length, requests, finishReason, text }).toEqual({ count: 1, requests: 1, finishReason: "error", text: "At n" });
    expect(types).toContain("error");
  });
  test("that cuts the stream is an error too, never a short answer", async () => {
    const { error, finishReason, text } = await failed((response) => {
      sse(response, chunk({ content: "At n" }));
      response.end();
    });
    expect(InvalidResponseDataError.isInstance(error)).toBe(true);
    expect({ finishReason, text }).toEqual({ finishReason: "interrupted", text: "At n" });
  });
  test("that breaks the connection is a retryable error", async () => {
    const { error } = await failed((response) => {
      sse(response, chunk({ content: "At n" }));
      setTimeout(() => response.destroy(), 20);
    });
    expect(error).toMatchObject({ name: "AI_APICallError", isRetryable: true, data: { code: "network" }, statusCode: undefined });
  });
  test("by silence is a retryable error of the connection's time limit, without a status", async () => {
    await using host = await serve((response) => sse(response, chunk({ content: "At n" })));
    const errors: unknown[] = [];
    const connection = open(host.url, { timeouts: { idle: 50 } });
    const result = streamText({ model: languageModel(connection, MODEL), prompt: "hi", onError: ({ error }) => void errors.push(error) });
    const types = (await collect(result.fullStream)).map(({ type }) => type);
    expect(types).not.toContain("abort");
    expect(errors).toMatchObject([{ name: "AI_APICallError", isRetryable: true, statusCode: undefined, data: { code: "timeout" } }]);
    expect([await result.text, await result.finishReason]).toEqual(["At n", "error"]);
    await vi.waitFor(() => expect(host.closed).toBe(1));
  });
  test.each(["", '{"a', "{}"])("inside a tool call with the arguments %j runs no tool", async (written) => {
    const { types, error } = await failed((response) => {
      sse(
        response,
        chunk({ content: "hm", tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "boil", arguments: written } }] }),
      );
      response.end();
    });
    expect(types).toContain("tool-input-start");
    expect(types).not.toContain("tool-call");
    expect(InvalidResponseDataError.isInstance(error)).toBe(true);
  });
  test("is repeated where streamRetries asks for it", async () => {
    await using host = await serve((response, n) => {
      sse(response, chunk({ content: n === 1 ? "At n" : "At nine." }));
      if (n === 1) setTimeout(() => response.destroy(), 20);
      else {
        sse(response, chunk({}, "stop"), "[DONE]");
        response.end();
      }
    });
    const result = streamText({ model: languageModel(open(host.url), MODEL), prompt: "hi", streamRetries: 1, onError: () => undefined });
    await collect(result.fullStream);
    expect(await result.text).toBe("At nine.");
  });
});

describe("an abort", () => {
  test("before the answer rejects with the caller's reason and closes the connection", async () => {
    await using host = await serve(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await errorOf(
      generateText({ model: languageModel(open(host.url), MODEL), prompt: "hi", abortSignal: controller.signal }),
    );
    expect(error).toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(host.closed).toBe(1));
    expect(host.seen).toHaveLength(1);
  });
  test("in mid-stream ends the stream with an abort part and closes the connection", async () => {
    await using host = await serve((response) => sse(response, chunk({ content: "At n" })));
    const controller = new AbortController();
    const onAbort = vi.fn();
    const result = streamText({ model: languageModel(open(host.url), MODEL), prompt: "hi", abortSignal: controller.signal, onAbort });
    const types: string[] = [];
    for await (const { type } of result.fullStream) {
      types.push(type);
      if (type === "text-delta") controller.abort();
    }
    expect(types.at(-1)).toBe("abort");
    expect(onAbort).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(host.closed).toBe(1));
  });
  test("by leaving the stream closes the connection", async () => {
    await using host = await serve((response) => sse(response, chunk({ content: "At n" })));
    const { stream } = await languageModel(open(host.url), MODEL).doStream({
      prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    await vi.waitFor(() => expect(host.closed).toBe(1));
  });
  test("by the SDK's own time limit is that limit's error", async () => {
    await using host = await serve(() => undefined);
    const error = await errorOf(generateText({ model: languageModel(open(host.url), MODEL), prompt: "hi", timeout: 50 }));
    expect(error).toMatchObject({ name: "TimeoutError" });
  });
});

describe("what was not sent", () => {
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "hi" }] }];
  test("because there is no key is a LoadAPIKeyError", async () => {
    vi.stubEnv("GROQ_API_KEY", undefined);
    const error = await errorOf(languageModel(connect(groq), MODEL).doGenerate({ prompt }));
    vi.unstubAllEnvs();
    expect(LoadAPIKeyError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ message: expect.stringContaining("GROQ_API_KEY") });
  });
  test("because the model does not support it is an UnsupportedFunctionalityError", async () => {
    const { connection } = mock([], { capabilities: { tools: false } });
    const tools = [{ type: "function" as const, name: "t", inputSchema: { type: "object" as const } }];
    const error = await errorOf(languageModel(connection, "mock").doGenerate({ prompt, tools }));
    expect(UnsupportedFunctionalityError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ functionality: "tools" });
  });
  test("because an argument is wrong is an InvalidArgumentError", async () => {
    const error = await errorOf(languageModel(mock([]).connection, "mock").doGenerate({ prompt, maxOutputTokens: 0.5 }));
    expect(InvalidArgumentError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ argument: "maxOutputTokens" });
  });
  test("because an option of this package does not exist is an InvalidArgumentError that names it", async () => {
    const error = await errorOf(
      languageModel(mock([]).connection, "mock").doGenerate({ prompt, providerOptions: { lumiverse: { caching: true } } }),
    );
    expect(error).toMatchObject({ name: "AI_InvalidArgumentError", argument: "caching" });
  });
  test("because the prompt is wrong is an InvalidPromptError", async () => {
    const bad = [
      {
        role: "user" as const,
        content: [
          { type: "text" as const, text: 7 as never },
          { type: "text" as const, text: "x" },
        ],
      },
    ];
    const error = await errorOf(languageModel(mock([]).connection, "mock").doGenerate({ prompt: bad }));
    expect(InvalidPromptError.isInstance(error)).toBe(true);
  });
  test("because nothing listens is a retryable APICallError without a status", async () => {
    const error = await errorOf(
      languageModel(open("http://127.0.0.1:9/v1", { retry: false }), MODEL, { retries: "sdk" }).doGenerate({ prompt }),
    );
    expect(error).toMatchObject({ name: "AI_APICallError", statusCode: undefined, isRetryable: true });
  });
});
