/** The key check and the account, which is what pays for the next call: a subscription, else the daily quota of calls, else the balance. */
import { type Account, isObject, type JsonObject, type KeyVerdict, type Operation, readNumber } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { type AccountEndpoint, accountCheck, accountOperation } from "@lumiverse/protocols/chat-completions/operations";

/** All endpoints of the account are at another host of the vendor. */
const endpointAt = (path: string, read: AccountEndpoint["read"]): AccountEndpoint => ({
  origin: "vendor",
  url: () => new URL(`https://api.chutes.ai/users/me${path}`),
  read,
});
const endpoints = {
  subscription: endpointAt("/subscription_usage", readSubscription),
  quota: endpointAt("/quota_usage/me", readQuota),
  balance: endpointAt("", readBalance),
};
const NEXT = { subscription: "quota", quota: "balance", balance: undefined } as const;

/** `/v1/models` is public, so only an endpoint of the account proves the key. */
export function keyCheck(dialect: Dialect): Operation<KeyVerdict> {
  return accountCheck(dialect, {
    ...endpoints.balance,
    usable: ({ balance }) => ((balance?.amount ?? 0) > 0 ? true : "unknown"), // a subscription or a quota may still pay
  });
}

export function account(dialect: Dialect): Operation<Account> {
  const nameOf = (path: string): keyof typeof endpoints =>
    path.endsWith("/subscription_usage") ? "subscription" : path.endsWith("/me/quota_usage/me") ? "quota" : "balance";
  return {
    origin: "vendor",
    request: (context) => {
      const name = context.page?.["page"];
      return accountOperation(dialect, endpoints[name === "quota" || name === "balance" ? name : "subscription"]).request(context);
    },
    parse(response) {
      const name = nameOf(new URL(response.url).pathname);
      const next = NEXT[name];
      const known = response.status < 400 ? endpoints[name].read(response.json, response.context) : undefined;
      if (known !== undefined) return { value: known };
      // An endpoint that fails is an error. Only one that answers, or that does not exist (404), leads to the next one.
      const failed = response.status >= 400 && response.status !== 404;
      if (failed || next === undefined) return accountOperation(dialect, endpoints[name]).parse(response);
      return { value: { summary: `no ${name}` }, next: { page: next } };
    },
  };
}

/** Amounts are in USD. Clients of the vendor use different names (2026), so all names that were seen are read. */
function readSubscription(json: unknown): Account | undefined {
  if (!isObject(json) || json["subscription"] === false || json["subscription"] === null) return undefined;
  const windows = [
    windowOf(json, "in 4 hours", ["four_hour", "four_hour_window", "rolling_4h_window"]),
    windowOf(json, "this month", ["monthly", "billing_cycle"]),
  ].filter((window) => window !== undefined);
  if (windows.length === 0) return undefined;
  const used = windows.map(
    ({ used = 0, limit, name }) => `$${used.toFixed(2)}${limit === undefined ? "" : ` of $${limit.toFixed(2)}`} ${name}`,
  );
  return { plan: "subscription", windows, summary: `subscription: used ${used.join(", ")}` };
}

type Window = NonNullable<Account["windows"]>[number];

function windowOf(json: JsonObject, name: string, keys: readonly string[]): Window | undefined {
  for (const key of keys) {
    const inner = json[key];
    const read = (...fields: readonly string[]): number | undefined => {
      for (const field of fields) {
        const value = isObject(inner) ? inner[field] : json[`${key}_${field}`];
        const number = typeof value === "string" && value !== "" ? Number(value) : value;
        if (typeof number === "number" && Number.isFinite(number)) return number;
      }
      return undefined;
    };
    const used = read("usage", "used");
    const limit = read("cap", "limit");
    const remaining = read("remaining");
    if (used === undefined && limit === undefined && remaining === undefined) continue;
    const window: Window = { name, unit: "USD" };
    if (used !== undefined) window.used = used;
    if (limit !== undefined) window.limit = limit;
    if (remaining !== undefined) window.remaining = remaining;
    const resets = isObject(inner) ? (inner["reset_at"] ?? inner["resets_at"]) : undefined;
    if (typeof resets === "string") window.resetsAt = resets;
    return window;
  }
  return undefined;
}

/** Every call counts, including each round of a tool loop. A day ends at 00:00 UTC. */
function readQuota(json: unknown): Account | undefined {
  if (!isObject(json)) return undefined;
  const used = typeof json["used"] === "number" ? json["used"] : 0;
  if (json["quota"] === "unlimited") return { plan: "unlimited", summary: `${used} calls today, unlimited` };
  const limit = json["quota"];
  if (typeof limit !== "number" || limit <= 0) return undefined;
  return {
    plan: "quota",
    windows: [{ name: "today", unit: "calls", used, limit, remaining: Math.max(0, limit - used) }],
    summary: `${used} of ${limit} calls used today`,
  };
}

function readBalance(json: unknown): Account | undefined {
  const amount = isObject(json) ? readNumber(json["balance"]) : Number.NaN;
  if (!Number.isFinite(amount)) return undefined;
  return { balance: { amount, currency: "USD" }, summary: `$${amount.toFixed(2)}` };
}
