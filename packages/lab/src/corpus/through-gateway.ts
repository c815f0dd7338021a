/**
 * Sends each recorded exchange through the inbound protocols of the gateway: the recorded request is parsed, rendered again for its own provider and compared
 * with the recorded body; the recorded answer is read to events, written again and compared with the recorded messages.
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { type ChatEvent, isLumiverseError, type LumiverseError } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import {
  type AnswerHead,
  type InboundProtocol,
  type InboundProtocolId,
  inboundProtocols,
  type ParsedRequest,
} from "@lumiverse/gateway/inbound";
import { modelOf, open, recordingsIn, served } from "./corpus.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { allowedDifference } from "./gateway-differences.ts";
import { createReaders, type Reading, type Recording } from "./readers.ts";
import { framesOf } from "./unread.ts";

/** The result for one exchange. */
export interface GatewayRow {
  /** Path of the recording, relative to the folder. */
  file: string;
  protocol: InboundProtocolId;
  /** Differences that are not allowed. Empty: the exchange is unchanged. */
  differences: (Difference & { side: "request" | "answer" })[];
  /** The recording is a refusal, which is reported separately. */
  refusal: boolean;
  /** Sides and paths of the allowed differences. */
  allowed: string[];
}

/** An exchange that the gateway answers. */
export interface GatewayExchange {
  recording: Recording;
  reading: Reading;
  protocol: InboundProtocol;
  body: JsonObject;
}

/** The protocol of each kind of recording. */
export const PROTOCOLS: Readonly<Record<string, InboundProtocolId>> = {
  chat: "chat-completions",
  responses: "responses",
  messages: "messages",
  generate: "generate-content",
};
const HEAD: AnswerHead = { id: "corpus", createdAt: 0 };

/** Every exchange of a folder that has a request body of one of the four protocols. */
export async function gatewayExchanges(folder: string): Promise<{ file: string; exchange: GatewayExchange }[]> {
  const readers = createReaders();
  const found: { file: string; exchange: GatewayExchange }[] = [];
  for (const path of recordingsIn(folder)) {
    const recording = JSON.parse(readFileSync(path, "utf8")) as Recording; // the recordings' format
    const id = PROTOCOLS[recording.kind === "error" ? (recording.endpoint ?? "") : recording.kind];
    const body = recording.request?.body;
    if (id === undefined || !isObject(body)) continue;
    const reading = await readers.reading(recording, modelOf(recording));
    if (reading === undefined) continue;
    found.push({ file: relative(folder, path), exchange: { recording, reading, protocol: inboundProtocols[id], body } });
  }
  return found;
}

export async function replayThroughGateway(folder: string): Promise<GatewayRow[]> {
  const rows: GatewayRow[] = [];
  for (const { file, exchange } of await gatewayExchanges(folder)) rows.push(await throughGateway(file, exchange));
  return rows;
}

export async function throughGateway(file: string, exchange: GatewayExchange): Promise<GatewayRow> {
  const row: GatewayRow = {
    file,
    protocol: exchange.protocol.id,
    differences: [],
    refusal: exchange.recording.kind === "error",
    allowed: [],
  };
  const add = (side: "request" | "answer", differences: readonly Difference[]): void => {
    for (const difference of differences) {
      if (allowedDifference(exchange.protocol.id, side, difference) === undefined) row.differences.push({ ...difference, side });
      else row.allowed.push(`${side} ${difference.path}`);
    }
  };
  let parsed: ParsedRequest;
  try {
    parsed = parseExchange(exchange);
  } catch (error) {
    add("request", [{ path: "parse", expected: "a request", found: isLumiverseError(error) ? error.message : stack(error) }]);
    return row;
  }
  const { sent, messages, ownError, failedBeforeContent } = await answerExchange(exchange, parsed);
  add("request", sent === undefined ? [{ path: "sent", expected: "a request", found: "none" }] : differencesOf(exchange.body, sent));
  // A stream that fails before its first content is answered with the failure alone, so that it has a status.
  const recorded = recordedMessages(exchange.recording);
  if (!failedBeforeContent) add("answer", differencesOf(recorded, messages));
  else if (ownError === undefined) add("answer", differencesOf(recorded.slice(-1), messages));
  if (ownError !== undefined) add("answer", [{ path: "end", expected: undefined, found: ownError }]);
  return row;
}

