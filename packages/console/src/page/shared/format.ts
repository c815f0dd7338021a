/** Numbers, money and moments as people read them. */

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

/** `128K`, `1.2M`. */
export function compact(value: number): string {
  return short.format(value);
}

/** Small amounts keep the digits that matter: a call may cost a hundredth of a cent. */
export function money(amount: number, currency: string): string {
  const digits = amount === 0 || Math.abs(amount) >= 1 ? 2 : Math.abs(amount) >= 0.01 ? 4 : 6;
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency, maximumFractionDigits: digits }).format(amount);
  } catch {
    // A currency that is none, such as credits.
    return `${amount.toFixed(digits)} ${currency}`;
  }
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** Texts of errors and of help come with a final stop and without one. An address that ends a text stays as it is, so that it can be copied. */
export function withStop(text: string): string {
  const lastWord = text.slice(text.lastIndexOf(" ") + 1);
  return /[\p{L}\p{N})"]$/u.test(text) && !lastWord.includes("://") ? `${text}.` : text;
}

/** Messages of the server begin as they would in a log. A page begins its sentences with a capital. Ids and names stay as they are. */
export function sentence(text: string): string {
  return /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
