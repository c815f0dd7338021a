import type { Providers } from "@lumiverse/core/providers";
import type { JsonObject, JsonSchema, StandardJsonSchema } from "./json.ts";
import type { Message } from "./message.ts";
import type { Note } from "./note.ts";
import type { TranslationTarget } from "./translation.ts";
import type { VendorFieldsSource } from "./vendor-fields.ts";

/** One call to a model. Every field but `model` and `messages` is optional; an absent field is not sent. */
export interface ChatRequest<T = unknown> {
  /** The model's id as the provider spells it. */
  model: string;
  messages: readonly Message[];
  tools?: readonly Tool[];
  /** Default `auto` when there are tools. */
  toolChoice?: ToolChoice;
  /** `false`: at most one tool call per turn. */
  parallelToolCalls?: boolean;
  /** Structured output: `response.output` holds the value, `response.text` its JSON. */
  output?: OutputRequest<T>;
  reasoning?: ReasoningRequest;
  /** Tokens; includes reasoning where the vendor counts it so. */
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
  /** `true`: log-probabilities of the chosen tokens. A number: that many alternatives for each. */
  logprobs?: boolean | number;
  cache?: CacheRequest;
  /** The beginning of the answer, written for the model. */
  prefill?: string;
  /**
   * Settings for this call alone, by provider id: `{ openrouter: { … } }`. The entry of the provider that is called is validated by its
   * schema and laid over the connection's `settings`; entries of other providers are ignored, so one request can carry options for several.
   */
  providerOptions?: ProviderOptions;
  /** Raw fields in the vendor's spelling: objects merge deeply, arrays replace. Each one is noted. */
  parameters?: JsonObject;
  /** How a client of a gateway spelled this request. Calls of the same protocol are sent in that spelling; others leave `parameters` out. */
  spelling?: RequestSpelling;
  /**
   * Separates the vendor's own fields, for which the neutral form has no name. Events, unstreamed responses and errors then carry them. Default: these fields are
   * left out.
   */
  vendorFields?: VendorFieldsSource;
  signal?: AbortSignal;
  timeouts?: Timeouts;
  /** Extra HTTP headers for this call. */
  headers?: Readonly<Record<string, string>>;
}

/** Settings for one call, by provider id. Typed for every provider whose package is imported. */
export type ProviderOptions = { readonly [I in keyof Providers]?: Partial<Providers[I]> } & { readonly [id: string]: object | undefined };

/** How hard a reasoning model thinks. One scale for all vendors; a level that the model lacks becomes the nearest one, with a note. */
export type ReasoningLevel = "off" | "minimal" | "low" | "medium" | "high" | "max";
export type ReasoningRequest = ReasoningLevel | { budgetTokens: number };

export interface FunctionTool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. Omitted: the tool has no arguments. */
  parameters?: JsonSchema | StandardJsonSchema;
  /** Ask the vendor to guarantee that the arguments match the schema. */
  strict?: boolean;
}
/** A tool that the vendor runs itself (web search, code execution), in the vendor's own spelling. Sent as given. */
export interface HostedTool {
  hosted: JsonObject;
}
export type Tool = FunctionTool | HostedTool;

export type ToolChoice = "auto" | "none" | "required" | { name: string };

/** `"json"` requests any JSON object; a schema requests that shape. */
export type OutputRequest<T = unknown> = "json" | StandardJsonSchema<T> | OutputSchema<T>;

/** A schema for structured output, with what the protocols need to know about it. */
export interface OutputSchema<T = unknown> {
  schema: JsonSchema | StandardJsonSchema<T>;
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. Default `output`. */
  name?: string;
  description?: string;
  /** Ask the vendor to guarantee the schema. Default: true when the schema compiles without a loss. */
  strict?: boolean;
  /** Returns the value, or throws with what is wrong. Default: the schema's own validation, where it has one. */
  validate?: (value: unknown) => T | Promise<T>;
}

/** Prompt caching for one call; replaces the connection's `promptCache` setting. `false`: send no cache marks. */
export type CacheRequest =
  | false
  | {
      /** How long the vendor keeps the prefix. Default `5m`. */
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

/** A request as a client of a gateway wrote it: the values are those of the request, the spelling is the client's. */
export interface RequestSpelling {
  /** The client's protocol: `chat-completions`, `responses`, `messages` or `generate-content`. */
  protocol: string;
  /** Refuse what the model is known not to support, instead of leaving that to the vendor: for a call that another model can serve. Default false. */
  checked?: boolean;
  /** The request for a vendor of another protocol, without what only the client's protocol has. Adds a note for each loss. */
  translate(request: ChatRequest, notes: Note[], target: TranslationTarget): ChatRequest;
  /** Puts the client's spelling into the rendered HTTP request of a call of the same protocol. */
  respell(call: SpelledCall): void;
}

/** A rendered call that is to be spelled as its client did. */
export interface SpelledCall {
  /** The values, which may have changed since the client wrote them. */
  request: ChatRequest;
  streaming: boolean;
  /** As the provider's protocol renders the call. Changed in place. */
  http: { headers?: Record<string, string>; body?: JsonObject };
  notes: Note[];
  /** The host accepts Gemini's signatures at tool calls. */
  googleSignatures: boolean;
  /** The body that the provider would render without the connection's settings. Undefined where there are none. */
  bodyOfDefaults(): JsonObject | undefined;
  /** The host refused something in an earlier attempt of this call, which is now sent without it. */
  isRepeated: boolean;
  /**
   * The body that the provider would render without its marks of what the host refuses (`Call.degradations`). Fields that a recovery took out of the request are
   * absent here, too. Undefined where there are no marks.
   */
  bodyBeforeRecovery(): JsonObject | undefined;
}

export interface Timeouts {
  /** Milliseconds until the response headers. Default 300,000. */
  response?: number;
  /** Milliseconds from the headers to the first byte, which may be a keep-alive. Default 300,000. */
  firstEvent?: number;
  /** Milliseconds without anything new of the answer; heartbeats do not count. Default 300,000. */
  idle?: number;
  /** Milliseconds for the whole call, retries included. Default: no limit. */
  total?: number;
}
