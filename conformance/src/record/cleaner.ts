/** Removes secrets and account names from what the recorder writes. */
import {
  headerSecrets as coreHeaderSecrets,
  keySecrets as coreKeySecrets,
  createSecretFinder,
  isObject,
  querySecrets,
} from "@lumiverse/core/provider";

export interface Cleaner {
  /** Adds secrets. Empty and very short texts are not added, because they would match ordinary words. */
  add(...secrets: readonly (string | undefined)[]): void;
  clean(text: string): string;
  /** Cleans a body. A body that is not UTF-8 is cleaned byte by byte. */
  cleanBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Cleans every string of a JSON value. */
  cleanJson<T>(value: T): T;
  /** True if the text holds a secret. */
  finds(text: string): boolean;
}

const REPLACEMENT = "scrubbed-secret";
const SHORTEST = 4;

/** Patterns of account names: prefixes and fields that vendors use. */
const ACCOUNT: readonly RegExp[] = [
  /\b(?:org|user|proj|acct|team|project|wrkspc)[-_][A-Za-z0-9]{8,}\b/g,
  /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
  /(?<="(?:user_id|organization_id|organization|account_id|project_id|email)"\s*:\s*")[^"]+(?=")/g,
];

/** Equal account names get equal replacements. */
export function createCleaner(): Cleaner {
  const finder = createSecretFinder();
  const names = new Map<string, string>();
  const cleaner: Cleaner = {
    add(...secrets) {
      for (const secret of secrets) if (secret !== undefined && secret.length >= SHORTEST) finder.add(secret);
    },
    finds: (text) => finder.replace(text, "") !== text,
    clean(text) {
      let clean = finder.replace(text, REPLACEMENT);
      for (const pattern of ACCOUNT)
        clean = clean.replace(pattern, (found) => {
          if (found.startsWith("scrubbed-")) return found;
          const known = names.get(found) ?? `scrubbed-account-${names.size + 1}`;
          names.set(found, known);
          return known;
        });
      return clean;
    },
    cleanBytes(bytes) {
      const isText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      try {
        return new TextEncoder().encode(cleaner.clean(isText.decode(bytes)));
      } catch {
        // Latin-1 keeps every byte.
        return Uint8Array.from(Buffer.from(cleaner.clean(Buffer.from(bytes).toString("latin1")), "latin1"));
      }
    },
    // Cleaning the text of the JSON finds the account fields, too.
    cleanJson: (value) => JSON.parse(cleaner.clean(JSON.stringify(value))),
  };
  return cleaner;
}

/** Headers whose values describe the API and no account. The value of every other header is a secret. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "anthropic-beta",
  "anthropic-version",
  "content-type",
  "http-referer",
  "openai-beta",
  "user-agent",
  "x-title",
]);

/** The secrets in the headers of a request: those that core hides, and names of tenants and accounts too, because cases are published. */
export function headerSecrets(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (PUBLIC_HEADERS.has(name.toLowerCase())) return [];
    const pieces = value.split(/[\s;,=]+/).filter((piece) => piece.length >= 8);
    return [value, ...coreHeaderSecrets(name, value), ...pieces].filter((one) => one.length >= 6);
  });
}

/** The secrets in the query of a base URL. Empty for a text that is not a URL. */
export function baseURLSecrets(url: string | undefined): string[] {
  const parsed = url === undefined ? null : (URL.parse(url) ?? URL.parse(`https://${url}`));
  return parsed === null ? [] : querySecrets(parsed);
}

/** The secrets in a key as it was pasted: those that core hides, and all that a service account's JSON says about the account. */
export function keySecrets(key: string | undefined): string[] {
  if (key === undefined) return [];
  const trimmed = key.trim();
  const secrets = [key, ...coreKeySecrets(trimmed), trimmed.replace(/^["'`]|["'`]$/g, "").replace(/^bearer\s+/i, "")];
  if (trimmed.startsWith("{"))
    try {
      secrets.push(...secretFields(JSON.parse(trimmed)));
    } catch {
      // The connection refuses such a key.
    }
  return secrets;
}

/** The strings of a JSON value that are secrets: those in `headers`, and those in fields that are named like secrets. */
export function secretFields(value: unknown, isSecret = false): string[] {
  if (typeof value === "string")
    return isSecret ? [value, ...value.split("\n").filter((line) => line.length >= 32 && !line.startsWith("-----"))] : [];
  if (Array.isArray(value)) return value.flatMap((item) => secretFields(item, isSecret));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    secretFields(
      inner,
      isSecret || (/headers$|key|secret|token|password|auth|client_(?:email|id)/i.test(name) && !/_uri$|_url$|tokens$/i.test(name)),
    ),
  );
}
