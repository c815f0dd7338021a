/** How hosts of the Messages protocol differ, as data. Every default describes Anthropic's own API. */
import type { CheckedCall, Note } from "@lumiverse/core/provider";
import type { ClaudeTraits } from "../families/claude.ts";
import type { PromptCache } from "../shared/prompt-cache.ts";

/** The header `anthropic-version`. Only one version exists: https://platform.claude.com/docs/en/api/versioning */
export const VERSION = "2023-06-01";

/** Where a host speaks the Messages protocol and what it accepts. */
export interface MessagesHost {
  /** The path under the base URL. Default `/messages`. A function where the path contains the model or says whether to stream. */
  path?: string | ((call: CheckedCall) => string);
  /** Whether the body names the model. Default true. False for hosts whose path does. */
  modelInBody?: boolean;
  /** Fields that every body carries (`anthropic_version` on Vertex AI). */
  fields?: Readonly<Record<string, unknown>>;
  /**
   * Values of the header `anthropic-beta`. `as-needed`: those that the request needs and those of the setting `betas`. `listed`: only those of the setting,
   * for hosts that answer 400 to a value they do not know. Default `as-needed`.
   */
  betas?: "as-needed" | "listed";
  /**
   * Values of the header that a client of a gateway sends. `sent`: all of them. `listed`: only those of the setting, and fields and tools that need others are
   * left out. Default `sent`: a private proxy to Anthropic accepts the same values.
   */
  clientBetas?: "sent" | "listed";
  /**
   * Prompt caching. `automatic`: the host accepts `cache_control` at the top of the body. `breakpoints`: only on blocks, so the automatic breakpoint is set on
   * a block (Vertex AI, most proxies). `none`: nothing is sent. Default `automatic`.
   */
  cache?: "automatic" | "breakpoints" | "none";
  /** Thinking without a signature. `drop`: it is not sent back, because Anthropic refuses it. `send`: it is (Ollama and others). Default `drop`. */
  unsignedThinking?: "drop" | "send";
  /** What a model accepts, by its id. Undefined for models of no known family: then only what the request states is sent. */
  traits?: (id: string) => ClaudeTraits | undefined;
}

/** What a person sets on a connection, after validation. */
export interface MessagesOptions {
  /** Prompt caching. `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
  /** Whether the vendor returns the thinking text. Default: `summarized` when the request asks for reasoning. */
  thinkingDisplay?: "summarized" | "omitted" | undefined;
  /**
   * What to do with thinking after the history was edited, on models that bind thinking to the history. `keep`: send it, and repeat the call without it if
   * the vendor refuses. `drop_block`: let the vendor drop the blocks that no longer match. `strip`: do not send the thinking of finished turns. Default `keep`.
   */
  editedHistory?: "keep" | "drop_block" | "strip" | undefined;
  /** Thinking between tool calls, on models that need a beta header for it. Default true. */
  interleavedThinking?: boolean | undefined;
  /** Request citations for every document. Default false. */
  citations?: boolean | undefined;
  /** More values for the header `anthropic-beta`. */
  betas?: readonly string[] | undefined;
  /** `service_tier`. Default: the vendor's, `auto`. */
  serviceTier?: "auto" | "standard_only" | undefined;
  /** `inference_geo`: where the model may run. */
  inferenceGeo?: string | undefined;
  /** `metadata.user_id`: an opaque id of the end user. */
  userId?: string | undefined;
}

/** A call while it is rendered. */
export interface RenderContext {
  call: CheckedCall;
  host: MessagesHost;
  options: MessagesOptions;
  traits: ClaudeTraits | undefined;
  notes: Note[];
  /** Beta features that the request needs or a person listed. */
  betas: Set<string>;
}
