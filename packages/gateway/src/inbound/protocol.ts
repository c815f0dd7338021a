import type { ChatEvent, ChatRequest, ChatResponse, LumiverseError } from "@lumiverse/core";

export type InboundProtocolId = "chat-completions" | "responses" | "messages" | "generate-content";

/** What a client sent, before its protocol read it. */
export interface ClientRequest {
  /** The parsed JSON body. */
  body: unknown;
  headers: Headers;
  /** The model, where the path names it (generateContent). */
  model?: string;
  /** Whether the path asks for a stream (`:streamGenerateContent`). */
  stream?: boolean;
}

export interface ParsedRequest {
  protocol: InboundProtocolId;
  /** The model as the client named it. Answers repeat this name. */
  model: string;
  request: ChatRequest;
  stream: boolean;
  /** The client's own body, for the fields that an answer of its protocol repeats. */
  body: unknown;
}

/** The head of an answer: what the writer of a protocol states about it. */
export interface AnswerHead {
  /** Unique per answer. The protocol adds its own prefix. */
  id: string;
  /** When the answer began, in milliseconds since 1970. */
  createdAt: number;
}

/** Writes one answer as the protocol's event stream. Every method returns text to send, `""` for nothing. */
export interface StreamWriter {
  /** The events of one packet. */
  write(events: readonly ChatEvent[]): string;
  /** After the last event: usage, the finish, the end mark. */
  end(response: ChatResponse): string;
  /** The protocol's own error event. The stream ends after it. */
  fail(error: LumiverseError): string;
  /** A line that clients of the protocol ignore, sent while the model is silent. */
  heartbeat(): string;
}

/** An answer that is sent at once. */
export interface WrittenBody {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** One protocol in the direction of a client: reads its requests, writes answers and errors in its own shape. */
export interface InboundProtocol {
  readonly id: InboundProtocolId;
  /** Throws a `LumiverseError` `invalid-request` with the path of what was wrong. */
  parse(request: ClientRequest): ParsedRequest;
  openStream(parsed: ParsedRequest, head: AnswerHead): StreamWriter;
  body(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead): unknown;
  error(error: LumiverseError): WrittenBody;
}
