import { createHash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import {
  createProfiles,
  finishSignIn,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profiles,
  type SignInTarget,
  startSignIn,
} from "@lumiverse/connections";
import { listenForCallback, openSqliteStore } from "@lumiverse/connections/node";
import { afterEach, describe, expect, test } from "vitest";
import { type Asked, type FaultServer, json, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const KEY = "sk-or-v1-key-that-was-issued";
const servers: FaultServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A stand-in for the vendor's two endpoints. It knows the challenge of the address that was opened. */
async function vendor(
  answer: (asked: Asked, tries: number) => [number, unknown] = () => [200, { key: KEY }],
): Promise<{ server: FaultServer; tries: () => number; open: (url: string) => string }> {
  let challenge = "";
  let tries = 0;
  const server = await startFaultServer((asked, response) => {
    if (!asked.path.endsWith("/auth/keys")) return false;
    tries++;
    const verified = createHash("sha256").update(String(asked.body["code_verifier"])).digest("base64url") === challenge;
    if (!verified || asked.body["code"] !== "code-1")
      return json(response, 403, { error: { message: "invalid code or verifier", code: 403 } });
    const [status, body] = answer(asked, tries);
    return json(response, status, body);
  });
  servers.push(server);
  return {
    server,
    tries: () => tries,
    open(url) {
      const { searchParams } = new URL(url);
      challenge = searchParams.get("code_challenge") ?? "";
      expect(searchParams.get("code_challenge_method")).toBe("S256");
      const back = new URL(searchParams.get("callback_url") ?? "");
      back.searchParams.set("code", "code-1");
      return back.href;
    },
  };
}
const masterKey = newMasterKey();
const begin = async (
  server: FaultServer,
  file: string = join(mkdtempSync(join(tmpdir(), "lumiverse-sign-in-")), "c.db"),
): Promise<Profiles & { file: string }> => {
  const store = await openSqliteStore(file);
  return {
    ...createProfiles({ store, vault: await openVault(store, [masterKeyFromText(masterKey)]), connect: { fetch: server.vendorFetch } }),
    file,
  };
};
const CALLBACK = "http://127.0.0.1:3000/callback";

describe.each(["openrouter", "nanogpt"])("signing in with %s", (provider) => {
  const target: SignInTarget = { create: { name: "Router", provider, model: "some/model" } };

  test("opens a page, waits on loopback for one answer, and stores the key in the vault", async () => {
    const { server, open } = await vendor();
    const profiles = await begin(server);
    const loopback = await listenForCallback();
    const started = await startSignIn(profiles, target, loopback.url);
    const returned = loopback.wait(started.callback);
    expect((await fetch(`${new URL(loopback.url).origin}/favicon.ico`)).status).toBe(404);
    expect((await fetch(new URL("/callback/wrong-nonce?code=evil", loopback.url))).status).toBe(404);
    const page = await fetch(open(started.url));
    expect(await page.text()).toMatch(/close this page/);
    const profile = await finishSignIn(profiles, started.pending, await returned);
    expect(profile).toMatchObject({ name: "Router", provider, secrets: { key: "set" } });
    expect((await profiles.source(profile.id)).key).toBe(KEY);
    await expect(fetch(started.callback)).rejects.toThrow();
    await profiles.store.close();
  });

  test.each([
    ["the URL that the browser shows", (url: string) => ` ${url} `],
    ["the bare code", () => "code-1"],
  ])("finishes in another process by pasting %s", async (_, paste) => {
    const { server, open } = await vendor();
    const first = await begin(server);
    const { url, pending } = await startSignIn(first, target, CALLBACK);
    await first.store.close();
    const second = await begin(server, first.file);
    const profile = await finishSignIn(second, pending, paste(open(url)));
    expect((await second.source(profile.id)).key).toBe(KEY);
    await second.store.close();
  });

  test("a failed exchange keeps the pending sign-in, and the next try succeeds with the same verifier", async () => {
    const { server, open, tries } = await vendor((_, count) =>
      count === 1 ? [500, { error: { message: "try later" } }] : [200, { key: KEY }],
    );
    const profiles = await begin(server);
    const { url, pending } = await startSignIn(profiles, target, CALLBACK);
    const returned = open(url);
    await expect(finishSignIn(profiles, pending, returned)).rejects.toMatchObject({ code: "server" });
    expect(await profiles.list()).toEqual([]);
    expect((await finishSignIn(profiles, pending, returned)).name).toBe("Router");
    expect(tries()).toBe(2);
    await profiles.store.close();
  });

  test.each([
    ["the return of another sign-in", (url: string) => url.replace(/callback\/[^?]+/, "callback/another-nonce")],
    ["a refusal by the person", (url: string) => url.replace("code=code-1", "error=access_denied")],
    ["a code that the vendor does not know", () => "code-2"],
  ])("%s stores nothing", async (_, change) => {
    const { server, open } = await vendor();
    const profiles = await begin(server);
    const { url, pending } = await startSignIn(profiles, target, CALLBACK);
    await expect(finishSignIn(profiles, pending, change(open(url)))).rejects.toMatchObject({ code: "authentication" });
    expect(await profiles.list()).toEqual([]);
    await profiles.store.close();
  });

  test("gives an existing profile a new key", async () => {
    const { server, open } = await vendor();
    const profiles = await begin(server);
    const { id } = await profiles.create({ name: "Router", provider, key: "sk-or-old-key", model: "m" });
    const { url, pending } = await startSignIn(profiles, { profile: id }, CALLBACK);
    await finishSignIn(profiles, pending, open(url));
    expect((await profiles.source(id)).key).toBe(KEY);
    expect(await profiles.list()).toHaveLength(1);
    await profiles.store.close();
  });

  test("refuses what cannot work: another callback, a provider without sign-in, an address of one's own, a foreign pending text", async () => {
    const { server } = await vendor();
    const profiles = await begin(server);
    await expect(startSignIn(profiles, target, "http://evil.example/callback")).rejects.toMatchObject({ code: "configuration" });
    await expect(startSignIn(profiles, { create: { name: "G", provider: "groq" } }, CALLBACK)).rejects.toMatchObject({
      code: "unsupported",
    });
    await expect(
      startSignIn(profiles, { create: { name: "R", provider, baseURL: "https://proxy.example" } }, CALLBACK),
    ).rejects.toMatchObject({ code: "invalid" });
    const error: unknown = await finishSignIn(profiles, '{"verifier":"canary"}', "code-1").catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "invalid" });
    expect(String(error)).not.toContain("canary");
    await profiles.store.close();
  });
});

