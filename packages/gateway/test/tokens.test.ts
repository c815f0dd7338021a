import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reasoningBeyondLimit } from "../src/tokens/bound.ts";
import { estimateTokens, tokensOfText } from "../src/tokens/estimate.ts";

describe("an estimate of tokens", () => {
  test("is about one for each word of prose, and more for code, numbers and scripts without spaces", () => {
    const prose = "The river rises in the mountains and reaches the sea after nine hundred kilometres. ".repeat(20);
    expect(tokensOfText(prose) / prose.split(/\s+/).length).toBeGreaterThan(0.95);
    expect(tokensOfText(prose) / prose.split(/\s+/).length).toBeLessThan(1.4);
    expect(tokensOfText("for (let i = 0; i < n; i++) { sum += list[i]; }")).toBeGreaterThan(20);
    expect(tokensOfText("31415926535")).toBe(4);
    expect(tokensOfText("東京は日本の首都です")).toBe(10);
    expect(tokensOfText("QmFzZTY0IGlzIG5vdCBhIHdvcmQgaW4gYW55IGxhbmd1YWdl")).toBeGreaterThan(10);
  });

  test("counts everything that is sent: system prompt, tools, calls, results and media", () => {
    const text = "word ".repeat(100);
    const user = { role: "user" as const, content: "Hello" };
    const base = estimateTokens({ messages: [user] });
    const call = { type: "tool-call" as const, id: "1", name: "read", arguments: JSON.stringify({ text }) };
    const more: Parameters<typeof estimateTokens>[0][] = [
      { messages: [{ role: "system", content: text }, user] },
      { messages: [user], tools: [{ name: "read", description: text }] },
      { messages: [user], tools: [{ name: "read", parameters: { description: text } }] },
      { messages: [user, { role: "assistant", content: [call] }] },
      { messages: [user, { role: "tool", content: [{ type: "tool-result", id: "1", content: text }] }] },
      { messages: [user, { role: "tool", content: [{ type: "tool-result", id: "1", content: [{ type: "text", text }] }] }] },
      { messages: [{ role: "user", content: [{ type: "image", data: "aaaa", mediaType: "image/png" }] }] },
    ];
    for (const request of more) expect(estimateTokens(request)).toBeGreaterThan(base + 95);
  });

  test("never decreases when text is added, and is never more than its characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(tokensOfText(a)).toBeLessThanOrEqual(a.length);
        // Two halves of a word may be two tokens, and the whole one.
        expect(tokensOfText(`${a} ${b}`)).toBeGreaterThanOrEqual(tokensOfText(a));
      }),
    );
  });
});

describe("reasoning that an output limit leaves out", () => {
  test.each([
    ["siliconflow", {}, 32_768],
    ["siliconflow", { thinking_budget: 1024 }, 1024],
    ["siliconflow", { enable_thinking: false }, 0],
    ["groq", { thinking_budget: 1024 }, 0],
    ["constructor", {}, 0],
  ])("is reserved at %s for %j", (provider, body, tokens) => {
    expect(reasoningBeyondLimit(provider, body)).toBe(tokens);
  });
});
