/** What a gateway needs to translate a client's request for a vendor of another protocol. */
import type { JsonObject } from "./json.ts";
import type { Note } from "./note.ts";

/** The vendor for which a request is translated: its route and the connection's policy. */
export interface TranslationTarget {
  /** The vendor's protocol. */
  protocol: string;
  /** What the model accepts. */
  capabilities: { readonly prefill?: unknown; readonly "cache.explicit"?: unknown };
  policy: { readonly unsupported: string | { readonly prefill?: string } };
  /** As `Route.serverTools`. */
  serverTools?: ServerToolVendor;
  /** Set by `translate` where the client sets cache breakpoints and the model accepts them. */
  breakpoints?: ClientBreakpoints;
}

/** Cache breakpoints on their way into a body. */
export interface ClientBreakpoints {
  /** Marks the rendered form of a part or a tool, if it sets a breakpoint. Called in the order of the prompt: tools first. */
  mark(part: object, item: JsonObject | undefined): void;
  /** Takes out what the model does not accept, with a note, once the body is complete. */
  finish(rendered: { request: { body?: JsonObject }; notes: Note[] }): void;
}

/**
 * Whose server tools a vendor runs, and in which spelling: a key of the table of `@lumiverse/protocols/server-tools`. `anthropic-proxy`: Anthropic's, on a host that
 * accepts none of its beta features.
 */
export type ServerToolVendor = "anthropic" | "anthropic-proxy" | "openai" | "gemini" | "xai" | "openrouter";

/** A tool that a vendor runs itself, in no vendor's spelling. */
export type ServerTool =
  | ({ kind: "web-search"; contextSize?: "low" | "medium" | "high"; location?: SearchLocation } & DomainLimits)
  /** Reads the pages whose addresses are in the conversation. `maxContentTokens`: the most tokens of one page. */
  | ({ kind: "web-fetch"; maxContentTokens?: number } & DomainLimits)
  /** Runs code that the model writes. */
  | { kind: "code-execution" };

interface DomainLimits {
  /** Only these domains are read. */
  allowedDomains?: readonly string[];
  blockedDomains?: readonly string[];
  /** Runs in one answer at most. */
  maxUses?: number;
}

/** About where the person is who asks. */
export interface SearchLocation {
  city?: string;
  region?: string;
  /** ISO 3166-1, two letters. */
  country?: string;
  /** IANA, such as `Europe/Oslo`. */
  timezone?: string;
}
