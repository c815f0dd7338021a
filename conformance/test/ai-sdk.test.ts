/** A model of the AI SDK's shape, made here: what the bridge says to it, and what it makes of its parts and errors. */
import { type ChatEvent, isLumiverseError } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { type AiSdkCall, type AiSdkModel, fromAiSdk } from "../src/ai-sdk.ts";
import type { Talk } from "../src/subject.ts";

const USAGE = { inputTokens: { total: 9, noCache: 7, cacheRead: 2 }, outputTokens: { total: 4, reasoning: 1 } };
const STOP = { unified: "stop", raw: "end" };

function talkTo(parts: readonly unknown[], seen: AiSdkCall[] = [], attempts = 1): Talk {
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
async function eventsOf(talk: Talk): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of talk.stream(QUESTION)) events.push(event);
  return events;
}
async function thrownBy(talk: Talk): Promise<unknown> {
  return eventsOf(talk).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a stream of the AI SDK", () => {
  it("becomes our events, parts of one id apart from those of another kind", async () => {
    const events = await eventsOf(
      talkTo([
        { type: "stream-start", warnings: [] },
        { type: "response-metadata", id: "r1", modelId: "m-1" },
        { type: "reasoning-start", id: "0" },
        { type: "reasoning-delta", id: "0", delta: "Hm." },
        { type: "reasoning-end", id: "0" },
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
  it("that ends without a finish part is truncated, never a short answer", async () => {
    expect(await thrownBy(talkTo([{ type: "text-delta", id: "0", delta: "Le" }]))).toMatchObject({ code: "truncated" });
  });
  it("with an error part throws it as one of our errors", async () => {
    const failure = Object.assign(new Error("slow down"), { statusCode: 429, isRetryable: true, responseHeaders: { "retry-after": "2" } });
    const error = await thrownBy(talkTo([{ type: "error", error: failure }]));
    expect(isLumiverseError(error)).toBe(true);
    expect(error).toMatchObject({ code: "rate-limit", status: 429, retryable: true, retryAfterMs: 2000 });
  });
  it("is asked for once more only where the error calls itself retryable", async () => {
    const seen: AiSdkCall[] = [];
    const failure = Object.assign(new Error("busy"), { statusCode: 503, isRetryable: true, responseHeaders: { "retry-after-ms": "1" } });
    await thrownBy(talkTo([failure], seen, 2));
    const fatal = Object.assign(new Error("no"), { statusCode: 400, isRetryable: false });
    await thrownBy(talkTo([fatal], seen, 2));
    expect(seen).toHaveLength(3);
  });
});

describe("a call to the AI SDK", () => {
  it("carries what the SDK has a field for, and a tool loop as its prompt", async () => {
    const seen: AiSdkCall[] = [];
    await talkTo([{ type: "text", text: "Left" }], seen).generate({
      model: "m",
      maxOutputTokens: 5,
      stop: ["END"],
      tools: [{ name: "look", parameters: { type: "object" } }],
      toolChoice: { name: "look" },
      messages: [
        { role: "system", content: "Brief." },
        { role: "assistant", content: [{ type: "tool-call", id: "c1", name: "look", arguments: '{"at":1}', input: { at: 1 } }] },
        { role: "tool", content: [{ type: "tool-result", id: "c1", name: "look", content: "a wall" }] },
      ],
    });
    expect(seen[0]).toMatchObject({
      maxOutputTokens: 5,
      stopSequences: ["END"],
      toolChoice: { type: "tool", toolName: "look" },
      prompt: [
        { role: "system", content: "Brief." },
        { role: "assistant", content: [{ type: "tool-call", toolCallId: "c1", toolName: "look", input: { at: 1 } }] },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "c1", output: { type: "text", value: "a wall" } }] },
      ],
    });
  });
  it("gives a response with text, calls and usage", async () => {
    const talk = talkTo([
      { type: "text", text: "Left" },
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: "{}" },
    ]);
    expect(await talk.generate(QUESTION)).toMatchObject({
      id: "r1",
      model: "m-1",
      text: "Left",
      toolCalls: [{ name: "look", input: {} }],
      finishReason: "stop",
    });
  });
});
