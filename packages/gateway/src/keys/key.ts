/** A virtual key as the gateway shows it: what a client may do with it. The key itself is shown once, when it is made. */
export interface VirtualKey {
  readonly id: string;
  /** Unique, whatever the case of its letters. */
  readonly name: string;
  /** The last characters of the key, to tell keys apart. */
  readonly hint: string;
  /**
   * The models that the key may use, as `connection/model`, `connection/*` or the name of an alias. A grant on an alias covers its targets. Absent: all.
   */
  readonly models?: readonly string[];
  readonly limits: KeyLimits;
  /** Answers and errors name the real target, in headers and texts, and the key may read the metrics. */
  readonly seesTargets: boolean;
  /** The configuration file defines it, and changes belong there. */
  readonly fromFile: boolean;
  /** ISO date and time. */
  readonly createdAt: string;
  /** ISO date and time. Absent: never. */
  readonly expiresAt?: string;
  /** ISO date and time. Absent: the key works. */
  readonly revokedAt?: string;
}

/** What a key may use. They hold over all processes on one database. An absent limit does not limit. */
export interface KeyLimits {
  /** In a minute of the clock. */
  readonly requestsPerMinute?: number;
  /** Calls that run at once. */
  readonly parallel?: number;
  /** In a minute of the clock: prompt with its cached parts, and output. */
  readonly tokensPerMinute?: number;
  /** Money in a calendar day in UTC. */
  readonly budgetPerDay?: number;
  /** Money in a calendar month in UTC. */
  readonly budgetPerMonth?: number;
  /** Of the budgets, as ISO 4217. Default `USD`. */
  readonly currency?: string;
  /**
   * A call of a key with a budget whose highest cost is unknown: its model has no known price in that currency, or it asks for what no price covers. Default
   * `refuse`. `free`: what has no price costs nothing.
   */
  readonly unpriced?: "refuse" | "free";
}

/** A virtual key as a person enters it. */
export interface KeyInput {
  name: string;
  /** Null or absent: all models. */
  models?: readonly string[] | null;
  limits?: KeyLimits;
  /** Default false. */
  seesTargets?: boolean;
  /** ISO date and time. Null or absent: never. */
  expiresAt?: string | null;
}

/** Changes to a key. An absent field stays as it is; `limits` replaces all limits. */
export type KeyChanges = Partial<KeyInput>;

/** What a key has used of its limits now. Amounts are in the currency of the limits. */
export interface KeyUse {
  /** Calls that run now. One whose process died counts until that is noticed. */
  readonly running: number;
  readonly requestsThisMinute: number;
  readonly tokensThisMinute: number;
  readonly spentToday: number;
  /** Held for calls that run. */
  readonly reservedToday: number;
  readonly spentThisMonth: number;
  readonly reservedThisMonth: number;
}

/** The virtual keys of a gateway. */
export interface Keys {
  /** The newest first, revoked keys included. */
  list(): Promise<VirtualKey[]>;
  /** @throws ConnectionsError `not-found` */
  get(id: string): Promise<VirtualKey>;
  /** `secret` is the key for clients. It cannot be shown again. @throws ConnectionsError `invalid` with all problems */
  create(input: KeyInput): Promise<{ key: VirtualKey; secret: string }>;
  /**
   * @param allow Called with the key as it is after the change, in the same transaction. What it throws undoes the change
   * @throws ConnectionsError `invalid`, `not-found`
   */
  update(id: string, changes: KeyChanges, allow?: (key: VirtualKey) => void): Promise<VirtualKey>;
  /** The key stops working: in this process at once, in others within a second. @param allow As of `update` @throws ConnectionsError `not-found` */
  revoke(id: string, allow?: (key: VirtualKey) => void): Promise<VirtualKey>;
  /** Removes a key. Its calls stay in the ledger. @param allow Called with the key before @throws ConnectionsError `not-found` */
  remove(id: string, allow?: (key: VirtualKey) => void): Promise<void>;
  /** @throws ConnectionsError `not-found` */
  use(id: string): Promise<KeyUse>;
}
