import { existsSync, readdirSync } from "node:fs";
import { inspect } from "node:util";
import type { Part } from "@lumiverse/core";
import type { Catalogue } from "@lumiverse/core/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundOf, reasoningBeyondLimit } from "../src/tokens/bound.ts";
import { estimateTokens } from "../src/tokens/estimate.ts";
import { documentPages, imageSize } from "../src/tokens/media.ts";
import { tokensOfText } from "../src/tokens/text.ts";
import { tokenCosts } from "../src/tokens/token-costs.ts";
import { COUNTED_TEXTS } from "./counted-texts.ts";

/** The models of all catalogues, with the provider that lists them. */
const MODELS: { id: string; provider: string }[] = [];
const providers = new URL("../../../providers/", import.meta.url);
for (const provider of readdirSync(providers)) {
  const file = new URL(`${provider}/src/catalogue.ts`, providers);
  if (!existsSync(file)) continue;
  const catalogues: Record<string, Catalogue> = await import(file.href);
  for (const { models } of Object.values(catalogues)) MODELS.push(...models.map(({ id }) => ({ id, provider })));
}

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

  test("is a number for any JSON as the schema of a tool, the schema of the output or a tool of the vendor", () => {
    const names = ["description", "enum", "properties", "items", "anyOf", "oneOf", "allOf", "$defs", "type", "toString"];
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 6 },
        fc.jsonValue(),
        fc.array(tie("json"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie("json"), { maxKeys: 5 }),
      ),
    }));
    const schema = fc.dictionary(fc.constantFrom(...names), json);
    fc.assert(
      fc.property(schema, fc.constantFrom("gemini-2.5-flash", "o3", "gpt-4o", "claude-sonnet-4-5"), (given, model) => {
        // Parsed, because a client's JSON has no prototypes or symbols.
        const parsed = JSON.parse(JSON.stringify(given));
        const tools = [{ name: "a", parameters: parsed }, { hosted: parsed }];
        const tokens = estimateTokens({ messages: HELLO, tools, output: { schema: parsed } }, { model });
        expect(tokens).toBeGreaterThanOrEqual(estimateTokens({ messages: HELLO }, { model }));
        expect(tokens).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });

  test.each<[name: string, schema: () => object, tokens: number]>([
    ["many values", () => ({ enum: Array.from({ length: 200_000 }, (_, i) => i % 1000) }), 200_000],
    ["many branches", () => ({ anyOf: Array.from({ length: 200_000 }, () => ({ description: "harbour" })) }), 200_000],
    [
      "many properties",
      () => ({ properties: Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`a${i % 10}.${i}`, {}])) }),
      200_000,
    ],
    ["values that are objects", () => ({ enum: Array.from({ length: 1000 }, () => ({ toString: 1, valueOf: 2 })) }), 1000],
    ["many levels", () => nested(10_000), 10_000],
  ])("is a number for a schema with %s", (_, schema, tokens) => {
    const tools = [{ name: "a", parameters: schema() as Record<string, unknown> }];
    expect(estimateTokens({ messages: HELLO, tools }, { model: "gemini-2.5-flash" })).toBeGreaterThanOrEqual(tokens);
  });

  test("looks at each text of a schema once, however deep it is", () => {
    const added = (levels: number): number =>
      estimateTokens({ messages: HELLO, tools: [{ name: "a", parameters: nested(levels) }] }, { model: "gemini-2.5-flash" });
    expect(added(95) - added(94)).toBe(added(2) - added(1));
  });

  test("is found for any value where a body states a limit", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const odd = [value, { toString: 1, valueOf: 1 }];
        for (const limit of odd)
          expect(
            boundOf({ max_tokens: limit, n: limit, thinking: { budget_tokens: limit } }, { model: "a", messages: HELLO }, {})?.choices,
          ).toBeGreaterThan(0);
      }),
    );
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

