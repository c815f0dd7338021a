/**
 * The official clients of four protocols through `lumiverse serve`, with llama.cpp's server behind it, by each of its three protocols. Nobody here wrote either
 * end. Without LUMIVERSE_LLAMA, or where the server cannot be installed, the tests are skipped.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LLAMA, type LocalServer, startLocalServer } from "../../../examples/test/local-server.ts";
import { lumiverse, type Result } from "../../cli/test/run-lumiverse.ts";
import { until } from "./gateways.ts";

const VENDOR_PROTOCOLS = ["chat-completions", "responses", "messages"];
/** The tokens of an answer that takes minutes. */
const LONG = 1_000_000;
/** Options of the server by which the model, whose weights are random, never ends and calls no tool: tokens 2 and 3 do that. */
const WRITES = ["-np", "2", "--ignore-eos", "--context-shift", "-l", "2-100", "-l", "3-100"];
/** Options by which it calls one, and ends. */
const CALLS_A_TOOL = ["-n", "300", "-l", "3+50", "-l", "2+100", "-l", "261+20"];

interface Ask {
  model: string;
  limit: number;
  signal?: AbortSignal;
}

interface Client {
  /** The text of an answer, in pieces. */
  stream: (ask: Ask) => AsyncIterable<string>;
  /** The number of tokens of an answer that is sent at once. */
  generate: (ask: Ask) => Promise<number | undefined>;
  /** The call of a tool that the model must call. */
  callTool: (ask: Ask) => Promise<{ name?: string | undefined; arguments: string }>;
}

let writer: LocalServer | undefined;
let caller: LocalServer | undefined;
let missing: string | undefined;
let clients: Readonly<Record<string, Client>> = {};
/** What `lumiverse serve` has printed. */
let printed = "";
let served: Promise<Result> | undefined;
let done = false;
const folder = mkdtempSync(join(tmpdir(), "lumiverse-real-clients-"));

describe.skipIf(LLAMA === undefined)("with a real server", () => {
  beforeAll(async () => {
    const started = await startLocalServer(WRITES);
    if (typeof started === "string") {
      missing = started;
      return;
    }
    writer = started;
    caller = (await startLocalServer(CALLS_A_TOOL)) as LocalServer; // the server is installed now
    clients = clientsOf(await serve({ writer: writer.url, caller: caller.url }));
  }, 300_000);
  afterAll(async () => {
    done = true;
    await served;
    writer?.process.kill("SIGKILL");
    caller?.process.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  beforeEach(({ skip }) => skip(missing !== undefined, `the server cannot be installed: ${missing}`));

  describe.each(["Chat Completions", "Responses", "Messages", "generateContent"])("a client of %s", (protocol) => {
    const client = (): Client => clients[protocol] as Client; // beforeEach skips where there is none
    test.each(VENDOR_PROTOCOLS)(
      "that aborts ends the call over %s, which is recorded, and its next call is answered",
      async (vendor) => {
        const { stream, generate } = client();
        const model = `writer-${vendor}/tiny`;
        const calls = recordedCalls().length;
        const abort = new AbortController();
        for await (const _ of withoutAbortError(stream({ model, limit: LONG, signal: abort.signal }), abort.signal)) {
          // Some clients still return pieces that had arrived.
          if (abort.signal.aborted) continue;
          expect(await busySlots()).toBe(1);
          abort.abort();
        }
        await until(async () => (await busySlots()) === 0, "the end of the vendor's call", 30_000);
        await until(() => recordedCalls().length > calls, "the row of the call");
        expect(recordedCalls().at(-1)).toMatchObject({ state: "canceled", requestedModel: model, streamed: true });
        expect(await generate({ model, limit: 8 })).toBe(8);
        await until(() => recordedCalls().length > calls + 1, "the row of the next call");
        expect(recordedCalls().at(-1)).toMatchObject({ state: "finished", requestedModel: model, usage: { output: 8 } });
      },
      120_000,
    );

    test.each(VENDOR_PROTOCOLS)(
      "calls a tool over %s",
      async (vendor) => {
        const { arguments: text, name } = await client().callTool({ model: `caller-${vendor}/tiny`, limit: 300 });
        expect([name, typeof JSON.parse(text).rains]).toEqual(["report", "boolean"]);
      },
      120_000,
    );
  });
});

/** Starts `lumiverse serve` over one connection for each server and protocol. @returns its address */
async function serve(servers: Readonly<Record<string, string>>): Promise<string> {
  const connections = Object.fromEntries(
    Object.entries(servers).flatMap(([name, url]) =>
      VENDOR_PROTOCOLS.map((protocol) => [
        `${name}-${protocol}`,
        { provider: "custom", baseURL: `${url}/v1`, model: "tiny", settings: { protocol } },
      ]),
    ),
  );
  writeFileSync(join(folder, "gateway.json"), JSON.stringify({ database: join(folder, "gateway.db"), connections }));
  served = lumiverse(["serve", "--config", "gateway.json", "--port", "0", "--no-console", "--no-demo", "--json", "--log", "json"], {
    limitMs: 1_800_000,
    cwd: folder,
    watch: (seen) => {
      printed = seen;
    },
    interruptWhen: () => done,
  });
  const address = (): string | undefined => /"url":"([^"]+)"/.exec(printed)?.[1];
  await until(() => address() !== undefined, "the start of the gateway", 60_000);
  return address() ?? "";
}

