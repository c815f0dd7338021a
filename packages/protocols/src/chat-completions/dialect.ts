/**
 * The dialect: everything in which hosts that speak OpenAI Chat Completions differ, as a closed vocabulary of facts. A provider
 * states only what deviates; every field has a default. Two providers need it: it is a field here. One needs it: it is a hook.
 */
import type {
  CachePlan,
  CheckedCall,
  Emit,
  ErrorCode,
  ErrorFacts,
  Facts,
  FinishReason,
  JsonObject,
  JsonSchema,
  Note,
} from "@lumiverse/core";
import type { CompiledSchema } from "../schema.ts";

export interface Dialect {
  /** Appended to the base URL. Default `/chat/completions`. */
  path?: string;

  // ── limits and sampling: which spelling ────────────────────────────────────────────────────────────────────────────
  /** Default `max_tokens`, which most hosts take; OpenAI's newer models refuse it. */
  maxTokens?: "max_completion_tokens" | "max_tokens";
  /** Wire names of parameters; absent: the usual (`top_k`, `min_p`, `repetition_penalty`, `seed`, `parallel_tool_calls`). */
  names?: Partial<Record<"topK" | "minP" | "repetitionPenalty" | "seed" | "parallelToolCalls" | "stop", string>>;
  /** Fields that every request carries unless the call says otherwise. */
  defaults?: Readonly<Record<string, unknown>>;

  // ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Default `system`. */
  systemRole?: "system" | "developer";
  /**
   * `anywhere` (the default); `first`: merged into one at the head; `leading`: late ones join the next user turn; `user`: folded into the
   * first user turn.
   */
  systemPlace?: "anywhere" | "first" | "leading" | "user";
  /**
   * `free` (the default); `merge`: neighbours of one role are joined, a user turn opens; `filler`: a short assistant turn between tool and
   * user (Mistral).
   */
  alternation?: "free" | "merge" | "filler";
  /**
   * `parts` (the default): turns with media are lists of parts, turns of text alone are strings. `string`: lists are refused, so media
   * can't be said.
   */
  content?: "parts" | "string";
  /** Content of an assistant turn that only calls tools. Default `null`. */
  toolTurnContent?: "null" | "omit" | "empty" | "space";
  /** `url` (the default): URLs and data URLs; `data`: the host fetches nothing from the web, for video too (its own schemes, as `ms://`, pass). */
  images?: "url" | "data";
  /** Media that the host takes by URL alone (Z.AI). */
  linked?: readonly ("video" | "file")[];
  /** How a document is spelled. Default `file`; `file_url` takes bare base64, without `data:`. */
  files?: "file" | "file_url" | "document_url" | "none";
  /** Where media of a tool result go: `user` (the default): a user turn after the results; `parts`: into the tool message. */
  toolImages?: "user" | "parts";
  /** The tool message repeats the function's name. Default false. */
  toolResultName?: boolean;
  /**
   * How a prefill is marked. `last` (the default): a plain trailing assistant message; `prefix` and `partial`: with that flag set;
   * `continue`: two fields of the body say that the last turn goes on (vLLM, SGLang: without them it is ended and a new one begun).
   */
  prefill?: "last" | "prefix" | "partial" | "continue";
  /** The answer repeats the prefill (Mistral): strip it once. */
  prefillEchoed?: boolean;

  // ── tools ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Which tool-call ids the host takes back; others are mapped, deterministically. Default `any`. */
  toolIds?: "any" | "alphanumeric-9" | "64";
  /** Lengths of a function's name, and what its first character may be. Default 1 to 64, any. */
  toolName?: { min?: number; max?: number; first?: RegExp };
  /** The word that forces a call. Default `required`. */
  required?: "required" | "any";
  /**
   * `strict` on functions: sent when asked for and nothing is lost by it (the default), or never. `asked`: on schemas of the output too
   * only when asked for (gateways drop every upstream that does not know it).
   */
  strict?: "send" | "asked" | "omit";
  /** The host demands a description on every function. Default `optional`. */
  toolDescription?: "optional" | "required";