export function parseExchange({ recording, protocol, body }: GatewayExchange): ParsedRequest {
  const url = recording.request?.url ?? "";
  const inPath = /\/models\/([^:/?]+)/.exec(url)?.[1];
  return protocol.parse({
    body,
    headers: new Headers(),
    ...(inPath === undefined ? {} : { model: inPath }),
    stream: recording.streaming,
    ...(/[?&]alt=sse\b/.test(url) || /^data:/m.test(recording.response.body) ? { alt: "sse" } : {}),
  });
}

interface AnsweredExchange {
  /** The body that the vendor received. */
  sent: unknown;
  /** What the client received. */
  messages: unknown[];
  /** The error that ends a stream which the vendor broke off. */
  ownError?: unknown;
  /** The stream failed before its first content. */
  failedBeforeContent: boolean;
}

/** Calls the recording's provider, and writes its answer for the client. */
async function answerExchange({ recording, reading, protocol }: GatewayExchange, parsed: ParsedRequest): Promise<AnsweredExchange> {
  let sent: unknown;
  const { status, headers, body } = served(recording);
  const connection = open(reading, (_input, init) => {
    if (typeof init?.body === "string" && sent === undefined) sent = JSON.parse(init.body);
    return Promise.resolve(new Response(body, { status, headers }));
  });
  if (!recording.streaming) {
    try {
      const response = await connection.generate(parsed.request);
      return { sent, messages: [asJson(protocol.body(parsed, response, HEAD))], failedBeforeContent: false };
    } catch (error) {
      if (!isLumiverseError(error)) return { sent, messages: [{ crash: stack(error) }], failedBeforeContent: false };
      return { sent, messages: [writtenError(protocol, error)], failedBeforeContent: false };
    }
  }
  const writer = protocol.openStream(parsed, HEAD);
  let text = "";
  try {
    const stream = connection.stream(parsed.request);
    const events: ChatEvent[] = [];
    for await (const event of stream) events.push(event);
    text += writer.write(events);
    text += writer.end(await stream.response());
  } catch (error) {
    if (!isLumiverseError(error)) return { sent, messages: [{ crash: stack(error) }], failedBeforeContent: false };
    if (recording.response.status >= 400) return { sent, messages: [writtenError(protocol, error)], failedBeforeContent: false };
    const failedBeforeContent = text === "";
    const messages = messagesIn(text + writer.fail(error));
    return error.vendorFields === undefined
      ? { sent, ownError: messages.pop(), messages, failedBeforeContent }
      : { sent, messages, failedBeforeContent };
  }
  return { sent, messages: messagesIn(text), failedBeforeContent: false };
}

/** What a client receives of a failure. A vendor can report one with the status of a success. */
function writtenError(protocol: InboundProtocol, error: LumiverseError): unknown {
  const { status, body } = protocol.error(error);
  return status < 400 ? asJson(body) : { status, body: asJson(body) };
}

/** The value as a client receives it. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function recordedMessages({ streaming, response }: Recording): unknown[] {
  if (response.status >= 400) return [{ status: response.status, body: parsedOrText(response.body) }];
  // The library reads a stream from its first character that is not blank.
  return streaming ? messagesIn(response.body.trimStart()) : [parsedOrText(response.body)];
}

/** The JSON messages of a stream, in events or in a list. */
export function messagesIn(text: string): unknown[] {
  if (/^\s*\[/.test(text)) {
    const list: unknown = parsedOrText(text);
    return Array.isArray(list) ? list : [list];
  }
  return framesOf(text)
    .map((frame) => frame.trim())
    .filter((frame) => frame !== "" && !frame.startsWith("[DONE]"))
    .map(parsedOrText);
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function stack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
