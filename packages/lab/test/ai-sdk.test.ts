/** What the adapter passes to a language model of the AI SDK, and how it reads the parts and errors of the model. */

import { type Adapter, type AdapterOptions, type ChatClient, judge, readFixtures, runCheck } from "@lumiverse/conformance/internals";
import { type ChatEvent, isLumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { FIXTURES } from "../../../conformance/test/temporary-cases.ts";
import { fromAiSdk } from "../src/ai-sdk/adapter.ts";
import { answerChecks } from "../src/ai-sdk/answer-checks.ts";
import type { AiSdkCall, AiSdkModel } from "../src/ai-sdk/language-model.ts";
import { acmeModel } from "./ai-sdk-model.ts";

const USAGE = { inputTokens: { total: 9, noCache: 7, cacheRead: 2 }, outputTokens: { total: 4, reasoning: 1 } };
const STOP = { unified: "stop", raw: "end" };

function talkTo(parts: readonly unknown[], seen: AiSdkCall[] = [], attempts = 1): ChatClient {
  const model: AiSdkModel = {
    specificationVersion: "v4",
    modelId: "m",
    async doGenerate(call) {
      seen.push(call);
      return { content: parts as object[], finishReason: STOP, usage: USAGE, response: { id: "r1", modelId: "m-1" } };
    },
    async doStream(call) {
      seen.push(call);
      const [first] = parts;
      if (first instanceof Error) throw first;
      return {
        stream: new ReadableStream<object>({
          start: (to) => {
            for (const part of parts) to.enqueue(part as object);
            to.close();
          },
        }),
      };
    },
  };
  return fromAiSdk({ id: "theirs", claims: { streaming: true }, model: () => model }).connect({ fetch, retry: { attempts } });
}
const QUESTION = { model: "m", messages: [{ role: "user" as const, content: "Which way?" }] };
const REPLAY = {
  origin: { provider: "theirs", protocol: "chat-completions", model: "m", scope: "vendor" },
  data: { theirs: { signature: "s3" } },
};
async function eventsOf(client: ChatClient): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of client.stream(QUESTION)) events.push(event);
  return events;
}
async function thrownBy(client: ChatClient): Promise<unknown> {
  return eventsOf(client).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a stream of the AI SDK", () => {
  it("becomes events, and parts of different kinds with one id stay separate", async () => {
    const events = await eventsOf(
      talkTo([
        { type: "stream-start", warnings: [] },
        { type: "response-metadata", id: "r1" },
        { type: "response-metadata", modelId: "m-1" },
        { type: "reasoning-start", id: "0" },
        { type: "reasoning-delta", id: "0", delta: "" },
        { type: "reasoning-delta", id: "0", delta: "Hm." },
        { type: "reasoning-end", id: "0" },
        { type: "response-metadata", id: "r1", modelId: "m-1" },
        { type: "text-start", id: "0" },
        { type: "text-delta", id: "0", delta: "Left" },
        { type: "text-end", id: "0" },
        { type: "tool-input-start", id: "c1", toolName: "look" },
        { type: "tool-input-delta", id: "c1", delta: '{"at":1}' },
        { type: "tool-input-end", id: "c1" },
        { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"at":1}' },
        { type: "finish", finishReason: STOP, usage: USAGE },
      ]),
    );
    expect(events[0]).toEqual({ type: "start", id: "r1", model: "m-1" });
    expect(events.filter((event) => event.type === "start" || event.type === "reasoning")).toHaveLength(2);
    expect(events.flatMap((event) => (event.type === "part-end" ? [[event.index, event.part.type]] : []))).toEqual([
      [0, "reasoning"],
      [1, "text"],
      [2, "tool-call"],
    ]);
    expect(events.find((event) => event.type === "usage")).toEqual({
      type: "usage",
      usage: { input: 7, cacheRead: 2, output: 4, reasoning: 1, completeness: "exact" },
    });
    expect(events.at(-1)).toEqual({ type: "finish", reason: "stop", raw: "end" });
  });
  it("without a finish part is truncated, never a short answer", async () => {
    expect(await thrownBy(talkTo([{ type: "text-delta", id: "0", delta: "Le" }]))).toMatchObject({ code: "truncated" });
  });
  it("with the finish reason interrupted is truncated", async () => {
    const parts = [{ type: "finish", finishReason: { unified: "interrupted", raw: undefined }, usage: USAGE }];
    expect(await thrownBy(talkTo(parts))).toMatchObject({ code: "truncated" });
  });
  it("takes a call's final arguments from its tool-call part and keeps the metadata of parts", async () => {
    const events = await eventsOf(
      talkTo([
        { type: "reasoning-start", id: "0", providerMetadata: { theirs: { signature: "s1" } } },
        { type: "reasoning-delta", id: "0", delta: "Hm." },
        { type: "reasoning-end", id: "0" },
        { type: "tool-input-start", id: "c1", toolName: "look" },
        { type: "tool-input-delta", id: "c1", delta: '{"at":' },
        { type: "tool-input-end", id: "c1" },
        { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"at":2}', providerMetadata: { theirs: { signature: "s2" } } },
        { type: "finish", finishReason: STOP, usage: USAGE },
      ]),
    );
    expect(events.flatMap((event) => (event.type === "part-end" ? [event.part] : []))).toMatchObject([
      { type: "reasoning", replay: { data: { theirs: { signature: "s1" } } } },
      { type: "tool-call", input: { at: 2 }, replay: { data: { theirs: { signature: "s2" } } } },
    ]);
  });
  it("with an error part throws a typed error", async () => {
    const failure = Object.assign(new Error("slow down"), { statusCode: 429, isRetryable: true, responseHeaders: { "retry-after": "2" } });
    const error = await thrownBy(talkTo([{ type: "error", error: failure }]));
    expect(isLumiverseError(error)).toBe(true);
    expect(error).toMatchObject({ code: "rate-limit", status: 429, retryable: true, retryAfterMs: 2000 });
  });
  it("is retried only if the error is retryable", async () => {
    const seen: AiSdkCall[] = [];
    const failure = Object.assign(new Error("busy"), { statusCode: 503, isRetryable: true, responseHeaders: { "retry-after-ms": "1" } });
    await thrownBy(talkTo([failure], seen, 2));
    const fatal = Object.assign(new Error("no"), { statusCode: 400, isRetryable: false });
    await thrownBy(talkTo([fatal], seen, 2));
    expect(seen).toHaveLength(3);
  });
});

