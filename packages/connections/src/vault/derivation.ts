import { scryptAsync } from "@noble/hashes/scrypt.js";
import { fromBase64, toBase64 } from "./cipher.ts";

/** How a passphrase becomes a key. Stored beside what it protects, so that later versions can raise the cost. */
export interface Derivation {
  algorithm: "scrypt";
  /** Base64. */
  salt: string;
  /** Cost: a power of two. 2^17 uses 128 MiB. */
  n: number;
  r: number;
  p: number;
}

/** The cost that OWASP's Password Storage Cheat Sheet names first for scrypt (read 2026-11): N = 2^17, r = 8, p = 1. */
export function newDerivation(n: number = 2 ** 17): Derivation {
  return { algorithm: "scrypt", salt: toBase64(crypto.getRandomValues(new Uint8Array(16))), n, r: 8, p: 1 };
}

/** 32 bytes. */
export async function deriveKey(passphrase: string, { salt, n, r, p }: Derivation): Promise<Uint8Array<ArrayBuffer>> {
  // Composed and decomposed letters look the same on screen and must derive the same key.
  const key = await scryptAsync(passphrase.normalize("NFKC"), fromBase64(salt), { N: n, r, p, dkLen: 32 });
  return Uint8Array.from(key);
}

/** The highest cost that is accepted from a file, so that an imported file cannot use up the memory. */
const HIGHEST_COST = 2 ** 20;

/** Reads stored parameters. Undefined for anything else than a derivation of acceptable cost. */
export function readDerivation(value: unknown): Derivation | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { algorithm, salt, n, r, p } = value as Partial<Record<keyof Derivation, unknown>>; // each is checked below
  if (algorithm !== "scrypt" || typeof salt !== "string" || !/^[A-Za-z0-9+/]{22}==$/.test(salt)) return undefined;
  if (typeof n !== "number" || typeof r !== "number" || typeof p !== "number") return undefined;
  const isPowerOfTwo = Number.isInteger(Math.log2(n)) && n > 1;
  return isPowerOfTwo && n <= HIGHEST_COST && r === 8 && p === 1 ? { algorithm, salt, n, r, p } : undefined;
}
