import { LumiverseError } from "@lumiverse/core/provider";

/** The fields of a service account's JSON key that are used. https://cloud.google.com/iam/docs/keys-create-delete */
export interface ServiceAccount {
  email: string;
  project: string;
  /** DER bytes of the PKCS#8 key. */
  privateKey: Uint8Array<ArrayBuffer>;
  privateKeyId: string | undefined;
  tokenURI: string;
}

const TOKEN_URI = "https://oauth2.googleapis.com/token";
const HOW_TO_CREATE = "Google Cloud console: IAM & Admin, Service accounts, Keys, Add key, JSON. Then paste the whole file";

/**
 * Reads the pasted JSON.
 * @throws LumiverseError `configuration`. The message names the part that is wrong and contains nothing of the key.
 */
export function readServiceAccount(key: string): ServiceAccount {
  const json = parseKey(key);
  const type = json["type"];
  if (type === "authorized_user")
    throw invalidKey("the JSON is a user's own credentials (type authorized_user), not a service account key", HOW_TO_CREATE);
  if (type === "external_account")
    throw invalidKey(
      "the JSON is a workload identity federation file (type external_account), which contains no private key",
      HOW_TO_CREATE,
    );
  if ("web" in json || "installed" in json)
    throw invalidKey("the JSON is an OAuth client secret, not a service account key", HOW_TO_CREATE);
  if (type !== undefined && type !== "service_account")
    throw invalidKey('the JSON is not a service account key: its "type" is not "service_account"', HOW_TO_CREATE);
  const email = field(json, "client_email");
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw invalidKey('"client_email" in the service account key is not an e-mail address');
  return {
    email,
    project: field(json, "project_id"),
    privateKey: derOf(field(json, "private_key")),
    privateKeyId: typeof json["private_key_id"] === "string" && json["private_key_id"] !== "" ? json["private_key_id"] : undefined,
    tokenURI: tokenURIOf(json["token_uri"]),
  };
}

function invalidKey(message: string, hint?: string): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    field: "apiKey",
    message: `google-vertex: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

function parseKey(key: string): Record<string, unknown> {
  const text = unwrapped(key.replace(/^\uFEFF/, "").trim());
  if (text === "") throw invalidKey("no service account key was given", HOW_TO_CREATE);
  if (/^(?:AIza|AQ\.)/.test(text))
    throw invalidKey(
      "this is a Gemini API key, and Vertex AI needs a service account's JSON",
      'Use the provider "google" with this key, or paste the JSON',
    );
  if (/^ya29\./.test(text))
    throw invalidKey("this is an access token, which expires within an hour; Vertex AI needs the service account's JSON", HOW_TO_CREATE);
  if (/^-----BEGIN/.test(text)) throw invalidKey("this is only the private key; the whole JSON file is needed", HOW_TO_CREATE);
  if (!text.startsWith("{"))
    throw invalidKey(/\.json$/i.test(text) ? "this is a file name; the file's content is needed" : "the key is not JSON", HOW_TO_CREATE);
  // Forms and environment files can turn `\n` in strings into real line breaks, which JSON does not allow.
  for (const candidate of [
    text,
    text.replace(/("private_key"\s*:\s*")([^"]*)"/, (_, head: string, body: string) => `${head}${body.replace(/\r?\n/g, "\\n")}"`),
  ]) {
    const json = parsed(candidate);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
    if (json !== undefined) throw invalidKey("the key is JSON but not an object", HOW_TO_CREATE);
  }
  // Without a cause, because the parser's message quotes the text.
  throw invalidKey(
    text.endsWith("}") ? "the service account key is not valid JSON" : "the service account key is cut off: its closing brace is missing",
    HOW_TO_CREATE,
  );
}

/** The JSON text itself. Environment files and secret stores hold it in quotes, as a JSON string or as base64. */
function unwrapped(text: string): string {
  const string = text.startsWith('"') ? parsed(text) : undefined;
  if (typeof string === "string") return string.trim();
  const quoted = /^(['"`])(\{[\s\S]*\})\1$/.exec(text)?.[2];
  if (quoted !== undefined) return quoted;
  // `{` with a quotation mark or with white space behind it.
  if (!/^(?:ey[JA]|ew[0o])[\w+/\-\s]*={0,2}$/.test(text)) return text;
  try {
    return new TextDecoder().decode(bytesOf(text.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/"))).trim();
  } catch {
    return text;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(json: Record<string, unknown>, name: string): string {
  const value = json[name];
  if (value === undefined) throw invalidKey(`the service account key has no "${name}"`, HOW_TO_CREATE);
  if (typeof value !== "string" || value.trim() === "")
    throw invalidKey(`"${name}" in the service account key is empty or not a string`, HOW_TO_CREATE);
  return value.trim();
}

/** Only Google's own hosts are accepted: another host could use the signed assertion. */
function tokenURIOf(value: unknown): string {
  if (value === undefined || value === "") return TOKEN_URI;
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const host = url?.hostname ?? "";
  const isGoogle = host === "oauth2.googleapis.com" || host === "accounts.google.com" || host === "www.googleapis.com";
  if (url === undefined || url.protocol !== "https:" || url.port !== "" || url.username !== "" || !isGoogle)
    throw invalidKey(
      '"token_uri" in the service account key is not a host of Google',
      `Use the file as Google created it, with ${TOKEN_URI}`,
    );
  return url.href;
}

/** The DER bytes of a PEM key. Environment variables can contain `\n` as two characters, or Windows line ends. */
function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const text = pem.replace(/\\r/g, "").replace(/\\n/g, "\n");
  if (/BEGIN ENCRYPTED PRIVATE KEY/.test(text))
    throw invalidKey('"private_key" is encrypted with a passphrase', "Use the file as Google created it");
  const [, format, body] = /-----BEGIN (RSA )?PRIVATE KEY-----([\s\S]*?)-----END (?:RSA )?PRIVATE KEY-----/.exec(text) ?? [];
  if (body === undefined)
    throw invalidKey('"private_key" lacks its BEGIN PRIVATE KEY or END PRIVATE KEY line', "Copy the whole value, including both lines");
  const base64 = body.replace(/\s+/g, "");
  if (base64 === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 === 1)
    throw invalidKey('"private_key" contains invalid characters or is cut off', HOW_TO_CREATE);
  const bytes = bytesOf(base64);
  return format === undefined ? bytes : pkcs8Of(bytes);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Version 0 and the algorithm rsaEncryption without parameters, as DER. */
const RSA_HEADER = [0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/** A PKCS#1 key (`BEGIN RSA PRIVATE KEY`) as PKCS#8, the only format that Web Crypto reads. https://www.rfc-editor.org/rfc/rfc5208#section-5 */
function pkcs8Of(key: Uint8Array): Uint8Array<ArrayBuffer> {
  const octets = [0x04, ...lengthOf(key.length), ...key];
  const content = [...RSA_HEADER, ...octets];
  return Uint8Array.from([0x30, ...lengthOf(content.length), ...content]);
}

/** A length in DER. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
