/**
 * The dialect: everything in which hosts that speak OpenAI Chat Completions differ, as a closed vocabulary of facts. A provider states only what
 * deviates, and every field has a default. What two providers need is a field here; what one provider needs is a hook.
 */
import type {
  CachePlan,
  Capabilities,
  CheckedCall,
  Emit,
  ErrorCode,
  FinishReason,
  JsonObject,
  LumiverseErrorOptions,
  Note,
} from "@lumiverse/core/provider";
import type { HostCompiler, SchemaVendor } from "../schema/index.ts";
import type { ErrorRule } from "../shared/errors.ts";

/** How one host's Chat Completions deviate from OpenAI's: https://platform.openai.com/docs/api-reference/chat */
export interface Dialect {
  /** Appended to the base URL. Default `/chat/completions`. */
  path?: string;

  // ── limits and sampling ────────────────────────────────────────────────────────────────────────────────────────────
  /** The field of the output limit. Default `max_tokens`, which most hosts accept; OpenAI's newer models refuse it. */
  maxTokens?: "max_completion_tokens" | "max_tokens";
  /** Field names of parameters. Default: `top_k`, `min_p`, `repetition_penalty`, `seed`, `parallel_tool_calls`, `stop`. */
  names?: Partial<Record<"topK" | "minP" | "repetitionPenalty" | "seed" | "parallelToolCalls" | "stop", string>>;
  /** Fields that every request carries unless the call sets them. */
  defaults?: Readonly<Record<string, unknown>>;

  // ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The host may read Gemini's signatures of calls (`extra_content.google`), which clients send back. Default false: Fireworks and Mistral refuse the field. */
  googleSignatures?: boolean;
  /** The role of system messages. Default `system`. */
  systemRole?: "system" | "developer";
  /**
   * Where system messages are accepted. `anywhere` (the default). `first`: all are merged into one at the head. `leading`: late ones become part of the
   * next user turn. `user`: all become part of the first user turn.
   */
  systemPlacement?: "anywhere" | "first" | "leading" | "user";
  /**
   * Which order of turns is accepted. `free` (the default). `merge`: neighbours of one role are joined, and the first turn is a user turn. `filler`: a
   * short assistant turn is put between a tool result and a user turn, and a system message after an answer or a result, or at the end, becomes a user turn.
   */
  alternation?: "free" | "merge" | "filler";
  /** `parts` (the default): turns with media are lists of parts, turns of text are strings. `string`: lists are refused, so media cannot be sent. */
  content?: "parts" | "string";
  /** Content of an assistant turn that only calls tools. Default `null`. */
  toolTurnContent?: "null" | "omit" | "empty" | "space";
  /** `url` (the default): URLs and data URLs. `data`: the host fetches no images or videos from the web; its own schemes, such as `ms://`, pass. */
  images?: "url" | "data";
  /** Media that the host accepts by URL only (Z.AI). */
  urlOnly?: readonly ("video" | "file")[];
  /** Audio formats that the host accepts, such as `wav`. Default: `wav` and `mp3` for models of OpenAI, any for others. */
  audioFormats?: readonly string[];
  /** How a document is spelled. Default `file`. `file_data`: as `file`, by its bytes alone. `file_url` expects bare base64, without `data:`. */
  files?: "file" | "file_data" | "file_url" | "document_url" | "none";
  /** Where media of a tool result go. `user` (the default): into a user turn after the results. `parts`: into the tool message. */
  toolImages?: "user" | "parts";
  /** The tool message repeats the function's name. Default false. */
  toolResultName?: boolean;
  /**
   * How a prefill is marked. `last` (the default): a plain trailing assistant message. `prefix` and `partial`: that flag is set on it. `continue`: two
   * fields of the body say that the last turn goes on; without them vLLM and SGLang end it and begin a new one.
   */
  prefill?: "last" | "prefix" | "partial" | "continue";
  /** The answer repeats the prefill (Mistral), so it is removed once. Default false. */
  prefillEchoed?: boolean;

  // ── tools ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Tool-call ids that the host accepts back: letters, digits, `_` and `-` up to a length, or any characters up to a length. Others are mapped, the same id
   * always to the same. Default: what the vendor of the model accepts.
   */
  toolIds?: "any" | "alphanumeric-9" | "word-64" | "any-40";
  /** Lengths of a function's name, and the first characters it may have. Default 1 to 64, any. */
  toolName?: { min?: number; max?: number; first?: RegExp };
  /** The value of `tool_choice` that forces a call. Default `required`. */
  requiredToolChoice?: "required" | "any";
  /**
   * When `strict` is sent. `send` (the default): on functions when the caller asks for it, on output schemas unless the caller declines it, and only where
   * compiling loses nothing. `requested`: on output schemas too only when the caller asks for it, for gateways that skip every upstream without it.
   * `omit`: never on functions.
   */
  strict?: "send" | "requested" | "omit";
  /** The host requires a description on every function. Default `optional`. */
  toolDescription?: "optional" | "required";

  // ── structured output ──────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Compiles schemas for `strict`, which is sent only where nothing is lost. Absent: the host has no `strict`. OpenAI's subset is
   * `openaiStrict`.
   */
  compileStrictSchema?: HostCompiler;
  /**
   * Whose check of tools' schemas without `strict` the host makes. Default: that of the model's vendor, because gateways pass schemas on; for models of
   * other vendors `unknown`, which adds what every host accepts.
   */
  schemaVendor?: SchemaVendor;
  /** The host's own compiler of schemas without `strict` (`schemaOmitting(…)`), which replaces that of the vendor. */
  compileSchema?: HostCompiler;

