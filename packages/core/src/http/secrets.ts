/** Keeps secrets out of every text that leaves the library: errors, notes, explanations, observations. */
import { LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject } from "../chat/json.ts";
import type { Note } from "../chat/note.ts";
import type { Credential } from "../contract/provider.ts";
import { createSecretFinder } from "./secret-finder.ts";

/** Replaces known secrets, and whatever looks like a key, by `[key]`. */
export type Redact = (text: string) => string;

export interface Redactor {
  redact: Redact;
  /** Replaces known secrets only, for payloads that are invalid once anything else in them changes. */
  redactKnown: Redact;
  /** Adds a secret in all encodings in which hosts repeat it. Values of up to five characters and parts of public names are not added. */
  addSecret: (secret: string | undefined) => void;
  knows: (secret: string) => boolean;
  /** A redactor that knows these secrets and further ones of its own. */
  child: () => Redactor;
}

/** Secrets shorter than this are not redacted, because they would match ordinary words. */
const SHORTEST_SECRET = 6;

/**
 * @param publicNames Texts that are shown anyway (hosts, provider ids). A secret that is part of one is a placeholder such as `localhost`, not a secret.
 * @param parent A redactor whose secrets are redacted too. Its set does not grow with this one.
 */
export function createRedactor(publicNames: readonly string[] = [], parent?: Redactor): Redactor {
  const finder = createSecretFinder();
  const withoutKnown: Redact = (text) => finder.replace(text, "[key]");
  const redactor: Redactor = {
    knows: (secret) => finder.has(secret) || parent?.knows(secret) === true,
    child: () => createRedactor(publicNames, redactor),
    addSecret(secret) {
      if (secret === undefined || secret.length < SHORTEST_SECRET || publicNames.some((name) => name.includes(secret))) return;
      if (!redactor.knows(secret)) finder.add(secret);
    },
    redact: (text) => (parent === undefined ? maskKeys(withoutKnown(text)) : parent.redact(withoutKnown(text))),
    redactKnown: (text) => (parent === undefined ? withoutKnown(text) : parent.redactKnown(withoutKnown(text))),
  };
  return redactor;
}

/** The beginnings of vendors' keys. */
const KEY_SHAPE = /\b(?:(?:[gc]?sk|pk|xai|pplx|cpk|fw|ek|hf|nvapi|r8|tgp|gh[ops])[-_]|AIza|AQ\.|ya29\.|eyJ)[-_A-Za-z0-9.*]{8,}/g;
/** Characters of the shortest text with such a shape. */
const SHORTEST_SHAPE = 11;
/** Words and model ids have shorter runs of letters and digits than this. */
const RANDOM_LENGTH = 16;
/** Model ids with small letters, capital letters and digits are shorter than this. */
const LONG_KEY = 40;

/** Redacts keys by their shape, for vendors that quote a key that is not ours ("Incorrect API key provided: sk-…abcd"). */
export function maskKeys(text: string): string {
  if (text.length < SHORTEST_SHAPE) return text;
  // A key that its vendor quotes may be partly hidden already.
  return text.replace(KEY_SHAPE, (found) => (found.includes("*") || hasRandomPart(found) ? "[key]" : found));
}

function hasRandomPart(text: string): boolean {
  const isMixed = /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);
  return (
    (isMixed && text.length >= LONG_KEY) ||
    text.split(/[^A-Za-z0-9]+/).some((run) => run.length >= RANDOM_LENGTH && /\d/.test(run) && /[a-z]/i.test(run))
  );
}

/** Headers whose values are shown. Every other header that a caller supplies counts as a secret. */
const SHOWN_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "anthropic-beta",
  "anthropic-dangerous-direct-browser-access",
  "anthropic-version",
  "content-type",
  "http-referer",
  "openai-beta",
  "openai-organization",
  "openai-project",
  "referer",
  "user-agent",
  "x-anthropic-beta",
  "x-billing-mode",
  "x-goog-user-project",
  "x-openrouter-cache",
  "x-openrouter-cache-ttl",
  "x-openrouter-categories",
  "x-openrouter-metadata",
  "x-openrouter-title",
  "x-provider",
  "x-title",
  "x-vertex-ai-llm-request-type",
  "x-vertex-ai-llm-shared-request-type",
]);

