/** Long random texts that clients prove themselves with. The database holds their digests alone: 256 random bits need no slow hash. */

/** Virtual keys begin with it, so that secret scanners and people recognise them. */
export const KEY_PREFIX = "lv-";
/** Management keys begin with it. As it begins like a virtual key, a gateway without mandatory keys refuses one that was sent for a call. */
export const MANAGEMENT_KEY_PREFIX = "lv-admin-";

/** 43 characters of 256 random bits. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** SHA-256 as hex. */
export async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
