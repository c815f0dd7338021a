/** The recorded answers of one provider for each protocol, through the SDK's functions. */
import { exchangesFor, type Fixture, memoryFetch, modesOf, readFixtures, type SentRequest } from "@lumiverse/conformance/internals";
import { type ChatRequest, type Connection, connect, type Message, type Part, type Provider } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import {
  convertToModelMessages,
  generateObject,
  generateText,
  jsonSchema,
  type ModelMessage,
  Output,
  readUIMessageStream,
  streamObject,
  streamText,
  type ToolResultPart,
  type ToolSet,
  tool,
  toUIMessageStream,
  type UIMessage,
} from "ai";
import { describe, expect, test, vi } from "vitest";
import { hostedTool, type LumiverseCallOptions, languageModel } from "../src/index.ts";
import { collect, PROVIDERS } from "./helpers.ts";

// Warnings are part of the results here; the SDK prints them too.
vi.stubGlobal("AI_SDK_LOG_WARNINGS", false);

type Mode = "stream" | "generate";

/** Cases whose result depends on the answers, and whose request the SDK can express. */
function cases({ id }: Provider): Fixture[] {
  return readFixtures(new URL(`../../../providers/${id}/fixtures`, import.meta.url)).filter((fixture) => {
    const { case: one } = fixture;
    if (one.operation !== undefined || one.request === undefined || one.settings !== undefined || one.options !== undefined) return false;
    if (fixture.name === "spliced") return false; // the stream restarts, see stream.test.ts
    const turns = 1 + (one.turns?.length ?? 0);
    if (modesOf(fixture).some((mode) => exchangesFor(fixture, mode).length !== turns)) return false;
    return isExpressible(one.request.messages) && (one.turns ?? []).every(({ messages }) => isExpressible(messages));
  });
}

/** The SDK has no assistant turn at the end, no file without a media type, and user texts that are not empty. */
function isExpressible(messages: readonly Message[]): boolean {
  const last = messages.at(-1);
  return (
    last?.role !== "assistant" &&
    last?.role !== "system" &&
    messages.every(({ role, content }) => role !== "assistant" || typeof content === "string")
  );
}

function open(provider: Provider, fixture: Fixture, mode: Mode, sent: SentRequest[] = []): Connection {
  const exchanges = exchangesFor(fixture, mode);
  return connect(provider, { apiKey: "example-key-0001", retry: { attempts: 1 }, fetch: memoryFetch(exchanges, undefined, sent) });
}

/** The request in the SDK's words; what it has no word for goes through `providerOptions.lumiverse`. */
function settingsOf({ messages, tools, output, headers, ...own }: Omit<ChatRequest, "model" | "signal">) {
  const options: LumiverseCallOptions = own;
  return {
    ...(tools === undefined ? {} : { tools: toolsOf(tools) }),
    ...(headers === undefined ? {} : { headers }),
    providerOptions: { lumiverse: options as never }, // JSON from a case
    messages: messages.flatMap(modelMessages),
    ...(output === undefined ? {} : { output: outputOf(output) }),
    allowSystemInMessages: true,
    maxRetries: 0,
  };
}

function outputOf(output: NonNullable<ChatRequest["output"]>): ReturnType<typeof Output.json> {
  if (output === "json" || !("schema" in output)) return Output.json();
  const { schema, name, description } = output;
  const options = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
  return Output.object({ schema: jsonSchema(schema as object), ...options }) as never; // of any shape
}

function toolsOf(tools: NonNullable<ChatRequest["tools"]>): ToolSet {
  return Object.fromEntries(
    tools.map((one) => {
      if (!("name" in one)) return [String(one.hosted["name"] ?? one.hosted["type"] ?? Object.keys(one.hosted)[0]), hostedTool(one.hosted)];
      const { name, description, parameters, strict } = one;
      const inputSchema = jsonSchema((parameters ?? { type: "object", properties: {} }) as object);
      return [
        name,
        tool({ inputSchema, ...(description === undefined ? {} : { description }), ...(strict === undefined ? {} : { strict }) }),
      ];
    }),
  );
}

