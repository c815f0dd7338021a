import { readLocal, writeLocal } from "../shared/local-storage.ts";

/** The sign-in that this browser has begun. Its token opens what the server keeps; it is no key. */
const NAME = "lumiverse-sign-in";

export interface PendingSignIn {
  token: string;
  providerName: string;
}

export function keepSignIn(pending: PendingSignIn): void {
  writeLocal(NAME, JSON.stringify(pending));
}

export function keptSignIn(): PendingSignIn | undefined {
  const text = readLocal(NAME);
  return text === undefined ? undefined : (JSON.parse(text) as PendingSignIn); // written above
}

export function forgetSignIn(): void {
  writeLocal(NAME, undefined);
}
