/** Writes numbers, amounts of money, times and sentences for people. */
import type { Usage } from "@lumiverse/core";

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

/** `128K`, `1.2M`. */
export function compact(value: number): string {
  return short.format(value);
}

/** Small amounts have more decimals, because a call may cost a hundredth of a cent. */
export function money(amount: number, currency: string): string {
  const digits = amount === 0 || Math.abs(amount) >= 1 ? 2 : Math.abs(amount) >= 0.01 ? 4 : 6;
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency, maximumFractionDigits: digits }).format(amount);
  } catch {
    // A unit that is not a currency, such as credits.
    return `${amount.toFixed(digits)} ${currency}`;
  }
}

/** `1,200 in, 80 out`. The prompt includes its cached tokens. `undefined`: neither count is known. */
export function tokens({ input, output, cacheRead = 0, cacheWrite = 0 }: Partial<Usage> = {}): string | undefined {
  if (input === undefined && output === undefined) return undefined;
  return `${input === undefined ? "?" : count(input + cacheRead + cacheWrite)} in, ${output === undefined ? "?" : count(output)} out`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** Adds a full stop to a text that has none. A text that ends with an address stays as it is, so that the address can be copied. */
export function withStop(text: string): string {
  const lastWord = text.slice(text.lastIndexOf(" ") + 1);
  return /[\p{L}\p{N})"]$/u.test(text) && !lastWord.includes("://") ? `${text}.` : text;
}

/** Begins a message of the server with a capital letter. A first word with digits or signs is an id or a name, and stays as it is. */
export function sentence(text: string): string {
  return /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
