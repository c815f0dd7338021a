/** A call before it is sent: what a provider's pure functions see, the route they choose, and the protocol that renders and reads it. */
import type { LumiverseError } from "../chat/errors.ts";
import type { JsonObject } from "../chat/json.ts";
import type { Message, Origin } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { ClientBreakpoints, ServerToolVendor } from "../chat/translation.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Failure, HttpRequest } from "./http.ts";
import type { Reader } from "./reader.ts";
import type { ServerInfo } from "./server-info.ts";

/** Everything a provider's pure functions may look at. Never changed in place. */
export interface Call<S = unknown> {
  request: ChatRequest;
  /** The connection's settings, with those of `request.providerOptions` laid over them. */
  settings: Partial<S>;
  streaming: boolean;
  /** True when the connection has a key. */
  hasKey: boolean;
  /** Facts about the key that are not secret, such as a service account's project. */
  account?: Readonly<Record<string, string>>;
  /** The caller's base URL, normalised. Undefined: the provider's own. */
  baseURL?: URL;
  server?: ServerInfo;
  policy: Policy;
  /** Marks set by `recover`: features that this call must do without. */
  degradations: ReadonlySet<string>;
  /** What the connection's calls have compiled from schemas. Absent: nothing is kept. */
  compiledSchemas?: CompiledSchemas;
}

/** What was compiled from schemas, by the text of each, as JSON-like data. Protocols fill it; a `Map` is one. */
export interface CompiledSchemas {
  get(key: string): unknown;
  set(key: string, compiled: unknown): unknown;
}

/**
 * What happens to a request field or content that the model does not accept. `error`: the call is refused before anything is sent. `drop`: it is left out
 * with a note; a short text replaces media, and a prefill is requested in words. `send`: it is sent unchanged.
 */
export type UnsupportedPolicy = "error" | "drop" | "send";

/** Request fields that a policy can name. `messages` covers media in messages. */
export type UnsupportedField = Exclude<
  keyof ChatRequest,
  "model" | "cache" | "providerOptions" | "parameters" | "spelling" | "vendorFields" | "signal" | "timeouts" | "headers"
>;

/** One policy for everything, or one per field. Fields without one follow the default: refuse what changes the meaning, drop what only tunes. */
export type Unsupported = UnsupportedPolicy | { readonly [F in UnsupportedField]?: UnsupportedPolicy };

export interface Policy {
  unsupported: Unsupported;
  replayScope: "own" | "vendor";
}

/** Where a call goes and what the model accepts there. */
export interface Route {
  protocol: Protocol;
  base: URL;
  headers?: Readonly<Record<string, string>>;
  /** What the model accepts and returns on this route. */
  capabilities: Capabilities;
  rules?: readonly Rule[];
  /** `never`: no key is sent to this host. */
  credential?: "never";
  /** Calls in flight at most; further calls wait. Default: the provider's. */
  concurrency?: number;
  /** How `generate` is sent. `streamed`: as a stream, for hosts that cut long silences. Default `unstreamed`. */
  unstreamed?: "unstreamed" | "streamed";
  /** How `stream` is sent. `no-tools`: unstreamed when there are tools. Default `yes`. */
  streaming?: "yes" | "no" | "no-tools";
  /** The tools that the vendor runs itself. A gateway puts them in the place of those of another vendor. Default: none. */
  serverTools?: ServerToolVendor;
}

/** A fact about a pair of fields. Rules apply in the order reasoning, tools, output, sampling, the rest. */
export type Rule = RuleCondition &
  (
    | { then: "drop" }
    | { then: "refuse" }
    /** Moves a number into the range. */
    | { then: "clamp"; range: readonly [min: number, max: number] }
    /** Sets the field to the value, also where the request leaves it out. */
    | { then: "force"; value: unknown }
  );
export interface RuleCondition {
  field: UnsupportedField;
  when: (request: ChatRequest) => boolean;
  /** One sentence for the note or error, with the vendor's reason. */
  because: string;
}

