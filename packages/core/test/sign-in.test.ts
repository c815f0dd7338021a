import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { beginSignIn, type Provider, resumeSignIn, type SignIn } from "../src/index.ts";
import { isObject, type PkceEndpoints } from "../src/provider.ts";
import { errorOf, pause } from "./support/calls.ts";
import { type SampleSettings, sampleProvider } from "./support/sample-provider.ts";
import { DEAD_PORT, refuse, type Served, serve } from "./support/server.ts";

function signingIn(origin: string): Provider<SampleSettings> {
  const signIn: PkceEndpoints = {
    authorizeURL: ({ callback, challenge }) => {
      const url = new URL(`${origin}/auth`);
      url.search = new URLSearchParams({ callback_url: callback, code_challenge: challenge, code_challenge_method: "S256" }).toString();
      return url;
    },
    exchange: ({ code, verifier }) => ({ method: "POST", url: new URL(`${origin}/keys`), body: { code, code_verifier: verifier } }),
    parse: ({ json }) => ({ key: isObject(json) ? String(json["key"]) : "" }),
  };
  return { ...sampleProvider, signIn };
}
/** A vendor that returns a key for a code whose challenge matches the verifier. */
async function vendor(): Promise<Served> {
  return serve((response, seen) => {
    const { code, code_verifier } = JSON.parse(seen.body);
    const challenge = createHash("sha256").update(code_verifier).digest("base64url");
    if (code !== `code-for-${challenge}`) return refuse(response, 403, {}, { error: `no such code ${code} ${code_verifier}` });
    refuse(response, 200, {}, { key: "sk-granted" });
  });
}
/** What the browser does when the person approves. */
function approve(signIn: SignIn): URL {
  const page = new URL(signIn.url);
  const back = new URL(page.searchParams.get("callback_url") ?? "");
  back.searchParams.set("code", `code-for-${page.searchParams.get("code_challenge")}`);
  return back;
}
const CALLBACK = "http://localhost:3000/callback";

