/**
 * Messages and their parts: plain data. A transcript survives `JSON.parse(JSON.stringify(messages))` and continues on any provider.
 */

/** The version of the message format below, stored with every assistant message that this library builds. */
export const TRANSCRIPT_VERSION = 1;

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface SystemMessage {
  role: "system";
  content: string | readonly TextPart[];
}
export interface UserMessage {
  role: "user";
  content: string | readonly Part[];
}
export interface AssistantMessage {
  role: "assistant";
  content: string | readonly Part[];
  replay?: Replay;
  /** The transcript version it was written in. Absent: 1. A newer version than this library reads is a `configuration` error. */
  version?: number;
}
export interface ToolMessage {
  role: "tool";
  content: readonly ToolResultPart[];
}

/** Bytes as base64, or a URL that the vendor fetches. This library never fetches it. */
export type Media = { data: string; mediaType: string; url?: undefined } | { url: string; mediaType?: string; data?: undefined };

export interface TextPart {
  type: "text";
  text: string;
  replay?: Replay;
}
export type ImagePart = { type: "image"; detail?: "auto" | "low" | "high"; replay?: Replay } & Media;
export type AudioPart = { type: "audio"; transcript?: string; replay?: Replay } & Media;
/** A document or a video, by its media type. */
export type FilePart = { type: "file"; filename?: string; replay?: Replay } & Media;
export interface ReasoningPart {
  type: "reasoning";
  /** The text that the vendor shows; empty where it shows none. */
  text: string;
  replay?: Replay;
}
export interface ToolCallPart {
  type: "tool-call";
  id: string;
  name: string;
  /** The arguments exactly as the model wrote them. */
  arguments: string;
  /** The parsed arguments. Absent when they do not parse; `inputError` then says why. Empty text is `{}`. */
  input?: unknown;
  inputError?: string;
  replay?: Replay;
}
export interface ToolResultPart {
  type: "tool-result";
  /** The `id` of the call that it answers. */
  id: string;
  name?: string;
  content: string | readonly (TextPart | ImagePart | AudioPart | FilePart)[];
  isError?: boolean;
}
export interface SourcePart {
  type: "source";
  url?: string;
  title?: string;
  /** The 1-based number by which the text cites it, as in `[2]`. */
  number?: number;
  /** The cited passage. */
  quote?: string;
  /** Position of the citing text in `response.text`, in UTF-16 code units. */
  start?: number;
  end?: number;
  replay?: Replay;
}
/** Content that only its vendor understands (a server tool's run, a compaction). Keep it in order and send it back; do not display it. */
export interface OpaquePart {
  type: "opaque";
  /** The protocol's own name for it. */
  kind: string;
  replay?: Replay;
}
export type Part = TextPart | ImagePart | AudioPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart | SourcePart | OpaquePart;
export type PartKind = Part["type"];

/** The provider in the origin of payloads that a client of a gateway sent back. Every provider of the same protocol receives them. */
export const CLIENT_PROVIDER = "client";

/** Who issued a payload. Only the same origin may receive it again. */
export interface Origin {
  provider: string;
  protocol: string;
  /** The model as requested. */
  model: string;
  /** `vendor`, or the origin and path of the overridden base URL. */
  scope: string;
}

/** A payload that its origin expects back byte for byte: signatures, encrypted reasoning, item ids. Applications neither read nor change it. */
export interface Replay {
  origin: Origin;
  data: unknown;
}
