import { type Authorization, type AuthorizeContext, isObject, LumiverseError, readNumber } from "@lumiverse/core/provider";
import { readServiceAccount, type ServiceAccount } from "./service-account.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
/** Seconds by which `iat` is set back: Google refuses an assertion from the future, and clocks can run ahead. */
const CLOCK_SKEW = 30;

/** Exchanges a service account's key for a bearer token, always at Google. https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
export async function authorize({ key, fetch, now, signal }: AuthorizeContext): Promise<Authorization> {
  const account = readServiceAccount(key);
  const assertion = await signedAssertion(account, now());
  let response: Response;
  let text: string;
  try {
    response = await fetch(account.tokenURI, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }).toString(),
      redirect: "error",
      ...(signal === undefined ? {} : { signal }),
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new LumiverseError({
      code: "network",
      message: `google-vertex: cannot reach ${new URL(account.tokenURI).host} to exchange the key for a token`,
      cause,
    });
  }
  const json = parsed(text);
  const token = isObject(json) ? json["access_token"] : undefined;
  if (!response.ok || typeof token !== "string" || token === "") throw exchangeError(response.status, json);
  const seconds = isObject(json) ? readNumber(json["expires_in"]) : Number.NaN;
  // Google sends 3599. Without a lifetime, ten minutes are assumed.
  return {
    headers: { authorization: `Bearer ${token}` },
    expiresAt: now() + (Number.isFinite(seconds) && seconds > 0 ? seconds : 600) * 1000,
  };
}

/** The JWT of RFC 7523, signed with RS256. */
async function signedAssertion(account: ServiceAccount, now: number): Promise<string> {
  const issued = Math.floor(now / 1000) - CLOCK_SKEW;
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
    // Without a cause, which could contain parts of the key.
    throw new LumiverseError({
      code: "configuration",
      field: "apiKey",
      message: 'google-vertex: "private_key" in the service account key is not an RSA key in PKCS#8 format, or it is damaged',
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

function exchangeError(status: number, json: unknown): LumiverseError {
  const word = isObject(json) && typeof json["error"] === "string" ? json["error"] : undefined;
  const description = isObject(json) && typeof json["error_description"] === "string" ? json["error_description"] : undefined;
  const message = `google-vertex: Google refused the token exchange: ${[word, description].filter((text) => text !== undefined).join(": ") || `HTTP ${status}`}`;
  if (status === 429 || status >= 500) return new LumiverseError({ code: status === 429 ? "rate-limit" : "server", message, status });
  if (status < 400)
    return new LumiverseError({ code: "malformed-response", message: "google-vertex: the token exchange returned no token", status });
  const vendorCode = word === undefined ? {} : { vendorCode: word };
  return new LumiverseError({ code: "authentication", message, status, ...vendorCode, hint: hintFor(word, description ?? "") });
}

function hintFor(word: string | undefined, description: string): string {
  if (/short-lived|reasonable timeframe|\biat\b|\bexp\b/i.test(description))
    return "This machine's clock is wrong. Synchronise it with a time server";
  if (/account not found|not a valid email/i.test(description))
    return "The service account was deleted. Create another one with a new JSON key";
  if (/signature/i.test(description)) return "The key was revoked or belongs to another account. Download a new JSON key";
  if (word === "invalid_client" || /disabled/i.test(description))
    return "The service account or its key is disabled in the Google Cloud console";
  return "Download a new JSON key for the service account and paste the whole file";
}
