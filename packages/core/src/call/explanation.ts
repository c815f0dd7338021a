import type { Note } from "../chat/note.ts";
import type { Cost } from "../chat/usage.ts";
import type { CachePlan } from "../contract/call.ts";
import type { Capabilities } from "../contract/capabilities.ts";
import type { ServerInfo } from "../contract/server-info.ts";

/** A request as it would be sent. */
export interface Explanation {
  url: string;
  method: string;
  /** Secrets are masked. A signed token is replaced by the name of its source. */
  headers: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
  protocol: string;
  capabilities: Capabilities;
  notes: readonly Note[];
  cache?: CachePlan;
  /** Where the cacheable prefix differs from the previous request's. Absent: it does not. */
  prefixBreak?: { at: string; because: string };
  /** With a previous request: why less may be read from the cache than expected, most important first. */
  cacheReasons?: readonly string[];
  /** A rough estimate of four characters per token. */
  estimate: { inputTokens: number; cost?: Cost };
  server?: ServerInfo;
}
