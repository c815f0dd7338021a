import type { Call } from "@lumiverse/gateway";

/** A call of the gateway as one line of its log. Tokens that no vendor reported are left out, or shown as `?` beside those that are known. */
export function callLine(call: Call): string {
  const { startedAt, state, requestedModel, connection, model, latencyMs = 0, usage, cost, error, attempts } = call;
  const target = connection === undefined ? "" : ` -> ${connection}/${model}`;
  const counts = [usage?.input, usage?.cacheRead, usage?.cacheWrite].filter((count) => count !== undefined);
  const prompt = counts.length === 0 ? "?" : counts.reduce((sum, count) => sum + count);
  const tokens = counts.length === 0 && usage?.output === undefined ? "" : ` ${prompt}+${usage?.output ?? "?"} tokens`;
  const money = cost === undefined ? "" : ` ${cost.amount.toFixed(6)} ${cost.currency}`;
  const tries = attempts.length > 1 ? ` ${attempts.length} attempts` : "";
  const failure = error === undefined ? "" : ` ${error.code}: ${error.message}`;
  return `${startedAt.slice(11, 19)} ${state} ${requestedModel}${target} ${latencyMs}ms${tokens}${money}${tries}${failure}`;
}
