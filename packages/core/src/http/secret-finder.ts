/**
 * Finds known secrets in a text: unchanged, in small or capital letters, escaped for URLs, HTML or JSON (once or several times), in base64, broken over lines,
 * with invisible characters inside, and cut off. Takes linear time.
 */
import { base64 } from "../chat/media.ts";

/** Known secrets, and the search for them. */
export interface SecretFinder {
  /** Adds a secret of any length. Short ones are found in ordinary words. */
  add: (secret: string) => void;
  has: (secret: string) => boolean;
  /** The text with `replacement` in the place of each secret. The same text if it has none. */
  replace: (text: string, replacement: string) => string;
}

/** Characters of a secret that are recognised where a text was cut in the middle of it. */
const SHORTEST_BEGINNING = 12;
/** A beginning with this share of a secret is a secret itself, whatever follows. */
const MOST_OF_SECRET = 0.75;
/** Secrets from this length are looked for in base64. The base64 of shorter ones is short enough to be a word. */
const SHORTEST_BASE64 = 6;
/** Secrets from this length are looked for in small and in capital letters. */
const SHORTEST_OTHER_CASE = 8;
/** How often a text is decoded: hosts put JSON into JSON, and URLs into it. */
const MOST_ROUNDS = 6;

/** A finder without secrets. */
export function createSecretFinder(): SecretFinder {
  /** Every form of each secret, with the beginning of that form. */
  const secrets = new Map<string, string>();
  /** Characters of the shortest beginning. A shorter text has none, and decoding makes no text longer. */
  let shortest = Number.POSITIVE_INFINITY;
  /** Finds out in one pass whether a text has any of the beginnings. */
  let anyHead: RegExp | undefined;
  const addForm = (form: string): void => {
    const head = form.slice(0, SHORTEST_BEGINNING);
    secrets.set(form, head);
    shortest = Math.min(shortest, head.length);
    anyHead = undefined;
  };
  return {
    add(secret) {
      if (secret === "" || secrets.has(secret)) return;
      addForm(secret);
      const spaced = secret.includes(" ") ? [secret.replaceAll(" ", "+")] : [];
      for (const form of [decodedWhole(secret), ...spaced, ...otherCases(secret), ...base64Forms(secret)]) addForm(form);
    },
    has: (secret) => secrets.has(secret),
    replace(text, replacement) {
      if (text.length < shortest) return text;
      anyHead ??= new RegExp([...secrets.values()].map((head) => head.replace(/[^\w ]/g, "\\$&")).join("|"));
      const ranges = find(text, secrets, anyHead);
      if (ranges.length === 0) return text;
      let out = "";
      let done = 0;
      for (const [start, end] of ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
        // A range that overlaps with the one before belongs to the same replacement.
        if (start >= done) out += text.slice(done, start) + replacement;
        done = Math.max(done, end);
      }
      return out + text.slice(done);
    },
  };
}

type Range = [start: number, end: number];

function find(text: string, secrets: ReadonlyMap<string, string>, anyHead: RegExp): Range[] {
  const ranges: Range[] = [];
  const decodings: Decoding[] = [];
  for (let current = text; ; ) {
    for (const [secret, head] of anyHead.test(current) ? secrets : []) {
      const first = current.indexOf(head);
      if (first < 0) continue;
      for (const [start, end] of occurrences(current, secret, head, first))
        ranges.push([originalPosition(decodings, start), originalPosition(decodings, end, true)]);
    }
    const decoding = decodings.length < MOST_ROUNDS ? decodeOnce(current) : undefined;
    if (decoding === undefined) return ranges;
    decodings.push(decoding);
    current = decoding.text;
  }
}

/** The places of a secret in a text: of all of it, of most of it, or of its beginning where the text was cut off. `first`: the first place of its beginning. */
function occurrences(text: string, secret: string, head: string, first: number): Range[] {
  const ranges: Range[] = [];
  for (let at = first; at >= 0; ) {
    let end = at + head.length;
    while (end - at < secret.length && text[end] === secret[end - at]) end++;
    const matched = end - at;
    const isMost = matched >= MOST_OF_SECRET * secret.length;
    const cut = matched === secret.length ? end : (endOfCut(text, end) ?? (isMost ? end : undefined));
    if (cut !== undefined) ranges.push([at, cut]);
    at = text.indexOf(head, cut ?? at + 1);
  }
  return ranges;
}