describe("the loopback callback", () => {
  test("listens on 127.0.0.1 only", async () => {
    const loopback = await listenForCallback();
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one !== undefined && !one.internal && one.family === "IPv4");
    const { port } = new URL(loopback.url);
    for (const one of others)
      await expect(fetch(`http://${one?.address}:${port}/`, { signal: AbortSignal.timeout(2000) })).rejects.toThrow();
    expect((await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) === undefined).toBe(false);
    loopback.close();
  });

  test("answers 400 to a path that is no URL, and waits on", async () => {
    const loopback = await listenForCallback();
    const { port } = new URL(loopback.url);
    for (const path of ["//", "http://["]) {
      const status = await new Promise((resolve, reject) => {
        request({ host: "127.0.0.1", port, path, headers: { connection: "close" } }, (response) => resolve(response.resume().statusCode))
          .on("error", reject)
          .end();
      });
      expect(status).toBe(400);
    }
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    loopback.close();
  });

  test("takes another port when the wanted one is busy", async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const { port } = busy.address() as AddressInfo; // listening on TCP
    const loopback = await listenForCallback(port);
    expect(loopback.url).not.toContain(`:${port}/`);
    loopback.close();
    busy.close();
  });

  test("stops waiting when the signal ends", async () => {
    const loopback = await listenForCallback();
    const controller = new AbortController();
    const waiting = loopback.wait(`${loopback.url}/nonce`, controller.signal);
    controller.abort(new Error("changed my mind"));
    await expect(waiting).rejects.toThrow("changed my mind");
    await expect(fetch(loopback.url)).rejects.toThrow();
  });
});
