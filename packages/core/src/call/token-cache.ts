/** Tokens of signed hosts: exchanged once for all calls that wait, renewed before they expire and after a 401. */
import { LumiverseError } from "../chat/errors.ts";
import type { Authorization } from "../contract/provider.ts";
import { requestError } from "../http/network-error.ts";
import { RequestLifetime } from "../http/request-lifetime.ts";
import { startTimer } from "../http/timer.ts";
import type { ConnectionState } from "./connection-state.ts";

/** Milliseconds for one exchange of a key for a token. */
const EXCHANGE_TIMEOUT = 60_000;
/** Milliseconds before its expiry at which a token is renewed. */
const RENEW_EARLY = 300_000;

/** The token for a connection's key. One exchange serves all callers that wait, so no single caller's signal ends it. */
export async function authorizationFor(state: ConnectionState, key: string): Promise<Authorization> {
  const { provider, tokenCache } = state;
  if (provider.authorize === undefined)
    throw new LumiverseError({ code: "configuration", provider: provider.id, message: `${provider.id} defines no token exchange` });
  const settings = await state.settings();
  const id = await cacheKey(state, key, settings);
  for (let pending = tokenCache.get(id); pending !== undefined; ) {
    const held = await pending;
    if (held.expiresAt - RENEW_EARLY > Date.now()) return held;
    // Another caller may have started the next exchange in the meantime.
    const newer = tokenCache.get(id);
    if (newer === pending) break;
    pending = newer;
  }
  const lifetime = new RequestLifetime();
  const stopTimer = startTimer(EXCHANGE_TIMEOUT, () => lifetime.end(exchangeTimedOut()));
  const work = provider.authorize({
    key,
    fetch: (input, init) =>
      state.fetch(input, init).catch((cause: unknown) => {
        throw requestError(cause, lifetime, new URL(input instanceof Request ? input.url : input), state.redact);
      }),
    now: Date.now,
    settings,
    signal: lifetime.controller.signal,
  });
  // A caller's fetch may ignore the signal.
  const exchange = lifetime.until(work).finally(stopTimer);
  tokenCache.set(id, exchange);
  // All who wait receive a failure; the next call tries again.
  exchange.catch(() => {
    if (tokenCache.get(id) === exchange) tokenCache.delete(id);
  });
  return exchange;
}

function exchangeTimedOut(): LumiverseError {
  return new LumiverseError({ code: "timeout", message: `the key was not exchanged for a token within ${EXCHANGE_TIMEOUT} ms` });
}

/** Forgets a token that the host refused, unless another call has renewed it in the meantime. `sent`: the headers of the refused request. */
export async function forgetAuthorization(state: ConnectionState, key: string, sent: Readonly<Record<string, string>>): Promise<void> {
  const id = await cacheKey(state, key, await state.settings());
  const cached = state.tokenCache.get(id);
  const held = await cached?.catch(() => undefined);
  const wasRefused = held === undefined || Object.entries(held.headers).every(([name, value]) => sent[name.toLowerCase()] === value);
  if (wasRefused && state.tokenCache.get(id) === cached) state.tokenCache.delete(id);
}

async function cacheKey({ provider }: ConnectionState, key: string, settings: Record<string, unknown>): Promise<string> {
  const scope = provider.authorizeBy?.(settings) ?? "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${provider.id} ${scope} ${hex}`;
}
