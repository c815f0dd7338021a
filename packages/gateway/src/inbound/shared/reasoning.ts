import type { ReasoningLevel, ReasoningRequest } from "@lumiverse/core";
import { ownValue } from "@lumiverse/core/provider";

const LEVELS: Readonly<Record<string, ReasoningLevel>> = {
  none: "off",
  off: "off",
  disabled: "off",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "max",
  max: "max",
};

/** The neutral level of an effort in a client's word. Undefined for a word that has none: only the client's own protocol knows it. */
export function levelOf(effort: string | undefined): ReasoningLevel | undefined {
  const word = effort?.toLowerCase() ?? "";
  return ownValue(LEVELS, word);
}

/** A budget in tokens; 0 switches reasoning off, and a negative one lets the model choose. Only the client's own protocol can state a fraction. */
export function budgetOf(tokens: number | undefined): ReasoningRequest | undefined {
  if (tokens === undefined || tokens < 0 || !Number.isSafeInteger(tokens)) return undefined;
  return tokens === 0 ? "off" : { budgetTokens: tokens };
}
