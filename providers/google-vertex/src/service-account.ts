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
  const text = key.replace(/^\uFEFF/, "").trim();
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
  if (/BEGIN RSA PRIVATE KEY/.test(text))
    throw invalidKey('"private_key" is in PKCS#1 format', "Convert it: openssl pkcs8 -topk8 -nocrypt");
  if (/BEGIN ENCRYPTED PRIVATE KEY/.test(text))
    throw invalidKey('"private_key" is encrypted with a passphrase', "Use the file as Google created it");
  const body = /-----BEGIN PRIVATE KEY-----([\s\S]*?)-----END PRIVATE KEY-----/.exec(text)?.[1];
  if (body === undefined)
    throw invalidKey('"private_key" lacks its BEGIN PRIVATE KEY or END PRIVATE KEY line', "Copy the whole value, including both lines");
  const base64 = body.replace(/\s+/g, "");
  if (base64 === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 === 1)
    throw invalidKey('"private_key" contains invalid characters or is cut off', HOW_TO_CREATE);
  const binary = atob(base64);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
