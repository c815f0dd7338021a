import type { State } from "./connect.ts";
import { LumiverseError } from "./errors.ts";
import { networkError } from "./network.ts";
import type { Authorization, AuthorizeEffects, Provider } from "./provider.ts";

/** Milliseconds for one exchange of a key for a token. */
const TOKEN_MS = 60_000;
/** Milliseconds before its end at which a token is renewed. */
const EARLY = 300_000;

/** Tokens of signed hosts, for the whole process: one exchange serves all connections with that key, however many ask at once. */
const KEY = Symbol.for("@lumiverse/authorizations/1");
function cache(): Map<string, Promise<Authorization>> {
  const holder = globalThis as { [KEY]?: Map<string, Promise<Authorization>> };
  holder[KEY] ??= new Map();
  return holder[KEY];
}

async function cacheKey(provider: Provider, key: string, settings: AuthorizeEffects["settings"]): Promise<string> {
  const by = provider.authorizeBy?.(settings) ?? "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return `${provider.id} ${by} ${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export async function authorization(provider: Provider, key: string, effects: AuthorizeEffects): Promise<Authorization> {
  if (provider.authorize === undefined) throw new LumiverseError({ code: "configuration", message: `${provider.id} signs nothing` });
  const id = await cacheKey(provider, key, effects.settings);
  const tokens = cache();
  for (let begun = tokens.get(id); begun !== undefined; ) {
    const held = await begun;
    if (held.expiresAt - EARLY > effects.now()) return held;
    // Whoever looked at the same time may have begun the next exchange already.
    const newer = tokens.get(id);
    if (newer === begun) break;
    begun = newer;
  }
  const exchange = provider.authorize(key, effects);
  tokens.set(id, exchange);
  // A failure is told to all who wait for it, and the next call asks anew.
  exchange.catch(() => {
    if (tokens.get(id) === exchange) tokens.delete(id);
  });
  return exchange;
}

/** The token of a connection's key. The exchange serves all who wait for it, so no single caller's signal ends it. */
export async function tokenOf(state: State, key: string): Promise<Authorization> {
  const settings = await state.settings();
  return authorization(state.provider, key, {
    fetch: (input, init) =>
      state.fetch(input, init).catch((cause: unknown) => {
        throw networkError(cause, new URL(input instanceof Request ? input.url : input), state.scrub);
      }),
    now: Date.now,
    settings,
    signal: AbortSignal.timeout(TOKEN_MS),
  });
}

/** After a 401: the next call exchanges anew. */
export async function dropAuthorization(state: State, key: string): Promise<void> {
  cache().delete(await cacheKey(state.provider, key, await state.settings()));
}
