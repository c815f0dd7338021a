/** The tables as Kysely sees them. Texts, integers and reals only, so that SQLite and PostgreSQL hold the same values. */
export interface Tables {
  profiles: ProfileRow;
  secrets: SecretRow;
  vault: VaultRow;
  model_lists: ModelListRow;
}

export interface ProfileRow {
  id: string;
  name: string;
  /** The name in lower case, unique. */
  name_key: string;
  provider: string;
  model: string;
  /** As the person typed it. Null: the provider's own. */
  base_url: string | null;
  /** As it was completed when it was saved, so that an update of this package does not change where a profile goes. */
  resolved_url: string | null;
  /** Where the secrets belong. */
  origin: string;
  auth: string;
  /** JSON, without secret settings. */
  settings: string;
  settings_version: number;
  /** JSON, or null for no binding. */
  reasoning: string | null;
  /** 1 on one row at most. A partial unique index enforces that. */
  is_default: number;
  /** 0 while it is switched off. */
  is_enabled: number;
  position: number;
  revision: number;
  created_at: string;
  updated_at: string;
}

/** The sealed secrets of one profile. */
export interface SecretRow {
  profile_id: string;
  origin: string;
  /** 1 when a key is among the secrets, so that a listing needs no master key. */
  has_key: number;
  /** The master key that sealed it. */
  key_id: string;
  /** Base64. */
  nonce: string;
  /** Base64. */
  ciphertext: string;
  updated_at: string;
}

/** One row: how a master key is recognised. */
export interface VaultRow {
  id: number;
  key_id: string;
  /** JSON of the key derivation's parameters, or null for a random master key. */
  derivation: string | null;
  nonce: string;
  ciphertext: string;
}

/** A model list as it was last read. The key is a digest, so that no row shows an origin's key. */
export interface ModelListRow {
  cache_key: string;
  fetched_at: string;
  /** JSON. */
  list: string;
}