function modelMessages({ role, content }: Message): ModelMessage[] {
  if (role === "system") return [{ role, content: typeof content === "string" ? content : content.map(({ text }) => text).join("\n\n") }];
  if (role === "assistant") return [{ role, content: String(content) }];
  if (role === "user") return [{ role, content: typeof content === "string" ? content : content.map(userPart) }];
  return [{ role, content: content.map(resultPart) }];
}

function userPart(part: Part) {
  if (part.type === "text") return { type: "text" as const, text: part.text };
  if (part.type !== "image" && part.type !== "audio" && part.type !== "file") throw new Error(`a user wrote ${part.type}`);
  const data = part.url === undefined ? part.data : URL.canParse(part.url) ? new URL(part.url) : part.url;
  return {
    type: "file" as const,
    data,
    mediaType: part.mediaType ?? (part.type === "file" ? "application/pdf" : part.type),
    ...(part.type === "file" && part.filename !== undefined ? { filename: part.filename } : {}),
  };
}

function resultPart({ id, name, content, isError }: Extract<Message, { role: "tool" }>["content"][number]): ToolResultPart {
  const head = { type: "tool-result" as const, toolCallId: id, toolName: name ?? "" };
  if (typeof content === "string") return { ...head, output: { type: isError === true ? "error-text" : "text", value: content } };
  const value = content.map((part) =>
    part.type === "text"
      ? { type: "text" as const, text: part.text }
      : { type: "file" as const, mediaType: part.mediaType ?? part.type, data: { type: "data" as const, data: part.data ?? "" } },
  );
  return { ...head, output: { type: "content", value } };
}

/** An answer as the SDK's result has it. */
interface Shown {
  text: string;
  reasoningText: string | undefined;
  toolCalls: unknown[];
  sources: unknown[];
  finishReason: string;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  messages: ModelMessage[];
}

/** The answer as a page with `useChat` holds it and sends it back. */
async function throughPage(connection: Connection, model: string, settings: ReturnType<typeof settingsOf>): Promise<ModelMessage[]> {
  const { stream } = streamText({ ...settings, model: languageModel(connection, model) });
  let page: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream: toUIMessageStream({ stream, sendReasoning: true, sendSources: true }) }))
    page = message;
  if (page === undefined) throw new Error("the page got no message");
  return convertToModelMessages([JSON.parse(JSON.stringify(page)) as UIMessage]); // just written
}

async function call(connection: Connection, model: string, settings: ReturnType<typeof settingsOf>, mode: Mode): Promise<Shown> {
  const options = { ...settings, model: languageModel(connection, model) };
  const result = mode === "generate" ? await generateText(options) : streamText({ ...options, onError: () => undefined });
  if ("fullStream" in result) await collect(result.fullStream);
  const [text, reasoningText, toolCalls, sources, finishReason, usage, response] = await Promise.all([
    result.text,
    result.reasoningText,
    result.toolCalls,
    result.sources,
    result.finishReason,
    result.usage,
    result.response,
  ]);
  return {
    text,
    reasoningText: reasoningText === "" ? undefined : reasoningText,
    toolCalls: toolCalls
      .filter(({ providerExecuted }) => providerExecuted !== true)
      .map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input })),
    sources: sources.map((source) => ("url" in source ? source.url : source.title)),
    finishReason,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    messages: response.messages,
  };
}

