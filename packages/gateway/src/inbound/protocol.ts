import type { ChatEvent, ChatRequest, ChatResponse, JsonObject, LumiverseError } from "@lumiverse/core";

export type InboundProtocolId = "chat-completions" | "responses" | "messages" | "generate-content";

/** What a client sent, before its protocol read it. */
export interface ClientRequest {
  /** The parsed JSON body. */
  body: unknown;
  /** The headers of the request. Those that hold secrets are absent. */
  headers: Pick<Headers, "get">;
  /** The model, where the path names it (generateContent). */
  model?: string;
  /** Whether the path asks for a stream (`:streamGenerateContent`). */
  stream?: boolean;
  /** The query's `alt` (generateContent): `sse` asks for server-sent events, anything else for a JSON list. */
  alt?: string;
  /** Whether the vendor is asked for the usage of a stream also where the client does not ask. The client receives what it asked for. */
  countsUsage?: boolean;
}

export interface ParsedRequest {
  protocol: InboundProtocolId;
  /** The model as the client named it. Answers repeat this name, except in the vendor's own messages where `renamesModel` is not true. */
  model: string;
  /** The request in the neutral form. Its `model` is the client's name, which routing replaces. */
  request: ChatRequest;
  stream: boolean;
  /** What an answer of the protocol repeats of its request, or depends on. Each protocol defines its own fields. */
  answer: JsonObject;
}

/** The head of an answer: what the writer of a protocol states about it. */
export interface AnswerHead {
  /** Unique per answer. The protocol adds its own prefix. */
  id: string;
  /** When the answer began, in milliseconds since 1970. */
  createdAt: number;
  /** An estimate of the prompt's tokens, for protocols that state them before the vendor does. Absent: 0. */
  estimateInput?: () => number;
  /**
   * Whether an answer in the vendor's own messages names the model as the client did, in place of the vendor's name. Asked when the vendor has begun to answer.
   * Absent: the vendor's name stays.
   */
  renamesModel?: () => boolean;
  /**
   * Whether the client may not learn who the vendor is: fields that show it are left out of the vendor's own messages. Ids and signatures stay as they are, because
   * the vendor needs them back. Default false.
   */
  hidesVendor?: boolean;
  /**
   * The tag for what the vendor signed or encrypted. Asked when the vendor has begun to answer. Absent, or undefined: such payloads stay as they are, because the
   * client named a single target.
   */
  payloadTag?: () => string | undefined;
}

/** Writes one answer as the protocol's event stream. Every method returns text to send, `""` for nothing. */
export interface StreamWriter {
  /** The content type of the stream. */
  readonly contentType: string;
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
  /**
   * The request in the neutral form. It asks for the vendor's own fields and keeps the client's spelling, so that a call of the same protocol loses nothing.
   * @throws LumiverseError `invalid-request`, with the path of the mistake in `field`
   */
  parse(request: ClientRequest): ParsedRequest;
  openStream(parsed: ParsedRequest, head: AnswerHead): StreamWriter;
  body(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead): unknown;
  error(error: LumiverseError): WrittenBody;
}
