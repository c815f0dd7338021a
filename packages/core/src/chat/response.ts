import type { JsonObject } from "./json.ts";
import type { AssistantMessage, SourcePart, ToolCallPart } from "./message.ts";
import type { Note } from "./note.ts";
import type { Cost, Usage } from "./usage.ts";
import type { VendorFields } from "./vendor-fields.ts";

/** The whole answer to one call. */
export interface ChatResponse<T = unknown> {
  /** The vendor's id of the answer. */
  id?: string;
  /** The model that answered, as the vendor reports it. */
  model: string;
  /** Append it to `messages` to continue the conversation. */
  message: AssistantMessage;
  text: string;
  reasoning: string;
  toolCalls: readonly ToolCallPart[];
  sources: readonly SourcePart[];
  /** The parsed and validated value, when `output` was requested and the model finished. */
  output?: T;
  finishReason: FinishReason;
  /** The vendor's own word for it. */
  rawFinishReason?: string;
  usage: Usage;
  cost?: Cost;
  notes: readonly Note[];
  attempts: readonly Attempt[];
  rateLimit?: RateLimit;
  requestId?: string;
  transport: { url: string; status: number; streamed: boolean; firstByteMs?: number; totalMs: number };
  details: ResponseDetails;
  /** The vendor's own fields of an unstreamed answer, when the request has `vendorFields`. */
  vendorFields?: VendorFields | undefined;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "context-overflow" | "pause" | "other";

/** One HTTP request of a call. */
export interface Attempt {
  url: string;
  /** HTTP status; absent when no response arrived. */
  status?: number;
  /** The error's code; absent for the attempt that succeeded. */
  error?: string;
  message?: string;
  /** Duration in milliseconds. */
  ms: number;
  /** Milliseconds waited before the next attempt. */
  waitedMs?: number;
  requestId?: string;
}

/** What rate-limit headers report. */
export interface RateLimit {
  requests?: { limit?: number; remaining?: number; resetMs?: number };
  tokens?: { limit?: number; remaining?: number; resetMs?: number };
  /** The headers as received. */
  raw: Readonly<Record<string, string>>;
}

/** Facts about an answer that only some vendors report. */
export interface ResponseDetails {
  logprobs?: readonly { token: string; logprob: number; top?: readonly { token: string; logprob: number }[] }[];
  relatedQuestions?: readonly string[];
  images?: readonly JsonObject[];
  serviceTier?: string;
  /** The upstream that served the call, where an aggregator reports it. */
  upstream?: string;
  timings?: JsonObject;
  stopSequence?: string;
  [key: string]: unknown;
}