  // ── reasoning ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** How reasoning is requested, read and sent back. */
  reasoning?: {
    /**
     * Fields for a level, in the host's own word (one of `capabilities.reasoning`; `undefined` where the model accepts no levels). Default
     * `reasoning_effort`.
     */
    on?: (context: { effort: string | undefined; call: CheckedCall }) => Record<string, unknown>;
    /** Fields that switch reasoning off. Default `reasoning_effort: "none"`. */
    off?: (context: { call: CheckedCall }) => Record<string, unknown>;
    /** Fields for a budget of tokens. Default: the budget is dropped with a note. */
    budget?: (context: { tokens: number; call: CheckedCall }) => Record<string, unknown>;
    /**
     * Fields of the answer that are read for reasoning before `reasoning_content`, `reasoning`, `reasoning_text` and `thinking`. The first that is not empty
     * counts.
     */
    fields?: readonly string[];
    /**
     * `leading`: a `<think>` block at the head of the content is reasoning, and so is everything before a lone `</think>` that begins a line, because some
     * templates open the block themselves. Default: `leading`, but `none` for models whose capability `reasoning` is false and whose name says nothing else. A
     * host whose `reasoning: false` only means that it has no field for it states `leading`.
     */
    tags?: "none" | "leading";
    /**
     * Assistant turns that carry their reasoning back. `present`: every turn, `""` where there is none. Default: `tool-turns` for models whose vendor refuses
     * a history without it (`reasoningReplay`), `never` for others.
     */
    replay?: "never" | "tool-turns" | "always" | "present";
    /** The field that carries it back. `content`: as thinking chunks. Default `reasoning_content`. */
    replayField?: "reasoning_content" | "reasoning" | "reasoning_details" | "content";
  };

  // ── streaming and usage ────────────────────────────────────────────────────────────────────────────────────────────
  /** Usage is requested by `stream_options.include_usage`. Default true. `false`: the host has no such field and sends usage without it. */
  streamOptions?: boolean;
  /** Streams have usage although the request does not ask for it, so a stream without usage leaves a note. Default: true where `streamOptions` is false. */
  usageUnasked?: boolean;
  /** Dotted paths of the usage in a chunk. Those after the first are read only while no usage has come. Default `usage`. */
  usageAt?: readonly string[];
  /** Dotted paths of a failure inside a chunk, in addition to `error`. Default: none. */
  errorAt?: readonly string[];
  /** Dotted path of the seed that the host used. Default: none. */
  seedAt?: string;
  /** `completion_tokens` excludes reasoning (xAI). Default: decided by the total. */
  outputExcludesReasoning?: boolean;
  /**
   * A path in `usage` that contains the cost (of several, the first that is present), and what one unit of it is worth. `plus` is added where the flag at
   * `when` is true. `container`: the top-level field that contains `path`, instead of `usage`.
   */
  cost?: { path: string | readonly string[]; currency: string; unit?: number; plus?: { path: string; when: string }; container?: string };
  /** Finish reasons beyond the usual ones, by the host's word. */
  finishReasons?: Readonly<Record<string, FinishReason>>;
  /** Finish reasons that are errors, by the host's word. */
  finishErrors?: Readonly<Record<string, ErrorCode>>;
  /** Failures that arrive as an answer: a text that starts like this is an error. */
  failureTexts?: readonly { startsWith: string; is: ErrorCode; message: string; retryable?: boolean; hint?: string }[];

  // ── errors ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Tried in order before the common rules and the status. */
  errors?: readonly ErrorRule[];
  /** Adds what the usual fields do not say to the error's options: the upstream's message, a wait, a limit. */
  explainError?: (context: { error: LumiverseErrorOptions; json: unknown }) => void;

  // ── prompt caching ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** Puts cache breakpoints into the finished body (`cacheBreakpoints`). Absent: the host accepts none, and none are sent. */
  cache?: (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => CachePlan | undefined;

  // ── one provider's own code ────────────────────────────────────────────────────────────────────────────────────────
  /** Changes the finished body in place. */
  finishBody?: (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => void;
  /** Reads every chunk and the whole body: sources, related questions, metadata. `memory` lasts for the answer. */
  extras?: (context: { json: JsonObject; emit: Emit; memory: JsonObject; nextIndex: () => number }) => void;
}

/** Capabilities and dialect of some models of a host. Later entries win. */
export interface DialectModel {
  /** A glob over the lower-cased id, several globs, or a test. */
  match: string | readonly string[] | ((id: string) => boolean);
  capabilities?: Capabilities;
  dialect?: Dialect;
}

/** One dialect over another. Groups of facts (`reasoning`, `names`, `defaults`) are joined, everything else is replaced. */
export function mergeDialects(under: Dialect, over: Dialect): Dialect {
  return {
    ...under,
    ...over,
    ...(under.reasoning === undefined && over.reasoning === undefined ? {} : { reasoning: { ...under.reasoning, ...over.reasoning } }),
    ...(under.names === undefined && over.names === undefined ? {} : { names: { ...under.names, ...over.names } }),
    ...(under.defaults === undefined && over.defaults === undefined ? {} : { defaults: { ...under.defaults, ...over.defaults } }),
  };
}

/**
 * What the chat template of Mistral's models enforces on every host that serves them; seen at Mistral itself, OpenRouter, NVIDIA NIM and vLLM. Merge it
 * into the host's dialect.
 */
export const mistralTemplate: Dialect = {
  toolIds: "alphanumeric-9", // else 400 `invalid_function_call`, code 3280
  alternation: "filler", // else 400 "Unexpected role 'user' after role 'tool'", code 3230
};
