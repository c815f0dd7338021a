import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reasoningBeyondLimit } from "../src/tokens/bound.ts";
import { estimateTokens } from "../src/tokens/estimate.ts";
import { documentPages, imageSize } from "../src/tokens/media.ts";
import { tokensOfText } from "../src/tokens/text.ts";
import { COUNTED_TEXTS } from "./counted-texts.ts";

describe("an estimate of tokens", () => {
  test("is about one for each word of prose, and more for code, numbers and scripts without spaces", () => {
    const prose = "The river rises in the mountains and reaches the sea after nine hundred kilometres. ".repeat(20);
    expect(tokensOfText(prose) / prose.split(/\s+/).length).toBeGreaterThan(0.95);
    expect(tokensOfText(prose) / prose.split(/\s+/).length).toBeLessThan(1.4);
    expect(tokensOfText("for (let i = 0; i < n; i++) { sum += list[i]; }")).toBeGreaterThan(20);
    expect(tokensOfText("31415926535")).toBe(4);
    expect(tokensOfText("東京は日本の首都です")).toBeGreaterThan(6);
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

describe("the tokens of a text", () => {
  test.each(Object.entries(COUNTED_TEXTS))("are within 15 %% of a tokenizer's count: %s", (_, [text, tokens]) => {
    expect(Math.abs(tokensOfText(text) / tokens - 1)).toBeLessThan(0.15);
  });

  test("are those of its parts, however it is cut into lines", () => {
    const [english] = COUNTED_TEXTS["english"] ?? [""];
    const whole = tokensOfText(english.repeat(50));
    const lines = tokensOfText(Array.from({ length: 50 }, () => english).join("\n"));
    expect(Math.abs(whole / lines - 1)).toBeLessThan(0.02);
  });
});

const HELLO = [{ role: "user" as const, content: "Hello" }];
const TOOLS = [
  { name: "departures", description: "Lists ferries.", parameters: { type: "object", properties: { harbour: { type: "string" } } } },
];

describe("what a model counts beside the text", () => {
  // One token of text.
  test.each([
    ["gpt-4o", "openai", 8],
    ["openai/gpt-oss-120b", "groq", 72],
    ["deepseek-chat", "deepseek", 5],
    ["gemini-2.5-pro", "google", 1],
    ["claude-sonnet-4-20250514", "anthropic", 8],
    ["llama-3.3-70b-versatile", "groq", 36],
    ["sonar", "perplexity", 1],
  ])("is the frame of a prompt: %s", (model, provider, tokens) => {
    expect(Math.abs(estimateTokens({ messages: HELLO }, { model, provider }) - tokens)).toBeLessThanOrEqual(1);
  });

  test("is the instruction for tools, which some vendors make long, and which is left out where no tool may be called", () => {
    const added = (model: string, more: object = {}): number =>
      estimateTokens({ messages: HELLO, tools: TOOLS, ...more }, { model }) - estimateTokens({ messages: HELLO }, { model });
    // https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
    expect(added("claude-sonnet-4-20250514")).toBeGreaterThan(346);
    expect(added("gemini-2.5-flash")).toBeLessThan(30);
    expect(added("claude-sonnet-4-20250514", { toolChoice: "none" })).toBe(0);
  });

  test("is a signature, where the vendor reads the reasoning that it stands for again", () => {
    const replay = { provider: "google", data: { thoughtSignature: "A".repeat(5300) } };
    const call = { type: "tool-call" as const, id: "1", name: "departures", arguments: "{}" };
    const of = (model: string, part: object): number =>
      estimateTokens({ messages: [{ role: "assistant", content: [{ ...call, ...part }] }] }, { model });
    expect(of("gemini-3-pro-preview", { replay }) - of("gemini-3-pro-preview", {})).toBe(1000);
    expect(of("glm-4.6", { replay })).toBe(of("glm-4.6", {}));
  });

  // The examples of the vendors' pages, which `token-costs.ts` names.
  test.each([
    ["gpt-4o", 1024, 1024, 765],
    ["gpt-4o", 2048, 4096, 1105],
    ["gpt-4.1-mini", 1024, 1024, 1659],
    ["claude-sonnet-4-20250514", 1000, 1000, 1334],
    ["claude-sonnet-4-20250514", 200, 200, 54],
    ["gemini-2.5-flash", 384, 384, 258],
    ["gemini-2.5-flash", 960, 540, 6 * 258],
  ])("is an image: %s, %i × %i", (model, width, height, tokens) => {
    const image = { type: "image" as const, data: pngOf(width, height), mediaType: "image/png" };
    const of = (content: Parameters<typeof estimateTokens>[0]["messages"][number]["content"]): number =>
      estimateTokens({ messages: [{ role: "user", content }] } as Parameters<typeof estimateTokens>[0], { model });
    expect(Math.abs(of([image]) - of([]) - tokens)).toBeLessThanOrEqual(1);
  });

  test("is each page of a document, and the text of a text", () => {
    const pdf = btoa(
      "%PDF-1.4\n1 0 obj <</Type /Pages /Count 3>>\n".concat("2 0 obj <</Type /Page>>\n".repeat(2), "3 0 obj <</Type/Page>>"),
    );
    expect(documentPages(pdf)).toBe(3);
    expect(documentPages(undefined)).toBe(1);
    const text = btoa("word ".repeat(500));
    const file = { type: "file" as const, data: text, mediaType: "text/plain" };
    expect(Math.abs(estimateTokens({ messages: [{ role: "user", content: [file] }] }) - 507)).toBeLessThanOrEqual(1);
  });

  test("is found in the bytes of any image, also in broken ones, without an error", () => {
    expect(imageSize(pngOf(12, 34))).toEqual({ width: 12, height: 34 });
    const headers = [[0xff, 0xd8, 0xff, 0xe1], [0x89, 0x50, 0x4e, 0x47], [0x47, 0x49, 0x46, 0x38], [0x52, 0x49, 0x46, 0x46], []];
    fc.assert(
      fc.property(fc.constantFrom(...headers), fc.uint8Array({ maxLength: 600 }), fc.string(), (header, bytes, noise) => {
        const { width, height } = imageSize(btoa(String.fromCharCode(...header, ...bytes)));
        expect(Math.min(width, height)).toBeGreaterThan(0);
        expect(imageSize(noise)).toBeDefined();
      }),
    );
  });
});

/** The beginning of a PNG of a size, in base64. */
function pngOf(width: number, height: number): string {
  const bytes = new DataView(new ArrayBuffer(33));
  [0x89504e47, 0x0d0a1a0a, 13, 0x49484452, width, height].forEach((word, i) => {
    bytes.setUint32(i * 4, word);
  });
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
}

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
