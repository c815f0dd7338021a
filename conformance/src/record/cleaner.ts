/** Removes secrets and account names from what the recorder writes. */
import { isObject, querySecrets } from "@lumiverse/core/provider";

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
  /** Longest first, because one spelling can be a part of another. */
  let spellings: string[] = [];
  const names = new Map<string, string>();
  const cleaner: Cleaner = {
    add(...secrets) {
      const added = secrets.flatMap((secret) => (secret === undefined || secret.length < SHORTEST ? [] : spellingsOf(secret)));
      spellings = [...new Set([...spellings, ...added])].sort((a, b) => b.length - a.length);
    },
    finds: (text) => spellings.some((spelling) => text.includes(spelling)),
    clean(text) {
      let clean = text;
      for (const spelling of spellings) clean = clean.replaceAll(spelling, REPLACEMENT);
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

/** A secret in every encoding in which hosts repeat it. */
function spellingsOf(secret: string): string[] {
  const percent = encodeURIComponent(secret.toWellFormed());
  const json = JSON.stringify(secret).slice(1, -1);
  const characters = [...secret];
  const codes = characters.map((character) => character.codePointAt(0) ?? 0);
  const plain = [
    secret,
    percent,
    percent.replaceAll("%20", "+"),
    lowerCodes(percent),
    encodeURIComponent(percent),
    lowerCodes(encodeURIComponent(percent)),
    json,
    json.replaceAll("/", "\\/"),
    codes.map((code) => `&#${code};`).join(""),
    codes.map((code) => `&#x${code.toString(16)};`).join(""),
    codes.map((code) => `&#x${code.toString(16).toUpperCase()};`).join(""),
    codes.map((code) => `\\u${code.toString(16).padStart(4, "0")}`).join(""),
    characters.map((character) => (/[A-Za-z0-9]/.test(character) ? character : `\\u${hex(character)}`)).join(""),
    characters.map((character) => NAMED[character] ?? character).join(""),
    characters.map((character) => (character === "'" ? "&#39;" : character === "/" ? "&#x2F;" : (NAMED[character] ?? character))).join(""),
    characters.map((character) => `%${hex(character).slice(-2)}`).join(""),
    ...base64Pieces(secret),
  ];
  // An answer in JSON escapes the backslashes of an encoding once more, and a message in a message twice.
  const escaped = plain.map((text) => JSON.stringify(text).slice(1, -1));
  return [...plain, ...escaped, ...escaped.map((text) => JSON.stringify(text).slice(1, -1))].filter((text) => text.length >= SHORTEST);
}

const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
}
function lowerCodes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** The base64 of the secret inside any text: the place among three bytes decides the characters, and those at the ends depend on the neighbours. */
function base64Pieces(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Shorter pieces would match by accident.
  if (bytes.length < 8) return [];
  const pieces = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(offset === 0 ? 0 : offset + 1, end);
  });
  return [...pieces, ...pieces.map((piece) => piece.replaceAll("+", "-").replaceAll("/", "_"))];
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

/** The secrets in the headers of a request: whole values, what stands behind a scheme such as `Bearer`, and the text of basic credentials. */
export function headerSecrets(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (PUBLIC_HEADERS.has(name.toLowerCase())) return [];
    const bare = value.replace(/^[A-Za-z]+\s+/, "");
    const basic = /^basic\s/i.test(value) ? Buffer.from(bare, "base64").toString("latin1") : "";
    const pieces = value.split(/[\s;,=]+/).filter((piece) => piece.length >= 8);
    return [value, bare, basic, basic.slice(basic.indexOf(":") + 1), ...pieces].filter((one) => one.length >= 6);
  });
}

/** The secrets in the query of a base URL. Empty for a text that is no URL. */
export function baseURLSecrets(url: string | undefined): string[] {
  const parsed = url === undefined ? null : (URL.parse(url) ?? URL.parse(`https://${url}`));
  return parsed === null ? [] : querySecrets(parsed);
}

/** The secrets in a key: all of it, and of the JSON of a service account each value and each line of the private key. */
export function keySecrets(key: string | undefined): string[] {
  if (key === undefined) return [];
  const trimmed = key.trim();
  const secrets = [key, trimmed, trimmed.replace(/^["'`]|["'`]$/g, "").replace(/^bearer\s+/i, "")];
  if (trimmed.startsWith("{"))
    try {
      secrets.push(...secretFields(JSON.parse(trimmed)));
    } catch {
      // The connection refuses such a key.
    }
  return secrets;
}

/** The strings of a JSON value that are secrets: those in `headers`, and those whose name is about secrets. */
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