/** A schema with so many levels, with one word on each. */
function nested(levels: number): Record<string, unknown> {
  let schema: Record<string, unknown> = {};
  for (let level = 0; level < levels; level++) schema = { properties: { harbour: schema } };
  return schema;
}

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
    // A tile has at least 256 pixels.
    ["gemini-2.5-flash", 2000, 2, 8 * 258],
    ["gemini-2.5-flash", 3072, 3072, 16 * 258],
    ["gpt-5.4-mini", 1024, 1024, 1659],
    ["qwen3-vl-8b-instruct", 1024, 1024, 1026],
  ])("is an image: %s, %i × %i", (model, width, height, tokens) => {
    const image = { type: "image" as const, data: pngOf(width, height), mediaType: "image/png" };
    const of = (content: Parameters<typeof estimateTokens>[0]["messages"][number]["content"]): number =>
      estimateTokens({ messages: [{ role: "user", content }] } as Parameters<typeof estimateTokens>[0], { model });
    expect(Math.abs(of([image]) - of([]) - tokens)).toBeLessThanOrEqual(1);
  });

  test("is an image of any size, with no more tokens than the largest image of any model", () => {
    const side = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(fc.constantFrom(...MODELS.map(({ id }) => id)), side, side, (id, width, height) => {
        const tokens = tokenCosts({ model: id }).image(width, height);
        expect(tokens).toBeGreaterThan(0);
        // gpt-4o-mini: https://platform.openai.com/docs/guides/images-vision
        expect(tokens).toBeLessThan(50_000);
      }),
      { numRuns: 2000 },
    );
  });

  test("is a minute of audio or video at an address, whose length is unknown", () => {
    const url = "https://example.com/a";
    const of = (...content: Part[]): number => estimateTokens({ messages: [{ role: "user", content }] }, { model: "gemini-2.5-flash" });
    expect(of({ type: "audio", url, mediaType: "audio/mpeg" })).toBe(60 * 32);
    expect(of({ type: "audio", data: "A".repeat(16_000), mediaType: "audio/mpeg" })).toBe(100);
    expect(of({ type: "file", url, mediaType: "Audio/mpeg" })).toBe(60 * 32);
    expect(of({ type: "file", url, mediaType: "video/mp4" })).toBe(60 * 263);
    expect(of({ type: "file", url, mediaType: "application/pdf" })).toBe(258);
    expect(of({ type: "image", url })).toBeGreaterThan(258);
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

describe("the family of a model", () => {
  const FAMILIES: [ids: RegExp, example: string][] = [
    [/gpt-oss/, "gpt-oss-120b"],
    [/gpt-5[\d.]*(-codex|-image)?-(mini|nano)|gpt-4\.1-mini|o4-mini/, "gpt-5-mini"],
    [/gpt-4\.1-nano/, "gpt-4.1-nano"],
    [/gpt-4o-mini/, "gpt-4o-mini"],
    [/gpt-[56]/, "gpt-5"],
    [/^((openai\/|azure-)?o[13]([:-].*)?)$/, "o3"],
    [/^((openai\/|azure-|~openai\/)?(gpt|chat)-.*|openai(-fast|-large)?)$/, "gpt-4o"],
    [/gemma/, "gemma-3-27b-it"],
    [/claude-(haiku-4[.-]5|sonnet-4[.-]6|opus-4[.-][56])(?!\d)/, "claude-opus-4-5"],
    [/claude-((opus-4[.-][78]|(opus|sonnet|haiku|fable|mythos)-5)(?!\d)|[a-z]+-latest)/, "claude-opus-4-7"],
    [/claude/, "claude-sonnet-4-5"],
    [/gemini-([34]|flash(-lite)?-latest|pro-latest)/, "gemini-3-pro-preview"],
    [/gemini-2\.0/, "gemini-2.0-flash"],
    [/gemini/, "gemini-2.5-pro"],
    [/deepseek-r1-distill/, "deepseek-r1-distill-llama-70b"],
    [/llama-?(3[._-][123](?!\d*b)|v3p1)|(^|[/-])l3\.[13]/, "llama-3.3-70b-versatile"],
    [/llama|(^|[/-])l3-/, "llama-4-scout"],
    [/deepseek-reasoner/, "deepseek-reasoner"],
    [/deepseek/, "deepseek-chat"],
    [/glm/, "glm-4.6"],
    [/qwen-?3[.p][5-9]|qwen4/, "qwen3.5-27b"],
    [/qwen|qwq|qvq/, "qwen3-32b"],
    [/m(i|agi|ini)stral|mixtral|(code|dev|lean)stral|(pix|vox)tral|ms3\.2/, "mistral-large-latest"],
    [/kimi/, "kimi-k2"],
    [/sonar|^perplexity-/, "sonar"],
    [/grok.*non-reasoning/, "grok-2"],
    [/grok-(4|latest)/, "grok-4"],
    [/grok-code/, "grok-code-fast-1"],
    [/grok/, "grok-build"],
  ];

  test("is the one of its name, for each model of all catalogues", () => {
    const expected = ({ id, provider }: (typeof MODELS)[number]): string =>
      rowOf({ provider, model: FAMILIES.find(([ids]) => ids.test(id.toLowerCase()))?.[1] ?? "" });
    expect(MODELS.length).toBeGreaterThan(1000);
    expect(MODELS.filter((one) => rowOf({ ...one, model: one.id }) !== expected(one))).toEqual([]);
    expect(new Set(FAMILIES.map(([, model]) => rowOf({ model }))).size).toBe(FAMILIES.length);
  });

  test("is the same, however its vendor writes the version", () => {
    const spellings = (id: string): string[] => ["-", "p", "_"].map((mark) => id.replace(/(?<=[a-z]-?\d)\.(?=\d)/gi, mark));
    const models = MODELS.flatMap(({ id, provider }) => spellings(id).map((model) => ({ id, model, provider })));
    expect(models.filter(({ id, model }) => id !== model).length).toBeGreaterThan(500);
    expect(models.filter(({ id, ...one }) => rowOf(one) !== rowOf({ ...one, model: id }))).toEqual([]);
  });

  /** The costs with the pattern of their row. */
  function rowOf(model: { model: string; provider?: string }): string {
    return inspect(tokenCosts(model), { depth: 5 });
  }
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
