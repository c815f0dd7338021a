/** OAuth PKCE sign-in (RFC 7636): addresses, checks and the exchange of the code. The application opens the page and receives the callback. */

import { isLumiverseError, LumiverseError } from "./chat/errors.ts";
import { definedFields } from "./chat/json.ts";
import { messageOf } from "./chat/text.ts";
import type { Provider } from "./contract/provider.ts";
import { isLoopback } from "./http/base-url.ts";
import { completeError } from "./http/complete-error.ts";
import { errorMessage } from "./http/error-body.ts";
import { requestError } from "./http/network-error.ts";
import { parseJson, readText } from "./http/read-text.ts";
import { followSignal, RequestLifetime, timedOut } from "./http/request-lifetime.ts";
import { createRedactor, type Redact } from "./http/secrets.ts";
import { startTimer } from "./http/timer.ts";

/** Milliseconds that a caller waits for the key. */
const DEFAULT_TIMEOUT = 60_000;
/** An exchange has no timeouts of its own: it ends when no caller waits for it any more. */
const NO_TIMEOUTS = { response: Number.POSITIVE_INFINITY, firstEvent: Number.POSITIVE_INFINITY, idle: Number.POSITIVE_INFINITY };
/** Characters of the exchange's answer that are read. */
const LONGEST_ANSWER = 1_000_000;
/** Characters of an unreadable answer that its error quotes. */
const EXCERPT = 200;

export interface SignInOptions {
  /** The address to which the vendor sends the person back: https, or http on a loopback address. */
  callback: string | URL;
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch;
}

/** Everything that `resumeSignIn` needs to finish a sign-in in another process. Plain data. It holds the verifier, so keep it secret. */
export interface PendingSignIn {
  provider: string;
  url: string;
  callback: string;
  verifier: string;
}

export interface SignIn {
  /** The address to open for the person. */
  url: string;
  /** The address to which the person returns: the given callback with a nonce in its path, because not every vendor returns a `state`. */
  callback: string;
  pending: PendingSignIn;
  /**
   * Checks the URL to which the person returned, and exchanges its code for a key. A code works once, and vendors may revoke the key of a code that arrives
   * twice, so a second call with the same URL gets the same key without another request. Each caller waits as long as its own options say; the exchange is
   * aborted when nobody waits for it any more. After a failed exchange the code can be tried again.
   * @throws LumiverseError `authentication` for a URL that does not belong to this sign-in or a refused code, `network`, `timeout`, `aborted`
   */
  finish(returned: string | URL, options?: FinishOptions): Promise<SignInKey>;
}

/** The key of a finished sign-in, and the account that it belongs to where the vendor names it. */
export interface SignInKey {
  key: string;
  account?: string;
}

export interface FinishOptions {
  signal?: AbortSignal;
  /** Milliseconds to wait for the key. Default 60,000. */
  timeoutMs?: number;
}

/** Starts a sign-in. @throws LumiverseError `unsupported` when the provider has none, `configuration` for a callback that is neither https nor loopback */
export async function beginSignIn<S>(provider: Provider<S>, { callback, fetch }: SignInOptions): Promise<SignIn> {
  const endpoints = endpointsOf(provider);
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(48)));
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  const address = callbackAddress(provider.id, callback);
  address.pathname = `${address.pathname.replace(/\/+$/, "")}/${nonce}`;
  const { href } = endpoints.authorizeURL({ callback: address.href, challenge, nonce });
  return resumeSignIn(
    provider,
    { provider: provider.id, url: href, callback: address.href, verifier },
    fetch === undefined ? {} : { fetch },
  );
}

/** Continues a sign-in that another process began. @throws LumiverseError `configuration` for a sign-in of another provider */
export function resumeSignIn<S>(provider: Provider<S>, pending: PendingSignIn, options: Pick<SignInOptions, "fetch"> = {}): SignIn {
  const endpoints = endpointsOf(provider);
  if (pending.provider !== provider.id)
    throw new LumiverseError({
      code: "configuration",
      provider: provider.id,
      message: `${provider.id}: this sign-in was begun for ${pending.provider}`,
    });
  const { url, callback, verifier } = pending;
  const { redact, addSecret } = createRedactor();
  addSecret(verifier);
  const exchanges = new Exchanges((code, lifetime) =>
    exchangeCode({ endpoints, code, verifier, send: options.fetch ?? fetch, lifetime, redact }),
  );
  return {
    url,
    callback,
    pending,
    async finish(returned, { signal, timeoutMs = DEFAULT_TIMEOUT } = {}) {
      const code = codeOf(provider.id, returned, callback);
      addSecret(code);
      const caller = new RequestLifetime();
      const stopFollowing = followSignal(caller, signal);
      const stopTimer = startTimer(timeoutMs, () => caller.end(timedOut("total", timeoutMs)));
      try {
        if (caller.ended !== undefined) throw caller.ended;
        return await exchanges.keyOf(code, caller);
      } catch (cause) {
        throw completed(provider.id, cause, redact);
      } finally {
        stopTimer();
        stopFollowing();
      }
    },
  };
}

/** The exchange of one code, for all callers that finish with it. */
interface SharedExchange {
  key: Promise<SignInKey>;
  lifetime: RequestLifetime;
  /** How many callers wait for the key. */
  waiting: number;
}