  // ── structured output ──────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Compiles schemas for `strict`, which is sent where nothing is lost by it. Absent: the host knows no `strict`. A function and no word,
   * so that the compiler is bundled only with providers that name it (`openaiStrict`).
   */
  strictSchemas?: (schema: JsonSchema) => CompiledSchema;
  /** What schemas without `strict` go through (`moonshotSchema`, `schemaWithout(…)`). Absent: sent as given. */
  schemas?: (schema: JsonSchema) => CompiledSchema;

  // ── reasoning ──────────────────────────────────────────────────────────────────────────────────────────────────────
  reasoning?: {
    /**
     * Fields for a level, in the host's own word (one of `takes.reasoning`; `undefined` where it takes no levels). Default
     * `reasoning_effort`.
     */
    on?: (effort: string | undefined, call: CheckedCall) => Record<string, unknown>;
    /** Default `reasoning_effort: "none"`. */
    off?: (call: CheckedCall) => Record<string, unknown>;
    /** Default: a budget is left out, with a note. */
    budget?: (tokens: number, call: CheckedCall) => Record<string, unknown>;
    /** Fields the answer's reasoning may be in, first non-empty wins. Default `reasoning_content`, `reasoning`, `reasoning_text`. */
    read?: readonly string[];
    /**
     * `leading`: a `<think>` block at the head of the content is reasoning, and so is all before a lone `</think>` that begins a line
     * (templates that open the block themselves). Default `leading`.
     */
    tags?: "none" | "leading";
    /** Which assistant turns carry their reasoning back. `present`: every one, `""` where there is none. Default `never`. */
    replay?: "never" | "tool-turns" | "always" | "present";
    /** The field that carries it back; `content`: as thinking chunks. Default `reasoning_content`. */
    replayField?: "reasoning_content" | "reasoning" | "reasoning_details" | "content";
  };

  // ── streaming and usage ────────────────────────────────────────────────────────────────────────────────────────────
  /** Ask for usage with `stream_options.include_usage`. Default true. */
  streamOptions?: boolean;
  /** `completion_tokens` leaves reasoning out (xAI). Default: as the total says. */
  outputExcludesReasoning?: boolean;
  /**
   * A path in `usage` that is the cost (of several, the first that is there), and what one unit of it is worth. `plus`: added where the
   * flag at `when` is true. `beside`: the object that holds it stands beside `usage` under that name.
   */
  cost?: { path: string | readonly string[]; currency: string; unit?: number; plus?: { path: string; when: string }; beside?: string };
  /** Finish words beyond the usual. */
  finish?: Readonly<Record<string, FinishReason>>;
  /** Finish words that are errors. */
  finishErrors?: Readonly<Record<string, ErrorCode>>;
  /** Answers that are failures in disguise: text that begins so is an error, not text. */
  failureTexts?: readonly { startsWith: string; is: ErrorCode; message: string; retryable?: boolean; hint?: string }[];

  // ── errors ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Tried in order before the status table. */
  errors?: readonly ErrorRule[];
  /** More than the usual places say, put into the facts of the error: what an upstream said, a wait, a limit. */
  explainError?: (facts: ErrorFacts, json: unknown) => void;

  // ── prompt caching ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** Marks for the cache in the finished body (`cacheMarks`). Absent: the host takes none, and none are sent. */
  cache?: (body: JsonObject, call: CheckedCall, notes: Note[]) => CachePlan | undefined;

  // ── one provider's own code ────────────────────────────────────────────────────────────────────────────────────────
  /** The finished body, to be changed in place. */
  finishBody?: (body: Record<string, unknown>, call: CheckedCall, notes: Note[]) => void;
  /** Sees every chunk and the whole body: sources, related questions, metadata. */
  extras?: (json: Record<string, unknown>, emit: Emit, memory: Record<string, unknown>, index: () => number) => void;
}

/** A row of an error table: all that is given must match; the first row that does is taken. */
export interface ErrorRule {
  status?: number | readonly number[];
  /** The vendor's code or type, as text. */
  code?: string | readonly string[];
  /** Found in the message, case-insensitively. */
  text?: string | readonly string[];
  is: ErrorCode;
  retryable?: boolean;
  /** How long to wait where the answer names no wait itself. */
  waitMs?: number;
  hint?: string;
}

/** Facts for some models of a host: what they take and where their dialect deviates. Later entries win. */
export interface DialectModel {
  match: string | readonly string[] | ((id: string) => boolean);
  takes?: Facts;
  dialect?: Dialect;
}