/** True for a header whose value is shown, such as `content-type`. */
export function isShownHeader(name: string): boolean {
  return SHOWN_HEADERS.has(name.toLowerCase());
}

/** Words up to this length are names of tenants and teams; a longer word may be a password. */
const LONGEST_WORD = 12;

/** The secrets in a header's value. None in values that are shown, and none in plain words under a name that is not about secrets. */
export function headerSecrets(name: string, value: string): string[] {
  if (isShownHeader(name)) return [];
  const isPlainWord = /^[a-z]+$/i.test(value) && value.length <= LONGEST_WORD && !/auth|key|token|secret|cookie|password/i.test(name);
  if (isPlainWord) return [];
  const bare = value.replace(/^(?:bearer|basic|token)\s+/i, "");
  return [bare, ...piecesOf(value), ...(/^basic\s/i.test(value) ? decodedBasic(bare) : [])];
}

/** The parts of a value that a host may repeat alone: one cookie, one parameter, the text after a scheme. */
function piecesOf(value: string): string[] {
  return value.split(/[\s;,=]+/).filter((piece) => piece.length >= 8 && /\d/.test(piece));
}

/** User and password together, and the password. */
function decodedBasic(encoded: string): string[] {
  try {
    const text = atob(encoded);
    return [text, text.slice(text.indexOf(":") + 1)];
  } catch {
    return [];
  }
}

/** The secrets in a key: the whole key, its pieces, and the private fields of a service account's JSON. */
export function keySecrets(key: string | undefined): string[] {
  if (key === undefined) return [];
  // The same pieces as those of its header. If only a piece were known, the rest of the key would stay in a text.
  if (key[0] !== "{") return [key, ...piecesOf(key)];
  let account: unknown;
  try {
    account = JSON.parse(key);
  } catch {
    return [key];
  }
  const secrets = [key];
  for (const [name, value] of Object.entries(isObject(account) ? account : {}))
    if (typeof value === "string" && /key|secret|token|password/i.test(name) && !value.startsWith("https:"))
      secrets.push(value, ...value.split("\n").filter((line) => line.length >= PEM_LINE && !line.startsWith("-----")));
  return secrets;
}

/** Length from which one line of a private key counts as a secret. */
const PEM_LINE = 32;

/** Query parameters of a base URL whose values are shown. */
const SHOWN_PARAMETERS: ReadonlySet<string> = new Set([
  "api-version",
  "api_version",
  "version",
  "alt",
  "pageSize",
  "limit",
  "region",
  "location",
]);

/** The secrets in a URL's query: every value that is not on a short list. */
export function querySecrets(url: URL): string[] {
  return [...url.searchParams].filter(([name]) => !SHOWN_PARAMETERS.has(name)).map(([, value]) => value);
}

/** A URL to show: query values are masked unless they are known to be public. */
export function shownURL(url: URL, redact: Redact): string {
  if (url.search === "") return redact(url.href);
  const shown = new URL(url);
  const masked = new Set<string>();
  for (const [name, value] of url.searchParams) if (!SHOWN_PARAMETERS.has(name) && value !== "") masked.add(name);
  for (const name of masked) shown.searchParams.set(name, "[key]");
  return redact(shown.href.replaceAll("%5Bkey%5D", "[key]"));
}

/** Removes secrets from every text of an error. */
export function redactError(error: LumiverseError, redact: Redact): LumiverseError {
  // The stack contains the original message.
  for (const field of ["message", "hint", "generation", "vendorCode", "requestId", "field", "stack"] as const) {
    const text = error[field];
    if (text !== undefined) error[field] = redact(text);
  }
  error.notes = error.notes.map((note) => redactNote(note, redact));
  if (!isSafeCause(error.cause, redact)) error.cause = undefined;
  return error;
}

export function redactNote(note: Note, redact: Redact): Note {
  const message = redact(note.message);
  const field = note.field === undefined ? undefined : redact(note.field);
  return message === note.message && field === note.field ? note : { ...note, message, ...definedFields({ field }) };
}

/** Values inside a cause that are looked at. */
const MOST_VALUES = 500;

/** False for a cause that quotes a secret anywhere: `JSON.parse` and `fetch` quote their input, and errors of libraries carry requests. */
function isSafeCause(cause: unknown, redact: Redact): boolean {
  const seen = new Set<unknown>();
  const waiting = [cause];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "string" && redact(value) !== value) return false;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (seen.size > MOST_VALUES) return false;
    try {
      waiting.push(...partsOf(value));
    } catch {
      return false;
    }
  }
  return true;
}

