import { describe, expect, it, vi } from "vitest";
import { type AuthorizeEffects, isObject, LumiverseError, type Provider } from "../src/index.ts";
import { failing, HI, pause, to } from "./ask.ts";
import { refuse, type Served, serve, stream } from "./server.ts";
import { type StrangerSettings, strangerWith } from "./stranger.ts";

let account = 0;
/** A key of its own for each test: tokens are held for the whole process. */
const newAccount = (): string => JSON.stringify({ account: `a-${++account}`, secret: `private-${account}-0123456789` });

const HOUR = 3_600_000;
/** Exchanges the account for a token at the token host. */
function signed(tokens: string, lifetime: () => number = () => HOUR): Provider<StrangerSettings> {
  return strangerWith(
    {},
    {
      credential: { kind: "service-account", env: "STRANGER_ACCOUNT", required: true },
      authorize: async (key: string, { fetch, now, signal }: AuthorizeEffects) => {
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

describe("a signed host", () => {
  it("has one exchange for all calls and connections that ask at once, and later ones use the same token", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const apiKey = newAccount();
    const connections = [to(server.url, { apiKey }, signed(tokens.origin)), to(server.url, { apiKey }, signed(tokens.origin))];
    await Promise.all([0, 1, 0, 1, 0].map((at) => connections[at]?.generate(HI)));
    await connections[0]?.generate(HI);
    expect(tokens.seen).toHaveLength(1);
    expect(new Set(tokensOf(server))).toEqual(new Set(["token-1"]));
    // Another account is another token.
    await to(server.url, { apiKey: newAccount() }, signed(tokens.origin)).generate(HI);
    expect(tokens.seen).toHaveLength(2);
  });

  it("a setting that chooses the token host has tokens of its own", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const apiKey = newAccount();
    const provider: Provider<StrangerSettings> = {
      ...signed(tokens.origin),
      settings: async () => ({ fields: [], parse: (given) => given as StrangerSettings }),
      authorizeBy: ({ tone = "" }) => tone,
    };
    for (const settings of [{ tone: "a" }, { tone: "b" }, { tone: "a" }]) await to(server.url, { apiKey, settings }, provider).generate(HI);
    expect(tokensOf(server)).toEqual(["token-1", "token-2", "token-1"]);
  });

  it("renews a token five minutes before its end, once for all who ask", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const lifetimes = [HOUR / 15, HOUR];
    const connection = to(
      server.url,
      { apiKey: newAccount() },
      signed(tokens.origin, () => lifetimes.shift() ?? HOUR),
    );
    await connection.generate(HI);
    await Promise.all([connection.generate(HI), connection.generate(HI), connection.generate(HI)]);
    expect(tokensOf(server)).toEqual(["token-1", "token-2", "token-2", "token-2"]);
    expect(tokens.seen).toHaveLength(2);
  });

  it("renews once even for those who look at the same instant", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => stream(response));
    const digest = vi.spyOn(crypto.subtle, "digest").mockResolvedValue(new Uint8Array([++account]).buffer);
    const lifetimes = [0, HOUR];
    const connection = to(
      server.url,
      { apiKey: newAccount() },
      signed(tokens.origin, () => lifetimes.shift() ?? HOUR),
    );
    await connection.generate(HI);
    await Promise.all([connection.generate(HI), connection.generate(HI)]);
    digest.mockRestore();
    expect(tokens.seen).toHaveLength(2);
  });

  it("drops its token on a 401 and tries once more; both attempts are listed", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response, seen) =>
      seen.headers.authorization?.includes("token-1-") === true ? refuse(response, 401) : stream(response),
    );
    const connection = to(server.url, { apiKey: newAccount() }, signed(tokens.origin));
    const response = await connection.generate(HI);
    expect(response.attempts.map((attempt) => [attempt.status, attempt.error])).toEqual([
      [401, "authentication"],
      [200, undefined],
    ]);
    await connection.generate(HI);
    expect(tokens.seen).toHaveLength(2);
  });

  it("that refuses every token is asked twice, not for ever", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response) => refuse(response, 401));
    const error = await failing(to(server.url, { apiKey: newAccount() }, signed(tokens.origin)).generate(HI));
    expect(error).toMatchObject({ code: "authentication", status: 401 });
    expect(error.attempts).toHaveLength(2);
    expect(tokens.seen).toHaveLength(2);
  });

  it("a refused account is an error for all who waited, without the secret, and is asked anew next time", async () => {
    const apiKey = newAccount();
    await using tokens = await serve(async (response, seen, count) => {
      await pause(20);
      if (count === 1) refuse(response, 400, {}, { error: `bad account ${seen.body}` });
      else refuse(response, 200, {}, { token: "token-9" });
    });
    await using server = await serve((response) => stream(response));
    const connection = to(server.url, { apiKey }, signed(tokens.origin));
    const errors = await Promise.all([failing(connection.generate(HI)), failing(connection.generate(HI))]);
    for (const error of errors) {
      expect(error).toMatchObject({ code: "authentication", provider: "stranger" });
      expect(error.message).not.toContain("private-");
    }
    expect(tokens.seen).toHaveLength(1);
    expect(server.seen).toHaveLength(0);
    expect((await connection.generate(HI)).text).toBe("hello");
  });

  it("a token host that resets is a network error, tried again within the same budget", async () => {
    await using tokens = await serve((response, seen, count) =>
      count === 1 ? seen.socket.resetAndDestroy() : refuse(response, 200, {}, { token: "token-5" }),
    );
    await using server = await serve((response) => stream(response));
    const apiKey = newAccount();
    const once = await failing(to(server.url, { apiKey, retry: false }, signed(`http://127.0.0.1:1`)).generate(HI));
    expect(once.code).toBe("network");
    const response = await to(server.url, { apiKey }, signed(tokens.origin)).generate(HI);
    expect(response.attempts.map((attempt) => attempt.error)).toEqual(["network", undefined]);
    expect(server.seen).toHaveLength(1);
  });

  it("is explained without any network, and the token's text is a secret of the call", async () => {
    await using tokens = await tokenHost();
    await using server = await serve((response, seen) =>
      refuse(response, 400, {}, { error: { message: `you sent ${seen.headers.authorization}` } }),
    );
    const connection = to(server.url, { apiKey: newAccount() }, signed(tokens.origin));
    expect((await connection.explain(HI)).headers["authorization"]).toBe("Bearer (signed token of the service account)");
    expect([tokens.seen, server.seen]).toEqual([[], []]);
    expect((await failing(connection.generate(HI))).message).toBe("stranger: you sent Bearer [key]");
  });

  it("tells the route what may be said of its key, and refuses a key that can't be one at connect", async () => {
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
    await to("http://127.0.0.1:1", { apiKey: '{"account":"proj-7"}' }, provider).explain(HI);
    expect(seen).toEqual([{ account: "proj-7" }]);
    expect((await failing(() => to("http://127.0.0.1:1", { apiKey: "sk-plain" }, provider))).code).toBe("configuration");
  });
});