/** The exchanges of one sign-in, by code. An exchange that failed or was aborted is forgotten, so that the next caller begins another. */
class Exchanges {
  readonly #byCode: Map<string, SharedExchange> = new Map();
  readonly #exchange: (code: string, lifetime: RequestLifetime) => Promise<SignInKey>;

  constructor(exchange: (code: string, lifetime: RequestLifetime) => Promise<SignInKey>) {
    this.#exchange = exchange;
  }

  /** The key for a code. When the last caller stops waiting, the exchange is aborted. */
  async keyOf(code: string, caller: RequestLifetime): Promise<SignInKey> {
    const exchange = this.#byCode.get(code) ?? this.#begin(code);
    exchange.waiting++;
    try {
      return await caller.until(exchange.key);
    } catch (cause) {
      if (exchange.waiting === 1 && caller.ended !== undefined) {
        this.#forget(code, exchange);
        exchange.lifetime.end(caller.ended);
      }
      throw cause;
    } finally {
      exchange.waiting--;
    }
  }

  #begin(code: string): SharedExchange {
    const lifetime = new RequestLifetime();
    const key = lifetime.until(this.#exchange(code, lifetime));
    const exchange: SharedExchange = { key, lifetime, waiting: 0 };
    this.#byCode.set(code, exchange);
    key.catch(() => this.#forget(code, exchange));
    return exchange;
  }

  #forget(code: string, exchange: SharedExchange): void {
    if (this.#byCode.get(code) === exchange) this.#byCode.delete(code);
  }
}

type Endpoints = NonNullable<Provider["signIn"]>;

function endpointsOf<S>({ id, signIn }: Provider<S>): Endpoints {
  if (signIn !== undefined) return signIn;
  throw new LumiverseError({
    code: "unsupported",
    provider: id,
    message: `${id} has no sign-in`,
    hint: "Create a key on the vendor's site",
  });
}

function callbackAddress(provider: string, callback: string | URL): URL {
  let url: URL | undefined;
  try {
    url = new URL(callback);
  } catch {
    // Reported below.
  }
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) return url;
  throw new LumiverseError({
    code: "configuration",
    provider,
    field: "callback",
    message: `${provider}: the sign-in callback must be an https URL, or http on a loopback address`,
    hint: "For a local program: http://127.0.0.1:PORT/callback",
  });
}

/** The code in the URL to which the person returned. @throws LumiverseError `authentication` */
function codeOf(provider: string, returned: string | URL, callback: string): string {
  const refuse = (message: string, hint = "Start again"): LumiverseError =>
    new LumiverseError({ code: "authentication", provider, message: `${provider}: ${message}`, hint });
  let url: URL;
  try {
    url = new URL(returned, callback);
  } catch {
    throw refuse("the return is not a URL");
  }
  if (url.pathname !== new URL(callback).pathname) throw refuse("the return does not belong to this sign-in: its nonce differs");
  const reason = url.searchParams.get("error_description") ?? url.searchParams.get("error");
  if (reason !== null) throw refuse(`the sign-in was refused: ${reason.slice(0, EXCERPT)}`);
  const [code, ...others] = url.searchParams.getAll("code");
  if (code === undefined || code === "") throw refuse("the return has no code");
  // RFC 6749, section 3.1: a parameter must not be repeated. An attacker may have added one of the two codes.
  if (others.length > 0) throw refuse("the return has more than one code");
  return code;
}

interface CodeExchange {
  endpoints: Endpoints;
  code: string;
  verifier: string;
  send: typeof fetch;
  lifetime: RequestLifetime;
  redact: Redact;
}

async function exchangeCode({ endpoints, code, verifier, send, lifetime, redact }: CodeExchange): Promise<SignInKey> {
  const request = endpoints.exchange({ code, verifier });
  let response: Response;
  try {
    response = await send(request.url.href, {
      method: request.method,
      headers: { "content-type": "application/json", ...request.headers },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: "manual",
      signal: lifetime.controller.signal,
    });
  } catch (cause) {
    throw requestError(cause, lifetime, request.url, redact);
  }
  const text = await readText(response, { timeouts: NO_TIMEOUTS, redact, request }, lifetime, LONGEST_ANSWER);
  const json = parseJson(text);
  if (!response.ok)
    throw new LumiverseError({
      code: response.status === 403 || response.status === 400 ? "authentication" : "server",
      status: response.status,
      message: `the code was not exchanged (HTTP ${response.status}): ${redact(errorMessage(json) ?? text).slice(0, EXCERPT)}`,
      hint: "A code works once and for a few minutes: start again",
    });
  return endpoints.parse({
    status: response.status,
    headers: response.headers,
    text,
    url: request.url.href,
    ...definedFields({ json }),
  });
}

/** Adds the provider to an error and removes the code and the verifier from it. */
function completed(provider: string, cause: unknown, redact: Redact): LumiverseError {
  // A provider throws a plain `Error` for an answer that it does not accept. Anything else is a mistake in its code.
  const isRefusal = cause instanceof Error && cause.name === "Error";
  const message = isRefusal ? cause.message : `the answer of the sign-in could not be read: ${messageOf(cause)}`;
  const error = isLumiverseError(cause) ? cause : new LumiverseError({ code: "malformed-response", message });
  return completeError(error, provider, redact);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