/** What a value holds: names and values of its properties, hidden ones included, entries of collections, and bytes as text. */
function partsOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [new TextDecoder("latin1").decode(value)];
  const entries = value instanceof Map || value instanceof Set || value instanceof Headers ? [...value].slice(0, MOST_VALUES).flat() : [];
  const names = Reflect.ownKeys(value).slice(0, MOST_VALUES);
  return [...entries, ...names, ...names.map((name) => Reflect.get(value, name) as unknown)];
}

/** Levels of a JSON value that are looked at. Deeper ones are left out, because they contain no message. */
const DEEPEST = 100;

/** The JSON value with secrets removed from its strings and keys; the same value where there are none. */
export function redactJson(value: unknown, redact: Redact): unknown {
  return new SecretSearch(redact).clean(value);
}

function cleanJson(value: unknown, redact: Redact, depth: number): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => cleanJson(item, redact, depth + 1));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries: [string, unknown][] = Object.entries(value);
  let isSame = true;
  for (const entry of entries) {
    const [name, item] = entry;
    entry[0] = redact(name);
    entry[1] = cleanJson(item, redact, depth + 1);
    isSame &&= entry[0] === name && entry[1] === item;
  }
  return isSame ? value : Object.fromEntries(entries);
}

/** How many texts a `SecretSearch` remembers, and how long these can be. */
const MOST_CLEAN = 500;
const LONGEST_CLEAN = 200;

/** Removes secrets from JSON values that are much alike: the messages of one stream, the entries of one list. */
export class SecretSearch {
  readonly #redact: Redact;
  /** Texts without a secret: most of them come again. */
  readonly #clean: Set<string> = new Set();
  /** The last value without a secret. The next one shares most of its members. */
  #last: unknown;

  constructor(redact: Redact) {
    this.#redact = redact;
  }

  /** The value with secrets removed; the same value where there are none. */
  clean(value: unknown): unknown {
    if (!this.#isClean(value, this.#last, 0)) return cleanJson(value, this.#redact, 0);
    this.#last = value;
    return value;
  }

  /** @param known A value without a secret. A member that is the same in it is not searched again */
  #isClean(value: unknown, known: unknown, depth: number): boolean {
    if (value === known) return true;
    if (typeof value === "string") return this.#isCleanText(value);
    if (typeof value !== "object" || value === null) return true;
    if (depth > DEEPEST) return false;
    if (Array.isArray(value)) {
      const items: readonly unknown[] = Array.isArray(known) ? known : [];
      // The entries of a list are much alike, and the one before has no secret.
      for (let i = 0; i < value.length; i++) if (!this.#isClean(value[i], items[i] ?? value[i - 1], depth + 1)) return false;
      return true;
    }
    const members = (isObject(known) ? known : {}) as Record<string, unknown>;
    for (const name in value) {
      const member = (value as Record<string, unknown>)[name]; // a key of JSON
      const before = members[name];
      if (member === before && member !== undefined) continue;
      if ((before === undefined && !this.#isCleanText(name)) || !this.#isClean(member, before, depth + 1)) return false;
    }
    return true;
  }

  #isCleanText(text: string): boolean {
    if (text === "" || this.#clean.has(text)) return true;
    if (this.#redact(text) !== text) return false;
    if (text.length <= LONGEST_CLEAN && this.#clean.size < MOST_CLEAN) this.#clean.add(text);
    return true;
  }
}

/** The JSON of a service account has about 2,400 characters. A longer key would make the search for it slow. */
const LONGEST_KEY = 100_000;

/** A pasted key, made fit for a header: blanks, quotes and `Bearer ` are removed. @throws LumiverseError `configuration`, without showing the key */
export function cleanKey(raw: string | undefined, kind: Credential["kind"], provider: string): string | undefined {
  const trimmed = raw?.trim() ?? "";
  if (trimmed.length > LONGEST_KEY)
    throw new LumiverseError({
      code: "configuration",
      provider,
      field: "apiKey",
      message: `the key has more than ${LONGEST_KEY} characters`,
      hint: "Pass the key itself, or the JSON of a service account",
    });
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
