/** The secrets that every fuzzed connection holds, the spellings in which hosts repeat them, and the search for them. */
import { CANARY } from "@lumiverse/conformance";

/** One secret of each kind that a caller supplies. The characters need escapes in URLs, HTML and JSON. */
export const KEY = "Fz9-key/w+7q&x<2=Lk04";
export const HEADER_SECRET = 'Fz9-header"v+3n/8r=Tz51';
export const QUERY_SECRET = "Fz9-query~p+6m/2d=Bc77";

export const plantedSecrets: readonly string[] = [KEY, HEADER_SECRET, QUERY_SECRET, CANARY];

/** The spellings of a secret that a host may send. */
export function spellings(secret: string): string[] {
  const percent = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encodeURIComponent(percent),
    Buffer.from(secret).toString("base64"),
    Buffer.from(`:${secret}`).toString("base64"),
    Buffer.from(secret).toString("base64url"),
    [...secret].map((character) => `&#${character.charCodeAt(0)};`).join(""),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"),
    json,
    json.replaceAll("/", "\\/"),
  ];
}

/** Base64 of a text that contains the secret has one of these pieces. */
function base64Pieces(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("\0".repeat(offset) + secret).toString("base64");
    return encoded.slice(offset === 0 ? 0 : offset + 1, -4);
  });
}

/** Characters at the beginning of a secret that must not be shown either, because hosts cut their texts. */
const BEGINNING = 14;
const needlesBySecret: ReadonlyMap<string, readonly string[]> = new Map(
  plantedSecrets.map((secret) => [secret, [secret.slice(0, BEGINNING), ...base64Pieces(secret)]]),
);

/** The first of the given planted secrets in a text, in any encoding, as it stands there. Undefined if there is none. */
export function findSecret(text: string, held: readonly string[]): string | undefined {
  const needles = held.flatMap((secret) => needlesBySecret.get(secret) ?? []);
  // Escapes are undone three times, because hosts escape text that is already escaped.
  let decoded = text;
  for (let round = 0; ; round++) {
    const found = needles.find((needle) => decoded.includes(needle));
    if (found !== undefined || round === 3) return found;
    const before = decoded;
    decoded = decodeOnce(decoded);
    if (decoded === before) return undefined;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeOnce(text: string): string {
  if (!/[%&\\]/.test(text)) return text;
  return text
    .replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&#(\d{1,6});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? "")
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\(["/\\])/g, "$1");
}