describe("signing in", () => {
  it("exchanges the code for a key, proved by the verifier of the challenge", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    expect(await signIn.finish(approve(signIn))).toEqual({ key: "sk-granted" });
    const { code_verifier } = JSON.parse(server.seen[0]?.body ?? "");
    expect(code_verifier).toMatch(/^[\w-]{43,128}$/);
    expect(signIn.url).not.toContain(code_verifier);
  });

  it("accepts the return as a path with its query, as a server receives it", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const { pathname, search } = approve(signIn);
    expect(await signIn.finish(pathname + search)).toEqual({ key: "sk-granted" });
  });

  it("sends a code once, although the person's browser returns twice", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const back = approve(signIn);
    expect(await Promise.all([signIn.finish(back), signIn.finish(String(back))])).toEqual([{ key: "sk-granted" }, { key: "sk-granted" }]);
    expect(await signIn.finish(back)).toEqual({ key: "sk-granted" });
    expect(server.seen).toHaveLength(1);
  });

  it("tries a code again after an exchange that failed", async () => {
    let asked = 0;
    await using server = await serve((response) =>
      ++asked === 1 ? refuse(response, 503) : refuse(response, 200, {}, { key: "sk-later" }),
    );
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const back = approve(signIn);
    const failures = await Promise.all([errorOf(signIn.finish(back)), errorOf(signIn.finish(back))]);
    expect(failures.map(({ provider }) => provider)).toEqual(["sample", "sample"]);
    expect(await signIn.finish(back)).toEqual({ key: "sk-later" });
  });

  it("tries a code again after a failure before anything was sent", async () => {
    await using server = await vendor();
    const provider = signingIn(server.origin);
    let isBroken = true;
    const exchange: PkceEndpoints["exchange"] = (given) => {
      if (isBroken) throw new Error("no such host");
      return (provider.signIn as PkceEndpoints).exchange(given); // signingIn() sets it
    };
    const signIn = await beginSignIn({ ...provider, signIn: { ...(provider.signIn as PkceEndpoints), exchange } }, { callback: CALLBACK });
    const back = approve(signIn);
    await expect(signIn.finish(back, { signal: {} as AbortSignal })).rejects.toThrow(); // not a signal
    expect(await errorOf(signIn.finish(back))).toMatchObject({ provider: "sample" });
    isBroken = false;
    expect(await signIn.finish(back)).toEqual({ key: "sk-granted" });
  });

  it("shares an exchange without sharing signals and timeouts", async () => {
    const answers: (() => void)[] = [];
    await using server = await serve((response) => void answers.push(() => refuse(response, 200, {}, { key: "sk-granted" })));
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const back = approve(signIn);
    const [first, third] = [new AbortController(), new AbortController()];
    const calls = [
      errorOf(signIn.finish(back, { signal: first.signal })),
      errorOf(signIn.finish(back, { timeoutMs: 5 })),
      errorOf(signIn.finish(back, { signal: third.signal })),
    ] as const;
    const last = signIn.finish(back);
    while (answers.length === 0) await pause(2);
    first.abort();
    third.abort();
    expect((await Promise.all(calls)).map(({ code }) => code)).toEqual(["aborted", "timeout", "aborted"]);
    answers[0]?.();
    expect(await last).toEqual({ key: "sk-granted" });
    expect(server.seen).toHaveLength(1);
  });

  it("sends nothing for a caller whose signal was aborted before", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    expect(await errorOf(signIn.finish(approve(signIn), { signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" });
    await pause(20);
    expect(server.seen).toEqual([]);
  });

  it("begins a new exchange for a return that arrives in the moment in which the last caller left", async () => {
    let asked = 0;
    await using server = await serve((response) => void (++asked > 1 && refuse(response, 200, {}, { key: "sk-second" })));
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const back = approve(signIn);
    const caller = new AbortController();
    const left = errorOf(signIn.finish(back, { signal: caller.signal }));
    while (server.seen.length === 0) await pause(2);
    caller.abort();
    expect(await left).toMatchObject({ code: "aborted" });
    expect(await signIn.finish(back)).toEqual({ key: "sk-second" });
    await server.seen[0]?.closed;
  });

  it("refuses a return with two codes before anything is sent", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const back = approve(signIn);
    back.searchParams.append("code", "another");
    expect(await errorOf(signIn.finish(back))).toMatchObject({ code: "authentication", message: expect.stringContaining("more than one") });
    expect(server.seen).toEqual([]);
  });

  it("uses a new nonce and a new challenge every time", async () => {
    const [a, b] = [
      await beginSignIn(signingIn("https://v.example"), { callback: CALLBACK }),
      await beginSignIn(signingIn("https://v.example"), { callback: CALLBACK }),
    ];
    expect(a.callback).not.toBe(b.callback);
    expect(new URL(a.url).searchParams.get("code_challenge")).not.toBe(new URL(b.url).searchParams.get("code_challenge"));
    expect(a.callback).toMatch(/^http:\/\/localhost:3000\/callback\/[\w-]{20,}$/);
  });

  for (const [name, change] of [
    [
      "another sign-in's nonce",
      (url: URL) => {
        url.pathname = "/callback/AAAAAAAAAAAAAAAAAAAAAA";
      },
    ],
    [
      "no nonce",
      (url: URL) => {
        url.pathname = "/callback";
      },
    ],
  ] as const)
    it(`refuses a return with ${name} and exchanges nothing`, async () => {
      await using server = await vendor();
      const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
      const url = approve(signIn);
      change(url);
      const error = await errorOf(signIn.finish(url));
      expect(error).toMatchObject({ code: "authentication", hint: "Start again" });
      expect(error.message).toContain("nonce differs");
      expect(server.seen).toEqual([]);
    });

  it("reports what the vendor's page refused", async () => {
    const signIn = await beginSignIn(signingIn("https://v.example"), { callback: CALLBACK });
    const error = await errorOf(signIn.finish(`${signIn.callback}?error=access_denied&error_description=The+user+said+no`));
    expect(error).toMatchObject({
      code: "authentication",
      provider: "sample",
      message: "sample: the sign-in was refused: The user said no",
    });
    expect((await errorOf(signIn.finish(`${signIn.callback}?error=access_denied`))).message).toContain("access_denied");
    expect((await errorOf(signIn.finish(signIn.callback))).message).toContain("has no code");
  });

  it("fails with a wrong code without showing code or verifier", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const error = await errorOf(signIn.finish(`${signIn.callback}?code=stale-code`));
    const { code_verifier } = JSON.parse(server.seen[0]?.body ?? "");
    expect(error).toMatchObject({ code: "authentication", status: 403 });
    expect(error.message).toContain("no such code [key] [key]");
    expect(inspect(error, { depth: 9 })).not.toMatch(new RegExp(`stale-code|${code_verifier}`));
  });

  it("is a network error when the host cannot be reached", async () => {
    const signIn = await beginSignIn(signingIn(`http://127.0.0.1:${DEAD_PORT}`), { callback: CALLBACK });
    expect(await errorOf(signIn.finish(approve(signIn)))).toMatchObject({ code: "network", provider: "sample" });
  });

  it("can be finished by another process from its pending state as JSON", async () => {
    await using server = await vendor();
    const provider = signingIn(server.origin);
    const begun = await beginSignIn(provider, { callback: CALLBACK });
    const resumed = resumeSignIn(provider, JSON.parse(JSON.stringify(begun.pending)));
    expect(resumed).toMatchObject({ url: begun.url, callback: begun.callback, pending: begun.pending });
    expect(await resumed.finish(approve(begun))).toEqual({ key: "sk-granted" });
  });

  it("that another provider began is refused, so that its code is not sent to this one", async () => {
    await using server = await vendor();
    const begun = await beginSignIn({ ...signingIn("https://v.example"), id: "other" }, { callback: CALLBACK });
    expect(await errorOf(() => resumeSignIn(signingIn(server.origin), begun.pending))).toMatchObject({
      code: "configuration",
      message: "sample: this sign-in was begun for other",
    });
  });

  for (const callback of ["https://app.example/callback", "http://127.0.0.1:3000/callback", "http://localhost/callback", "http://[::1]:9/"])
    it(`accepts the callback ${callback}`, async () => {
      expect((await beginSignIn(signingIn("https://v.example"), { callback })).callback).toContain(new URL(callback).origin);
    });
  for (const callback of ["http://app.example/callback", "ftp://localhost/", "app://callback", "not a url"])
    it(`refuses the callback ${callback}, which is neither https nor loopback`, async () => {
      const error = await errorOf(beginSignIn(signingIn("https://v.example"), { callback }));
      expect(error).toMatchObject({ code: "configuration", provider: "sample", field: "callback" });
    });

  it("ends on abort and at its timeout, and closes the socket", async () => {
    await using server = await serve(() => undefined);
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const control = new AbortController();
    const aborted = errorOf(signIn.finish(approve(signIn), { signal: control.signal }));
    while (server.seen.length === 0) await pause(2);
    control.abort();
    expect(await aborted).toMatchObject({ code: "aborted", provider: "sample" });
    await server.seen[0]?.closed;
    expect(await errorOf(signIn.finish(approve(signIn), { timeoutMs: 40 }))).toMatchObject({ code: "timeout", provider: "sample" });
    await server.seen[1]?.closed;
  });

  it("is unsupported when the provider has none", async () => {
    expect(await errorOf(beginSignIn(sampleProvider, { callback: CALLBACK }))).toMatchObject({
      code: "unsupported",
      message: "sample has no sign-in",
    });
  });
});
