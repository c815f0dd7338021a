/** The key check and the account, which has two endpoints: the usage of the subscription, in two shapes, and the balance that pays for everything else. */
import { type Account, endpoint, isObject, type JsonObject, type KeyVerdict, type Operation, readNumber } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { type AccountEndpoint, accountCheck, accountOperation } from "@lumiverse/protocols/chat-completions/operations";
import type { NanogptSettings } from "./settings.ts";

/** A path outside the version of the API. */
function besideVersion(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/(?:\/(?:subscription|paid|personalized))?\/v1\w*\/?$/, "");
  return endpoint(root, path);
}

const balanceEndpoint: AccountEndpoint<NanogptSettings> = {
  url: ({ base }) => besideVersion(base, "/check-balance"),
  read: readBalance,
};
const usageEndpoint: AccountEndpoint<NanogptSettings> = {
  url: ({ base }) => besideVersion(base, "/subscription/v1/usage"),
  read: readUsage,
};
const POST = { method: "POST" as const, body: {} };

/** The model list answers 200 to any key. The endpoint of the balance requires a valid key and costs nothing. */
export function keyCheck(dialect: Dialect): Operation<KeyVerdict, NanogptSettings> {
  const check = accountCheck(dialect, balanceEndpoint);
  return {
    ...check,
    request: (context) => ({ ...check.request(context), ...POST }),
    parse(response) {
      const read = check.parse(response);
      if (read?.value.key !== "valid" || read.value.usable !== false) return read;
      const hint = "The balance is empty: only models that a subscription includes still work";
      return { value: { ...read.value, usable: "unknown", hint } };
    },
  };
}

/** The subscription, if there is one, and the balance. */
export function account(dialect: Dialect): Operation<Account, NanogptSettings> {
  const usage = accountOperation(dialect, usageEndpoint);
  const balance = accountOperation(dialect, balanceEndpoint);
  return {
    origin: "base",
    request: (context) => (context.page === undefined ? usage.request(context) : { ...balance.request(context), ...POST }),
    parse(response) {
      if (new URL(response.url).pathname.endsWith("/check-balance")) return balance.parse(response);
      // 401 and 404 also mean that the account has no subscription. The endpoint of the balance then shows whether the key is valid.
      const none = response.status === 401 || response.status === 404;
      const value = none ? { summary: "no subscription" } : usage.parse(response)?.value;
      if (value === undefined) return undefined;
      return { value, next: { page: "balance" } };
    },
    merge(usage, money) {
      if (usage.plan === undefined || usage.state === "inactive") return money;
      return { ...money, ...usage, summary: `${usage.summary}; ${money.summary}` };
    },
  };
}

function readBalance(json: unknown): Account | undefined {
  const usd = isObject(json) ? readNumber(json["usd_balance"]) : Number.NaN;
  if (!isObject(json) || !Number.isFinite(usd)) return undefined;
  const nano = readNumber(json["nano_balance"]);
  return {
    balance: { amount: usd, currency: "USD" },
    summary: `$${usd.toFixed(2)}${nano > 0 ? ` and ${nano.toFixed(2)} XNO` : ""}`,
  };
}

/** Windows of the current shape, then those of the older one. */
const WINDOWS = {
  dailyInputTokens: ["today", "input tokens"],
  weeklyInputTokens: ["this week", "input tokens"],
  dailyImages: ["images today", "images"],
  daily: ["today", "calls"],
  monthly: ["this month", "calls"],
} as const;

function readUsage(json: unknown): Account | undefined {
  if (!isObject(json) || typeof json["active"] !== "boolean") return undefined;
  const limits = isObject(json["limits"]) ? json["limits"] : {};
  const windows = Object.entries(WINDOWS).flatMap(([key, [name, unit]]) => {
    const window = json[key];
    return isObject(window) ? [windowOf(window, limits[key], name, unit)] : [];
  });
  const { period, graceUntil, allowOverage } = json;
  const end = isObject(period) ? period["currentPeriodEnd"] : undefined;
  const more = [
    typeof graceUntil === "string" && `grace until ${graceUntil.slice(0, 10)}`,
    typeof end === "string" && `the period ends ${end.slice(0, 10)}`,
    allowOverage === true && "more is paid from the balance",
  ].filter((one) => one !== false);
  const state = typeof json["state"] === "string" ? json["state"] : json["active"] ? "active" : "inactive";
  const shown = windows
    .filter(({ unit }) => unit !== "images")
    .map(({ name, remaining, limit, unit }) => {
      const of = limit === undefined ? "" : ` of ${limit.toLocaleString("en")}`;
      return `${(remaining ?? 0).toLocaleString("en")}${of} ${unit} left ${name}`;
    });
  return {
    plan: "subscription",
    state: json["active"] ? state : "inactive",
    ...(windows.length === 0 ? {} : { windows }),
    summary: json["active"] ? [`subscription ${state}`, ...shown, ...more].join(", ") : "no active subscription",
  };
}

function windowOf(window: JsonObject, limit: unknown, name: string, unit: string): NonNullable<Account["windows"]>[number] {
  const { used, remaining, percentUsed, resetAt } = window;
  return {
    name,
    unit,
    ...(typeof used === "number" ? { used } : {}),
    ...(typeof limit === "number" ? { limit } : {}),
    ...(typeof remaining === "number" ? { remaining } : {}),
    // `percentUsed` is a fraction. It exceeds 1 where overage is allowed.
    ...(typeof percentUsed === "number" ? { fraction: percentUsed } : {}),
    ...(typeof resetAt === "number" && Math.abs(resetAt) <= 8.64e15 ? { resetsAt: new Date(resetAt).toISOString() } : {}), // the range of a Date
  };
}
