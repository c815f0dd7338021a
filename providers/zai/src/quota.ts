/** The usage windows of a plan, from an endpoint of the vendor's console, which is not part of the API. Other clients use it (seen in November 2026). */
import { type Account, isObject, type JsonObject, type Operation, wordOf } from "@lumiverse/core/provider";
import { accountOperation } from "@lumiverse/protocols/chat-completions/operations";
import { HOSTS } from "./endpoints.ts";
import { errors } from "./errors.ts";
import type { ZaiSettings } from "./settings.ts";

export const account: Operation<Account, ZaiSettings> = accountOperation<ZaiSettings>(
  { errors },
  {
    origin: "vendor",
    url: ({ base, settings }) => {
      const host = base.origin === HOSTS.cn ? HOSTS.cn : HOSTS[settings.region ?? "global"];
      return new URL(`${host}/api/monitor/usage/quota/limit`);
    },
    read: readQuota,
  },
);

function readQuota(json: unknown): Account | undefined {
  const data = isObject(json) && json["success"] === true ? json["data"] : undefined;
  if (!isObject(data)) return undefined;
  const limits = Array.isArray(data["limits"]) ? data["limits"].filter(isObject) : [];
  const windows = limits.map(readWindow);
  const plan = [data["planName"], data["plan"], data["plan_type"], data["packageName"], data["level"]].find(
    (name) => typeof name === "string" && name !== "",
  );
  const used = windows.map(({ name, fraction }) => (fraction === undefined ? name : `${name} ${Math.round(fraction * 100)} %`));
  const account: Account = { windows, summary: [plan, ...used].filter((one) => one !== undefined).join(" • ") || "no plan" };
  if (typeof plan === "string") account.plan = plan;
  return account;
}

const UNITS: Readonly<Record<string, string>> = { 1: "day", 3: "hour", 5: "month", 6: "week" };
const KINDS: Readonly<Record<string, string>> = { TOKENS_LIMIT: "tokens", TIME_LIMIT: "tool calls", CREDIT_LIMIT: "credits" };

/** The vendor names the limit `usage` and the used amount `currentValue`. */
function readWindow(limit: JsonObject): NonNullable<Account["windows"]>[number] {
  const { type, unit, number, usage, currentValue, remaining, percentage, nextResetTime } = limit;
  const kind = KINDS[wordOf(type)] ?? wordOf(type);
  const span = UNITS[wordOf(unit)];
  const count = typeof number === "number" && number > 1 ? `${number} ` : "";
  const window: NonNullable<Account["windows"]>[number] = {
    name: span === undefined ? kind : `${kind} per ${count}${span}${count === "" ? "" : "s"}`,
    unit: kind,
  };
  if (typeof usage === "number") window.limit = usage;
  if (typeof currentValue === "number") window.used = currentValue;
  if (typeof remaining === "number") window.remaining = remaining;
  if (typeof percentage === "number") window.fraction = percentage / 100;
  if (typeof nextResetTime === "number" && Math.abs(nextResetTime) < 8.64e15) window.resetsAt = new Date(nextResetTime).toISOString();
  return window;
}
