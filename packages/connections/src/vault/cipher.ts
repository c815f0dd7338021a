/** AES-256-GCM with associated data. */

/** A sealed text as it is stored. Both fields are base64. */
export interface Sealed {
  nonce: string;
  ciphertext: string;
}

/** @param raw 32 bytes */
export function importKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Seals a text. It opens only with the same key and the same associated data. */
export async function seal(key: CryptoKey, text: string, associated: readonly string[]): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: bytesOf(associated) }, key, encode(text));
  return { nonce: toBase64(nonce), ciphertext: toBase64(new Uint8Array(sealed)) };
}

/** The text, or undefined when the key, the associated data or the stored bytes differ from what was sealed. */
export async function unseal(key: CryptoKey, { nonce, ciphertext }: Sealed, associated: readonly string[]): Promise<string | undefined> {
  try {
    const algorithm = { name: "AES-GCM", iv: fromBase64(nonce), additionalData: bytesOf(associated) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, fromBase64(ciphertext)));
  } catch {
    return undefined;
  }
}

/** JSON keeps the boundaries between the parts. */
function bytesOf(associated: readonly string[]): Uint8Array<ArrayBuffer> {
  return encode(JSON.stringify(associated));
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @throws DOMException for a text that is not base64 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
