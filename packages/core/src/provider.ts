/**
 * The contracts. A provider is data and pure functions: it names a protocol (a wire format), says where and with which facts,
 * and never touches network, clock, randomness or environment. Transport belongs to this package alone.
 */
import type { AssistantMessage, ChatRequest, FinishReason, Message, Note, Origin, Part, PartKind, ResponseDetails, Usage } from "./chat.ts";
import type { LumiverseError } from "./errors.ts";
import type { Evidence, Facts, ModelFacts } from "./facts.ts";

/** The major version of this contract. A package built for a newer one is refused at `connect` by name. */
export const CONTRACT = 1;

export interface Provider<S = unknown> {
  /** Lower-case letters, digits and hyphens: the name in `connect("…")` and the folder of the package. */
  id: string;
  name: string;
  /** The vendor's API documentation. */
  docs: string;
  /** The version of the provider's package. */
  version: string;
  contract: number;
  credential: Credential;
  /** The vendor's own base URL; what `baseURL` overrides. Absent: the caller must give one (`custom`). */
  base?: string;
  /** Other origins that are the vendor's own too (regions): a key from the environment may go there. */
  origins?: readonly string[];
  /** Lazy schema of what a person may set; `connect` validates against it. */
  settings?: () => Promise<SettingsModule<S>>;
  /** Which wire, where, with which facts: pure, chosen before the check. */
  route(call: Call<S>): Route;
  /** Lazy, dated list of known models; of a region or plan, where the settings choose one. */
  catalogue?: (settings?: Partial<S>) => Promise<Catalogue>;
  operations: Operations<S>;
  /** For signed hosts only: the key becomes request headers. Core owns the cache, the single flight and one retry on 401. */
  authorize?: (key: string, effects: AuthorizeEffects) => Promise<Authorization>;
  /** What of the settings a token depends on (a region with a token host of its own). Default: nothing, so that one token serves all. */
  authorizeBy?: (settings: Partial<S>) => string;
  /** What may be said of a key without showing it (a service account's project); throws `configuration` for a key that can't be one. */
  describeKey?: (key: string) => Readonly<Record<string, string>>;
  /** "Once more without X": a changed call, before the first content, inside the same budget, always with a note. */
  recover?: (error: LumiverseError, call: Call<S>) => Recovery<S> | undefined;
  signIn?: PkceEndpoints;
  /** Lazy, generated: what the provider's claims rest on, by capability. */
  evidence?: () => Promise<Readonly<Record<string, readonly Evidence[]>>>;
  /** At most so many calls in flight for a connection; the rest wait. */
  concurrency?: number;
  /** Hosts whose answers may be read by a page (CORS), where it is known. */
  browser?: boolean;
}

export type Credential =
  | {
      kind: "api-key";
      required: boolean;
      /** The environment variable that is read when no key is given and the origin is the vendor's own. */
      env: string;
      /** Header that carries it. Default `authorization`. */
      header?: string;
      /** Put before the key. Default `Bearer ` for `authorization`, nothing elsewhere. */
      prefix?: string;
      /** Where a person gets one. */
      page?: string;
    }
  | { kind: "service-account"; env: string; page?: string; required: true }
  | { kind: "none" };

