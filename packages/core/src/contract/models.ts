import type { Capabilities } from "./capabilities.ts";

/** Prices per million tokens. */
export interface Price {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** ISO 4217, such as `USD`. */
  currency: string;
  /** Prices above a number of prompt tokens. */
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
  /** What this entry claims about the model. */
  capabilities?: Capabilities;
  aliases?: readonly string[];
  /** The vendor's word: `alpha`, `beta`, `deprecated`, … */
  state?: string;
  /** ISO date. */
  released?: string;
  /** `live`, or the name of the list that this entry comes from. */
  source: string;
  /** ISO date of the source. */
  date?: string;
}

export interface Catalogue {
  /** ISO date of the newest entry. */
  date: string;
  source: string;
  models: readonly ModelInfo[];
}
