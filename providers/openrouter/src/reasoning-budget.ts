import { type CheckedCall, isObject, type JsonObject, type Note, policyFor } from "@lumiverse/core/provider";
import { claude } from "@lumiverse/protocols/families";

/** The smallest budget that OpenRouter sends to a model that accepts budgets. */
const MINIMUM = 1024;

/**
 * The budget counts towards `max_tokens`, so a request whose output limit is not higher than the budget is refused with 400. Claude models with budgets get a
 * budget also for a level: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens
 */
export function fitBudget(body: JsonObject, call: CheckedCall, notes: Note[]): void {
  const { reasoning, max_tokens: limit } = body;
  if (!isObject(reasoning) || typeof limit !== "number" || policyFor(call.policy, "reasoning") === "send") return;
  const budget = reasoning["max_tokens"];
  const level = reasoning["effort"];
  const hasBudget = typeof budget === "number" && budget >= limit;
  const hasLevel = typeof level === "string" && level !== "none" && claude.claudeTraits(call.request.model)?.thinking === "budget";
  if (limit <= MINIMUM && (hasBudget || hasLevel)) {
    delete body["reasoning"];
    notes.push({
      kind: "dropped",
      field: "reasoning",
      message: `Thinking needs a budget of at least ${MINIMUM} tokens within maxOutputTokens, which is ${limit}.`,
    });
  } else if (hasBudget) {
    const fitting = Math.max(MINIMUM, Math.floor(limit * 0.8));
    body["reasoning"] = { ...reasoning, max_tokens: fitting };
    notes.push({
      kind: "clamped",
      field: "reasoning",
      message: `The thinking budget of ${budget} became ${fitting}: it must be lower than maxOutputTokens, which is ${limit}.`,
    });
  }
}
