/** The keys that calls of this suite are made with. All are planted: wherever one of them turns up but in the header that carries it, it has leaked. */
import { generateKeyPairSync } from "node:crypto";
import type { Provider } from "@lumiverse/core";
import type { Case } from "./fixture.ts";

/** Long enough to be scrubbed, shaped like no vendor's key, so that no pattern saves a careless library. */
export const CANARY = "lumiverse-canary-7f3a9c51";

/** The secret that a case's call is made with. */
export function keyOf({ apiKey }: Pick<Case, "apiKey">, provider: Pick<Provider, "credential"> | undefined): string | undefined {
  const kind = apiKey ?? (provider?.credential.kind === "service-account" ? "service-account" : "canary");
  if (kind === "none" || provider?.credential.kind === "none") return undefined;
  if (typeof kind === "object") return kind.exchanged.replaceAll("{n}", String(++accounts));
  return kind === "service-account" ? serviceAccount() : CANARY;
}

let privateKey: string | undefined;
let accounts = 0;

/**
 * A service account's JSON. The key pair is made once a process, which takes a tenth of a second; the account is another each time, so that no token of
 * an earlier call is found in a cache and every call begins with its token exchange. The token that a case's exchange hands out is `CANARY`.
 */
export function serviceAccount(): string {
  privateKey ??= generateKeyPairSync("rsa", {
    modulusLength: 1024, // signs six times as fast as what a real account has, and thousands of cuts begin with a signature
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;
  accounts++;
  return JSON.stringify({
    type: "service_account",
    project_id: "conformance-project",
    private_key_id: accounts.toString(16).padStart(16, "0"),
    private_key: privateKey,
    client_email: "suite@conformance-project.iam.gserviceaccount.com",
    client_id: "100000000000000000000",
    token_uri: "https://oauth2.googleapis.com/token",
  });
}
