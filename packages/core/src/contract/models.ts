import type { Capabilities } from "./capabilities.ts";

/** Prices per million tokens. */
export interface TokenPrices {
  input?: number;
  output?: number;
  cacheRead?: number;
  /** Writing to the cache for the vendor's default lifetime. */
  cacheWrite?: number;
  /** Writing to the cache for an hour. */
  cacheWrite1h?: number;
}

export interface Price extends TokenPrices {
  /** ISO 4217, such as `USD`. */
  currency: string;
  /** Prices of the whole call when its prompt is longer than `inputTokens`. A price that it leaves out is unknown there. */
  above?: TokenPrices & { inputTokens: number };
  /** Why the price at a given moment is unknown, such as peak hours. No cost is computed then. */
  varies?: string;
  /** The list that states this price, where it is not the `source` of the model's entry: the built-in list completes a vendor's live list. */
  source?: string;
  /** ISO date of `source`. */
  date?: string;
}

export interface ModelInfo {
  id: string;
  name?: string;
  /** Prompt and output together. */
  contextTokens?: number;
  inputTokens?: number;
  maxOutputTokens?: number;
  price?: Price;
  /** What this entry claims about the model. */
  capabilities?: Capabilities;
  aliases?: readonly string[];
  /** The vendor's word: `alpha`, `beta`, `deprecated`, … */
  state?: string;
  /** An ISO date, or a month as `2026-01`. */
  released?: string;
  /** `live`, or the name of the list that this entry comes from. */
  source: string;
  /** ISO date of the source. Absent in a live list, which has one date for all entries. */
  date?: string;
}

/** The model to start with when nobody chose one: served, general, and priced where the vendor has prices. */
export interface DefaultModel {
  /** An id of the catalogue. */
  id: string;
  /** Why it is this one, as a phrase for a person. */
  reason: string;
}

export interface Catalogue {
  /** ISO date of the newest entry. */
  date: string;
  /** The base URL whose prices these are. Default: the provider's own `base`. Other regions and plans of a vendor have other prices. */
  base?: string;
  source: string;
  models: readonly ModelInfo[];
  /** Absent: the catalogue names none, as for a server of one's own. */
  defaultModel?: DefaultModel;
}
