/** In what the hosts that serve OpenAI's Responses API differ. A provider states what deviates; every field has a default. */
import type { CachePlan, CheckedCall, Note } from "@lumiverse/core";
import type { ErrorRule } from "../chat-completions/dialect.ts";
import type { Target } from "../schema.ts";

type Summary = "auto" | "concise" | "detailed" | "omit";

export interface ResponsesDialect {
  /** Appended to the base URL. Default `/responses`. */
  path?: string;
  /** Where system messages at the head go. Default `instructions`; later ones are always items. */
  system?: "instructions" | "developer" | "system";
  /** The role of system messages that are items. Default `developer`. */
  systemRole?: "developer" | "system";
  /** Whether the vendor keeps the answer. Default false: the API's own default is true, and nobody asked for it. `omit`: the field is not sent. */
  store?: boolean | "omit" | ((call: CheckedCall) => boolean | "omit");
  /** `encrypted`: ask for encrypted reasoning, which alone makes replay possible without storage. Default `encrypted`. */
  include?: "encrypted" | "none";
  /** Tool results with media as parts, or as text with the media in a user turn behind it. Default `parts`. */
  toolOutput?: "parts" | "string";
  /** What schemas are compiled to. Default `openai-strict`. */
  schema?: Target;
  /** Functions carry the `strict` boolean. Default `send`: where it is left out, OpenAI makes the tool strict by itself. */
  strict?: "send" | "omit";
  /** `summary` of `reasoning`. Default `auto`; `omit`: not asked for. */
  summary?: Summary | ((call: CheckedCall) => Summary);
  /** The word that switches reasoning off. Default `none`. */
  off?: string;
  /** Fields of Chat Completions that are understood in `parameters`. Default true. */
  translate?: boolean;
  /** Fields from the connection's settings: under what the request says, and under raw parameters. */
  fields?: (call: CheckedCall) => Record<string, unknown>;
  /** A path in `usage` that is the cost, and what one unit of it is worth. Default: `cost_in_usd_ticks`, where there is one. */
  cost?: { path: string; currency: string; unit?: number };
  /** Tried before the wire's own table. */
  errors?: readonly ErrorRule[];
  /** Marks for the prompt cache, put into the finished body. Absent: the host takes none, and none are sent. */
  cache?: (body: Record<string, unknown>, call: CheckedCall, notes: Note[]) => CachePlan | undefined;
  /** The finished body, to be changed in place. */
  finishBody?: (body: Record<string, unknown>, call: CheckedCall, notes: Note[]) => void;
}
