/** Two pages: what a subscription has used (its answer has had two shapes), and the balance that all else is paid from. */
import { type Account, endpoint, isObject, type JsonObject, type KeyVerdict, type Operation } from "@lumiverse/core";
import { type AccountPage, accountCheck, accountPage, type Dialect } from "@lumiverse/protocols/chat-completions";
import type { NanogptSettings } from "./settings.ts";

/** Both lie beside the version of the base, wherever that is. */
function beside(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/(?:\/(?:subscription|paid|personalized))?\/v1\w*\/?$/, "");
  return endpoint(root, path);
}

const balancePage: AccountPage<NanogptSettings> = {
  url: ({ base }) => beside(base, "/check-balance"),
  read: readBalance,
};
const usagePage: AccountPage<NanogptSettings> = {
  url: ({ base }) => beside(base, "/subscription/v1/usage"),
  read: readUsage,
};
const POST = { method: "POST" as const, body: {} };

/** The list of models answers 200 to any key; the balance proves it, and costs nothing. */
export function keyCheck(dialect: Dialect): Operation<KeyVerdict, NanogptSettings> {
  const check = accountCheck(dialect, balancePage);
  return {
    ...check,
    request: (context) => ({ ...check.request(context), ...POST }),
    async parse(response, context) {
      const read = await check.parse(response, context);
      if (read?.value.key !== "valid" || read.value.usable !== false) return read;
      const hint = "The balance is empty: what a subscription includes still works, all else needs money";
      return { value: { ...read.value, usable: "unknown", hint } };
    },
  };
}

/** The subscription where there is one, and the balance that everything else is paid from. */
export function account(dialect: Dialect): Operation<Account, NanogptSettings> {
  const usage = accountPage(dialect, usagePage);
  const balance = accountPage(dialect, balancePage);
  return {
    origin: "base",
    request: (context, page) => (page === undefined ? usage.request(context) : { ...balance.request(context), ...POST }),
    async parse(response, context) {
      if (new URL(response.url).pathname.endsWith("/check-balance")) return balance.parse(response, context);
      // Accounts without a subscription get 401 or 404; whether the key is at fault, the balance tells.
      const none = response.status === 401 || response.status === 404;
      const value = none ? { summary: "no subscription" } : (await usage.parse(response, context))?.value;
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
  const usd = isObject(json) ? Number(json["usd_balance"] ?? Number.NaN) : Number.NaN;
  if (!isObject(json) || !Number.isFinite(usd)) return undefined;
  const nano = Number(json["nano_balance"] ?? 0);
  return {
    balance: { amount: usd, currency: "USD" },
    summary: `$${usd.toFixed(2)}${nano > 0 ? ` and ${nano.toFixed(2)} XNO` : ""}`,
  };
}

/** Windows of today's answer, then those of the older one. */
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
    // A fraction, called a percentage, and above 1 where overage is allowed.
    ...(typeof percentUsed === "number" ? { fraction: percentUsed } : {}),
    ...(typeof resetAt === "number" ? { resetsAt: new Date(resetAt).toISOString() } : {}),
  };
}