describe("a call to the AI SDK", () => {
  it("carries the fields that the SDK has, and a tool loop as its prompt", async () => {
    const seen: AiSdkCall[] = [];
    await talkTo([{ type: "text", text: "Left" }], seen).generate({
      model: "m",
      maxOutputTokens: 5,
      stop: "END",
      output: { schema: { type: "object", properties: {} } },
      tools: [{ name: "look", parameters: { type: "object" }, strict: true }],
      toolChoice: { name: "look" },
      messages: [
        { role: "system", content: "Brief." },
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "c1", name: "look", arguments: '{"at":1}', input: { at: 1 }, replay: REPLAY }],
        },
        { role: "tool", content: [{ type: "tool-result", id: "c1", name: "look", content: "a wall" }] },
      ],
    });
    expect(seen[0]).toMatchObject({
      maxOutputTokens: 5,
      stopSequences: ["END"],
      responseFormat: { type: "json", schema: { type: "object", properties: {} } },
      tools: [{ type: "function", name: "look", strict: true }],
      toolChoice: { type: "tool", toolName: "look" },
      prompt: [
        { role: "system", content: "Brief." },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "c1", toolName: "look", input: { at: 1 }, providerOptions: REPLAY.data }],
        },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "c1", output: { type: "text", value: "a wall" } }] },
      ],
    });
  });
  it("gives a response with text, calls and usage", async () => {
    const client = talkTo([
      { type: "text", text: "Left" },
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: "{}" },
    ]);
    expect(await client.generate(QUESTION)).toMatchObject({
      id: "r1",
      model: "m-1",
      text: "Left",
      toolCalls: [{ name: "look", input: {} }],
      finishReason: "stop",
    });
  });
});

