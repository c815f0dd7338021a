import { LumiverseError } from "./errors.ts";
import type { Credential } from "./provider.ts";

/** A key as pasted, made usable before it can reach a header: blanks, quotes and `Bearer ` are trimmed, anything else odd is refused without showing it. */
export function cleanKey(raw: string | undefined, kind: Credential["kind"], provider: string): string | undefined {
  let key = raw?.trim() ?? "";
  if (key === "" || kind === "service-account") return key === "" ? undefined : key;
  key = key
    .replace(/^(["'`])(.*)\1$/, "$2")
    .replace(/^bearer(?:\s+|$)/i, "")
    .trim();
  if (key === "") return undefined;
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new LumiverseError({
      code: "configuration",
      provider,
      field: "apiKey",
      message: `${provider}: the key holds blanks, line breaks or characters that no HTTP header can carry`,
      hint: "Paste the key alone, in one line",
    });
  return key;
}

/** Takes every secret out of a text that came from outside. */
export type Scrub = (text: string) => string;
export function createScrub(): { scrub: Scrub; add: (secret: string | undefined) => void } {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret === undefined || secret.length < 6) return;
      secrets.add(secret);
      secrets.add(encodeURIComponent(secret));
      secrets.add(JSON.stringify(secret).slice(1, -1));
    },
    scrub(text) {
      let clean = text;
      for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, "[key]");
      return clean;
    },
  };
}

/** Keys seen by their shape in a vendor's own message ("Incorrect API key provided: sk-…abcd") even where they are not ours. */
export function maskKeys(text: string): string {
  return text.replace(/\b(?:sk|pk|gsk|xai|pplx|cpk|fw|ek|AIza|AQ\.)[-_A-Za-z0-9.*]{12,}/g, "[key]");
}
