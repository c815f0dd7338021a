import type { LumiverseError } from "../chat/errors.ts";
import type { Call, Recovery, Route } from "./call.ts";
import type { Evidence } from "./capabilities.ts";
import type { HttpRequest } from "./http.ts";
import type { Catalogue } from "./models.ts";
import type { OperationResponse, Operations } from "./operations.ts";
import type { SettingsModule } from "./settings.ts";

/** The major version of this contract. `connect` refuses a package built for a newer one. */
export const CONTRACT = 1;

/**
 * A provider is data and pure functions: it names a protocol, and states the vendor's base URL and differences. It uses no network, clock, randomness or
 * environment.
 */
export interface Provider<S = unknown> {
  /** Lower-case letters, digits and hyphens: the name in `connect("…")`. */
  id: string;
  name: string;
  /** URL of the vendor's API documentation. */
  docs: string;
  /** Version of the provider's package. */
  version: string;
  contract: number;
  credential: Credential;
  /** The vendor's own base URL, which `baseURL` overrides. Absent: the caller must give one (`custom`). */
  base?: string;
  /** Other origins that belong to the vendor (regions). A key from the environment may be sent there. */
  origins?: readonly string[];
  /** Loads the schema of the settings; `connect` validates against it. */
  settings?: () => Promise<SettingsModule<S>>;
  /** Chooses protocol, address and capabilities for a call. Pure. */
  route(call: Call<S>): Route;
  /** Loads the dated list of known models. The settings can choose the list of a region or plan. */
  catalogue?: (settings?: Partial<S>) => Promise<Catalogue>;
  /** Loads the operations: models, key check, account, token count, probe. */
  operations: () => Promise<Operations<S>>;
  /** True when the server behind the base URL must be probed before the first call. Default: never. */
  probeFirst?: (settings: Partial<S>) => boolean;
  /** For hosts that want a signed token: turns the key into request headers. Core caches the result and renews it once after a 401. */
  authorize?: (context: AuthorizeContext) => Promise<Authorization>;
  /** The part of the settings that a token depends on (a region with its own token host). Default: none, so one token serves all. */
  authorizeBy?: (settings: Partial<S>) => string;
  /** Facts about a key that are not secret (a service account's project). Throws `configuration` for a key that cannot be valid. */
  describeKey?: (key: string) => Readonly<Record<string, string>>;
  /** Repeats a refused call without what the host refused. Runs before the first content only, within the retry budget, and always leaves a note. */
  recover?: (context: { error: LumiverseError; call: Call<S> }) => Recovery<S> | undefined;
  signIn?: PkceEndpoints;
  /** Loads the evidence for the provider's claims. Not needed where an entry point of the package registers it (`registerEvidence`). */
  evidence?: () => Promise<Readonly<Record<string, readonly Evidence[]>>>;
  /** Calls in flight at most per connection; further calls wait. */
  concurrency?: number;
}

export type Credential =
  | {
      kind: "api-key";
      required: boolean;
      /** Environment variable that is read when no key is given and the origin is the vendor's own. */
      env: string;
      /** Header that carries the key. Default `authorization`. */
      header?: string;
      /** Text before the key. Default `Bearer ` for `authorization`, nothing for other headers. */
      prefix?: string;
      /** URL where a person creates a key. */
      page?: string;
    }
  | { kind: "service-account"; env: string; page?: string; required: true }
  | { kind: "none" };

export interface AuthorizeContext {
  key: string;
  fetch: typeof fetch;
  /** Epoch milliseconds. */
  now: () => number;
  /** As parsed by the provider's schema. */
  settings: Readonly<Record<string, unknown>>;
  signal?: AbortSignal;
}

export interface Authorization {
  headers: Record<string, string>;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** OAuth PKCE sign-in (RFC 7636). Core generates the verifier, the nonce and the digest. */
export interface PkceEndpoints {
  authorizeURL(input: { callback: string; challenge: string; nonce: string }): URL;
  exchange(input: { code: string; verifier: string }): HttpRequest;
  parse(response: OperationResponse): { key: string; account?: string };
}
