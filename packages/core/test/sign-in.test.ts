import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { beginSignIn, isObject, type PkceEndpoints, type Provider, type SignIn } from "../src/index.ts";
import { failing } from "./ask.ts";
import { deadPort, refuse, type Served, serve } from "./server.ts";
import { type StrangerSettings, stranger } from "./stranger.ts";

function signingIn(origin: string): Provider<StrangerSettings> {
  const signIn: PkceEndpoints = {
    authorizeURL: ({ callback, challenge }) => {
      const url = new URL(`${origin}/auth`);
      url.search = new URLSearchParams({ callback_url: callback, code_challenge: challenge, code_challenge_method: "S256" }).toString();
      return url;
    },
    exchange: ({ code, verifier }) => ({ method: "POST", url: new URL(`${origin}/keys`), body: { code, code_verifier: verifier } }),
    parse: ({ json }) => ({ key: isObject(json) ? String(json["key"]) : "" }),
  };
  return { ...stranger, signIn };
}
/** A vendor: remembers the challenge of its page, and gives a key for the code and the verifier that fits. */
async function vendor(): Promise<Served> {
  return serve((response, seen) => {
    const { code, code_verifier } = JSON.parse(seen.body);
    const challenge = createHash("sha256").update(code_verifier).digest("base64url");
    if (code !== `code-for-${challenge}`) return refuse(response, 403, {}, { error: `no such code ${code} ${code_verifier}` });
    refuse(response, 200, {}, { key: "sk-granted" });
  });
}
/** What the person's browser does. */
function approve(signIn: SignIn): URL {
  const page = new URL(signIn.url);
  const back = new URL(page.searchParams.get("callback_url") ?? "");
  back.searchParams.set("code", `code-for-${page.searchParams.get("code_challenge")}`);
  return back;
}
const CALLBACK = "http://localhost:3000/callback";

describe("signing in", () => {
  it("gives a key for the code, proved by the verifier of the challenge", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    expect(await signIn.finish(approve(signIn))).toEqual({ key: "sk-granted" });
    const { code_verifier } = JSON.parse(server.seen[0]?.body ?? "");
    expect(code_verifier).toMatch(/^[\w-]{43,128}$/);
    expect(signIn.url).not.toContain(code_verifier);
  });

  it("takes the return as a path too, as a server sees it", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const { pathname, search } = approve(signIn);
    expect(await signIn.finish(pathname + search)).toEqual({ key: "sk-granted" });
  });

  it("is another one every time", async () => {
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
    it(`refuses a return with ${name}, and exchanges nothing`, async () => {
      await using server = await vendor();
      const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
      const url = approve(signIn);
      change(url);
      const error = await failing(signIn.finish(url));
      expect(error).toMatchObject({ code: "authentication", hint: "Start again" });
      expect(error.message).toContain("nonce differs");
      expect(server.seen).toEqual([]);
    });

  it("tells what the vendor's page refused", async () => {
    const signIn = await beginSignIn(signingIn("https://v.example"), { callback: CALLBACK });
    const error = await failing(signIn.finish(`${signIn.callback}?error=access_denied&error_description=The+user+said+no`));
    expect(error).toMatchObject({
      code: "authentication",
      provider: "stranger",
      message: "stranger: sign-in was refused: The user said no",
    });
    expect((await failing(signIn.finish(`${signIn.callback}?error=access_denied`))).message).toContain("access_denied");
    expect((await failing(signIn.finish(signIn.callback))).message).toContain("holds no code");
  });

  it("with a wrong code fails without showing code or verifier", async () => {
    await using server = await vendor();
    const signIn = await beginSignIn(signingIn(server.origin), { callback: CALLBACK });
    const error = await failing(signIn.finish(`${signIn.callback}?code=stale-code`));
    const { code_verifier } = JSON.parse(server.seen[0]?.body ?? "");
    expect(error).toMatchObject({ code: "authentication", status: 403 });
    expect(error.message).toContain("no such code [code] [verifier]");
    expect(inspect(error, { depth: 9 })).not.toMatch(new RegExp(`stale-code|${code_verifier}`));
  });

  it("where nobody answers is a network error", async () => {
    const signIn = await beginSignIn(signingIn(`http://127.0.0.1:${await deadPort()}`), { callback: CALLBACK });
    expect(await failing(signIn.finish(approve(signIn)))).toMatchObject({ code: "network", provider: "stranger" });
  });

  it("is unsupported where a provider has none", async () => {
    expect(await failing(beginSignIn(stranger, { callback: CALLBACK }))).toMatchObject({
      code: "unsupported",
      message: "stranger has no sign-in",
    });
  });
});
