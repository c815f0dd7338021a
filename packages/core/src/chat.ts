/**
 * The neutral language: what a caller says to any model and what comes back. Plain data throughout: a transcript survives
 * `JSON.parse(JSON.stringify(messages))` and continues on any provider.
 */

export type JsonObject = { [key: string]: unknown };

/** A JSON Schema document (2020-12 or any subset of it). Each wire compiles it to what its vendor accepts and notes what it had to change. */
export type JsonSchema = JsonObject;

/** Standard JSON Schema (https://standardschema.dev): a schema of any library that can print itself as JSON Schema and validate. */
export interface StandardJsonSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: T; readonly issues?: undefined }
      | { readonly issues: ReadonlyArray<{ readonly message: string }> }
      | Promise<{ readonly value: T; readonly issues?: undefined } | { readonly issues: ReadonlyArray<{ readonly message: string }> }>;
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" | "draft-07" | "openapi-3.0" }) => JsonObject;
      readonly output: (options: { readonly target: "draft-2020-12" | "draft-07" | "openapi-3.0" }) => JsonObject;
    };
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** A schema with what the wires want to know about it. `validate` returns the value, or throws with what is wrong. */
export interface NamedSchema<T = unknown> {
  schema: JsonSchema;
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. Default `output`. */
  name?: string;
  description?: string;
  /** Ask the vendor to guarantee the schema. Default: whenever the schema compiles without a loss. */
  strict?: boolean;
  validate?: (value: unknown) => T | Promise<T>;
}

/** `"json"` asks for any JSON object; a schema asks for that shape. */
export type OutputRequest<T = unknown> = "json" | StandardJsonSchema<T> | NamedSchema<T> | JsonSchema;

/** How hard a reasoning model thinks. One scale for all vendors, clamped to what the model offers, with a note. */
export type ReasoningLevel = "off" | "minimal" | "low" | "medium" | "high" | "max";
export type ReasoningRequest = ReasoningLevel | { budgetTokens: number };

export interface FunctionTool {
  name: string;
  description?: string;
  /** What the tool takes. Omitted: no arguments. */
  parameters?: JsonSchema | StandardJsonSchema;
  /** Ask the vendor to guarantee the arguments' shape. */
  strict?: boolean;
}
/** A tool that the vendor runs itself (web search, code execution): sent verbatim in the vendor's own spelling. */
export interface HostedTool {
  hosted: JsonObject;
}
export type Tool = FunctionTool | HostedTool;

export type ToolChoice = "auto" | "none" | "required" | { name: string };

/** Prompt caching for one call; replaces the connection's `promptCache` setting. `false`: no cache marks at all. */
export type CacheRequest =
  | false
  | {
      /** How long the vendor holds the prefix. Default `5m`. */
      ttl?: "5m" | "1h";
      /** Let the vendor place the breakpoint at the last eligible block. */
      automatic?: boolean;
      /** Explicit breakpoint after the tool definitions. */
      tools?: boolean;
      /** Explicit breakpoint after the system prompt. */
      system?: boolean;
      /** Explicit breakpoint on the conversation up to the last user turn. */
      conversation?: boolean;
    };

export interface Timeouts {
  /** Milliseconds until response headers. Default 300,000. */
  response?: number;
  /** Milliseconds from headers to the first byte, which may be a keep-alive. Default 300,000. */
  firstEvent?: number;
  /** Milliseconds of silence between two packets. Default 300,000. */
  idle?: number;
  /** Milliseconds for the whole call, retries included. Default: none. */
  total?: number;
}

/** One call to a model. Every field but `model` and `messages` is optional, and what is absent is not sent. */
export interface ChatRequest<T = unknown> {
  /** The model's id, spelled as the provider spells it. */
  model: string;
  messages: readonly Message[];
  tools?: readonly Tool[];
  /** Default `auto` where there are tools. */
  toolChoice?: ToolChoice;
  /** `false`: at most one tool call a turn. */
  parallelToolCalls?: boolean;
  /** Structured output: `response.output` holds the value, `response.text` its JSON. */
  output?: OutputRequest<T>;
  reasoning?: ReasoningRequest;
  /** Tokens, reasoning included where the vendor counts it so. */
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  minP?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  repetitionPenalty?: number;
  stop?: string | readonly string[];
  seed?: number;
  /** `true`: log-probabilities of the chosen tokens; a number: that many alternatives each. */
  logprobs?: boolean | number;
  cache?: CacheRequest;
  /** The beginning of the answer, put into the model's mouth. */
  prefill?: string;
  /** Raw fields, placed by the wire: objects merge deeply, arrays replace; each shows in the notes. */
  parameters?: JsonObject;
  signal?: AbortSignal;
  timeouts?: Timeouts;
  /** Extra HTTP headers for this call. */
  headers?: Readonly<Record<string, string>>;
}

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
}
export interface ToolMessage {
  role: "tool";
  content: readonly ToolResultPart[];
}
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

