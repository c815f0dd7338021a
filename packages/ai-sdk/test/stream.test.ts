/** Streams that take something back, and events in unusual orders. */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { type ChatEvent, isLumiverseError } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import { StreamWriter } from "../src/response/stream-writer.ts";

function written(...events: ChatEvent[]): LanguageModelV4StreamPart[] {
  const parts: LanguageModelV4StreamPart[] = [];
  const writer = new StreamWriter([], (part) => void parts.push(part));
  for (const event of events) writer.write(event);
  return parts;
}
const START: ChatEvent[] = [
  { type: "start", id: "a", model: "m" },
  { type: "part-start", index: 0, kind: "text" },
  { type: "text", index: 0, text: "hm" },
];

describe("a part that the host takes back", () => {
  test("ends with a mark, and its replacement follows under another id", () => {
    expect(written(...START, { type: "replace", index: 0, part: { type: "reasoning", text: "hm" } })).toMatchObject([
      { type: "stream-start" },
      { type: "response-metadata", id: "a", modelId: "m" },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "hm" },
      { type: "text-end", id: "0", providerMetadata: { lumiverse: { replaced: true } } },
      { type: "reasoning-start", id: "0-1" },
      { type: "reasoning-delta", id: "0-1", delta: "hm" },
      { type: "reasoning-end", id: "0-1" },
    ]);
  });
  test("without a replacement is a retryable error, because two answers in one would be wrong", () => {
    let error: unknown;
    try {
      written(...START, { type: "replace", index: 0 });
    } catch (cause) {
      error = cause;
    }
    expect(isLumiverseError(error)).toBe(true);
    expect(error).toMatchObject({ code: "server", retryable: true });
  });
});

test("notes before the answer are warnings, and the warnings come first", () => {
  const [first] = written({ type: "note", note: { kind: "clamped", field: "temperature", message: "2 became 1." } }, ...START);
  expect(first).toEqual({ type: "stream-start", warnings: [{ type: "compatibility", feature: "temperature", details: "2 became 1." }] });
});

test("parts that overlap keep their ids", () => {
  const parts = written(
    ...START,
    { type: "part-start", index: 1, kind: "text" },
    { type: "text", index: 1, text: "b" },
    { type: "text", index: 0, text: "a" },
  );
  expect(parts.flatMap((part) => (part.type === "text-delta" ? [`${part.id}${part.delta}`] : []))).toEqual(["0hm", "1b", "0a"]);
});
