/** Checks the origin of fixtures: recorded exchanges match their hashes, derived ones copy no text of their source, and none contains a secret. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exchangeHash, type Fixture, type LoadedExchange } from "../fixture/fixture.ts";

/** Length of a text that a derived fixture must not share with its source. */
const SHARED = 24;

/** Describes the problems of a fixture. @param recordings folder of the real exchanges; without it, derived fixtures are not compared with their source */
export function provenanceFaults(fixture: Fixture, recordings: string | undefined): string[] {
  const faults: string[] = [];
  for (const [i, exchange] of fixture.exchanges.entries()) {
    const at = `exchange ${i}`;
    const { kind, source, sha256 } = exchange.provenance;
    if (kind === "recorded" && exchangeHash(exchange) !== sha256)
      faults.push(`${at} is marked as recorded but was changed: its hash is ${exchangeHash(exchange)}`);
    if (kind === "derived" && recordings !== undefined)
      faults.push(...copied(exchange, source, recordings).map((fault) => `${at} ${fault}`));
    if (Number.isNaN(Date.parse(exchange.provenance.date)) || Date.parse(exchange.provenance.date) > Date.now() + 86_400_000)
      faults.push(`${at}: ${exchange.provenance.date} is not a date in the past`);
  }
  // Names of recordings are long but not secret.
  const sources = fixture.exchanges.map((exchange) => exchange.provenance.source);
  const caseText = sources.reduce((text, source) => text.replaceAll(source, ""), readFileSync(join(fixture.dir, "case.json"), "utf8"));
  const texts = [
    ["case.json", caseText],
    ...fixture.exchanges.flatMap(({ sent = "", body }, i) => [
      [`the request of exchange ${i}`, sent],
      [`the response of exchange ${i}`, new TextDecoder().decode(body)],
    ]),
  ] as const;
  const harmless = Object.keys(fixture.case.harmless ?? {});
  const found = new Map<string, string>();
  for (const [where, text] of texts)
    for (const secret of secretsIn(text ?? ""))
      if (!found.has(secret) && !harmless.some((known) => secret.includes(known) || known.includes(secret))) found.set(secret, where ?? "");
  for (const [secret, where] of found)
    faults.push(
      `${secret.slice(0, 12)}… in ${where} looks like a secret (${secret.length} characters): replace it or, if it is not one, list it under "harmless" in case.json with the reason`,
    );
  return faults;
}

/** Describes a text that a derived body shares with its source. Field names and framing may be equal, values must not be. */
function copied(exchange: LoadedExchange, source: string, recordings: string): string[] {
  const path = [join(recordings, source), join(recordings, `${source}.json`)].find((one) => existsSync(one));
  if (path === undefined) return [`is derived from ${source}, but the recordings do not contain it`];
  const original = readFileSync(path, "utf8");
  // The body is a JSON string inside the recording, so both its escaped and its plain form are searched.
  const body: unknown = JSON.parse(original);
  const raw =
    typeof body === "object" && body !== null && "response" in body ? String((body.response as { body?: unknown }).body ?? "") : original; // the neutral format
  for (const value of valuesOf(new TextDecoder().decode(exchange.body))) {
    for (let at = 0; at + SHARED <= value.length; at++) {
      const piece = value.slice(at, at + SHARED);
      if (raw.includes(piece) || original.includes(piece)) return [`shares "${piece}" with its source ${source}`];
    }
  }
  return [];
}

/** All string values in the JSON of a body or of its events. */
export function valuesOf(body: string): string[] {
  const values: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === "string") values.push(value);
    else if (typeof value === "object" && value !== null)
      // Event types and object types are the vendor's words and can be long.
      for (const [key, inner] of Object.entries(value))
        if (typeof inner !== "string" || (key !== "type" && key !== "object")) collect(inner);
  };
  for (const text of [body, ...body.split(/\r\n|\n|\r/).map((line) => line.replace(/^data:\s?/, ""))]) {
    try {
      collect(JSON.parse(text));
    } catch {
      // A line that is not JSON has no values.
    }
  }
  return values;
}

/** The key formats of vendors. */
const SHAPES: readonly RegExp[] = [
  /\b(?:sk|pk|rk|gsk|xai|pplx|cpk|fw|hf|ghp|ghu|gho|nvapi|csk|tgp)[-_][A-Za-z0-9_-]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bya29\.[A-Za-z0-9._-]{20,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
];
/** Text that could be a key of an unknown format. Hashes and UUIDs are hexadecimal, so their entropy is below the limit. */
const RUN = /[A-Za-z0-9+/_-]{28,}={0,2}/g;
const ENTROPY = 4.4;
/** Ids of answers, items and calls are random but not secret. */
const ID = /^(?:chatcmpl|cmpl|msg|resp|rs|fc|ws|call|toolu|srvtoolu|req|gen|item|chunk)[-_]/;

/** The substrings of a text that look like secrets. */
export function secretsIn(text: string): string[] {
  const found = SHAPES.flatMap((shape) => text.match(shape) ?? []);
  for (const run of text.match(RUN) ?? []) {
    const mixed = /[A-Z]/.test(run) && /[a-z]/.test(run) && /\d/.test(run);
    if (mixed && !ID.test(run) && !/^[a-z0-9]+(?:[-_/][a-z0-9.]+)+$/i.test(run) && entropy(run) >= ENTROPY) found.push(run);
  }
  return found;
}

/** Entropy in bits per character. English text and identifiers have less than 4, random base64 of this length more than 4.4. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