/** A wire format. Four exist in `@lumiverse/protocols`; a provider can bring its own. */
export interface Protocol {
  /** `chat-completions`, `responses`, `messages`, `generate-content`, or a name of your own. */
  id: string;
  /** What a payload is bound to, in addition to provider and host: its model (the default), or only the protocol (unsigned reasoning text). */
  replayBinding?: "model" | "protocol";
  /**
   * Loads what this protocol needs to render JSON Schemas and does not load with everything else. Core calls it before it renders a call with functions or with an
   * output schema, and hands the result over as `call.schemaCompiler`. A protocol that wraps another one passes it on. Default: nothing is loaded.
   */
  loadSchemaCompiler?(): Promise<unknown>;
  /** The request as this protocol spells it, with every change noted. Pure. */
  render(call: CheckedCall): Rendered;
  /**
   * A fresh reader for one answer. `headers` are those of the response, for hosts that state usage or a model there; core always passes them. A protocol that
   * wraps another one passes the context on.
   */
  reader(context: { call: CheckedCall; rendered: Rendered; headers?: Headers }): Reader;
  /**
   * Fits the request that a client of this protocol spelled to the host of the call: changes or takes out what the host is known to refuse, with a note for each.
   * Default: nothing is changed.
   */
  fitSpelling?(context: { http: HttpRequest; notes: Note[]; call: CheckedCall }): void;
  /** The host accepts Gemini's signatures at the tool calls of a body that a client of this protocol spelled. Default false. */
  googleSignatures?: boolean;
  /** Where the cacheable prefix of two rendered requests differs, by the protocol's own cache rules. Default: the bodies are compared. */
  diffPrefix?(requests: { previous: Rendered; next: Rendered }): PrefixDiff | Promise<PrefixDiff>;
  /** What in a request changes its price. The answer that `explain()` estimates has no details. Default: nothing is known. Pure. */
  billing?(request: HttpRequest, answer: BilledAnswer): Billing;
  /** Interprets a refused request, or a failure reported inside an answer. Must not throw. */
  parseError(context: { failure: Failure; call: CheckedCall }): LumiverseError;
}

/** What a host reports of an answer that is billed. */
export type BilledAnswer = Pick<ChatResponse, "usage"> & Partial<Pick<ChatResponse, "details">>;

/** What a request asks for that the price list of a model does not cover. */
export interface Billing {
  /** The service tier that the request asks for. The tier that the vendor reports takes precedence. */
  serviceTier?: string;
  /** A charge that the token counts do not cover, such as a hosted tool. No cost is computed then. */
  otherCharges?: string;
}

export interface PrefixDiff {
  /** JSON path of the first difference. Absent: the prefix is the same. */
  at?: string;
  because?: string;
  /** Why less may be read from the cache than expected, most important first. */
  reasons?: readonly string[];
}

/** The fields of a request that a protocol renders. Fields that core resolves are on `CheckedCall` instead. */
export type CheckedRequest = Omit<
  ChatRequest,
  "messages" | "output" | "reasoning" | "providerOptions" | "spelling" | "signal" | "timeouts"
>;

/** A call after routing and checking: the only thing a protocol renders from. Each fact about the request appears in it once. */
export interface CheckedCall<S = unknown> extends Omit<Call<S>, "request"> {
  request: CheckedRequest;
  /** The messages to send: payloads of other origins are removed, calls and results are paired. */
  messages: readonly Message[];
  route: Route;
  /** The origin of payloads that this call returns. */
  origin: Origin;
  /** The structured output to request. */
  output?: ResolvedOutput;
  /** The reasoning to request, in the terms this model accepts. Absent when none was requested. */
  reasoning?: ResolvedReasoning;
  /** What the protocol's `loadSchemaCompiler` returned. Absent for a call without schemas. Each protocol defines its own. */
  schemaCompiler?: unknown;
  /** Cache breakpoints of a gateway's client. Renderers hand over each part and tool that can set one. Where it is present, texts are lists of parts. */
  breakpoints?: ClientBreakpoints;
}

export type ResolvedReasoning =
  | { kind: "off" }
  /** The vendor's word, one of `capabilities.reasoning`. */
  | { kind: "effort"; word: string }
  | { kind: "budget"; tokens: number }
  /** The model reasons but accepts no level. */
  | { kind: "on" };

export interface ResolvedOutput {
  name: string;
  description?: string;
  /** Absent for `output: "json"`. */
  schema?: JsonObject;
  strict?: boolean;
  validate?: (value: unknown) => unknown;
  /**
   * How it is requested. For `json` and `prompt`, core has already put the schema into the messages. `tool`: the protocol renders one forced tool, and its
   * reader turns that call back into text.
   */
  strategy: "schema" | "json" | "tool" | "prompt";
}

export interface Rendered {
  request: HttpRequest;
  notes: Note[];
  /** What the host's prompt cache keeps of the request. A function where describing it takes more work than the call itself: only `explain()` calls it. */
  cache?: CachePlan | (() => CachePlan | Promise<CachePlan>);
  /** What the reader must undo: renamed tools, output requested as a tool. Each protocol defines its own. */
  state?: unknown;
}

/** What a rendered request does with the prompt cache. */
export interface CachePlan {
  /** One line for a card: `Cache 5m • auto + system`. Undefined when caching is off. */
  summary?: string;
  breakpoints: readonly { at: string; ttl: string; before: string; estimatedTokens: number; by: "automatic" | "explicit" }[];
  /** What will not be cached, and why. */
  excluded: readonly { what: string; because: string }[];
}

/** A changed call to try once more, with the note that says what changed. */
export interface Recovery<S = unknown> {
  call: Call<S>;
  note: Note;
  /** A mark to keep for later calls of the connection, because a host without the feature stays without it. */
  remember?: string;
}
