import { createPrivateKey } from "node:crypto";
import { connect } from "@lumiverse/core";
import type { AuthorizeContext, LumiverseError } from "@lumiverse/core/provider";
import { beforeAll, describe, expect, it } from "vitest";
import { googleVertex } from "../src/provider.ts";
import { readServiceAccount } from "../src/service-account.ts";
import { authorize } from "../src/token.ts";

const NOW = 1_800_000_000_000;
let pem = "";
let publicKey: CryptoKey;

beforeAll(async () => {
  const pair = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  publicKey = pair.publicKey;
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? [];
  pem = `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
});

const file = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: "service_account",
  project_id: "pear-orchard",
  private_key_id: "key-one",
  private_key: pem,
  client_email: "robot@pear-orchard.iam.gserviceaccount.com",
  token_uri: "https://oauth2.googleapis.com/token",
  ...change,
});
const keyOf = (change: Record<string, unknown> = {}): string => JSON.stringify(file(change));

function effectsOf(answer: () => Response): { effects: Omit<AuthorizeContext, "key">; calls: { url: string; init: RequestInit }[] } {
  const calls: { url: string; init: RequestInit }[] = [];
  const effects: Omit<AuthorizeContext, "key"> = {
    fetch: async (url, init) => {
      calls.push({ url: String(url), init: init ?? {} });
      return answer();
    },
    settings: {},
    now: () => NOW,
  };
  return { effects, calls };
}
const decoded = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(atob((part ?? "").replace(/-/g, "+").replace(/_/g, "/"))) as Record<string, unknown>;

async function failure(run: () => unknown): Promise<LumiverseError> {
  try {
    await run();
  } catch (error) {
    return error as LumiverseError;
  }
  throw new Error("nothing was thrown");
}

describe("the token exchange", () => {
  it("signs a valid JWT for the vendor's scope, set back for clocks that run ahead", async () => {
    const { effects, calls } = effectsOf(() => Response.json({ access_token: "token-abc", expires_in: 3599, token_type: "Bearer" }));
    const result = await authorize({ key: keyOf(), ...effects });
    expect(result).toEqual({ headers: { authorization: "Bearer token-abc" }, expiresAt: NOW + 3_599_000 });
    expect(calls[0]?.url).toBe("https://oauth2.googleapis.com/token");
    expect(calls[0]?.init.redirect).toBe("error");
    const form = new URLSearchParams(String(calls[0]?.init.body));
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [header, claims, signature] = (form.get("assertion") ?? "").split(".");
    expect(decoded(header)).toEqual({ alg: "RS256", typ: "JWT", kid: "key-one" });
    const { iat, exp, ...rest } = decoded(claims);
    expect(rest).toEqual({
      iss: "robot@pear-orchard.iam.gserviceaccount.com",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: "https://oauth2.googleapis.com/token",
    });
    expect(Number(exp) - Number(iat)).toBe(3600);
    expect(NOW / 1000 - Number(iat)).toBeGreaterThan(0);
    expect(NOW / 1000 - Number(iat)).toBeLessThanOrEqual(60);
    expect(String(form.get("assertion"))).not.toMatch(/[+/=]/);
    const bytes = Uint8Array.from(atob((signature ?? "").replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    expect(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", publicKey, bytes, new TextEncoder().encode(`${header}.${claims}`))).toBe(true);
  });

  it.each([
    [
      400,
      {
        error: "invalid_grant",
        error_description: "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
      },
      "authentication",
      /clock/,
    ],
    [400, { error: "invalid_grant", error_description: "Invalid grant: account not found" }, "authentication", /deleted/],
    [400, { error: "invalid_grant", error_description: "Invalid JWT Signature." }, "authentication", /revoked/],
    [401, { error: "invalid_client" }, "authentication", /disabled/],
    [503, {}, "server", /^$/],
    [429, {}, "rate-limit", /^$/],
    [200, { token_type: "Bearer" }, "malformed-response", /^$/],
  ])("has a code and a hint for %i %j", async (status, json, code, hint) => {
    const error = await failure(() => authorize({ key: keyOf(), ...effectsOf(() => Response.json(json, { status })).effects }));
    expect(error.code).toBe(code);
    expect(error.hint ?? "").toMatch(hint);
  });

  it("fails with a retryable network error when the host cannot be reached", async () => {
    const effects = { settings: {}, now: () => NOW, fetch: () => Promise.reject(new TypeError("fetch failed")) };
    expect(await failure(() => authorize({ key: keyOf(), ...effects }))).toMatchObject({ code: "network", retryable: true });
  });
});

describe("the pasted key", () => {
  it.each([
    ["with line breaks as two characters", (key: string) => key.replace(/\\n/g, "\\\\n")],
    ["with Windows line ends", (key: string) => key.replace(/\\n/g, "\\r\\n")],
    ["with Windows line ends as four characters", (key: string) => key.replace(/\\n/g, "\\\\r\\\\n")],
    ["with real line breaks inside its string", (key: string) => key.replace(/\\n/g, "\n")],
    ["with a byte-order mark and blanks around it", (key: string) => `\uFEFF\n  ${key}\n`],
    ["printed over several lines", (key: string) => JSON.stringify(JSON.parse(key), null, 2)],
    ["in quotes", (key: string) => `'${key}'`],
    ["as a JSON string", (key: string) => JSON.stringify(key)],
    ["as base64", (key: string) => btoa(key)],
    ["as base64 of several lines", (key: string) => btoa(JSON.stringify(JSON.parse(key), null, 2)).replace(/(.{76})/g, "$1\n")],
    ["as base64url", (key: string) => Buffer.from(key).toString("base64url")],
    ["with a private key in PKCS#1", () => keyOf({ private_key: createPrivateKey(pem).export({ type: "pkcs1", format: "pem" }) })],
  ])("is read %s", async (_, change) => {
    const account = readServiceAccount(keyOf());
    expect(readServiceAccount(change(keyOf()))).toEqual(account);
    expect(account).toMatchObject({ project: "pear-orchard", email: "robot@pear-orchard.iam.gserviceaccount.com" });
  });

  it.each([
    ["nothing", () => "  ", /no service account key was given/],
    ["a Gemini key", () => "AIzaSyNotAKeyButItsShape", /Gemini API key/],
    ["an access token", () => "ya29.not-a-token", /access token/],
    ["the private key alone", () => pem, /only the private key/],
    ["a file's name", () => "/home/me/service-account.json", /file name/],
    ["a cut-off paste", () => keyOf().slice(0, 300), /cut off/],
    ["broken JSON", () => `${keyOf().slice(0, 40)} "" }`, /not valid JSON/],
    ["a user's own credentials", () => keyOf({ type: "authorized_user" }), /authorized_user/],
    ["a federation file", () => keyOf({ type: "external_account" }), /external_account/],
    ["an OAuth client", () => JSON.stringify({ installed: { client_secret: "s" } }), /OAuth client/],
    ["another type", () => keyOf({ type: "gdch_service_account" }), /"type"/],
    ["no e-mail", () => keyOf({ client_email: undefined }), /no "client_email"/],
    ["a wrong e-mail", () => keyOf({ client_email: "robot" }), /e-mail/],
    ["no project", () => keyOf({ project_id: undefined }), /no "project_id"/],
    ["an empty project", () => keyOf({ project_id: "" }), /"project_id"/],
    ["no private key", () => keyOf({ private_key: undefined }), /no "private_key"/],
    ["a private key that is a number", () => keyOf({ private_key: 5 }), /"private_key"/],
    ["a private key without its first line", () => keyOf({ private_key: pem.replace(/-----BEGIN[^\n]*/, "") }), /BEGIN PRIVATE KEY/],
    ["base64 of something else", () => btoa('{"web":{}}'), /OAuth client secret/],
    ["words that look like base64", () => "eyJhbGciOi", /not valid JSON|not JSON|cut off/],
    ["an encrypted key", () => keyOf({ private_key: pem.replace(/PRIVATE KEY/g, "ENCRYPTED PRIVATE KEY") }), /passphrase/],
    [
      "a key with masked characters",
      () => keyOf({ private_key: pem.replace(/\n[A-Za-z0-9+/]{20}/, "\n********************") }),
      /characters/,
    ],
    ["another host's token_uri", () => keyOf({ token_uri: "https://oauth2.googleapis.com.evil.example/token" }), /token_uri/],
    ["a plain http token_uri", () => keyOf({ token_uri: "http://oauth2.googleapis.com/token" }), /token_uri/],
    ["a token_uri with a user name", () => keyOf({ token_uri: "https://oauth2.googleapis.com@evil.example/token" }), /token_uri/],
    ["a token_uri that is not a URL", () => keyOf({ token_uri: "token" }), /token_uri/],
  ])("that is %s is refused with an error that contains nothing of it", async (_, make, message) => {
    const key = make();
    const error = await failure(() => readServiceAccount(key));
    expect(error).toMatchObject({ name: "LumiverseError", code: "configuration", field: "apiKey" });
    expect(error.message).toMatch(message);
    const shown = `${JSON.stringify(error)} ${String(error.stack)} ${String(error.cause)}`;
    const secret = pem.split("\n")[2] ?? "";
    expect(shown).not.toContain(secret.slice(0, 16));
    expect(shown).not.toContain("AIzaSyNot");
  });

  it("that is damaged is refused when it is imported, and is not shown", async () => {
    const lines = pem.split("\n");
    const damaged = [...lines.slice(0, 3), ...lines.slice(6)].join("\n");
    const error = await failure(() => authorize({ key: keyOf({ private_key: damaged }), ...effectsOf(() => Response.json({})).effects }));
    expect(error).toMatchObject({ code: "configuration", field: "apiKey" });
    expect(JSON.stringify(error)).not.toContain((lines[2] ?? "").slice(0, 16));
  });
});

describe("a connection", () => {
  const answer = {
    candidates: [{ content: { parts: [{ text: "ok" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
  };

  it("exchanges the key once for simultaneous calls", async () => {
    const seen: string[] = [];
    const connection = connect(googleVertex, {
      apiKey: keyOf({ private_key_id: "single-flight" }),
      fetch: async (url, init) => {
        const isExchange = String(url).startsWith("https://oauth2.googleapis.com/");
        seen.push(isExchange ? "exchange" : String(new Headers(init?.headers).get("authorization")));
        return isExchange ? Response.json({ access_token: "token-once", expires_in: 3599 }) : Response.json(answer);
      },
    });
    const request = { model: "gemini-3.5-flash", messages: [{ role: "user" as const, content: "hi" }] };
    await Promise.all([connection.generate(request), connection.generate(request), connection.generate(request)]);
    expect(seen.filter((one) => one === "exchange")).toHaveLength(1);
    expect(seen.filter((one) => one === "Bearer token-once")).toHaveLength(3);
  });

  it("gets a new token once after a 401", async () => {
    let exchanges = 0;
    const connection = connect(googleVertex, {
      apiKey: keyOf({ private_key_id: "refresh" }),
      fetch: async (url, init) => {
        if (String(url).startsWith("https://oauth2.googleapis.com/"))
          return Response.json({ access_token: `token-${++exchanges}`, expires_in: 3599 });
        const stale = new Headers(init?.headers).get("authorization") === "Bearer token-1";
        return stale
          ? Response.json({ error: { code: 401, status: "UNAUTHENTICATED", message: "expired" } }, { status: 401 })
          : Response.json(answer);
      },
    });
    const response = await connection.generate({ model: "gemini-3.5-flash", messages: [{ role: "user", content: "hi" }] });
    expect(response.text).toBe("ok");
    expect(exchanges).toBe(2);
  });

  it("sends the exchange to Google and the call to its base URL", async () => {
    const urls: string[] = [];
    const connection = connect(googleVertex, {
      apiKey: keyOf({ private_key_id: "proxy" }),
      baseURL: "https://proxy.example/vertex",
      fetch: async (url) => {
        urls.push(String(url));
        return String(url).startsWith("https://oauth2")
          ? Response.json({ access_token: "token-p", expires_in: 60 })
          : Response.json(answer);
      },
    });
    await connection.generate({ model: "gemini-3.5-flash", messages: [{ role: "user", content: "hi" }] });
    expect(urls).toEqual([
      "https://oauth2.googleapis.com/token",
      "https://proxy.example/vertex/v1beta1/projects/pear-orchard/locations/global/publishers/google/models/gemini-3.5-flash:generateContent",
    ]);
  });

  it("refuses an impossible key before anything is sent", async () => {
    const error = await failure(() => connect(googleVertex, { apiKey: "AIzaSyNotAKeyButItsShape" }));
    expect(error).toMatchObject({ code: "configuration", field: "apiKey" });
  });
});
