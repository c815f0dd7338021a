/** Turns a requested reasoning level or budget into what a model accepts. */
import { LumiverseError } from "../chat/errors.ts";
import type { Note } from "../chat/note.ts";
import type { ReasoningLevel, ReasoningRequest } from "../chat/request.ts";
import type { ResolvedReasoning } from "../contract/call.ts";
import type { Capabilities } from "../contract/capabilities.ts";
import { clamp, isRange, isWords } from "./clamp.ts";

/** Tokens per level for models that accept only a budget: fractions of what vendors document for their own levels. */
const BUDGET: Readonly<Record<Exclude<ReasoningLevel, "off">, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  max: 32_768,
};
const LEVELS = Object.keys(BUDGET) as (keyof typeof BUDGET)[]; // `Object.keys` loses the key type of a closed record

export function resolveReasoning(want: ReasoningRequest, capabilities: Capabilities, notes: Note[]): ResolvedReasoning {
  if (want === "off") return { kind: "off" };
  const words = capabilities.reasoning;
  const budget = capabilities["reasoning.budget"];
  const acceptsBudget = budget !== undefined && budget !== false;
  const efforts = isWords(words) && words.length > 0 ? words : undefined;
  if (typeof want === "object") {
    if (typeof want.budgetTokens !== "number")
      throw new LumiverseError({
        code: "unsupported",
        field: "reasoning",
        message: "reasoning is neither a level nor { budgetTokens }",
        hint: 'Levels are "off", "minimal", "low", "medium", "high" and "max"',
      });
    if (acceptsBudget) return { kind: "budget", tokens: clampBudget(want.budgetTokens, budget, notes) };
    if (efforts === undefined) return words === true ? withoutLevel(notes) : { kind: "budget", tokens: want.budgetTokens };
    const level = nearestLevel(want.budgetTokens);
    const word = effortWord(level, efforts) ?? level;
    notes.push({
      kind: "changed",
      field: "reasoning",
      message: `The model accepts effort levels, not budgets: ${want.budgetTokens} tokens became ${word}.`,
    });
    return { kind: "effort", word };
  }
  if (efforts !== undefined) {
    const word = effortWord(want, efforts) ?? want;
    if (word !== want)
      notes.push({ kind: "clamped", field: "reasoning", message: `${want} became ${word}: the model accepts ${efforts.join(", ")}.` });
    return { kind: "effort", word };
  }
  if (acceptsBudget && budget !== "unknown")
    return { kind: "budget", tokens: isRange(budget) ? clamp(BUDGET[want], budget) : BUDGET[want] };
  return words === true ? withoutLevel(notes) : { kind: "effort", word: want };
}

function clampBudget(tokens: number, budget: Capabilities["reasoning.budget"], notes: Note[]): number {
  if (!isRange(budget)) return tokens;
  const clamped = clamp(tokens, budget);
  if (clamped !== tokens)
    notes.push({
      kind: "clamped",
      field: "reasoning",
      message: `${tokens} became ${clamped}: the model accepts ${budget[0]} to ${budget[1]}.`,
    });
  return clamped;
}

function nearestLevel(tokens: number): keyof typeof BUDGET {
  return LEVELS.reduce((best, level) => (Math.abs(BUDGET[level] - tokens) < Math.abs(BUDGET[best] - tokens) ? level : best));
}

function withoutLevel(notes: Note[]): ResolvedReasoning {
  notes.push({ kind: "changed", field: "reasoning", message: "The model accepts no reasoning level. It reasons at its own level." });
  return { kind: "on" };
}

/** Strength of the effort words that vendors use. */
const RANK: Readonly<Record<string, number>> = { none: 0, off: 0, minimal: 1, low: 2, medium: 3, default: 3, high: 4, xhigh: 5, max: 6 };

/** The effort word nearest to a level. `words` starts with the weakest; of two equally near, the weaker is chosen. */
export function effortWord(level: string, words: readonly string[]): string | undefined {
  if (words.includes(level)) return level;
  const want = RANK[level] ?? 3;
  let best: string | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const rank = RANK[word];
    if (rank === undefined || rank === 0) continue;
    if (Math.abs(rank - want) < distance) {
      distance = Math.abs(rank - want);
      best = word;
    }
  }
  return best ?? words.at(-1);
}
