/** The requests of a provider that are not chats: model list, key check, account, token count, probe. A provider describes the request and reads the answer. */
import type { CheckedCall } from "./call.ts";
import type { HttpRequest } from "./http.ts";
import type { ModelInfo } from "./models.ts";
import type { ServerInfo } from "./server-info.ts";

export interface Operations<S = unknown> {
  check: Operation<KeyVerdict, S>;
  /** `partial`: the live list omits models that work, so the catalogue's are added. */
  models?: Operation<readonly ModelInfo[], S> & { partial?: boolean };
  account?: Operation<Account, S>;
  countTokens?: Operation<number, S>;
  /** Finds out what kind of server answers at the base URL. */
  probe?: Operation<ServerInfo, S>;
}

export interface Operation<T, S = unknown> {
  /** `page` is the `next` of the previous answer. */
  request(context: OperationContext<S> & { page?: Page }): HttpRequest;
  /** Reads an answer of any status, because a refusal can be a verdict. Returns undefined to let core raise the error of that status. */
  parse(answer: OperationResponse & { context: OperationContext<S> }): OperationResult<T> | undefined;
  /** Joins pages. Default: lists are concatenated; of any other value the last page counts. */
  merge?(before: T, next: T): T;
  /** `vendor`: a fixed host of the vendor. It is not asked while the base URL is overridden to another origin. */
  origin: "base" | "vendor";
}

export interface OperationContext<S = unknown> {
  base: URL;
  settings: Partial<S>;
  /** True when the connection has a key. */
  hasKey: boolean;
  account?: Readonly<Record<string, string>>;
  server?: ServerInfo;
  /** For operations about one request. */
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

export interface OperationResult<T> {
  value: T;
  next?: Page;
}

export interface KeyVerdict {
  key: "valid" | "invalid" | "unknown";
  /** Whether a chat would succeed now. */
  usable: boolean | "unknown";
  reason?: string;
  hint?: string;
  /** What the check cost, such as `1 token`. */
  spent?: string;
}

export interface Account {
  /** The amount to show on a card, in the vendor's unit. */
  balance?: { amount: number; currency: string };
  /** The limit of the key itself, where it differs from the account's balance. */
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
