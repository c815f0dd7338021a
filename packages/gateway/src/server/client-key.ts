import { LumiverseError } from "@lumiverse/core";
import type { VirtualKey } from "../keys/key.ts";
import { KEY_PREFIX } from "../keys/secret.ts";
import type { Directory } from "../routing/directory.ts";

/** Longer texts are no keys. */
const LONGEST_KEY = 500;

/** The key that a client sent, wherever its protocol puts it. */
export function keyTextOf(request: Request): string | undefined {
  const { headers } = request;
  const bearer = /^bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const text = bearer ?? headers.get("x-api-key") ?? headers.get("x-goog-api-key") ?? queryKey(request.url);
  return text === null || text?.trim() === "" ? undefined : text?.trim();
}

function queryKey(url: string): string | undefined {
  return url.includes("key=") ? (new URL(url).searchParams.get("key") ?? undefined) : undefined;
}

/**
 * The virtual key of a request. Where keys are optional, clients that cannot go without a key may send any other text.
 * @throws LumiverseError `authentication` for a key that is missing, unknown, revoked or expired
 */
export async function authenticate(
  request: Request,
  directory: Directory,
  { required, now }: { required: boolean; now: () => number },
): Promise<VirtualKey | undefined> {
  const text = keyTextOf(request);
  if (text === undefined) {
    if (required) throw refused("a key is required", "Send it as Authorization: Bearer …, x-api-key or x-goog-api-key");
    return undefined;
  }
  const key = text.length > LONGEST_KEY ? undefined : await directory.key(text);
  if (key === undefined) {
    if (!required && !text.startsWith(KEY_PREFIX)) return undefined;
    throw refused("the key is not known to this gateway", "Check the key. Keys of vendors are not accepted here");
  }
  if (key.revokedAt !== undefined) throw refused(`the key "${key.name}" was revoked`, "Ask for a new key");
  if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= now())
    throw refused(`the key "${key.name}" has expired`, "Ask for a new key");
  return key;
}

function refused(message: string, hint: string): LumiverseError {
  return new LumiverseError({ code: "authentication", status: 401, message, hint, retryable: false });
}

/** Headers that hold secrets, which no protocol needs to see. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(["authorization", "x-api-key", "x-goog-api-key", "cookie", "proxy-authorization"]);

/** The client's headers without its secrets. */
export function removeSecrets(headers: Headers): Pick<Headers, "get"> {
  return { get: (name) => (SECRET_HEADERS.has(name.toLowerCase()) ? null : headers.get(name)) };
}