describe.each(PROVIDERS.map((provider) => [provider.id, provider] as const))("%s", (_, provider) => {
  const answers = cases(provider).flatMap((fixture) =>
    modesOf(fixture).map((mode) => [`${fixture.name} (${mode})`, fixture, mode] as const),
  );

  test.each(answers.filter(([, fixture]) => fixture.case.expect.error === undefined))(
    "%s: the SDK's result is the connection's",
    async (__, fixture, mode) => {
      const { model, request } = fixture.case;
      const asked: ChatRequest = { messages: [], ...request, model };
      const expected = await (mode === "generate"
        ? open(provider, fixture, mode).generate(asked)
        : open(provider, fixture, mode).stream(asked).response());
      const { messages: _messages, ...shown } = await call(open(provider, fixture, mode), model, settingsOf(asked), mode);
      const { input, cacheRead = 0, cacheWrite = 0, output } = expected.usage;
      expect(shown).toEqual({
        text: expected.text,
        reasoningText: expected.reasoning === "" ? undefined : expected.reasoning,
        toolCalls: expected.toolCalls.map(({ id, name, input: args, inputError }) => ({
          toolCallId: id,
          toolName: name,
          input: inputError === undefined ? args : expect.anything(),
        })),
        sources: expected.sources.map(({ url, title = "" }) => url ?? title),
        finishReason:
          { refusal: "content-filter", "context-overflow": "length", pause: "other" }[expected.finishReason as string] ??
          expected.finishReason,
        inputTokens: input === undefined ? undefined : input + cacheRead + cacheWrite,
        outputTokens: output,
      });
    },
  );

  const objects = answers.filter(
    ([
      ,
      {
        name,
        case: { request, turns, expect: expected },
      },
    ]) => {
      const { output } = request ?? {};
      return (
        name.startsWith("output-schema") && isObject(output) && "schema" in output && expected.error === undefined && turns === undefined
      );
    },
  );
  test.each(objects)("%s: generateObject and streamObject return the connection's object", async (__, fixture, mode) => {
    const { model, request } = fixture.case;
    const asked: ChatRequest = { messages: [], ...request, model };
    const direct = open(provider, fixture, mode);
    const expected = await (mode === "generate" ? direct.generate(asked) : direct.stream(asked).response());
    if (!isObject(asked.output) || !("schema" in asked.output)) throw new Error("the cases ask for a schema");
    const { output: _output, tools: _tools, ...settings } = settingsOf(asked);
    const options = {
      ...settings,
      model: languageModel(open(provider, fixture, mode), model),
      schema: jsonSchema(asked.output.schema as object),
    };
    if (mode === "generate") return expect((await generateObject(options)).object).toEqual(expected.output);
    const result = streamObject(options);
    const partial = await collect(result.partialObjectStream);
    expect(await result.object).toEqual(expected.output);
    expect(partial.at(-1)).toEqual(expected.output);
  });

  const conversations = answers.filter(([, fixture]) => fixture.case.turns !== undefined);
  test("has objects of a schema", () => {
    expect(objects.length).toBeGreaterThan(0);
  });
  test("has conversations of several turns", () => {
    expect(conversations.length).toBeGreaterThan(2);
  });

  const ways = conversations.flatMap(([name, fixture, mode]) =>
    (mode === "stream" ? (["after JSON", "after a page with useChat"] as const) : (["after JSON"] as const)).map(
      (way) => [name, way, fixture, mode] as const,
    ),
  );
  test.each(ways)("%s: every further turn sends what the connection sends, %s", async (__, way, fixture, mode) => {
    const { model, request, turns = [] } = fixture.case;
    const [own, sdk]: [SentRequest[], SentRequest[]] = [[], []];
    const [direct, connection] = [open(provider, fixture, mode, own), open(provider, fixture, mode, sdk)];
    let asked: ChatRequest = { messages: [], ...request, model };
    let settings = settingsOf(asked);
    for (const turn of [undefined, ...turns]) {
      if (turn !== undefined) {
        asked = { ...asked, messages: [...asked.messages, ...turn.messages.map(withoutFailedMedia)] };
        settings = { ...settings, messages: [...settings.messages, ...turn.messages.flatMap(modelMessages)] };
      }
      const { message } = await (mode === "generate" ? direct.generate(asked) : direct.stream(asked).response());
      const messages =
        way === "after JSON" ? (await call(connection, model, settings, mode)).messages : await throughPage(connection, model, settings);
      asked = { ...asked, messages: [...asked.messages, message] };
      settings = { ...settings, messages: [...settings.messages, ...(JSON.parse(JSON.stringify(messages)) as ModelMessage[])] }; // just written
    }
    expect(sdk.map(({ body }) => JSON.parse(body ?? "null"))).toEqual(own.map(({ body }) => JSON.parse(body ?? "null")));
  });
});

/** The SDK has failed results of text and of JSON, and none of images. */
function withoutFailedMedia(message: Message): Message {
  if (message.role !== "tool") return message;
  return {
    ...message,
    content: message.content.map(({ isError, ...part }) =>
      isError === true && typeof part.content === "string" ? { ...part, isError } : part,
    ),
  };
}
