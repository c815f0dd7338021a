/** Who may use the admin API: a session that a one-time token or the admin key opened, the admin key itself, or a management key. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import type { ManagementKey, ManagementKeys } from "../keys/management-key.ts";
import { digestOf, randomToken } from "../keys/secret.ts";
import type { Sessions } from "../sessions/session.ts";
import { authorize } from "./access.ts";
import { readBody } from "./body.ts";
import { AdminError } from "./errors.ts";
import { WrongKeys } from "./wrong-keys.ts";

const COOKIE_PREFIX = "lumiverse_console_";
/** Characters of an admin key at least. */
const SHORTEST_KEY = 16;
/** Milliseconds. */
const ONE_TIME_TOKEN_LIFETIME = 60 * 60_000;
/** Milliseconds. */
const SESSION_LIFETIME = 12 * 60 * 60_000;

export interface SessionOptions {
  sessions: Sessions;
  /** Opens the API to programs, and sessions to people. Absent: only one-time tokens open sessions. */
  adminKey?: string;
  managementKeys: Pick<ManagementKeys, "find">;
  /** Where the routes are mounted. */
  base: string;
  /** Where the page is. With https the cookie is never sent without encryption. */
  address: () => string;
}

export interface AdminSessions {
  /** Refuses requests without a session, the admin key, or a management key that may send them. */
  readonly required: MiddlewareHandler;
  readonly routes: Hono;
  /** A token that opens one session, once, within the hour. */
  oneTimeToken(): Promise<string>;
}

/** What opens a session: a one-time token, or the admin key. */
const credentials = z.object({ token: z.string().max(200).optional(), key: z.string().max(1000).optional() });

/** @throws RangeError for an admin key that could be guessed */
export function adminSessions({ sessions, managementKeys, base, adminKey, address }: SessionOptions): AdminSessions {
  if (adminKey !== undefined && adminKey.length < SHORTEST_KEY)
    throw new RangeError(
      `The admin key has fewer than ${SHORTEST_KEY} characters. Choose a longer one, such as the output of: openssl rand -hex 24`,
    );
  const isAdminKey = adminKey === undefined ? async () => false : keyCheck(adminKey);
  const wrongKeys = new WrongKeys();
  const oneTimeTokens = new OneTimeTokens();
  const cookies = new SessionCookies(address);

  const open = async (context: Context): Promise<Response> => {
    const { token, expiresAt } = await sessions.create({ lifetimeMs: SESSION_LIFETIME });
    cookies.set(context, token);
    return context.json({ expiresAt }, 201);
  };

  /** @throws AdminError `rate-limit` for a wrong key from an address that has sent too many */
  const countWrongKey = (context: Context): void => {
    const { clientAddress } = context.env as { clientAddress?: string | undefined }; // given by createAdmin
    if (!wrongKeys.add(clientAddress)) return;
    throw new AdminError(
      429,
      { code: "rate-limit", message: "too many wrong keys from this address", hint: "Send the right key, or wait a minute" },
      { "retry-after": "60" },
    );
  };

  const required: MiddlewareHandler = async (context, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (bearer === undefined) {
      const cookie = cookies.read(context);
      if (cookie === undefined || !(await sessions.isOpen(cookie))) throw signedOut(adminKey !== undefined);
      authorize(context, undefined, base);
      return next();
    }
    if (await isAdminKey(bearer)) {
      authorize(context, undefined, base);
      return next();
    }
    const key = await managementKeys.find(bearer);
    if (key === undefined) {
      countWrongKey(context);
      throw signedOut(adminKey !== undefined);
    }
    if (key.revokedAt !== undefined) throw endedKey(key, "was revoked");
    if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= Date.now()) throw endedKey(key, "has expired");
    authorize(context, key, base);
    return next();
  };

  const routes = new Hono()
    .post("/", async (context) => {
      const { token, key } = await readBody(context, credentials);
      if (token !== undefined && (await oneTimeTokens.use(token))) return open(context);
      if (key !== undefined && (await isAdminKey(key.trim()))) return open(context);
      if (key !== undefined) {
        if ((await managementKeys.find(key.trim())) !== undefined) throw noPage();
        countWrongKey(context);
      }
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

/** Compares keys with the admin key. Digests are compared, each in full, so the time tells nothing about the key. */
function keyCheck(adminKey: string): (given: string) => Promise<boolean> {
  const adminHash = digestOf(adminKey);
  return async (given) => {
    const [known, guessed] = await Promise.all([adminHash, digestOf(given)]);
    let difference = 0;
    for (let i = 0; i < known.length; i++) difference |= known.charCodeAt(i) ^ guessed.charCodeAt(i);
    return difference === 0;
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

function endedKey({ name }: ManagementKey, how: string): AdminError {
  return new AdminError(401, { code: "signed-out", message: `the management key "${name}" ${how}`, hint: "Ask for a new key" });
}

function noPage(): AdminError {
  return new AdminError(403, {
    code: "forbidden",
    message: "a management key does not open the page",
    hint: "Enter the admin key. Programs send a management key as Authorization: Bearer",
  });
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
