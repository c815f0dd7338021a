/** Vendors that answer anything. Whatever a connection makes of it, each client protocol writes it, as a stream, as a body or as an error. */
import type { ChatResponse, Connection } from "@lumiverse/core";
import { isLumiverseError } from "@lumiverse/core";
import type { ChatRequest } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { type FixtureChat, fixtureChats, hostileChats } from "../../lab/src/fuzz/hostile-chats.ts";
import { inboundProtocols } from "../src/inbound/index.ts";
import type { InboundProtocol } from "../src/inbound/protocol.ts";
import { eventName } from "../src/inbound/shared/answer-stream.ts";
import { checkGrammar } from "./inbound/grammars.ts";
import { REQUESTS } from "./inbound/requests.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 1e9));
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 60);
const HEAD = { id: "x", createdAt: 0 };
const PROVIDERS = ["custom", "anthropic", "google", "openai", "openrouter", "groq", "mistral", "perplexity"];

/** Writes the answer of a chat as a stream and as a whole. @throws whatever is no `LumiverseError` */
async function write(protocol: InboundProtocol, connection: Connection, request: ChatRequest): Promise<string> {
  const body = { ...REQUESTS[protocol.id], model: request.model, stream: true };
  const parsed = protocol.parse({ body, headers: new Headers(), model: request.model, stream: true, alt: "sse" });
  const writer = protocol.openStream(parsed, HEAD);
  let text = "";
  try {
    // The vendor's own fields are asked for, as the gateway does.
    const stream = connection.stream({ ...parsed.request, ...request });
    for await (const events of stream.batches()) text += writer.write(events);
    const response = await stream.response();
    text += writer.end(response);
    return text + JSON.stringify(protocol.body(parsed, withoutOutput(response), HEAD));
  } catch (error) {
    if (!isLumiverseError(error)) throw error;
    return text + writer.fail(error) + JSON.stringify(protocol.error(error));
  }
}

/** Writes the stream of a chat from its neutral events alone, and checks the order of its messages. Returns what is wrong. */
async function wrongOrder(protocol: InboundProtocol, { name, open }: FixtureChat, corrects: boolean): Promise<string | undefined> {
  const { connection, request } = open();
  try {
    await checkOrder(protocol, connection, request, corrects);
    return undefined;
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.stack : "nothing to show"}`;
  } finally {
    connection.close();
  }
}

async function checkOrder(protocol: InboundProtocol, connection: Connection, request: ChatRequest, corrects: boolean): Promise<void> {
  const body = { ...REQUESTS[protocol.id], model: request.model, stream: true };
  const parsed = protocol.parse({ body, headers: new Headers(), model: request.model, stream: true, alt: "sse" });
  const writer = protocol.openStream(parsed, HEAD);
  let text = "";
  let failed = false;
  let cut = "";
  try {
    const { vendorFields: _, ...plain } = parsed.request;
    const stream = connection.stream({ ...plain, ...request });
    for await (const event of stream) text += writer.write([event]);
    cut = writer.end(await stream.response());
  } catch (error) {
    if (!isLumiverseError(error)) throw error;
    failed = true;
    cut = writer.fail(error);
  }
  // Before the first content, an error has a status of its own.
  if (text === "" && failed) return;
  checkGrammar[protocol.id]({ text: text + cut, failed, usage: parsed.answer["includeUsage"] === true, corrects });
}

function withoutOutput({ output: _, ...response }: ChatResponse): ChatResponse {
  return response;
}

describe(`an answer of a broken or hostile vendor (seed ${SEED})`, () => {
  test.each(Object.values(inboundProtocols))("is written for clients of $id", { timeout: 600_000 }, async (protocol) => {
    for (const chat of await hostileChats(PROVIDERS, SEED, RUNS)) {
      const { name } = chat;
      const { connection, request } = chat.open();
      const written = await write(protocol, connection, request).catch((error: unknown) => `${name}: ${(error as Error).stack}`);
      connection.close();
      expect(written).not.toMatch(/^input \d+ \(/);
      expect(await wrongOrder(protocol, chat, true)).toBe(undefined);
    }
  });

  test("begins no further event by a line break in its type", () => {
    expect(eventName({ type: "a\r\n\ndata: b" })).toBe("a   data: b");
    expect(eventName({ type: { toString: 1 } })).toBe("an object");
  });
});

describe("the answers of all fixtures", () => {
  test.each(Object.values(inboundProtocols))("keep the order of $id", { timeout: 600_000 }, async (protocol) => {
    const chats = await fixtureChats(PROVIDERS);
    expect(chats.length).toBeGreaterThan(100);
    for (const chat of chats) expect(await wrongOrder(protocol, chat, false)).toBe(undefined);
  });
});
