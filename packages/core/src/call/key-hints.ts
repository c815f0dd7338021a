/** Hints about a missing key or a wrong path. */
import { LumiverseError } from "../chat/errors.ts";
import type { ConnectionState } from "./connection-state.ts";

export function noKeyError(state: ConnectionState): LumiverseError {
  return new LumiverseError({
    code: "authentication",
    provider: state.provider.id,
    field: "apiKey",
    message: "no key was given",
    hint: keyHint(state),
  });
}

/** Where the key of this connection comes from. */
export function keyHint({ provider, base, isVendorOrigin }: ConnectionState): string {
  const { credential } = provider;
  if (credential.kind === "none") return "Pass the server's credential in headers";
  if (provider.base === undefined) return `Pass apiKey: the key of ${base?.host ?? "the server"}`;
  if (!isVendorOrigin)
    return `Pass apiKey: the key in ${credential.env} belongs to the vendor and is not sent to ${base?.host ?? "another host"}`;
  const page = credential.page === undefined ? "" : ` (create one at ${credential.page})`;
  return `Set apiKey or the environment variable ${credential.env}${page}`;
}

/** A hint for an endpoint that is not there. Undefined when the base URL shows no usual mistake. */
export function pathHint({ origin, pathname }: URL): string | undefined {
  const path = pathname.replace(/\/+$/, "");
  return /\/v\d+[a-z0-9]*$/.test(path) ? undefined : `The base URL has no version in its path; most servers expect ${origin}${path}/v1`;
}
