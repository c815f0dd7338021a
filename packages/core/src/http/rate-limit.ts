import type { RateLimit } from "../chat/response.ts";
import type { Redact } from "./secrets.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
]);

/** `12ms`, `2m59.56s`, `6m0s`, a number of seconds, or a date, as milliseconds from now. */
function resetMs(text: string, now: number): number | undefined {
  const number = Number(text);
  // An epoch (in seconds or milliseconds) is far larger than any wait.
  if (Number.isFinite(number)) return Math.max(0, number > 1e11 ? number - now : number > 1e9 ? number * 1000 - now : number * 1000);
  const pieces = /([\d.]+)(ms|d|h|m|s)/y;
  let total = 0;
  // A sticky pattern stops at the first character that does not fit, so that no text takes longer than its length.
  for (let piece = pieces.exec(text); piece !== null; piece = pieces.exec(text)) {
    total += Number(piece[1]) * (UNITS.get(piece[2] ?? "") ?? 0);
    if (pieces.lastIndex === text.length) return total;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Limits from any of the header families (`x-ratelimit-limit-requests`, `anthropic-ratelimit-tokens-reset`, …); undefined where there are none. */
export function rateLimitOf(headers: Headers, now: number, redact: Redact): RateLimit | undefined {
  let raw: Record<string, string> | undefined;
  const found: { requests: Record<string, number>; tokens: Record<string, number> } = { requests: {}, tokens: {} };
  headers.forEach((value, name) => {
    if (!name.includes("ratelimit")) return;
    raw ??= {};
    raw[name] = redact(value);
    const kind = name
      .replace("ratelimit", "")
      .match(/limit|remaining|reset/g)
      ?.at(-1);
    // The finer counters (input-tokens, audio) stay in `raw`.
    if (kind === undefined || value.trim() === "" || /input|output|audio|image|query/.test(name)) return;
    const bucket = name.includes("token") ? found.tokens : found.requests;
    const number = kind === "reset" ? resetMs(value, now) : Number(value);
    if (number !== undefined && Number.isFinite(number)) bucket[kind === "reset" ? "resetMs" : kind] ??= number;
  });
  if (raw === undefined) return undefined;
  return {
    raw,
    ...(Object.keys(found.requests).length > 0 ? { requests: found.requests } : {}),
    ...(Object.keys(found.tokens).length > 0 ? { tokens: found.tokens } : {}),
  };
}

const REQUEST_ID = [
  "x-request-id",
  "request-id",
  "x-generation-id",
  "x-ds-trace-id",
  "x-siliconcloud-trace-id",
  "mistral-correlation-id",
  "x-trace-id",
  "x-chutes-invocationid",
];

export function requestIdOf(headers: Headers): string | undefined {
  for (const name of REQUEST_ID) {
    const id = headers.get(name);
    if (id !== null) return id;
  }
  return undefined;
}
