/**
 * Bodies as the official SDKs type them. Each body is what `explain` would send; it is printed as a literal into a file that says `satisfies` the SDK's
 * request type, and the compiler judges it, unknown fields included.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { anthropic } from "@lumiverse/anthropic/provider";
import { type Connection, connect } from "@lumiverse/core";
import type { ChatRequest, FunctionTool, JsonObject, Message, Provider } from "@lumiverse/core/provider";
import { google } from "@lumiverse/google/provider";
import { openai } from "@lumiverse/openai/provider";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgramSync } from "../../core/test/support/programs.ts";
import { homes } from "./handoff-answers.ts";
import { go, PIXEL, start, tools } from "./handoff-turns.ts";

interface Body {
  name: string;
  type: string;
  body: JsonObject;
}

/** Fields that an SDK's type does not know, each with the reason why it is sent all the same. */
const UNKNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Messages: {
    temperature: "the SDK dropped the sampling fields with version 1; models up to Claude 4.6 take them",
    top_k: "dropped with temperature",
  },
};

const HEAD = `import type OpenAI from "openai";
import type Anthropic from "@anthropic-ai/sdk";
import type { Content, GenerationConfig, SafetySetting, Tool, ToolConfig } from "@google/genai";
// The SDK's enums are their words on the wire.
type Plain<T> = T extends string ? \`\${T}\` : T extends readonly (infer I)[] ? Plain<I>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Responses = OpenAI.Responses.ResponseCreateParams;
type Chat = OpenAI.Chat.ChatCompletionCreateParams;
type Messages = Anthropic.MessageCreateParams;
type Generate = Plain<{ contents: Content[]; systemInstruction?: Content; tools?: Tool[]; toolConfig?: ToolConfig; generationConfig?: GenerationConfig; safetySettings?: SafetySetting[]; cachedContent?: string }>;
`;

