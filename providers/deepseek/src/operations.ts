/** Key check, balance and model list of DeepSeek. */
import { type Account, type Capabilities, isObject, type JsonObject, type Operations, readNumber } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { accountOperations, modelList } from "@lumiverse/protocols/chat-completions/operations";
import { atRoot } from "./base-url.ts";

export function operations(dialect: Dialect): Operations {
  return {
    ...accountOperations(dialect, {
      url: ({ base }) => atRoot(base, "/user/balance"),
      read: readBalance,
      usable: ({ balance, state }) => state === undefined && (balance?.amount ?? 0) > 0,
    }),
    models: modelList({ context: ["context_window"], maxOutput: ["max_output_tokens"], capabilities: listedCapabilities }),
  };
}

/** Amounts are strings. An account may hold two currencies; the first one with money pays for calls. */
function readBalance(json: unknown): Account | undefined {
  const infos = isObject(json) && Array.isArray(json["balance_infos"]) ? json["balance_infos"] : undefined;
  if (!isObject(json) || infos === undefined) return undefined;
  const balances = infos.filter(isObject).flatMap(({ total_balance: total, currency }) => {
    const amount = readNumber(total);
    return Number.isFinite(amount) && typeof currency === "string" ? [{ amount, currency }] : [];
  });
  const balance = balances.find(({ amount }) => amount > 0) ?? balances[0];
  const account: Account = {
    summary: balances.map(({ amount, currency }) => `${amount.toFixed(2)} ${currency}`).join(" + ") || "no balance",
  };
  if (balance !== undefined) account.balance = balance;
  if (json["is_available"] === false) account.state = "the balance is too low for calls";
  return account;
}

/** The capabilities that a list entry states. */
function listedCapabilities(entry: JsonObject): Capabilities | undefined {
  const { input_modalities: input, effort } = entry;
  const levels = isObject(effort) && Array.isArray(effort["supported_levels"]) ? effort["supported_levels"] : [];
  const known = levels.filter((level) => typeof level === "string" && level !== "none");
  if (!Array.isArray(input) && known.length === 0) return undefined;
  return {
    ...(Array.isArray(input) ? { "input.image": input.includes("image") } : {}),
    ...(known.length === 0 ? {} : { reasoning: known }),
  };
}
