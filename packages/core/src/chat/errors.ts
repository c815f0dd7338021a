import type { Note } from "./note.ts";
import type { Attempt, ChatResponse } from "./response.ts";
import type { VendorFields } from "./vendor-fields.ts";

/** What went wrong, as a word to branch on. This set is complete. */
export type ErrorCode =
  | "authentication"
  | "permission"
  | "insufficient-balance"
  | "rate-limit"
  | "overloaded"
  | "context-overflow"
  | "content-filter"
  | "invalid-request"
  /** The model wrote something that its vendor rejects, such as a tool call that does not parse. `generation` holds it. */
  | "invalid-generation"
  | "unsupported"
  | "model-not-found"
  | "not-found"
  | "timeout"
  | "network"
  | "aborted"
  /** The stream broke off before the answer was complete. */
  | "truncated"
  | "malformed-response"
  | "server"
  | "configuration";

/** Everything an error is built from. Nothing else of a request or an answer can enter it. */
export interface LumiverseErrorOptions {
  code: ErrorCode;
  message: string;
  provider?: string;
  status?: number;
  /** The vendor's own code or type. */
  vendorCode?: string;
  /** Whether the same call may succeed later. Default: by code. */
  retryable?: boolean;
  /** Milliseconds after which the vendor allows another attempt. */
  retryAfterMs?: number;
  requestId?: string;
  attempts?: readonly Attempt[];
  /** What happened to the request before it failed: dropped fields, recoveries. */
  notes?: readonly Note[];
  /** What had arrived before the stream failed. */
  partial?: ChatResponse;
  /** What to do about it. */
  hint?: string;
  /** The model's text that its vendor rejected, at most 4,000 characters. */
  generation?: string;
  /** The request field that is wrong. */
  field?: string;
  /** The vendor's own fields of a refusal, without secrets, when the request has `vendorFields`. Not part of `toJSON`. */
  vendorFields?: VendorFields;
  cause?: unknown;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["rate-limit", "overloaded", "network", "server", "timeout"]);

const BRAND: unique symbol = Symbol.for("@lumiverse/error") as never; // only a call of `Symbol` itself has a unique type

/** The error that every call of this library throws. Test with `isLumiverseError`, which also recognises errors of another copy of the package. */
export class LumiverseError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  provider: string | undefined;
  status: number | undefined;
  vendorCode: string | undefined;
  retryAfterMs: number | undefined;
  requestId: string | undefined;
  attempts: readonly Attempt[];
  notes: readonly Note[];
  partial: ChatResponse | undefined;
  hint: string | undefined;
  generation: string | undefined;
  field: string | undefined;
  vendorFields: VendorFields | undefined;

  constructor(options: LumiverseErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LumiverseError";
    this.code = options.code;
    this.retryable = options.retryable ?? RETRYABLE.has(options.code);
    this.provider = options.provider;
    this.status = options.status;
    this.vendorCode = options.vendorCode;
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
    this.attempts = options.attempts ?? [];
    this.notes = options.notes ?? [];
    this.partial = options.partial;
    this.hint = options.hint;
    this.generation = options.generation?.slice(0, 4000);
    this.field = options.field;
    this.vendorFields = options.vendorFields;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Plain data for a log: no request, no headers, no secret. */
  toJSON(): { [F in Exclude<keyof LumiverseErrorOptions, "cause" | "partial" | "vendorFields">]: LumiverseErrorOptions[F] | undefined } & {
    name: string;
  } {
    const { name, message, code, retryable, provider, status, vendorCode } = this;
    const { retryAfterMs, requestId, attempts, notes, hint, generation, field } = this;
    return {
      name,
      message,
      code,
      retryable,
      provider,
      status,
      vendorCode,
      retryAfterMs,
      requestId,
      attempts,
      notes,
      hint,
      generation,
      field,
    };
  }
}

export function isLumiverseError(value: unknown): value is LumiverseError {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: true })[BRAND] === true;
}
