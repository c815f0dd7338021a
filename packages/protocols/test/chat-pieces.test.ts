import type { SseMessage } from "@lumiverse/core/provider";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatCompletions, type Dialect } from "../src/chat-completions/index.ts";
import { vendorFields } from "../src/vendor-fields/index.ts";
import { callOf } from "./chat-drive.ts";

type Chunk = Record<string, unknown>;

/** What a reader makes of the texts of a stream: its events without the texts themselves, and how it failed. */
function read(dialect: Dialect, texts: readonly string[], asksForFields: boolean): unknown[] {
  const call = callOf(asksForFields ? { vendorFields } : {}, { streaming: true });
  const protocol = chatCompletions(dialect);
  const reader = protocol.reader({ call, rendered: protocol.render(call) });
  const events: unknown[] = [];
  const emit = (event: object): void => {
    const { spelled: _, ...shown } = event as { spelled?: unknown };
    events.push(structuredClone(shown));
  };
  try {
    for (const data of texts) reader.message({ data, event: undefined } as unknown as SseMessage, emit); // a message without a name
    reader.end(emit);
  } catch (error) {
    events.push(error instanceof Error ? error.message : error);
  }
  return events;
}

const DIALECTS: readonly Dialect[] = [
  {},
  { usageAt: ["usage", "x_groq.usage"], errorAt: ["detail.error"], seedAt: "seed" },
  { reasoning: { tags: "leading" } },
];

const word = fc.constantFrom("tide ", "", "a", 'the "', "é\n", "<think>", "</think>", "\ud83d", "\udc08", "\\");
/** Chunks as hosts send them: nearly all are a piece of text, and now and then one is something else. */
const chunk: fc.Arbitrary<Chunk> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ content: word }).map((delta) => ({ delta })) },
  { weight: 2, arbitrary: fc.record({ reasoning_content: word }).map((delta) => ({ delta })) },
  { weight: 2, arbitrary: fc.constant({ delta: { role: "assistant", content: "r" } }) },
  { weight: 1, arbitrary: fc.constant({ delta: { content: "b" }, finish_reason: "stop" }) },
  { weight: 1, arbitrary: fc.constant({ delta: { tool_calls: [{ index: 0, id: "c", function: { name: "look", arguments: "{}" } }] } }) },
  { weight: 1, arbitrary: fc.constant({ delta: { content: "x" }, message: { content: "whole" } }) },
  { weight: 1, arbitrary: fc.constant({ delta: { content: "x" }, index: 1 }) },
);
const usage: fc.Arbitrary<Chunk> = fc.record({ usage: fc.record({ prompt_tokens: fc.nat(9), completion_tokens: fc.nat(9) }) });
const seed: fc.Arbitrary<Chunk> = fc.record({ seed: fc.nat(9) });
const extra: fc.Arbitrary<Chunk> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ obfuscation: fc.constantFrom("a", "bb", "ccc") }) },
  { weight: 2, arbitrary: usage },
  { weight: 1, arbitrary: fc.constant({ x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } }) },
  { weight: 1, arbitrary: fc.constant({ error: { message: "no luck" } }) },
  { weight: 1, arbitrary: fc.constant({ detail: { error: { message: "no luck" } } }) },
  { weight: 1, arbitrary: seed },
  { weight: 1, arbitrary: fc.constant({ citations: ["https://a.test"] }) },
);

describe("chunks that are like the one before", () => {
  it("are read as if each were parsed alone", () => {
    // What a host sends with one chunk, or with every chunk.
    const chunks = fc.oneof(...[extra, usage, seed].map((more) => fc.array(fc.tuple(chunk, more), { minLength: 30, maxLength: 120 })));
    fc.assert(
      fc.property(fc.constantFrom(...DIALECTS), fc.boolean(), chunks, (dialect, asksForFields, list) => {
        const texts = list.map(([choice, more]) => JSON.stringify({ id: "a", model: "m", choices: [{ index: 0, ...choice }], ...more }));
        // Blanks of another number behind each chunk: no two are alike.
        const unlike = texts.map((text, i) => text + " ".repeat(i % 7));
        expect(read(dialect, texts, asksForFields)).toEqual(read(dialect, unlike, asksForFields));
      }),
      { numRuns: 300 },
    );
  });
});
