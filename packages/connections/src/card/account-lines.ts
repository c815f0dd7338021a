import type { Account } from "@lumiverse/core";

/** Money, limits and quotas as separate lines, so that an account's balance is never taken for a key's limit. */
export function accountLines(account: Account, now: number = Date.now()): string[] {
  const { balance, keyLimit, plan, state, windows = [] } = account;
  const lines: string[] = [];
  if (balance !== undefined) lines.push(`Account credit: ${money(balance.amount, balance.currency)}`);
  if (keyLimit !== undefined) {
    // Some vendors show the account's balance only to keys of another kind, so it is unknown here, not empty.
    if (balance === undefined) lines.push("Account credit: not readable with this key");
    lines.push(`This key: ${keyText(keyLimit)}`);
  }
  for (const window of windows) lines.push(windowText(window, now));
  if (plan !== undefined || state !== undefined)
    lines.push([plan === undefined ? undefined : `Plan: ${plan}`, state].filter((part) => part !== undefined).join(", "));
  return lines.length === 0 ? [account.summary] : lines;
}

function keyText({ limit, remaining, used, currency, resets }: NonNullable<Account["keyLimit"]>): string {
  const usage = used === undefined ? "" : `, ${money(used, currency)} used`;
  if (limit === null) return `no limit${usage}`;
  const period = resets === undefined ? "" : `, resets ${resets}`;
  return remaining === null
    ? `limit ${money(limit, currency)}${usage}${period}`
    : `${money(remaining, currency)} of ${money(limit, currency)} left${period}`;
}

function windowText(
  { name, used, limit, remaining, fraction, unit, resetsAt }: NonNullable<Account["windows"]>[number],
  now: number,
): string {
  const isMoney = /^[A-Z]{3}$/.test(unit);
  const amount = (value: number): string => (isMoney ? money(value, unit) : compact(value));
  const what = isMoney ? "" : ` ${unit}`;
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const of = limit === undefined ? "" : ` of ${amount(limit)}`;
  const text =
    remaining !== undefined
      ? `${amount(remaining)}${of}${what} left`
      : used !== undefined
        ? `${amount(used)}${of}${what} used`
        : fraction !== undefined
          ? `${Math.round(fraction * 100)}% used`
          : "unknown";
  return `${title}: ${text}${resetsAt === undefined ? "" : `, resets ${untilText(Date.parse(resetsAt) - now)}`}`;
}

/** `in 2 d 3 h`, `in 3 h 5 min`, `in 5 min`. */
export function untilText(ms: number): string {
  if (Number.isNaN(ms)) return "at an unknown time";
  if (ms <= 0) return "now";
  return `in ${durationText(ms)}`;
}

/** `2 d 3 h`, `3 h 5 min`, `5 min`, `20 s`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).format(amount);
  } catch {
    // Not a currency code: the vendor counts in a unit of its own.
    return `${amount.toFixed(2)} ${currency}`;
  }
}

function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}
