import { isLumiverseError, type Provider } from "@lumiverse/core";
import { normalizeBaseURL } from "@lumiverse/core/provider";
import { insteadOf } from "../core-options.ts";
import type { FieldIssue } from "../error.ts";

/** Where a profile's requests go. */
export interface Address {
  /** The base URL as completed. Absent: the provider's own. */
  resolvedURL?: string;
  /** Where the secrets belong. Empty: no address yet. */
  origin: string;
  /** True for an origin of the vendor itself. */
  isVendor: boolean;
}

/** Query parameters that carry keys. A base URL is not a secret, so they have no place in it. */
const SECRET_PARAMETER = /key|token|secret|sig|password|auth|credential/i;

/** Reads a base URL as typed. */
export function readAddress(
  provider: Pick<Provider, "id" | "base" | "origins">,
  typed: string | null | undefined,
  allowHttp = false,
): { address: Address; issue?: undefined } | { issue: FieldIssue; address?: undefined } {
  const text = typed?.trim() ?? "";
  if (text === "") {
    if (provider.base !== undefined) return { address: { origin: new URL(provider.base).origin, isVendor: true } };
    return { issue: { path: "baseURL", message: "is required: for a local server, such as http://localhost:1234/v1" } };
  }
  try {
    const url = normalizeBaseURL(text, provider.base, allowHttp);
    const secret = [...url.searchParams.keys()].find((name) => SECRET_PARAMETER.test(name));
    if (secret !== undefined)
      return { issue: { path: "baseURL", message: `carries a secret in its query (${secret}): enter it as the key, or as a header` } };
    const isVendor = [provider.base, ...(provider.origins ?? [])].some((own) => own !== undefined && new URL(own).origin === url.origin);
    return { address: { resolvedURL: url.href, origin: url.origin, isVendor } };
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    const message = cause.message.replace(/^baseURL /, "");
    const hint = insteadOf(cause.hint ?? "") ?? cause.hint;
    return { issue: { path: "baseURL", message: hint === undefined ? message : `${message}. ${hint}` } };
  }
}
