import { LumiverseError } from "@lumiverse/core";

/** What is used of a service account's JSON key. */
export interface ServiceAccount {
  email: string;
  project: string;
  /** PKCS#8, as DER. */
  privateKey: Uint8Array<ArrayBuffer>;
  privateKeyId: string | undefined;
  tokenURI: string;
}

const TOKEN_URI = "https://oauth2.googleapis.com/token";
const WHERE = "In the Google Cloud console: IAM & Admin, Service accounts, Keys, Add key, JSON; then paste the whole file";

/**
 * Reads the JSON as pasted into the key field.
 * @throws LumiverseError `configuration`, saying which part is wrong and never showing it.
 */
export function readServiceAccount(key: string): ServiceAccount {
  const json = parseKey(key);
  const type = json["type"];
  if (type === "authorized_user")
    throw wrong("the JSON is a person's own sign-in (type authorized_user) and no service account key", WHERE);
  if (type === "external_account")
    throw wrong("the JSON is a workload identity federation file (type external_account), which holds no key to sign with", WHERE);
  if ("web" in json || "installed" in json) throw wrong("the JSON is an OAuth client's secret and no service account key", WHERE);
  if (type !== undefined && type !== "service_account")
    throw wrong('the JSON is no service account key: its "type" is not "service_account"', WHERE);
  const email = field(json, "client_email");
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) throw wrong('"client_email" in the service account key is no e-mail address');
  return {
    email,
    project: field(json, "project_id"),
    privateKey: derOf(field(json, "private_key")),
    privateKeyId: typeof json["private_key_id"] === "string" && json["private_key_id"] !== "" ? json["private_key_id"] : undefined,
    tokenURI: tokenURIOf(json["token_uri"]),
  };
}

function wrong(message: string, hint?: string): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    field: "apiKey",
    message: `google-vertex: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

function parseKey(key: string): Record<string, unknown> {
  const text = key.replace(/^\uFEFF/, "").trim();
  if (text === "") throw wrong("no service account key was given", WHERE);
  if (/^(?:AIza|AQ\.)/.test(text))
    throw wrong(
      "this is a Gemini API key, and Vertex AI wants a service account's JSON",
      'Use the provider "google" with this key, or paste the JSON',
    );
  if (/^ya29\./.test(text))
    throw wrong("this is an access token, which ends within the hour; Vertex AI wants the service account's JSON", WHERE);
  if (/^-----BEGIN/.test(text)) throw wrong("this is the private key alone; the whole JSON file is needed", WHERE);
  if (!text.startsWith("{"))
    throw wrong(/\.json$/i.test(text) ? "this is a file's name; its content is needed" : "the key is no JSON", WHERE);
  // A key pasted through a form or an environment file can have real line breaks in its strings, which JSON refuses.
  for (const candidate of [
    text,
    text.replace(/("private_key"\s*:\s*")([^"]*)"/, (_, head: string, body: string) => `${head}${body.replace(/\r?\n/g, "\\n")}"`),
  ]) {
    const json = parsed(candidate);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
    if (json !== undefined) throw wrong("the key is JSON, but no object", WHERE);
  }
  // Without a cause: the parser's own message quotes the text.
  throw wrong(
    text.endsWith("}") ? "the service account key is no valid JSON" : "the service account key is cut off: its closing brace is missing",
    WHERE,
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
  if (value === undefined) throw wrong(`the service account key has no "${name}"`, WHERE);
  if (typeof value !== "string" || value.trim() === "") throw wrong(`"${name}" in the service account key is empty or no text`, WHERE);
  return value.trim();
}

/** The token is asked of Google alone: a key file that names another host would hand the signed assertion to it. */
function tokenURIOf(given: unknown): string {
  if (given === undefined || given === "") return TOKEN_URI;
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  const host = url?.hostname ?? "";
  const own = host === "oauth2.googleapis.com" || host === "accounts.google.com" || host === "www.googleapis.com";
  if (url === undefined || url.protocol !== "https:" || url.port !== "" || url.username !== "" || !own)
    throw wrong('"token_uri" in the service account key is not on a host of Google', `Take the file as Google made it: ${TOKEN_URI}`);
  return url.href;
}

/** PEM to DER. Copies through environment variables hold `\n` as two characters, or Windows line ends. */
function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const text = pem.replace(/\\r/g, "").replace(/\\n/g, "\n");
  if (/BEGIN RSA PRIVATE KEY/.test(text))
    throw wrong('"private_key" is in the old PKCS#1 form', "Convert it: openssl pkcs8 -topk8 -nocrypt");
  if (/BEGIN ENCRYPTED PRIVATE KEY/.test(text)) throw wrong('"private_key" is locked with a passphrase', "Take the file as Google made it");
  const body = /-----BEGIN PRIVATE KEY-----([\s\S]*?)-----END PRIVATE KEY-----/.exec(text)?.[1];
  if (body === undefined)
    throw wrong('"private_key" lacks its BEGIN PRIVATE KEY or END PRIVATE KEY line', "Copy the whole value, both lines included");
  const base64 = body.replace(/\s+/g, "");
  if (base64 === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 === 1)
    throw wrong('"private_key" holds characters that no key has, or is cut off', WHERE);
  const binary = atob(base64);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
