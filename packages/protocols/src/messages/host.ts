/** In what hosts of the Messages wire differ, as data. Every field has a default that is the vendor's own host. */
import type { CacheRequest, CheckedCall } from "@lumiverse/core";
import type { ClaudeTraits } from "../families/claude.ts";

/** The header `anthropic-version`: the wire's only one so far. */
export const VERSION = "2023-06-01";

export interface MessagesHost {
  /** Appended to the base URL. Default `/messages`; a function where model and streaming are part of it. */
  path?: string | ((call: CheckedCall) => string);
  /** Whether the body names the model. Default true; false where the path does. */
  modelInBody?: boolean;
  /** Fields that every body carries (`anthropic_version` on Vertex). */
  fields?: Readonly<Record<string, unknown>>;
  /** Beta features: `ask`: by the header `anthropic-beta` where a request needs one; `never`: unknown values are 400 on foreign hosts. Default `ask`. */
  betas?: "ask" | "never";
  /** Prompt caching. `marks`: no top-level `cache_control` (Vertex, most proxies), so the block is marked here; `none`: nothing is sent. Default `automatic`. */
  cache?: "automatic" | "marks" | "none";
  /** Thinking without a signature: `drop` (the vendor refuses it), or `send` (Ollama and other servers want their own text back). Default `drop`. */
  unsigned?: "drop" | "send";
  /** What is known of a model. Undefined: not a model of a known family, and only what was asked for is sent. */
  traits?: (id: string) => ClaudeTraits | undefined;
}

/** What a person sets on a connection, already read. */
export interface MessagesOptions {
  /** Prompt caching; `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
  /** Whether thinking is shown. Default `summarized` wherever reasoning is asked for. */
  thinkingDisplay?: "summarized" | "omitted" | undefined;
  /**
   * What happens to thinking whose history was edited, on models that bind it to the history. `keep`: sent as it is, so that the vendor refuses an edit
   * and the call is made once more; `drop_block`: the vendor drops what no longer fits; `strip`: thinking of finished turns is not sent.
   */
  editedHistory?: "keep" | "drop_block" | "strip" | undefined;
  /** Thinking between tool calls on models that want a beta header for it. Default true. */
  interleavedThinking?: boolean | undefined;
  /** Ask for citations of every document sent. */
  citations?: boolean | undefined;
  /** More values for `anthropic-beta`. */
  betas?: readonly string[] | undefined;
  serviceTier?: "auto" | "standard_only" | undefined;
  inferenceGeo?: string | undefined;
  userId?: string | undefined;
}

/** The panel, field for field. Absent means off. */
export interface PromptCache {
  enabled: boolean;
  ttl?: "5m" | "1h" | undefined;
  automatic?: boolean | undefined;
  tools?: boolean | undefined;
  system?: boolean | undefined;
  conversation?: boolean | undefined;
}

export interface CacheInForce {
  ttl: "5m" | "1h";
  automatic: boolean;
  tools: boolean;
  system: boolean;
  conversation: boolean;
}

/** The setting in force for one call. Undefined: caching is off. Without any breakpoint it is automatic, so that the switch never does nothing. */
export function cacheInForce(setting: PromptCache | undefined, call: CacheRequest | undefined): CacheInForce | undefined {
  if (call === false) return undefined;
  const chosen = call ?? (setting?.enabled === true ? setting : undefined);
  if (chosen === undefined) return undefined;
  const { ttl = "5m", automatic = false, tools = false, system = false, conversation = false } = chosen;
  return { ttl, automatic: automatic || !(tools || system || conversation), tools, system, conversation };
}
