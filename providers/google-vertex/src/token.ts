import { type Authorization, type AuthorizeEffects, isObject, LumiverseError } from "@lumiverse/core";
import { readServiceAccount, type ServiceAccount } from "./service-account.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
/** Seconds that `iat` lies back, for clocks that run ahead; a token from the future is refused. */
const SKEW = 30;

/** A service account's key becomes a bearer token: a JWT signed here, exchanged at Google, whatever the base URL says. */
export async function authorize(key: string, effects: AuthorizeEffects): Promise<Authorization> {
  const account = readServiceAccount(key);
  const assertion = await signedAssertion(account, effects.now());
  let response: Response;
  let text: string;
  try {
    response = await effects.fetch(account.tokenURI, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }).toString(),
      redirect: "error",
      ...(effects.signal === undefined ? {} : { signal: effects.signal }),
    });
    text = await response.text();
  } catch (cause) {
    if (effects.signal?.aborted === true) throw cause;
    throw new LumiverseError({
      code: "network",
      message: `google-vertex: the token exchange at ${new URL(account.tokenURI).host} could not be reached`,
      cause,
    });
  }
  const json = parsed(text);
  const token = isObject(json) ? json["access_token"] : undefined;
  if (!response.ok || typeof token !== "string" || token === "") throw refused(response.status, json);
  const seconds = isObject(json) ? Number(json["expires_in"]) : Number.NaN;
  // Google says 3599; where it says nothing, a token is taken to be short-lived.
  return {
    headers: { authorization: `Bearer ${token}` },
    expiresAt: effects.now() + (Number.isFinite(seconds) && seconds > 0 ? seconds : 600) * 1000,
  };
}

/** The JWT of RFC 7523, signed with RS256. */
export async function signedAssertion(account: ServiceAccount, now: number): Promise<string> {
  const issued = Math.floor(now / 1000) - SKEW;
  const header = { alg: "RS256", typ: "JWT", ...(account.privateKeyId === undefined ? {} : { kid: account.privateKeyId }) };
  const claims = { iss: account.email, scope: SCOPE, aud: account.tokenURI, iat: issued, exp: issued + 3600 };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", await importKey(account), new TextEncoder().encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function importKey({ privateKey }: ServiceAccount): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("pkcs8", privateKey, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["sign"]);
  } catch {
    // Without a cause: nothing of the key may reach a log.
    throw new LumiverseError({
      code: "configuration",
      field: "apiKey",
      message: 'google-vertex: "private_key" in the service account key is no RSA key in PKCS#8 form, or it is damaged',
      hint: "Download a new JSON key and paste the whole file",
    });
  }
}

function base64url(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(status: number, json: unknown): LumiverseError {
  const word = isObject(json) && typeof json["error"] === "string" ? json["error"] : undefined;
  const said = isObject(json) && typeof json["error_description"] === "string" ? json["error_description"] : undefined;
  const message = `google-vertex: the token exchange was refused: ${[word, said].filter((text) => text !== undefined).join(": ") || `HTTP ${status}`}`;
  if (status === 429 || status >= 500) return new LumiverseError({ code: status === 429 ? "rate-limit" : "server", message, status });
  if (status < 400)
    return new LumiverseError({ code: "malformed-response", message: "google-vertex: the token exchange gave no token", status });
  const vendorCode = word === undefined ? {} : { vendorCode: word };
  return new LumiverseError({ code: "authentication", message, status, ...vendorCode, hint: hintFor(word, said ?? "") });
}

function hintFor(word: string | undefined, said: string): string {
  if (/short-lived|reasonable timeframe|\biat\b|\bexp\b/i.test(said)) return "This machine's clock is wrong: set it by the network";
  if (/account not found|not a valid email/i.test(said)) return "The service account was deleted: make another, with a new JSON key";
  if (/signature/i.test(said)) return "The key was revoked or belongs to another account: download a new JSON key";
  if (word === "invalid_client" || /disabled/i.test(said)) return "The service account or its key is disabled in the Google Cloud console";
  return "Download a new JSON key for the service account and paste the whole file";
}
