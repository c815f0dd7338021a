/**
 * The gateway's tables as Kysely sees them. They are in the same database as those of `@lumiverse/connections`. Moments are milliseconds since 1970, amounts of money are
 * billionths of a currency unit, so that sums are exact. PostgreSQL returns such columns as texts; `Number` reads both.
 */
export interface GatewayTables {
  gateway_keys: KeyRow;
  gateway_management_keys: ManagementKeyRow;
  gateway_counters: CounterRow;
  gateway_calls: CallRow;
  gateway_running_calls: RunningCallRow;
  gateway_processes: ProcessRow;
  gateway_aliases: AliasRow;
  gateway_cooldowns: CooldownRow;
  gateway_sessions: SessionRow;
  gateway_sign_ins: SignInRow;
  gateway_secrets: SecretRow;
}

/** A virtual key. The key itself is not stored. */
export interface KeyRow {
  id: string;
  name: string;
  /** The name in lower case, unique. */
  name_key: string;
  /** SHA-256 of the key, as hex. */
  hash: string;
  /** The last characters of the key, to tell keys apart. */
  hint: string;
  /** JSON: names of models, or null for all. */
  models: string | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  parallel_calls: number | null;
  day_budget: number | null;
  month_budget: number | null;
  currency: string;
  /** `refuse` or `free`. */
  unpriced: string;
  /** 1: answers and errors name the real target. */
  sees_targets: number;
  /** 1: the configuration file defines it. */
  from_file: number;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** A key of the admin API. The key itself is not stored. Models and limits are the highest that it may grant. */
export interface ManagementKeyRow extends Omit<KeyRow, "sees_targets"> {
  /** JSON: the names of its permissions. */
  permissions: string;
}

/** What a key with limits has used. One row for each key, so that one conditional update checks and charges all limits. */
export interface CounterRow {
  key_id: string;
  /** The minute of the two counts below, in minutes since 1970. */
  minute: number;
  minute_requests: number;
  minute_tokens: number;
  /** The day of the two amounts below, in UTC: `2026-11-30`. */
  day: string;
  day_spent: number;
  day_reserved: number;
  /** The month of the two amounts below, in UTC: `2026-11`. */
  month: string;
  month_spent: number;
  month_reserved: number;
}

/** One accepted call. A call that holds something of its key's limits is written when it is accepted, and completed when it ends; others are written when they end. */
export interface CallRow {
  id: string;
  /** Null: a call without a key. */
  key_id: string | null;
  process_id: string;
  /** `running`, `finished`, `failed`, `canceled` or `interrupted`. */
  state: string;
  started_at: number;
  /** `2026-11-30`, in UTC. */
  day: string;
  protocol: string;
  /** The model as the client named it. */
  requested_model: string;
  streamed: number;
  /** What the counters of the key hold for this call while it runs. */
  reserved_tokens: number;
  reserved_cost: number;
  /** The rest is null until the call ends. */
  ended_at: number | null;
  /** The name of the connection that answered. */
  connection: string | null;
  provider: string | null;
  model: string | null;
  input_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  /** `exact`, `partial` or `unknown`. */
  usage_completeness: string | null;
  cost: number | null;
  currency: string | null;
  /** `provider`, `catalogue` or `estimate`. */
  cost_from: string | null;
  latency_ms: number | null;
  first_token_ms: number | null;
  finish_reason: string | null;
  error_code: string | null;
  error_message: string | null;
  attempt_count: number | null;
  /** JSON. */
  attempts: string | null;
  /** JSON, and null unless recording of content is switched on. */
  content: string | null;
}

/**
 * A call that runs and holds nothing of a key's limits, as its row of `gateway_calls` will begin. A small table of its own: that of all calls has four indexes,
 * each of which a new row changes.
 */
export type RunningCallRow = Pick<
  CallRow,
  "id" | "key_id" | "process_id" | "started_at" | "day" | "protocol" | "requested_model" | "streamed"
>;

/** A running gateway process. One that was not seen for a while is dead, and its running calls are interrupted. */
export interface ProcessRow {
  id: string;
  started_at: number;
  seen_at: number;
}

/** A model name that stands for one target or for a list of them. */
export interface AliasRow {
  /** The name in lower case. */
  name_key: string;
  name: string;
  description: string | null;
  /** JSON. */
  targets: string;
  /** JSON, or null for the defaults. */
  policy: string | null;
  from_file: number;
  created_at: number;
  updated_at: number;
}

/** A target that failed. */
export interface CooldownRow {
  /** The id of the connection, a slash, and the model. */
  target: string;
  /** In a row. */
  failures: number;
  /** No call is sent before this moment while another target is left. 0: now. */
  until: number;
  /** The code of the last error. */
  reason: string;
  updated_at: number;
}

/** A session of the console. */
export interface SessionRow {
  /** SHA-256 of the token, as hex. */
  id: string;
  created_at: number;
  expires_at: number;
}

/** A sign-in with a vendor that has begun. */
export interface SignInRow {
  /** SHA-256 of the token, as hex. */
  id: string;
  /** Sealed with a key that is derived from the token, which the database does not hold. */
  nonce: string;
  ciphertext: string;
  expires_at: number;
}

/** A random text that all processes on the database share. It opens nothing: vendors' keys are in the vault. */
export interface SecretRow {
  name: string;
  value: string;
}