const JUDGED = ["faults", "framing", "splits", "base URL", "streamed and unstreamed", "properties", "canary"];
const whole = (model: (modelId: string, options: AdapterOptions) => AiSdkModel): Adapter =>
  fromAiSdk({ id: "acme by the SDK", claims: { streaming: true, tools: true }, base: "https://api.acme.test/v1", model });

/** Faults that have no error status. The SDK's errors have no code of their own. */
const WITHOUT_STATUS: readonly string[] = ["envelope-200-streamed", "envelope-200", "bare-200-streamed", "bare-200", "template-500"];

describe("the suite over a model of the AI SDK", () => {
  it("finds no problem in a correct model, so problems of another model are not caused by the adapter", async () => {
    const report = await judge(
      whole(acmeModel),
      { fixtures: FIXTURES, runs: 5 },
      ({ group, name }) => JUDGED.includes(group) && !WITHOUT_STATUS.includes(name),
    );
    expect(report.results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(report.passed).toBeGreaterThan(100);
  }, 120_000);

  it("accepts every answer of a correct model and notices a lost count and a refusal read as an answer", async () => {
    const failed = async (model: typeof acmeModel): Promise<string[]> => {
      const all = answerChecks(
        whole(model),
        readFixtures(FIXTURES).filter((fixture) => fixture.case.operation === undefined),
      );
      const results = await Promise.all(all.map((one) => runCheck(one, {})));
      return results.flatMap(({ name, outcome, message }) => (outcome === "failed" ? [`${name}: ${message}`] : []));
    };
    expect(await failed(acmeModel)).toEqual([]);
    const careless = await failed((modelId, options) => {
      const model = acmeModel(modelId, options);
      const nothing = { finishReason: STOP, usage: { inputTokens: {}, outputTokens: {} } };
      const stream = new ReadableStream<object>({
        start: (to) => {
          to.enqueue({ type: "finish", ...nothing });
          to.close();
        },
      });
      return {
        ...model,
        doStream: (call) => Promise.resolve(model.doStream(call)).catch(() => ({ stream })),
        doGenerate: async (call) => ({ ...(await model.doGenerate(call)), usage: nothing.usage }),
      };
    });
    expect(careless).toContain("text (generate): \n  - usage.input is undefined, expected 9\n  - usage.output is undefined, expected 6");
    expect(careless.some((found) => found.startsWith("key-refused"))).toBe(true);
  });

  it("fails a model that returns a cut stream as an answer", async () => {
    const careless = whole((modelId, options) => {
      const model = acmeModel(modelId, options);
      const whole = new TransformStream<object, object>({
        transform: (part, to) =>
          to.enqueue("finishReason" in part ? { ...part, finishReason: { unified: "other", raw: undefined } } : part),
      });
      return { ...model, doStream: async (call) => ({ stream: (await model.doStream(call)).stream.pipeThrough(whole) }) };
    });
    const report = await judge(careless, { fixtures: FIXTURES }, ({ name }) => name === "cut-after-content");
    expect(report.results[0]?.message).toContain('truncated was expected, but the call ended with the finish reason "other"');
  });

  it("fails a check of a model that never answers, and continues", async () => {
    const silent = whole((modelId, options) => ({
      ...acmeModel(modelId, options),
      doGenerate: () => new Promise<never>(() => {}),
    }));
    const report = await judge(silent, { fixtures: FIXTURES, limitMs: 200 }, ({ name }) => ["text", "text (generate)"].includes(name));
    expect(report.results.map(({ group }) => group)).toContain("splits");
    const hung = report.results.filter(({ message }) => message?.includes("the subject hangs"));
    expect(hung.map(({ group, outcome }) => `${group} ${outcome}`)).toEqual(expect.arrayContaining(["splits failed", "golden failed"]));
  });
});
