/** Keeps secrets out of every text that leaves the library: errors, notes, explanations, observations. */
import { LumiverseError } from "../chat/errors.ts";
import type { Credential } from "../contract/provider.ts";

/** Replaces every known secret in a text by `[key]`. */
export type Redact = (text: string) => string;

/** Secrets shorter than this are not redacted, because they would match ordinary words. */
const SHORTEST_SECRET = 6;

export function createRedactor(): { redact: Redact; addSecret: (secret: string | undefined) => void } {
  const secrets = new Set<string>();
  return {
    addSecret(secret) {
      if (secret === undefined || secret.length < SHORTEST_SECRET) return;
      secrets.add(secret);
      secrets.add(encodeURIComponent(secret));
      secrets.add(JSON.stringify(secret).slice(1, -1));
    },
    redact(text) {
      let clean = text;
      for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, "[key]");
      return clean;
    },
  };
}

/** Redacts keys by their shape, for vendors that quote a key that is not ours ("Incorrect API key provided: sk-…abcd"). */
export function maskKeys(text: string): string {
  return text.replace(/\b(?:sk|pk|gsk|xai|pplx|cpk|fw|ek|AIza|AQ\.)[-_A-Za-z0-9.*]{12,}/g, "[key]");
}

export function isSecretHeader(name: string): boolean {
  return /authorization|api-key|token|secret|cookie|password/i.test(name);
}

/** A pasted key, made fit for a header: blanks, quotes and `Bearer ` are removed. @throws LumiverseError `configuration`, without showing the key */
export function cleanKey(raw: string | undefined, kind: Credential["kind"], provider: string): string | undefined {
  const trimmed = raw?.trim() ?? "";
  if (trimmed === "" || kind === "service-account") return trimmed === "" ? undefined : trimmed;
  const key = trimmed
    .replace(/^(["'`])(.*)\1$/, "$2")
    .replace(/^bearer(?:\s+|$)/i, "")
    .trim();
  if (key === "") return undefined;
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new LumiverseError({
    code: "configuration",
    provider,
    field: "apiKey",
    message: `${provider}: the key contains blanks, line breaks or characters that an HTTP header cannot carry`,
    hint: "Paste the key alone, in one line",
  });
}