/** Bytes as base64, or a URL that the vendor fetches (this library never does). */
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
  /** What the vendor shows of it; empty where it shows nothing. */
  text: string;
  replay?: Replay;
}
export interface ToolCallPart {
  type: "tool-call";
  id: string;
  name: string;
  /** The arguments exactly as the model wrote them. */
  arguments: string;
  /** The parsed arguments; absent when they do not parse (then `inputError` says why). Empty text is `{}`. */
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
  /** The passage of the source that is cited. */
  quote?: string;
  /** Where the citing text stands in `response.text`, in UTF-16 code units. */
  start?: number;
  end?: number;
  replay?: Replay;
}
/** Something only its origin understands (a server tool's run, a compaction): kept in order, replayed, shown by nobody. */
export interface OpaquePart {
  type: "opaque";
  /** The wire's own name for it. */
  kind: string;
  replay?: Replay;
}
export type Part = TextPart | ImagePart | AudioPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart | SourcePart | OpaquePart;
export type PartKind = Part["type"];

/** Who made a payload, and so who may have it back. */
export interface Origin {
  provider: string;
  wire: string;
  /** As requested. */
  model: string;
  /** `vendor`, or the overridden base URL's origin and path. */
  scope: string;
}
/** What an origin wants back byte for byte: signatures, encrypted reasoning, item ids. Never read, never changed. */
export interface Replay {
  origin: Origin;
  data: unknown;
}

export interface Cost {
  amount: number;
  /** ISO 4217, such as `USD`. */
  currency: string;
  /** `provider`: the vendor's own figure. `catalogue`: computed from the dated price list. */
  from: "provider" | "catalogue";
  /** The date of the price list. */
  date?: string;
}

/** Disjoint buckets whose sum is what is billed. Missing is `undefined`, never 0. */
export interface Usage {
  /** Prompt tokens that were neither read from nor written to a cache. */
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** All generated tokens, reasoning included. */
  output?: number;
  /** Of `output`, how many were reasoning. */
  reasoning?: number;
  /** `exact`: the vendor's closing figure. `partial`: a snapshot of a call that did not end. `unknown`: none came. */
  completeness: "exact" | "partial" | "unknown";
  cost?: Cost;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "context-overflow" | "pause" | "other";

/** Something that happened to a request or an answer which its caller should know and which is no error. */
export interface Note {
  kind:
    | "dropped"
    | "clamped"
    | "changed"
    | "moved"
    | "parameter"
    | "schema"
    | "foreign"
    | "replayed"
    | "recovered"
    | "fallback"
    | "prefill"
    | "cache"
    | "cut"
    | "unknown"
    | "warning";
  /** The request field, wire field or JSON pointer that it concerns. */
  field?: string;
  message: string;
}

export interface ResponseDetails {
  logprobs?: readonly { token: string; logprob: number; top?: readonly { token: string; logprob: number }[] }[];
  relatedQuestions?: readonly string[];
  images?: readonly JsonObject[];
  serviceTier?: string;
  /** Which upstream served the call, where an aggregator says so. */
  upstream?: string;
  timings?: JsonObject;
  stopSequence?: string;
  [key: string]: unknown;
}

/** What a stream yields. Errors are thrown; `finish` is the last event of a stream that ended well. */
export type ChatEvent =
  | { type: "start"; id?: string; model?: string }
  | { type: "part-start"; index: number; kind: PartKind; id?: string; name?: string }
  | { type: "text"; index: number; text: string }
  | { type: "reasoning"; index: number; text: string }
  | { type: "tool-call-delta"; index: number; text: string }
  | { type: "part-end"; index: number; part: Part }
  | { type: "part"; index: number; part: Part }
  | { type: "usage"; usage: Usage }
  | { type: "note"; note: Note }
  | { type: "finish"; reason: FinishReason; raw?: string };

export interface RateLimit {
  requests?: { limit?: number; remaining?: number; resetMs?: number };
  tokens?: { limit?: number; remaining?: number; resetMs?: number };
  /** The headers as they came. */
  raw: Readonly<Record<string, string>>;
}

export interface Attempt {
  url: string;
  /** HTTP status; absent when no response came. */
  status?: number;
  /** The error's code; absent for the attempt that succeeded. */
  error?: string;
  message?: string;
  /** Milliseconds this attempt took. */
  ms: number;
  /** Milliseconds waited before the next one. */
  waitedMs?: number;
  requestId?: string;
}

export interface ChatResponse<T = unknown> {
  /** The vendor's id of the answer. */
  id?: string;
  /** The model that answered, by the vendor's word. */
  model: string;
  /** Goes straight back into `messages`. */
  message: AssistantMessage;
  text: string;
  reasoning: string;
  toolCalls: readonly ToolCallPart[];
  sources: readonly SourcePart[];
  /** The parsed and validated value, where `output` was asked for. */
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
}

/** Base64 of bytes, chunked so that a large image does not overflow the call stack. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
/** An image part of bytes (or of a URL that the vendor can fetch). */
export function image(source: Uint8Array | string, mediaType?: string): ImagePart {
  if (typeof source !== "string") return { type: "image", data: base64(source), mediaType: mediaType ?? sniffImage(source) };
  return { type: "image", url: source, ...(mediaType === undefined ? {} : { mediaType }) };
}
function sniffImage(bytes: Uint8Array): string {
  if (bytes[0] === 0x89) return "image/png";
  if (bytes[0] === 0xff) return "image/jpeg";
  if (bytes[0] === 0x47) return "image/gif";
  return "image/webp";
}
