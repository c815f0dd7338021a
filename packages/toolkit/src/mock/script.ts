import type { ErrorCode, FinishReason, JsonObject, Part, Usage } from "@lumiverse/core";

/** How a reply is sent. */
export interface MockDelivery {
  /** Milliseconds before the response headers. `Infinity`: never, for tests of timeouts and aborts. */
  delayMs?: number;
  /** Milliseconds between two packets of a stream. */
  packetDelayMs?: number;
  /** Characters of text in one event. Default: one word. */
  chunkSize?: number;
  /** Bytes in one network packet. Packets can end inside an event or a character. Default: one event per packet. */
  packetBytes?: number;
  /** The connection breaks off after this many events. */
  cutAfter?: number;
}

/** A tool call in an answer. */
export interface MockToolCall {
  name: string;
  /** An object, or the text that the model wrote, which may be invalid JSON. Default `{}`. */
  input?: unknown;
  /** Default `call_1`, `call_2`, … over the whole script. */
  id?: string;
}

/** One answer. */
export interface MockAnswer extends MockDelivery {
  reasoning?: string;
  /** An opaque payload that the next request must send back, such as a signature. */
  replay?: unknown;
  text?: string;
  /** A value to answer with, as JSON. */
  json?: unknown;
  toolCalls?: readonly MockToolCall[];
  /** Further parts: images, sources. */
  parts?: readonly Part[];
  /** Default `tool-calls` with tool calls, otherwise `stop`. */
  finishReason?: FinishReason;
  /** Default: counted from the characters, four to a token. */
  usage?: Usage;
  model?: string;
}

/** A failure. */
export interface MockFailure extends MockDelivery {
  error: ErrorCode;
  /** The HTTP status. Default: the usual one for the error. 0: no HTTP answer at all. */
  status?: number;
  message?: string;
  /** Sent as Retry-After. */
  retryAfterMs?: number;
}

/** What the mock received. */
export interface MockRequest {
  /** 1 for the first. */
  count: number;
  /** The request as core hands it to the protocol: model, messages, tools and so on. */
  body: JsonObject;
  headers: Readonly<Record<string, string>>;
  streaming: boolean;
}

/** A reply of the script: a text, an answer, a failure, or a function that makes one from the request. */
export type MockReply = string | MockAnswer | MockFailure | ((request: MockRequest) => string | MockAnswer | MockFailure);

export function isFailure(reply: MockAnswer | MockFailure): reply is MockFailure {
  return "error" in reply;
}
