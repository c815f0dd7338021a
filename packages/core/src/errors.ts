import type { Attempt, ChatResponse } from "./chat.ts";
import type { Failure } from "./provider.ts";

/** What went wrong, as a word to branch on. The set is closed. */
export type ErrorCode =
  | "authentication"
  | "permission"
  | "insufficient-balance"
  | "rate-limit"
  | "overloaded"
  | "context-overflow"
  | "content-filter"
  | "invalid-request"
  /** The model produced something that its vendor rejects (a tool call that does not parse); `generation` holds it. */
  | "invalid-generation"
  | "unsupported"
  | "model-not-found"
  | "not-found"
  | "timeout"
  | "network"
  | "aborted"
  /** The stream ended without its end. */
  | "truncated"
  | "malformed-response"
  | "server"
  | "configuration";

/** The only fields an error is built from: nothing else of a request or an answer can get into it. */
export interface ErrorFacts {
  code: ErrorCode;
  message: string;
  provider?: string;
  status?: number;
  /** The vendor's own code or type. */
  vendorCode?: string;
  /** Whether the same call may succeed later. Default: by code. */
  retryable?: boolean;
  /** Milliseconds after which the vendor says it may. */
  retryAfterMs?: number;
  requestId?: string;
  attempts?: readonly Attempt[];
  /** What had arrived before a stream failed. */
  partial?: ChatResponse;
  /** What to do about it. */
  hint?: string;
  /** The model's text that its vendor rejected, at most 4,000 characters. */
  generation?: string;
  /** The request field that is wrong. */
  field?: string;
  cause?: unknown;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["rate-limit", "overloaded", "network", "server", "timeout"]);
const BRAND: unique symbol = Symbol.for("@lumiverse/error") as never;

/** The one error of this library. Test with `isLumiverseError`, which also knows errors of another copy of the package. */
export class LumiverseError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  provider: string | undefined;
  status: number | undefined;
  vendorCode: string | undefined;
  retryAfterMs: number | undefined;
  requestId: string | undefined;
  attempts: readonly Attempt[];
  partial: ChatResponse | undefined;
  hint: string | undefined;
  generation: string | undefined;
  field: string | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "LumiverseError";
    this.code = facts.code;
    this.retryable = facts.retryable ?? RETRYABLE.has(facts.code);
    this.provider = facts.provider;
    this.status = facts.status;
    this.vendorCode = facts.vendorCode;
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
    this.attempts = facts.attempts ?? [];
    this.partial = facts.partial;
    this.hint = facts.hint;
    this.generation = facts.generation?.slice(0, 4000);
    this.field = facts.field;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Plain data for a log: no request, no headers, no secret. */
  toJSON(): { [F in Exclude<keyof ErrorFacts, "cause" | "partial">]: ErrorFacts[F] | undefined } & { name: string } {
    const { name, message, code, retryable, provider, status, vendorCode, retryAfterMs, requestId, attempts, hint, generation, field } =
      this;
    return { name, message, code, retryable, provider, status, vendorCode, retryAfterMs, requestId, attempts, hint, generation, field };
  }
}

export function isLumiverseError(value: unknown): value is LumiverseError {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: true })[BRAND] === true;
}

/** What a reader throws when the host reports a failure inside its answer: `Protocol.parseError` says what it means. */
export class ReportedFailure extends Error {
  readonly failure: Omit<Failure, "headers">;
  constructor(failure: Omit<Failure, "headers">) {
    super(`the host reported a failure (${failure.status})`);
    this.name = "ReportedFailure";
    this.failure = failure;
  }
}

export function isReportedFailure(value: unknown): value is ReportedFailure {
  return value instanceof Error && value.name === "ReportedFailure" && "failure" in value;
}
