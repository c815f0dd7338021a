import type { ChatRequest } from "@lumiverse/core";

/** A name for clients that stands for one target, or for a list of targets that are tried in order. */
export interface Alias {
  /** Unique, whatever the case of its letters. It may begin with `claude-`, for clients that accept no other names. */
  readonly name: string;
  readonly description?: string;
  readonly targets: readonly AliasTarget[];
  readonly policy: AliasPolicy;
  /** The configuration file defines it, and changes belong there. */
  readonly fromFile: boolean;
  /** ISO date and time. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Fields of a request that a target sets for itself: plain data, laid over what the client sent. */
export type TargetOptions = Partial<Omit<ChatRequest, "model" | "messages" | "signal" | "output" | "tools" | "headers" | "timeouts">>;

export interface AliasTarget {
  /** `connection/model`, or `connection` for its own model. Models may contain `/`. */
  readonly target: string;
  readonly options?: TargetOptions;
}

/** What happens when a target fails. */
export interface AliasPolicy {
  /**
   * After content has arrived. `error` (the default): the client receives an error. `restart`: the next target answers from the start, where the client's
   * protocol can take back what was sent; the vendor that broke off may have billed its part.
   */
  readonly afterContent?: "error" | "restart";
  /** HTTP requests of all targets together. Default: 3, or the number of targets if that is more. */
  readonly attempts?: number;
  /** Milliseconds for all targets together until the first content. Default 600,000. */
  readonly budgetMs?: number;
  /** Milliseconds that a failing target rests, unless its vendor names a time. Default 30,000. 0: never. */
  readonly cooldownMs?: number;
  /** Failures in a row after which a target that is down rests. Default 2. Rate limits, refused keys and a Retry-After count at once. */
  readonly failuresBeforeCooldown?: number;
}

export interface AliasInput {
  name: string;
  description?: string;
  targets: readonly AliasTarget[];
  policy?: AliasPolicy;
}

/** The aliases and fallback lists of a gateway. */
export interface Aliases {
  list(): Promise<Alias[]>;
  /** Whatever the case of its letters. @throws ConnectionsError `not-found` */
  get(name: string): Promise<Alias>;
  /** Creates the alias, or replaces the one of this name. @throws ConnectionsError `invalid` with all problems */
  save(input: AliasInput): Promise<Alias>;
  /** @throws ConnectionsError `not-found` */
  remove(name: string): Promise<void>;
}