/** What follows a text that was cut: nothing or an ellipsis, after what is left of an escape sequence. */
const CUT = /((?:%(?:25)*[0-9a-fA-F]?|&(?:#[xX]?[0-9a-fA-F]{0,7}|[a-z]{0,4})|\\+(?:u[0-9a-fA-F]{0,3})?)?)(?:…|\.{3}|$)/y;

function endOfCut(text: string, at: number): number | undefined {
  CUT.lastIndex = at;
  const rest = CUT.exec(text)?.[1];
  return rest === undefined ? undefined : at + rest.length;
}

/**
 * A text after one round of decoding: one level of escape sequences is decoded, line breaks and invisible characters are removed. The characters from position
 * `after[i]` on come from position `before[i]` of the text before this round.
 */
interface Decoding {
  text: string;
  after: readonly number[];
  before: readonly number[];
}

const ESCAPE =
  /((?:%[0-7][0-9a-fA-F])|%[c-fC-F][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,3})|&#0{0,20}(\d{1,7});|&#[xX]0{0,20}([0-9a-fA-F]{1,6});|&(amp|lt|gt|quot|apos);|\\u([0-9a-fA-F]{4})|\\([\\"'/nrt])|\r?\n[ \t]*|[\u00ad\u200b-\u200f\u2060\ufeff]+/g;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", n: "\n", r: "\r", t: "\t" };

/** Undefined if there is nothing to decode. */
function decodeOnce(text: string): Decoding | undefined {
  if (text.search(ESCAPE) < 0) return undefined;
  let out = "";
  let done = 0;
  const after = [0];
  const before = [0];
  for (const match of text.matchAll(ESCAPE)) {
    const [sequence, percent, decimal, hex, entity, unicode, escaped] = match;
    const character =
      percent !== undefined
        ? percentDecoded(percent)
        : escaped !== undefined
          ? (NAMED[escaped] ?? escaped)
          : entity !== undefined
            ? NAMED[entity]
            : characterOf(decimal === undefined ? Number.parseInt(hex ?? unicode ?? "", 16) : Number(decimal));
    if (character === undefined) continue;
    out += text.slice(done, match.index) + character;
    done = match.index + sequence.length;
    after.push(out.length - character.length, out.length);
    before.push(match.index, done);
  }
  return done === 0 ? undefined : { text: out + text.slice(done), after, before };
}

function percentDecoded(sequence: string): string | undefined {
  try {
    return decodeURIComponent(sequence);
  } catch {
    return undefined; // no UTF-8
  }
}

/** Line breaks and invisible characters have no code, and are removed. */
function characterOf(code: number): string | undefined {
  return Number.isNaN(code) ? "" : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** The position in the text before all decodings. What was removed at the end of a range does not belong to it. */
function originalPosition(decodings: readonly Decoding[], position: number, isEnd = false): number {
  let at = position;
  for (let round = decodings.length - 1; round >= 0; round--) {
    const { after = [], before = [] } = decodings[round] ?? {};
    // The last change before the position; of those at it, the first for an end and the last for a start.
    let low = 0;
    for (let high = after.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      const change = after[middle] ?? 0;
      if (isEnd ? change < at : change <= at) low = middle;
      else high = middle;
    }
    if (isEnd && after[low + 1] === at) low++;
    at = (before[low] ?? 0) + at - (after[low] ?? 0);
  }
  return at;
}

/** The secret as it stands in a text whose escape sequences were all decoded. Usually the secret itself. */
function decodedWhole(secret: string): string {
  let text = secret;
  for (let round = 0; round < MOST_ROUNDS; round++) text = decodeOnce(text)?.text ?? text;
  return text;
}

/**
 * The secret in small and in capital letters, as gateways write the values of headers. Two more forms make the search for every secret cheaper than a pattern
 * that ignores case. A secret that could be a word has none, because the word would be hidden too.
 */
function otherCases(secret: string): string[] {
  const isWord = secret.length < SHORTEST_OTHER_CASE || !/\d/.test(secret);
  return isWord ? [] : [secret.toLowerCase(), secret.toUpperCase()];
}

/** The base64 of a secret as a part of any text: its place among three bytes decides the characters, and those at its ends depend on the neighbours. */
function base64Forms(secret: string): string[] {
  if (secret.length < SHORTEST_BASE64) return [];
  const bytes = new TextEncoder().encode(secret);
  const forms = [0, 1, 2].map((offset) => {
    const shifted = new Uint8Array(offset + bytes.length);
    shifted.set(bytes, offset);
    return base64(shifted).slice(offset === 0 ? 0 : offset + 1, Math.floor((shifted.length * 8) / 6));
  });
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}
