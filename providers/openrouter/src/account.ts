/**
 * The limit of a key (`/key`), and the balance of the account (`/credits`), which only management keys may read:
 * https://openrouter.ai/docs/api/api-reference/credits/get-credits
 */
import { type Account, endpoint, isObject, type JsonObject, type KeyVerdict, type Operation } from "@lumiverse/core/provider";
import { type AccountEndpoint, accountCheck, accountOperation } from "@lumiverse/protocols/chat-completions/operations";
import { dialect } from "./dialect.ts";

const keyEndpoint: AccountEndpoint = {
  url: ({ base }) => endpoint(base, "/key"),
  read: readKey,
  usable({ state, keyLimit }) {
    if (state !== undefined) return false;
    return typeof keyLimit?.remaining === "number" ? keyLimit.remaining > 0 : true;
  },
};

const keyEndpointCheck = accountCheck(dialect, keyEndpoint);

/** A key check by the endpoint of the key, because the model list is public. */
export const keyCheck: Operation<KeyVerdict> = {
  ...keyEndpointCheck,
  parse(response) {
    const read = keyEndpointCheck.parse(response);
    if (read?.value.key === "valid" && isManagementKey(dataOf(response.json)))
      read.value.hint = "This is a management key and cannot call models: create an API key at https://openrouter.ai/settings/keys";
    else if (read?.value.usable === false && read.value.key === "valid")
      read.value.hint = "The limit of this key is used up: raise it at https://openrouter.ai/settings/keys";
    return read;
  },
};

const keyAccount = accountOperation(dialect, keyEndpoint);
const credits = accountOperation(dialect, { url: ({ base }) => endpoint(base, "/credits"), read: readCredits });

/** The limit of the key; for a management key also the balance of the account. */
export const account: Operation<Account> = {
  origin: "base",
  request: (context) => (context.page === undefined ? keyAccount : credits).request(context),
  parse(response) {
    if (new URL(response.url).pathname.endsWith("/credits")) return credits.parse(response);
    const read = keyAccount.parse(response);
    return read !== undefined && isManagementKey(dataOf(response.json)) ? { ...read, next: { page: "credits" } } : read;
  },
  merge: (limits, balance) => ({ ...limits, ...balance, summary: `${balance.summary}; ${limits.summary}` }),
};

function isManagementKey(data: JsonObject | undefined): boolean {
  return data?.["is_management_key"] === true || data?.["is_provisioning_key"] === true;
}

/** The contents of `data`. Some proxies omit that wrapper. */
function dataOf(json: unknown): JsonObject | undefined {
  if (!isObject(json)) return undefined;
  return isObject(json["data"]) ? json["data"] : json;
}

function readKey(json: unknown): Account | undefined {
  const data = dataOf(json);
  if (data === undefined || data["usage"] === undefined) return undefined;
  const { limit, limit_remaining: remaining, usage, limit_reset: resets, is_free_tier: free, expires_at: expires } = data;
  const keyLimit: NonNullable<Account["keyLimit"]> = {
    limit: typeof limit === "number" ? limit : null,
    remaining: typeof remaining === "number" ? remaining : null,
    currency: "USD",
  };
  if (typeof usage === "number") keyLimit.used = usage;
  if (typeof resets === "string") keyLimit.resets = resets;
  const windows = (["daily", "weekly", "monthly"] as const).flatMap((name) => {
    const used = data[`usage_${name}`];
    return typeof used === "number" ? [{ name, used, unit: "USD" }] : [];
  });
  const summary =
    keyLimit.remaining === null
      ? `this key has no limit; ${money(keyLimit.used)} used`
      : `${money(keyLimit.remaining)} left of this key's ${money(keyLimit.limit)}`;
  return {
    keyLimit,
    ...(windows.length === 0 ? {} : { windows }),
    ...(typeof free === "boolean" ? { plan: free ? "free" : "paid" } : {}),
    ...(isManagementKey(data) ? { state: "a management key, which cannot call models" } : {}),
    summary: typeof expires === "string" ? `${summary}; expires ${expires.slice(0, 10)}` : summary,
  };
}

function readCredits(json: unknown): Account | undefined {
  const data = dataOf(json);
  const { total_credits: bought, total_usage: used } = data ?? {};
  if (typeof bought !== "number" || typeof used !== "number") return undefined;
  // More than ten digits are rounding noise of the subtraction.
  const amount = Number((bought - used).toPrecision(10));
  return {
    balance: { amount, currency: "USD" },
    state: "a management key, which cannot call models",
    summary: `${money(amount)} of credit left`,
  };
}

function money(amount: number | null | undefined): string {
  return amount === null || amount === undefined ? "an unknown amount" : `$${amount.toFixed(2)}`;
}
