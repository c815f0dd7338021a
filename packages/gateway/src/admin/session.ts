/** Who may use the admin API: a session that a one-time token or the admin key opened, or the admin key itself. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { digestOf, randomToken } from "../keys/secret.ts";
import type { Sessions } from "../sessions/session.ts";
import { readBody } from "./body.ts";
import { AdminError } from "./errors.ts";

const COOKIE_PREFIX = "lumiverse_console_";
/** Characters of an admin key at least. */
const SHORTEST_KEY = 16;
/** Wrong keys in a minute, after which no key is tried until the minute ends. */
const MOST_FAILURES = 20;
/** Milliseconds. */
const ONE_TIME_TOKEN_LIFETIME = 60 * 60_000;
/** Milliseconds. */
const SESSION_LIFETIME = 12 * 60 * 60_000;

export interface SessionOptions {
  sessions: Sessions;
  /** Opens the API to programs, and sessions to people. Absent: only one-time tokens open sessions. */
  adminKey?: string;
  /** Where the page is. With https the cookie is never sent without encryption. */
  address: () => string;
}

export interface AdminSessions {
  /** Refuses requests without a session or the admin key. */
  readonly required: MiddlewareHandler;
  readonly routes: Hono;
  /** A token that opens one session, once, within the hour. */
  oneTimeToken(): Promise<string>;
}

/** What opens a session: a one-time token, or the admin key. */
const credentials = z.object({ token: z.string().max(200).optional(), key: z.string().max(1000).optional() });

/** @throws RangeError for an admin key that could be guessed */
export function adminSessions({ sessions, adminKey, address }: SessionOptions): AdminSessions {
  if (adminKey !== undefined && adminKey.length < SHORTEST_KEY)
    throw new RangeError(
      `The admin key has fewer than ${SHORTEST_KEY} characters. Choose a longer one, such as the output of: openssl rand -hex 24`,
    );
  const isAdminKey = adminKey === undefined ? undefined : keyCheck(adminKey);
  const oneTimeTokens = new OneTimeTokens();
  const cookies = new SessionCookies(address);

  const open = async (context: Context): Promise<Response> => {
    const { token, expiresAt } = await sessions.create({ lifetimeMs: SESSION_LIFETIME });
    cookies.set(context, token);
    return context.json({ expiresAt }, 201);
  };

  const required: MiddlewareHandler = async (context, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const cookie = cookies.read(context);
    const isAllowed =
      bearer === undefined
        ? cookie !== undefined && (await sessions.isOpen(cookie))
        : isAdminKey !== undefined && (await isAdminKey(bearer));
    if (isAllowed) return next();
    throw signedOut(adminKey !== undefined);
  };

  const routes = new Hono()
    .post("/", async (context) => {
      const { token, key } = await readBody(context, credentials);
      if (token !== undefined && (await oneTimeTokens.use(token))) return open(context);
      if (key !== undefined && isAdminKey !== undefined && (await isAdminKey(key.trim()))) return open(context);
      throw token === undefined ? wrongKey() : usedLink();
    })
    .delete("/", async (context) => {
      const cookie = cookies.read(context);
      if (cookie !== undefined) await sessions.close(cookie);
      cookies.clear(context);
      return context.body(null, 204);
    });

  return { required, routes, oneTimeToken: () => oneTimeTokens.create() };
}

/** The cookies with the tokens of sessions. */
class SessionCookies {
  readonly #address: () => string;

  constructor(address: () => string) {
    this.#address = address;
  }

  /** Browsers send cookies to every port of a host, so two gateways on one machine need two names. */
  get #name(): string {
    return COOKIE_PREFIX + (URL.parse(this.#address())?.port ?? "");
  }

  read(context: Context): string | undefined {
    return getCookie(context, this.#name);
  }

  set(context: Context, token: string): void {
    setCookie(context, this.#name, token, {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      secure: this.#address().startsWith("https:"),
      // Counted from the arrival, so that it does not matter whether the browser's clock agrees with this one.
      maxAge: SESSION_LIFETIME / 1000,
    });
  }

  clear(context: Context): void {
    setCookie(context, this.#name, "", { path: "/", maxAge: 0 });
  }
}

/** Compares keys with the admin key. @throws AdminError `rate-limit` after too many wrong keys */
function keyCheck(adminKey: string): (given: string) => Promise<boolean> {
  const adminHash = digestOf(adminKey);
  const failures = { minute: 0, count: 0 };
  return async (given) => {
    // Digests are compared, so the time tells nothing about the key.
    const [known, guessed] = await Promise.all([adminHash, digestOf(given)]);
    // No `await` follows, so that all of many guesses that arrive at once are counted.
    const minute = Math.floor(Date.now() / 60_000);
    if (failures.minute !== minute) Object.assign(failures, { minute, count: 0 });
    if (failures.count >= MOST_FAILURES)
      throw new AdminError(429, { code: "rate-limit", message: "too many wrong keys", hint: "Wait a minute" });
    if (known === guessed) return true;
    failures.count++;
    return false;
  };
}

/** Tokens that open one session each. They expire by two clocks, whichever is first: people set the one, and the other stops while the machine sleeps. */
class OneTimeTokens {
  /** When unused tokens expire, by their hashes. */
  readonly #expiry = new Map<string, { date: number; elapsed: number }>();

  async create(): Promise<string> {
    const token = randomToken();
    const hash = await digestOf(token);
    this.#expiry.set(hash, { date: Date.now() + ONE_TIME_TOKEN_LIFETIME, elapsed: performance.now() + ONE_TIME_TOKEN_LIFETIME });
    return token;
  }

  /** Whether the token is valid. It is not valid again. */
  async use(token: string): Promise<boolean> {
    const hash = await digestOf(token);
    const expiry = this.#expiry.get(hash);
    this.#expiry.delete(hash);
    return expiry !== undefined && expiry.date > Date.now() && expiry.elapsed > performance.now();
  }
}

function wrongKey(): AdminError {
  return new AdminError(401, { code: "signed-out", message: "the admin key is wrong" });
}

function usedLink(): AdminError {
  return new AdminError(401, {
    code: "signed-out",
    message: "this link was used already, or it is too old",
    hint: "Start the gateway again for a new link",
  });
}

function signedOut(hasKey: boolean): AdminError {
  return new AdminError(401, {
    code: "signed-out",
    message: "you are not signed in",
    hint: hasKey ? "Enter the admin key" : "Open the address that the gateway printed when it started",
  });
}
