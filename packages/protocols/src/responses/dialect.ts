/** How the hosts that serve OpenAI's Responses API differ. A provider states only what deviates, and every field has a default. */
import type { CachePlan, CheckedCall, JsonObject, Note } from "@lumiverse/core/provider";
import type { SchemaVendor, Target } from "../schema/index.ts";
import type { ErrorRule } from "../shared/errors.ts";

type ReasoningSummary = "auto" | "concise" | "detailed" | "omit";

/** How one host's Responses API deviates from OpenAI's: https://platform.openai.com/docs/api-reference/responses */
export interface ResponsesDialect {
  /** Appended to the base URL. Default `/responses`. */
  path?: string;
  /**
   * Where system messages at the head go. Default `instructions`; in JSON mode and with cache breakpoints they are input items all the same. A role makes all
   * system messages input items of that role.
   */
  systemPlacement?: "instructions" | "developer" | "system";
  /** With the placement `instructions`: the role of system messages that are input items, such as later ones. Default `developer`. */
  systemRole?: "developer" | "system";
  /**
   * Whether the vendor stores the answer. Default false, because the API's own default stores answers for a month without being asked. `omit`: the field is
   * not sent.
   */
  store?: boolean | "omit" | ((call: CheckedCall) => boolean | "omit");
  /** `encrypted` (the default): requests encrypted reasoning, without which reasoning can be sent back only when answers are stored. */
  include?: "encrypted" | "none";
  /** Tool results with media: as parts (the default), or as text with the media in a user turn after it. */
  toolOutput?: "parts" | "string";
  /** Whose check schemas without `strict` must pass. Default: that of the model's vendor, else `unknown`, which adds what every host accepts. */
  schemaVendor?: SchemaVendor;
  /** What schemas are compiled to. Default `openai-strict`. */
  schemaTarget?: Target;
  /** Functions carry the boolean `strict`. Default `send`: without it OpenAI makes the tool strict on its own. */
  strict?: "send" | "omit";
  /** The `summary` of `reasoning`. Default `auto`. `omit`: none is requested. */
  reasoningSummary?: ReasoningSummary | ((call: CheckedCall) => ReasoningSummary);
  /** The effort that switches reasoning off. Default `none`. */
  reasoningOff?: string;
  /** Raw `parameters` may be spelled for Chat Completions. Default true. */
  acceptChatParameters?: boolean;
  /** Fields from the connection's settings. Those of the request and raw parameters replace them. */
  settingsFields?: (call: CheckedCall) => Record<string, unknown>;
  /** A path in `usage` that contains the cost, and what one unit of it is worth. Default: `cost_in_usd_ticks`, where it is present. */
  cost?: { path: string; currency: string; unit?: number };
  /** Tried before the protocol's own rules. */
  errors?: readonly ErrorRule[];
  /** Puts cache breakpoints into the finished body. Absent: the host accepts none, and none are sent. */
  cache?: (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => CachePlan | undefined;
  /** Changes the finished body in place. */
  finishBody?: (context: { body: JsonObject; call: CheckedCall; notes: Note[] }) => void;
}
