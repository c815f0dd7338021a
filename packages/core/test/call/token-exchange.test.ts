import { describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { LumiverseError, type Provider } from "../../src/index.ts";
import { isObject } from "../../src/provider.ts";
import { defineSettings } from "../../src/settings/index.ts";
import { connectTo, errorOf, HI, pause } from "../support/calls.ts";
import { type SampleSettings, sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, type Served, serve, stream } from "../support/server.ts";

let account = 0;
const newAccount = (): string => JSON.stringify({ account: `a-${++account}`, secret: `private-${account}-0123456789` });

const HOUR = 3_600_000;
/** Exchanges the account for a token at the token host. */
function signed(tokens: string, lifetime: () => number = () => HOUR): Provider<SampleSettings> {
  return sampleProviderWith(
    {},
    {
      credential: { kind: "service-account", env: "SAMPLE_ACCOUNT", required: true },
      authorize: async ({ key, fetch, now, signal }) => {
        const response = await fetch(`${tokens}/token`, { method: "POST", body: key, ...(signal === undefined ? {} : { signal }) });
        const json: unknown = await response.json();
        if (!response.ok)
          throw new LumiverseError({ code: "authentication", status: response.status, message: `no token: ${JSON.stringify(json)}` });
        return { headers: { authorization: `Bearer ${isObject(json) ? json["token"] : ""}` }, expiresAt: now() + lifetime() };
      },
    },
  );
}
const tokenHost = (): Promise<Served> =>
  serve(async (response, _seen, count) => {
    await pause(20);
    refuse(response, 200, {}, { token: `token-${count}-0123456789` });
  });
const tokensOf = (server: Served): (string | undefined)[] =>
  server.seen.map((seen) => seen.headers.authorization?.replace(/^Bearer (token-\d+).*/, "$1"));

describe("a host with signed tokens", () => {
  it("exchanges a token once for all calls of a connection", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const connection = connectTo(server.url, { apiKey: newAccount() }, signed(tokens.origin));
    await Promise.all([connection.generate(HI), connection.generate(HI), connection.generate(HI)]);
    await connection.generate(HI);
    expect(tokens.seen).toHaveLength(1);
    expect(tokensOf(server)).toEqual(["token-1", "token-1", "token-1", "token-1"]);
  });

  it("shares a token between two connections only through a token cache that both are given", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const apiKey = newAccount();
    const tokenCache = new Map();
    const shared = [0, 1].map(() => connectTo(server.url, { apiKey, tokenCache }, signed(tokens.origin)));
    await Promise.all(shared.map((connection) => connection.generate(HI)));
    expect(tokens.seen).toHaveLength(1);
    // Another account has a token of its own in the same cache.
    await connectTo(server.url, { apiKey: newAccount(), tokenCache }, signed(tokens.origin)).generate(HI);
    expect(tokens.seen).toHaveLength(2);
    expect([...tokenCache.keys()].join()).not.toContain("private-");
    // A connection without the cache exchanges again.
    await connectTo(server.url, { apiKey }, signed(tokens.origin)).generate(HI);
    await connectTo(server.url, { apiKey }, signed(tokens.origin)).generate(HI);
    expect(tokens.seen).toHaveLength(4);
  });

  it("has one token per value of a setting that chooses the token host", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const apiKey = newAccount();
    const tokenCache = new Map();
    const provider: Provider<SampleSettings> = {
      ...signed(tokens.origin),
      settings: async () => {
        const validator = z.object({ tone: z.exactOptional(z.string()) });
        return defineSettings<SampleSettings>({ validator, schema: z.toJSONSchema(validator) });
      },
      authorizeBy: ({ tone = "" }) => tone,
    };
    for (const settings of [{ tone: "a" }, { tone: "b" }, { tone: "a" }])
      await connectTo(server.url, { apiKey, settings, tokenCache }, provider).generate(HI);
    expect(tokensOf(server)).toEqual(["token-1", "token-2", "token-1"]);
  });

  it("gets a new token five minutes before the old one expires, once for all callers", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const lifetimes = [HOUR / 15, HOUR];
    const connection = connectTo(
      server.url,
      { apiKey: newAccount() },
      signed(tokens.origin, () => lifetimes.shift() ?? HOUR),
    );
    await connection.generate(HI);
    await Promise.all([connection.generate(HI), connection.generate(HI), connection.generate(HI)]);
    expect(tokensOf(server)).toEqual(["token-1", "token-2", "token-2", "token-2"]);
    expect(tokens.seen).toHaveLength(2);
  });

  it("gets one new token even when two callers find the old one expired at the same instant", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const digest = vi.spyOn(crypto.subtle, "digest").mockResolvedValue(new Uint8Array([++account]).buffer);
    const lifetimes = [0, HOUR];
    const connection = connectTo(
      server.url,
      { apiKey: newAccount() },
      signed(tokens.origin, () => lifetimes.shift() ?? HOUR),
    );
    await connection.generate(HI);
    await Promise.all([connection.generate(HI), connection.generate(HI)]);
    digest.mockRestore();
    expect(tokens.seen).toHaveLength(2);
  });

  it("gets a new token after a 401 and tries once more, and both attempts are listed", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response, seen) =>
      seen.headers.authorization?.includes("token-1-") === true ? refuse(response, 401) : stream(response),
    );
    const connection = connectTo(server.url, { apiKey: newAccount() }, signed(tokens.origin));
    const response = await connection.generate(HI);
    expect(response.attempts.map((attempt) => [attempt.status, attempt.error])).toEqual([
      [401, "authentication"],
      [200, undefined],
    ]);
    await connection.generate(HI);
    expect(tokens.seen).toHaveLength(2);
  });

  it("gets a new token after a 401 with retry: false too, for calls and for operations", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response, seen) =>
      seen.headers.authorization?.includes("token-1-") === true ? refuse(response, 401) : stream(response),
    );
    const provider = signed(tokens.origin);
    const response = await connectTo(server.url, { apiKey: newAccount(), retry: false }, provider).generate(HI);
    expect(response.attempts.map((attempt) => attempt.status)).toEqual([401, 200]);

    await using secondTokens = await tokenHost();
    const connection = connectTo(server.url, { apiKey: newAccount(), retry: false }, signed(secondTokens.origin));
    expect(await connection.check()).toMatchObject({ key: "valid" });
    expect([tokens.seen.length, secondTokens.seen.length]).toEqual([2, 2]);
  });

  it("exchanges one new token for twenty calls whose token is refused at the same time", async () => {
    await using tokens = await tokenHost();
    let waiting: (() => void)[] = [];
    await using server = await serve((response, seen) => {
      if (seen.headers.authorization?.includes("token-1-") !== true) return stream(response);
      waiting.push(() => refuse(response, 401));
      if (waiting.length < 20) return;
      const [early, late] = [waiting.slice(0, 10), waiting.slice(10)];
      for (const answer of early) answer();
      // These are refused after the others have a new token.
      setTimeout(() => {
        for (const answer of late) answer();
      }, 100);
      waiting = [];
    });
    const connection = connectTo(server.url, { apiKey: newAccount() }, signed(tokens.origin));
    const responses = await Promise.all(Array.from({ length: 20 }, () => connection.generate(HI)));
    for (const response of responses) expect(response.attempts.map(({ status }) => status)).toEqual([401, 200]);
    expect(tokens.seen).toHaveLength(2);
  });

  it("that refuses every token gets two attempts and no more", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => refuse(response, 401));
    const error = await errorOf(connectTo(server.url, { apiKey: newAccount() }, signed(tokens.origin)).generate(HI));
    expect(error).toMatchObject({ code: "authentication", status: 401 });
    expect(error.attempts).toHaveLength(2);
    expect(tokens.seen).toHaveLength(2);
  });

  it("gives all waiting callers the error of a refused account without its secret, and the next call exchanges again", async () => {
    const apiKey = newAccount();
    await using tokens = await serve(async (response, seen, count) => {
      // Long enough for the second call to wait for the same exchange on a busy machine.
      await pause(300);
      if (count === 1) refuse(response, 400, {}, { error: `bad account ${seen.body}` });
      else refuse(response, 200, {}, { token: "token-9" });
    });
    await using server = await serve((response) => stream(response));
    const connection = connectTo(server.url, { apiKey }, signed(tokens.origin));
    const errors = await Promise.all([errorOf(connection.generate(HI)), errorOf(connection.generate(HI))]);
    for (const error of errors) {
      expect(error).toMatchObject({ code: "authentication", provider: "sample" });
      expect(error.message).not.toContain("private-");
    }
    expect(tokens.seen).toHaveLength(1);
    expect(server.seen).toHaveLength(0);
    expect((await connection.generate(HI)).text).toBe("hello");
  });

  it("is tried again within the same budget when the token host resets the connection", async () => {
    await using tokens = await serve((response, seen, count) =>
      count === 1 ? seen.socket.resetAndDestroy() : refuse(response, 200, {}, { token: "token-5" }),
    );
    await using server = await serve((response) => stream(response));
    const apiKey = newAccount();
    const once = await errorOf(connectTo(server.url, { apiKey, retry: false }, signed(`http://127.0.0.1:1`)).generate(HI));
    expect(once.code).toBe("network");
    const response = await connectTo(server.url, { apiKey }, signed(tokens.origin)).generate(HI);
    expect(response.attempts.map((attempt) => attempt.error)).toEqual(["network", undefined]);
    expect(server.seen).toHaveLength(1);
  });

  it("is explained without network access, and its token is redacted like a key", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response, seen) =>
      refuse(response, 400, {}, { error: { message: `you sent ${seen.headers.authorization}` } }),
    );
    const connection = connectTo(server.url, { apiKey: newAccount() }, signed(tokens.origin));
    expect((await connection.explain(HI)).headers["authorization"]).toBe("Bearer (signed token of the service account)");
    expect([tokens.seen, server.seen]).toEqual([[], []]);
    expect((await errorOf(connection.generate(HI))).message).toBe("sample: you sent Bearer [key]");
  });

  it("passes what is not secret about the key to the route, and connect() refuses a key that cannot be valid", async () => {
    const describeKey = (key: string): Record<string, string> => {
      if (!key.startsWith("{")) throw new LumiverseError({ code: "configuration", message: "no service account" });
      return { account: JSON.parse(key).account };
    };
    const seen: unknown[] = [];
    const base = signed("http://127.0.0.1:1");
    const provider = {
      ...base,
      describeKey,
      route: (call: Parameters<typeof base.route>[0]) => {
        seen.push(call.account);
        return base.route(call);
      },
    };
    await connectTo("http://127.0.0.1:1", { apiKey: '{"account":"proj-7"}' }, provider).explain(HI);
    expect(seen).toEqual([{ account: "proj-7" }]);
    expect((await errorOf(() => connectTo("http://127.0.0.1:1", { apiKey: "sk-plain" }, provider))).code).toBe("configuration");
  });
});