export interface AuthorizeEffects {
  fetch: typeof fetch;
  now: () => number;
  /** As read by the provider's schema. */
  settings: Readonly<Record<string, unknown>>;
  signal?: AbortSignal;
}
export interface Authorization {
  headers: Record<string, string>;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** What is known of the server behind a base URL, found out by `operations.probe`. */
export interface ServerFacts {
  /** The kind of server, such as `ollama`; `unknown` is a good outcome. */
  server: string;
  version?: string;
  contextTokens?: number;
  /** How it was found out. */
  from: string;
  [key: string]: unknown;
}

/** Everything a pure function may look at. Never changed in place. */
export interface Call<S = unknown> {
  request: ChatRequest;
  settings: Partial<S>;
  streaming: boolean;
  /** A key is at hand. */
  keyed: boolean;
  /** What may be said of the key without showing it: a service account's project. */
  account?: Readonly<Record<string, string>>;
  /** The caller's override, normalised; undefined: the provider's own base. */
  baseURL?: URL;
  facts?: ServerFacts;
  policy: Policy;
  /** Marks left by `recover`: what this call must do without. */
  without: ReadonlySet<string>;
}

export interface Policy {
  /**
   * What the model is known not to take. `default`: refused where leaving it out would change the meaning, else left out with a note. `throw`: refused.
   * `warn`: left out with a note; a text stands where a medium stood. `send`: sent as it is.
   */
  unsupported: "default" | "throw" | "warn" | "send";
  prefill: "native" | "instruction" | "error";
  replayScope: "own" | "vendor";
}

export interface Route {
  protocol: Protocol;
  base: URL;
  headers?: Readonly<Record<string, string>>;
  /** What the model takes on this route. */
  takes: Facts;
  rules?: readonly Rule[];
  /** `never`: no key goes to this host. */
  credential?: "never";
  concurrency?: number;
  /** How `generate` goes out. `streamed`: as a stream, folded (hosts that cut long silences). Default `unstreamed`. */
  unstreamed?: "unstreamed" | "streamed";
  /** How `stream` goes out. `no-tools`: unstreamed when there are tools. Default `yes`. */
  streaming?: "yes" | "no" | "no-tools";
}

/** Facts about pairs of fields, applied in the order: reasoning, tools, output, sampling, the rest. */
export interface Rule {
  field: keyof ChatRequest;
  when: (request: ChatRequest) => boolean;
  then: "drop" | "refuse" | "clamp" | "force";
  /** The range for `clamp`, the value for `force`. */
  value?: unknown;
  /** A sentence for the note or error, with the vendor's reason. */
  because: string;
}

export interface WireRequest {
  method: "GET" | "POST" | "DELETE";
  url: URL;
  headers?: Record<string, string>;
  /** JSON; serialised once, in this key order. */
  body?: Record<string, unknown>;
}

export interface Protocol {
  /** `chat-completions`, `responses`, `messages`, `generate-content`, or a name of your own. */
  id: string;
  framing: "sse" | "json-lines" | "json-array";
  /** What a payload is bound to beside provider and host: its model (the default), or the wire alone (plain reasoning text). */
  binds?: "model" | "wire";
  /** The request as this wire spells it, with every change noted. Pure. */
  render(call: CheckedCall): Rendered;
  /** A fresh reader for one answer. */
  reader(call: CheckedCall, rendered: Rendered): Reader;
  /** Loads what rendering this call needs beyond the ordinary (a schema compiler); awaited before `render`. */
  load?(call: CheckedCall): Promise<unknown> | undefined;
  /** Where the cacheable prefix of two rendered requests stops being the same, by one who knows the wire's rules. */
  diffPrefix?(previous: Rendered, next: Rendered): Promise<{ at?: string; because?: string; reasons?: readonly string[] }>;
  /** What a refused request means, or a failure that a reader found reported inside an answer. Never throws. */
  parseError(failure: Failure, call: CheckedCall): LumiverseError | Promise<LumiverseError>;
}

/** A call after route and check: what `render` sees. */
export interface CheckedCall extends Call {
  route: Route;
  /** Who payloads of this call belong to. */
  origin: Origin;
  /** Messages as to be sent: foreign payloads are already left out. */
  messages: readonly Message[];
  /** The output request, resolved once. */
  output?: ResolvedOutput;
  /** `request.reasoning` in what this model takes, clamped and noted; absent when nothing was asked. */
  reasoning?: ResolvedReasoning;
}
export type ResolvedReasoning =
  | { kind: "off" }
  /** The vendor's word, one of `takes.reasoning`. */
  | { kind: "effort"; word: string }
  | { kind: "budget"; tokens: number }
  /** It reasons, and takes no level. */
  | { kind: "on" };
export interface ResolvedOutput {
  name: string;
  description?: string;
  /** Absent for `output: "json"`. */
  schema?: Record<string, unknown>;
  strict?: boolean;
  validate?: (value: unknown) => unknown;
  /**
   * How it is asked for, by what is known of the model. For `json` and `prompt` core has already put the schema into the messages; `tool`
   * is the wire's to render (one forced tool), and its reader's to turn back into text.
   */
  strategy: "schema" | "json" | "tool" | "prompt";
}

export interface Rendered {
  request: WireRequest;
  notes: Note[];
  cache?: CachePlan;
  /** What the reader must undo: renamed tools, output asked for as a tool. */
  state?: unknown;
}

export interface CachePlan {
  /** One line for a card: `Cache 5m • auto + system`; undefined when caching is off. */
  summary?: string;
  breakpoints: readonly { at: string; ttl: string; before: string; estimatedTokens: number; by: "automatic" | "explicit" }[];
  /** What will not be cached, and why. */
  excluded: readonly { what: string; because: string }[];
}

export interface Failure {
  status: number;
  headers: Headers;
  /** The body's text, capped. */
  text: string;
  /** The body as JSON, if it is. */
  json?: unknown;
}

export interface SseMessage {
  event?: string | undefined;
  data: string;
}

/** What a reader emits. `replay` is the vendor's own payload; core puts the origin to it. */
export type ReadEvent =
  | { type: "start"; id?: string | undefined; model?: string | undefined }
  | { type: "part-start"; index: number; kind: "text" | "reasoning" }
  | { type: "part-start"; index: number; kind: "tool-call"; id: string; name: string }
  | { type: "text"; index: number; text: string }
  | { type: "reasoning"; index: number; text: string }
  | { type: "tool-call-delta"; index: number; text: string }
  /** `arguments`, where given, replaces what the deltas said. */
  | { type: "part-end"; index: number; replay?: unknown; arguments?: string }
  /** A whole part of its own (never a text that was streamed). */
  | { type: "part"; index: number; part: Part; replay?: unknown }
  | { type: "usage"; usage: Usage }
  | { type: "note"; note: Note }
  | { type: "details"; details: ResponseDetails }
  /** Forget everything read so far (a proxy spliced a second answer in). */
  | { type: "reset" }
  /** At the stream's end, never at the finish reason. `replay` belongs to the message as a whole. */
  | { type: "finish"; reason: FinishReason; raw?: string | undefined; replay?: unknown };
export type Emit = (event: ReadEvent) => void;

/**
 * Reads one answer. Failures that the host reports in it are thrown as `ReportedFailure`, for `parseError` to read; what the reader finds wrong itself
 * is thrown as `LumiverseError`.
 */
export interface Reader {
  /** One event of the stream. The hot path: once per delta. */
  message(message: SseMessage, emit: Emit): void;
  /** A whole JSON answer (an unstreamed call, or a host that ignores `stream`). */
  body(json: unknown, emit: Emit): void;
  /** Text that is no event: bare JSON errors, HTML. */
  stray(text: string, emit: Emit): void;
  /** The connection ended. Emits `finish`, or throws `truncated`. */
  end(emit: Emit): void;
  /** `finishing`: the answer is complete, only a terminator or usage may follow. `done`: nothing follows. */
  readonly phase: "open" | "finishing" | "done";
}

export interface OperationContext<S = unknown> {
  base: URL;
  /** Headers of the route (extra headers, attribution); core adds the credential. */
  settings: Partial<S>;
  keyed: boolean;
  account?: Readonly<Record<string, string>>;
  facts?: ServerFacts;
  /** For operations that concern one model or one request. */
  call?: CheckedCall;
}
export interface OperationResponse {
  status: number;
  headers: Headers;
  text: string;
  json?: unknown;
  url: string;
}
export type Page = Readonly<Record<string, string>>;
export interface Answered<T> {
  value: T;
  next?: Page;
}
export interface Operation<T, S = unknown> {
  request(context: OperationContext<S>, page?: Page): WireRequest;
  /** Sees every status, so that a refusal can be a verdict. To let core raise the protocol's error, return undefined. */
  parse(response: OperationResponse, context: OperationContext<S>): Answered<T> | undefined | Promise<Answered<T> | undefined>;
  /** How pages become one value. Default: lists are joined, of anything else the last page counts. */
  merge?(before: T, next: T): T;
  spends?: "tokens";
  /** `vendor`: fixed host of the vendor; refused while the base URL is overridden to an origin that is not its own. */
  origin: "base" | "vendor";
}
export interface Operations<S = unknown> {
  check: Operation<KeyVerdict, S>;
  /** `partial`: the live list leaves out models that work; those of the catalogue are added. */
  models?: Operation<readonly ModelInfo[], S> & { partial?: boolean };
  account?: Operation<Account, S>;
  countTokens?: Operation<number, S>;
  /** Runs at most once a connection, and only while `wanted` says so of the settings. */
  probe?: Operation<ServerFacts, S> & { wanted: (settings: Partial<S>) => boolean };
}

export interface KeyVerdict {
  key: "valid" | "invalid" | "unknown";
  /** A chat would go through now. */
  usable: boolean | "unknown";
  reason?: string;
  hint?: string;
  /** What finding out cost, such as `1 token`. */
  spent?: string;
}

export interface Account {
  /** What one would show on a card, in the vendor's unit. */
  balance?: { amount: number; currency: string };
  /** The limit of the key itself, where that is another thing than the account's balance. */
  keyLimit?: { limit: number | null; remaining: number | null; used?: number; currency: string; resets?: string };
  plan?: string;
  state?: string;
  windows?: readonly {
    name: string;
    used?: number;
    limit?: number;
    remaining?: number;
    /** 0 to 1; may exceed 1. */
    fraction?: number;
    unit: string;
    /** ISO date and time. */
    resetsAt?: string;
  }[];
  /** One line for a card. */
  summary: string;
}

export interface Price {
  /** Per million tokens. */
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  currency: string;
  /** A dearer band above so many prompt tokens. */
  above?: { inputTokens: number; input?: number; output?: number; cacheRead?: number };
}
export interface ModelInfo {
  id: string;
  name?: string;
  /** Prompt and output together. */
  contextTokens?: number;
  inputTokens?: number;
  maxOutputTokens?: number;
  price?: Price;
  /** What this entry claims of the model. */
  takes?: Facts;
  aliases?: readonly string[];
  /** `alpha`, `beta`, `deprecated`, … by the vendor's word. */
  state?: string;
  released?: string;
  /** Where this entry comes from: `live`, or the snapshot's or overlay's name. */
  source: string;
  /** ISO date of the source. */
  date?: string;
}
export interface Catalogue {
  /** ISO date of the newest part. */
  date: string;
  source: string;
  models: readonly ModelInfo[];
}

/** A setting as a form shows it. */
export interface SettingField {
  /** Dotted path in the settings object. */
  path: string;
  type: "string" | "number" | "boolean" | "choice" | "list" | "record" | "json";
  title: string;
  help?: string;
  section?: string;
  order: number;
  secret?: boolean;
  default?: unknown;
  choices?: readonly { value: string; title: string }[];
  min?: number;
  max?: number;
  /** Shown only while another field has a value. */
  condition?: { path: string; equals: unknown };
}
export interface SettingsModule<S> {
  /** Valid settings with defaults filled in, or throws `configuration` naming the field. */
  parse(input: unknown): S;
  fields: readonly SettingField[];
}

export interface Recovery<S = unknown> {
  call: Call<S>;
  note: Note;
  /** Remember for the rest of the connection (a host without JSON schema will not grow one). */
  remember?: string;
}

/** OAuth PKCE sign-in; core owns randomness and digest. */
export interface PkceEndpoints {
  authorizeURL(input: { callback: string; challenge: string; nonce: string }): URL;
  exchange(input: { code: string; verifier: string }): WireRequest;
  parse(response: OperationResponse): { key: string; account?: string };
}

export type { AssistantMessage, Facts, ModelFacts, Origin, PartKind };