/** The rows of the ledger, as `--log json` prints them. */
function recordedCalls(): { state?: string }[] {
  return printed
    .split("\n")
    .filter((line) => line.startsWith('{"id"') && line.endsWith("}"))
    .map((line) => JSON.parse(line) as { state?: string }); // a row
}

/** How many answers the server writes now. https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md */
async function busySlots(): Promise<number> {
  const slots = (await (await fetch(`${writer?.url}/slots`)).json()) as { is_processing: boolean }[]; // as documented
  return slots.filter(({ is_processing }) => is_processing).length;
}

/** The end of a stream by the reader's own abort is no failure: some clients throw it, and some end. */
async function* withoutAbortError(pieces: AsyncIterable<string>, signal: AbortSignal): AsyncIterable<string> {
  try {
    yield* pieces;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

const PARAMETERS = { type: "object" as const, properties: { rains: { type: "boolean" } }, required: ["rains"] };

function clientsOf(url: string): Record<string, Client> {
  const openai = new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: "none", baseURL: url, maxRetries: 0 });
  const gemini = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: url } });
  const messages = [{ role: "user" as const, content: "Tell me everything." }];
  const input = "Tell me everything.";
  const geminiRequest = ({ model, limit, signal }: Ask): Parameters<typeof gemini.models.generateContent>[0] => ({
    model: `models/${model}`,
    contents: input,
    config: { maxOutputTokens: limit, ...(signal === undefined ? {} : { abortSignal: signal }) },
  });
  return {
    "Chat Completions": {
      async *stream({ model, limit, signal }) {
        const stream = await openai.chat.completions.create({ model, messages, max_tokens: limit, stream: true }, { signal });
        for await (const { choices } of stream) if (choices[0]?.delta.content) yield choices[0].delta.content;
      },
      async generate({ model, limit }) {
        return (await openai.chat.completions.create({ model, messages, max_tokens: limit })).usage?.completion_tokens;
      },
      async callTool({ model, limit }) {
        const tools = [{ type: "function" as const, function: { name: "report", parameters: PARAMETERS } }];
        const { choices } = await openai.chat.completions.create({ model, messages, max_tokens: limit, tools, tool_choice: "required" });
        const call = choices[0]?.message.tool_calls?.[0];
        return call?.type === "function" ? call.function : { arguments: "{}" };
      },
    },
    Responses: {
      async *stream({ model, limit, signal }) {
        const stream = await openai.responses.create({ model, input, max_output_tokens: limit, stream: true }, { signal });
        for await (const event of stream) if (event.type === "response.output_text.delta") yield event.delta;
      },
      async generate({ model, limit }) {
        return (await openai.responses.create({ model, input, max_output_tokens: limit })).usage?.output_tokens;
      },
      async callTool({ model, limit }) {
        const tools = [{ type: "function" as const, name: "report", parameters: PARAMETERS, strict: false }];
        const { output } = await openai.responses.create({ model, input, max_output_tokens: limit, tools, tool_choice: "required" });
        return output.find((item) => item.type === "function_call") ?? { arguments: "{}" };
      },
    },
    Messages: {
      async *stream({ model, limit, signal }) {
        const stream = await anthropic.messages.create({ model, messages, max_tokens: limit, stream: true }, { signal });
        for await (const event of stream)
          if (event.type === "content_block_delta" && event.delta.type === "text_delta") yield event.delta.text;
      },
      async generate({ model, limit }) {
        return (await anthropic.messages.create({ model, messages, max_tokens: limit })).usage.output_tokens;
      },
      async callTool({ model, limit }) {
        const tools = [{ name: "report", input_schema: PARAMETERS }];
        const { content } = await anthropic.messages.create({ model, messages, max_tokens: limit, tools, tool_choice: { type: "any" } });
        const call = content.find((block) => block.type === "tool_use");
        return { ...call, arguments: JSON.stringify(call?.input ?? {}) };
      },
    },
    generateContent: {
      async *stream(ask) {
        for await (const { text } of await gemini.models.generateContentStream(geminiRequest(ask))) if (text) yield text;
      },
      async generate(ask) {
        return (await gemini.models.generateContent(geminiRequest(ask))).usageMetadata?.candidatesTokenCount;
      },
      async callTool(ask) {
        const { model, contents, config } = geminiRequest(ask);
        const tools = [{ functionDeclarations: [{ name: "report", parametersJsonSchema: PARAMETERS }] }];
        const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
        const { functionCalls } = await gemini.models.generateContent({ model, contents, config: { ...config, tools, toolConfig } });
        return { name: functionCalls?.[0]?.name, arguments: JSON.stringify(functionCalls?.[0]?.args ?? {}) };
      },
    },
  };
}