const here = fileURLToPath(new URL("..", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdk-types-"));
  symlinkSync(join(here, "node_modules"), join(folder, "node_modules"), "junction");
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2024",
    types: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says of bodies; nothing: it takes them. */
function judge(bodies: readonly Body[]): string {
  const lines = bodies.map(({ name, type, body }) => `// ${name}\n(${JSON.stringify(body, null, 2)}) satisfies ${type};\n`);
  writeFileSync(join(folder, "bodies.ts"), `${HEAD}${lines.join("\n")}export {};\n`);
  const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
  const { stdout, stderr } = runProgramSync(process.execPath, [tsc, "-p", folder], { cwd: folder, limitMs: 100_000 });
  return `${stdout}${stderr}`.trim();
}

// ── the calls ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const user = (content: string): Message => ({ role: "user", content });
const schema = { type: "object", properties: { boats: { type: "integer" } }, required: ["boats"], additionalProperties: false };
const strict: FunctionTool = {
  name: "count",
  strict: true,
  parameters: { type: "object", properties: { pier: { type: "integer" } }, required: ["pier"], additionalProperties: false },
};
const failed: Message[] = [
  user("Count."),
  { role: "assistant", content: [{ type: "tool-call", id: "call_1", name: "count", arguments: '{"pier":7}', input: { pier: 7 } }] },
  { role: "tool", content: [{ type: "tool-result", id: "call_1", content: "The fog is too thick.", isError: true }] },
];
const media = (url: boolean): Message => ({
  role: "user",
  content: [
    { type: "text", text: "What is it?" },
    { type: "image", data: PIXEL, mediaType: "image/png" },
    ...(url ? [{ type: "image" as const, url: "https://pictures.test/pier.png", mediaType: "image/png" }] : []),
    { type: "file", data: "JVBERi0xLjQK", mediaType: "application/pdf", filename: "log.pdf" },
  ],
});

type Call = Omit<ChatRequest, "model">;
const common: Readonly<Record<string, Call>> = {
  text: { messages: start, maxOutputTokens: 100 },
  media: { messages: [media(true)] },
  tools: { messages: start, tools },
  "tools, strict, one named": { messages: start, tools: [strict], toolChoice: { name: "count" } },
  "tools, forced, one a turn": { messages: start, tools, toolChoice: "required", parallelToolCalls: false },
  "tools, none": { messages: start, tools, toolChoice: "none" },
  "a failed result": { messages: failed, tools: [strict] },
  "output by schema": { messages: start, output: { schema, name: "count" } },
};

const sampled: Call = { messages: start, temperature: 0.5, topP: 0.9, maxOutputTokens: 200, stop: ["END"] };
const cached: Call = { messages: start, tools, cache: { ttl: "1h", tools: true, system: true, conversation: true, automatic: true } };

const unknownSeen = new Set<string>();
/** Bodies of calls, streamed and not, less the fields of `UNKNOWN`. */
async function bodiesOf(type: string, connection: Connection, model: string, calls: Readonly<Record<string, Call>>): Promise<Body[]> {
  const bodies: Body[] = [];
  for (const [name, call] of Object.entries(calls))
    for (const streaming of [true, false]) {
      const { body } = await connection.explain({ model, ...call }, { streaming });
      const known: JsonObject = structuredClone(body);
      for (const field of Object.keys(UNKNOWN[type] ?? {})) {
        if (field in known) unknownSeen.add(`${type} ${field}`);
        delete known[field];
      }
      bodies.push({ name: `${model}: ${name}${streaming ? ", streamed" : ""}`, type, body: known });
    }
  return bodies;
}

const at = <S>(provider: Provider<S>, settings?: S): Connection =>
  connect(provider, {
    apiKey: "key-000",
    fetch: () => Promise.reject(new TypeError("no network here")),
    ...(settings === undefined ? {} : { settings }),
  });

/** A talk whose first turn was made by a wire's own reader. */
async function talk(id: keyof typeof homes & string, more: Partial<Call> = { reasoning: "medium" }): Promise<Call> {
  const home = homes[id];
  if (home === undefined) throw new Error(`there is no wire ${id}`);
  return { messages: [...(await go(home, start, "one")), user("And now?")], tools, ...more };
}

const openaiSettings = {
  verbosity: "low",
  serviceTier: "flex",
  promptCacheKey: "k",
  promptCacheRetention: "24h",
  safetyIdentifier: "u",
  store: true,
} as const;

test("OpenAI's Responses", async () => {
  const bodies = [
    ...(await bodiesOf("Responses", at(openai), "gpt-5.4", {
      ...common,
      reasoning: { messages: start, reasoning: "high" },
      "reasoning off": { messages: start, reasoning: "off", temperature: 0.5, topP: 0.9, logprobs: 2 },
      "output as JSON": { messages: start, output: "json" },
      "a turn of its own": await talk("openai"),
      "a turn of another": await talk("anthropic"),
      "a tool of the vendor": { messages: start, tools: [{ hosted: { type: "web_search", search_context_size: "low" } }] },
    })),
    ...(await bodiesOf("Responses", at(openai, openaiSettings), "gpt-5.6", { settings: { messages: start }, cache: cached })),
    ...(await bodiesOf("Responses", at(openai), "gpt-5.6", { "no cache": { messages: start, cache: false } })),
  ];
  expect(judge(bodies)).toBe("");
}, 120_000);

test("OpenAI's Chat Completions", async () => {
  const { media: _, ...plain } = common;
  const chat = { api: "chat-completions" } as const;
  const bodies = [
    ...(await bodiesOf("Chat", at(openai, chat), "gpt-4.1", {
      ...plain,
      media: { messages: [media(true)] },
      sampling: { ...sampled, frequencyPenalty: 0.5, presencePenalty: 0.5, seed: 7, logprobs: 2 },
      "output as JSON": { messages: start, output: "json" },
      "a turn of another": await talk("openai", {}),
    })),
    ...(await bodiesOf("Chat", at(openai, { ...chat, ...openaiSettings }), "gpt-5.6", { settings: { messages: start, reasoning: "low" } })),
    ...(await bodiesOf(
      "Chat",
      at(openai, { ...chat, promptCache: { mode: "explicit", ttl: "12h", system: true, conversation: true } }),
      "gpt-5.6",
      {
        cache: { messages: start },
      },
    )),
    ...(await bodiesOf("Chat", at(openai), "gpt-audio", {
      audio: { messages: [{ role: "user", content: [{ type: "audio", data: "UklGRg==", mediaType: "audio/wav" }] }] },
    })),
  ];
  expect(judge(bodies)).toBe("");
}, 120_000);

test("Anthropic's Messages", async () => {
  const bodies = [
    ...(await bodiesOf("Messages", at(anthropic), "claude-opus-4-8", {
      ...common,
      reasoning: { messages: start, reasoning: "high" },
      "a turn of its own": await talk("anthropic"),
      "a turn of another": await talk("google"),
      cache: cached,
      "a tool of the vendor": { messages: start, tools: [{ hosted: { type: "web_search_20250305", name: "web_search" } }] },
    })),
    ...(await bodiesOf("Messages", at(anthropic), "claude-sonnet-4-5", {
      sampling: { messages: start, temperature: 0.5, topK: 5, maxOutputTokens: 200, stop: ["END"] },
      "reasoning by budget": { messages: start, reasoning: { budgetTokens: 2048 }, maxOutputTokens: 4096 },
      prefill: { messages: start, prefill: "The pier" },
    })),
  ];
  expect(judge(bodies)).toBe("");
}, 120_000);

test("Google's generateContent", async () => {
  const bodies = [
    ...(await bodiesOf("Generate", at(google), "gemini-3.5-flash", {
      ...common,
      "tools, forced, one a turn": { messages: start, tools, toolChoice: "required" }, // it has no word for one call a turn
      sampling: { ...sampled, topK: 5, seed: 7 },
      reasoning: { messages: start, reasoning: "high" },
      "a turn of its own": await talk("google"),
      "a turn of another": await talk("openai"),
      "output as JSON": { messages: start, output: "json" },
      "a tool of the vendor": { messages: start, tools: [{ hosted: { googleSearch: {} } }] },
    })),
    ...(await bodiesOf("Generate", at(google), "gemini-2.5-flash", {
      "reasoning by budget": { messages: start, reasoning: { budgetTokens: 2048 } },
      "output by schema": { messages: start, output: { schema, name: "count" } },
    })),
  ];
  expect(judge(bodies)).toBe("");
}, 120_000);

test("every field that is listed as unknown to an SDK is sent by some call", () => {
  const listed = Object.entries(UNKNOWN).flatMap(([type, fields]) => Object.keys(fields).map((field) => `${type} ${field}`));
  expect([...unknownSeen].sort()).toEqual(listed.sort());
});

test("a body with a wrong field or value does not pass", () => {
  const wrong: Body[] = [
    { name: "a field", type: "Responses", body: { model: "m", input: "x", max_tokens: 5 } },
    { name: "a value", type: "Chat", body: { model: "m", messages: [{ role: "captain", content: "x" }] } },
    { name: "a missing field", type: "Messages", body: { model: "m", messages: [] } },
    { name: "a word", type: "Generate", body: { contents: [], toolConfig: { functionCallingConfig: { mode: "SOMETIMES" } } } },
  ];
  expect(judge(wrong).match(/error TS/g)).toHaveLength(wrong.length);
}, 120_000);
