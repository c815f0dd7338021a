import {
  createProfiles,
  diagnose,
  discover,
  finishSignIn,
  isConnectionsError,
  listModels,
  masterKeyFromText,
  memoryCache,
  newMasterKey,
  openVault,
  type Profiles,
  readBalance,
  startSignIn,
} from "@lumiverse/connections";
import { createOutboundGuard, type OutboundGuard, type OutboundGuardOptions, openSqliteStore } from "@lumiverse/connections/node";
import { isLumiverseError } from "@lumiverse/core";
import { afterEach, describe, expect, test } from "vitest";
import { allowedAddresses } from "../src/outbound/allowed-addresses.ts";
import { type DnsServer, startDnsServer } from "./dns-server.ts";
import { type FaultServer, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(...options: Parameters<typeof startFaultServer>): Promise<FaultServer> {
  const server = await startFaultServer(...options);
  closers.push(() => server.close());
  return server;
}

async function startNames(addressesOf: Parameters<typeof startDnsServer>[0]): Promise<DnsServer> {
  const names = await startDnsServer(addressesOf);
  closers.push(() => names.close());
  return names;
}

function guardWith(options: OutboundGuardOptions = {}): OutboundGuard {
  const guard = createOutboundGuard(options);
  closers.push(() => guard.close());
  return guard;
}

async function profilesBehind(guard: OutboundGuard): Promise<Profiles> {
  const store = await openSqliteStore(":memory:");
  const vault = await openVault(store, [masterKeyFromText(newMasterKey())]);
  const profiles = createProfiles({ store, vault, connect: { fetch: guard.fetch } });
  closers.push(
    () => store.close(),
    () => profiles.close(),
  );
  return profiles;
}

const refused = { code: "configuration", message: expect.stringMatching(/address of this machine or of a private network/) };

describe("addresses without an entry in the list", () => {
  const rules = allowedAddresses();
  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "[2606:4700:4700::1111]",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
  ])("%s is public", (address) => expect(rules.allows(address, address, 443)).toBe(true));
  test.each([
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "[::1]",
    "::127.0.0.1",
    "::7f00:1",
    "[::7f00:1]",
    "::a9fe:a9fe",
    "::a00:1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2002:7f00:1::",
    "2001::1",
    "not an address",
    "",
  ])("%s is refused", (address) => expect(rules.allows(address, address, 443)).toBe(false));

  test("a public address of this machine is refused, because what listens there may be meant for it alone", () => {
    expect(rules.allows("own.example", "8.8.8.8", 443, ["8.8.8.8", "fe80::1%eth0"])).toBe(false);
    expect(rules.allows("own.example", "8.8.4.4", 443, ["8.8.8.8"])).toBe(true);
    expect(allowedAddresses(["8.8.8.8"]).allows("own.example", "8.8.8.8", 443, ["8.8.8.8"])).toBe(true);
  });
});

describe("the list of an operator", () => {
  test.each([
    ["::1/128", "x", "::1", 80, true],
    ["10.0.0.0/8", "x", "10.9.8.7", 80, true],
    ["10.0.0.0/8", "x", "11.0.0.1", 80, true], // public
    ["10.0.0.0/8", "x", "192.168.0.1", 80, false],
    ["::ffff:10.0.0.0/104", "x", "10.9.8.7", 80, true],
    ["fd00::/8", "x", "fd12::1", 80, true],
    ["fd00::/8", "x", "10.0.0.1", 80, false],
    ["127.0.0.1", "localhost", "127.0.0.1", 9999, true],
    ["127.0.0.1:8080", "localhost", "127.0.0.1", 8080, true],
    ["127.0.0.1:8080", "localhost", "127.0.0.1", 8081, false],
    ["127.0.0.1:80", "localhost", "127.0.0.1", 8080, false],
    ["127.0.0.1:80", "localhost", "127.0.0.1", 80, true],
    ["[fd00::1]:8080", "x", "fd00::1", 8080, true],
    ["[fd00::1]:8080", "x", "fd00::1", 8081, false],
    ["::1", "x", "::1", 1, true],
    ["ollama.internal", "Ollama.Internal", "10.0.0.5", 11434, true],
    ["ollama.internal", "ollama.internal.", "10.0.0.5", 11434, true],
    ["ollama.internal", "evil.ollama.internal", "10.0.0.5", 11434, false],
    ["ollama.internal:11434", "ollama.internal", "10.0.0.5", 22, false],
    ["http://localhost:1234/v1", "localhost", "127.0.0.1", 1234, true],
    ["http://localhost:1234/v1", "localhost", "127.0.0.1", 1235, false],
    ["https://models.internal/v1", "models.internal", "10.1.1.1", 443, true],
    ["https://models.internal/v1", "models.internal", "10.1.1.1", 80, false],
  ])("%s: %s at %s, port %i: %s", (entry, host, address, port, expected) => {
    expect(allowedAddresses([entry]).allows(host, address, port)).toBe(expected);
  });

  test.each(["", "*", "10.0.0.0/33", "10.0.0.0/", "a b", "host/path", "ftp://host", "http://user:secret@host", "*.internal", "host:99999"])(
    "the entry %j is an error, not an entry that allows nothing or everything",
    (entry) => {
      expect(() => allowedAddresses(["10.0.0.1", entry])).toThrow(expect.objectContaining({ code: "invalid" }));
      try {
        allowedAddresses([entry]);
      } catch (cause) {
        expect(isConnectionsError(cause) && cause.issues).toHaveLength(1);
      }
    },
  );
});

describe("requests, by real sockets and a real name server", () => {
  test("a name of the operating system that means this machine is refused before a socket opens", async () => {
    const server = await startServer();
    const { fetch: send } = guardWith({ hint: "Ask the operator" });
    for (const host of ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "0.0.0.0"]) {
      const sent = send(`http://${host}:${server.port}/v1/models`);
      await expect(sent, host).rejects.toMatchObject({ ...refused, hint: "Ask the operator", field: "baseURL" });
    }
    expect(server.asked).toEqual([]);
    const { fetch: allowed } = guardWith({ allow: [`localhost:${server.port}`] });
    const answer = await allowed(`http://localhost:${server.port}/v1/models`);
    expect(await answer.json()).toMatchObject({ data: [{ id: "good-model" }] });
    expect(server.asked).toHaveLength(1);
  });

  test("a name whose address is private is refused, and the error does not tell the address", async () => {
    const server = await startServer();
    const table: Record<string, readonly string[]> = {
      "loopback.example": ["127.0.0.1"],
      "six.example": ["::1"],
      "mapped.example": ["::ffff:7f00:1"],
      "metadata.example": ["169.254.169.254"],
      "private.example": ["10.1.2.3", "192.168.1.1"],
    };
    const { lookup } = await startNames((name) => table[name] ?? []);
    const { fetch: send } = guardWith({ lookup });
    for (const name of Object.keys(table)) {
      const failure = await send(`http://${name}:${server.port}/`).catch((cause: unknown) => cause);
      expect(failure, name).toMatchObject(refused);
      expect(String(failure), name).not.toMatch(/127\.0|::1|169\.254|10\.1|192\.168/);
    }
    expect(server.asked).toEqual([]);
  });

  test("a name that first has a public address and then one of this machine is refused when it is called", async () => {
    const server = await startServer();
    const { lookup, asked } = await startNames((_name, times) => (times === 0 ? ["93.184.215.14"] : ["127.0.0.1"]));
    expect(await lookup("rebinding.example")).toEqual([{ address: "93.184.215.14", family: 4 }]);
    const { fetch: send } = guardWith({ lookup });
    await expect(send(`http://rebinding.example:${server.port}/`)).rejects.toMatchObject(refused);
    expect(asked.get("rebinding.example")).toBe(2);
    expect(server.asked).toEqual([]);
  });

  test("of several addresses only those that are allowed are tried, and a name is resolved once for each socket", async () => {
    const server = await startServer();
    // The port allows the loopback address and not the others.
    const { lookup, asked } = await startNames(() => ["10.255.255.1", "::1", "127.0.0.1"]);
    const { fetch: send } = guardWith({ lookup, allow: [`127.0.0.1:${server.port}`] });
    const answer = await send(`http://mixed.example:${server.port}/v1/models`);
    expect(answer.status).toBe(200);
    await answer.text();
    expect(server.asked[0]?.headers.host).toBe(`mixed.example:${server.port}`);
    expect(asked.get("mixed.example")).toBe(1);
  });

  test("a redirect to an address that is not allowed is refused, followed by fetch or not", async () => {
    const inner = await startServer();
    const outer = await startServer((_asked, response) => {
      response.writeHead(307, { location: `http://localhost:${inner.port}/v1/models` }).end();
      return true;
    });
    const { fetch: send } = guardWith({ allow: [`127.0.0.1:${outer.port}`] });
    await expect(send(`${outer.origin}/`, { redirect: "follow" })).rejects.toMatchObject(refused);
    expect((await send(`${outer.origin}/`, { redirect: "manual" })).status).toBe(307);
    expect((await send(new Request(`${outer.origin}/`, { redirect: "manual" }))).status).toBe(307);
    expect(inner.asked).toEqual([]);
  });

  test("a Request, a body and a signal work as with fetch", async () => {
    const server = await startServer();
    const { fetch: send } = guardWith({ allow: ["127.0.0.1"] });
    const body = JSON.stringify({ model: "good-model", messages: [] });
    const url = `${server.origin}/v1/chat/completions`;
    await (await send(new Request(url, { method: "POST", headers: { "x-one": "1" }, body }))).text();
    await (await send(new URL(url), { method: "POST", headers: { "x-one": "1" }, body })).text();
    expect(server.asked.map(({ method, headers, body: got }) => [method, headers["x-one"], got["model"]])).toEqual([
      ["POST", "1", "good-model"],
      ["POST", "1", "good-model"],
    ]);
    await expect(send(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });
});

/** A connection to a server of this machine. */
const inside = (port: number) => ({
  name: "Inside",
  provider: "custom",
  baseURL: `http://localhost:${port}/v1`,
  auth: "none" as const,
  model: "good-model",
});

describe("everything that a connection sends", () => {
  test("chat, model list, key check, balance, doctor, sign-in and discovery all go through the guard", async () => {
    const server = await startServer();
    // Vendors' names lead to this machine, too: a name server is not trusted.
    const { lookup, asked } = await startNames(() => ["127.0.0.1", "::1"]);
    const guard = guardWith({ lookup });
    const profiles = await profilesBehind(guard);
    const { id } = await profiles.create(inside(server.port));
    const connection = await profiles.open(id);
    const messages = [{ role: "user" as const, content: "Hello." }];
    await expect(connection.generate({ model: "good-model", messages })).rejects.toMatchObject(refused);
    const streamed = (async () => {
      for await (const _ of connection.stream({ model: "good-model", messages }));
    })();
    await expect(streamed).rejects.toMatchObject(refused);
    expect(await connection.check()).toMatchObject({ key: "unknown", reason: expect.stringMatching(/private network/) });
    const list = await listModels(await profiles.source(id), { cache: memoryCache(), connect: profiles.connectOptions });
    expect(list).toMatchObject({ source: "none", failure: { code: "configuration", message: refused.message } });
    const router = await profiles.create({ name: "Router", provider: "openrouter", key: "sk-or-v1-0123456789abcdef", model: "a/b" });
    expect(JSON.stringify(await readBalance(() => profiles.open(router.id), {}))).toMatch(/private network/);
    const { pending, url } = await startSignIn(profiles, { profile: router.id }, "http://127.0.0.1:4141/sign-in");
    const back = new URL(new URL(url).searchParams.get("callback_url") ?? "");
    back.searchParams.set("code", "code-1");
    await expect(finishSignIn(profiles, pending, back.href)).rejects.toMatchObject(refused);
    expect(await discover({ ports: [server.port], onlyGivenPorts: true, fetch: guard.fetch })).toEqual([]);
    const diagnosis = await diagnose(profiles, id, { network: guard.network });
    expect(diagnosis).toMatchObject({ cause: "address-not-allowed", sentence: expect.stringMatching(/may not reach: add it to/) });
    expect(JSON.stringify(diagnosis.steps)).toContain("ERR_ADDRESS_NOT_ALLOWED");
    expect(server.asked).toEqual([]);
    expect(asked.has("openrouter.ai")).toBe(true);
  });

  test("what the operator allows works, with the doctor finding nothing wrong", async () => {
    const server = await startServer();
    const guard = guardWith({ allow: [`http://localhost:${server.port}`] });
    const profiles = await profilesBehind(guard);
    const { id } = await profiles.create(inside(server.port));
    expect(await diagnose(profiles, id, { network: guard.network })).toMatchObject({ healthy: true });
  });

  test("the token exchange of a service account says why it was refused", async () => {
    const { lookup } = await startNames(() => ["10.0.0.1"]);
    const profiles = await profilesBehind(guardWith({ lookup }));
    const { privateKey } = await crypto.subtle.generateKey(
      { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
      true,
      ["sign"],
    );
    const pem = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
    const { id } = await profiles.create({
      name: "Vertex",
      provider: "google-vertex",
      model: "gemini-2.5-flash",
      key: JSON.stringify({
        type: "service_account",
        project_id: "project-7",
        client_email: "bot@project-7.iam.gserviceaccount.com",
        private_key: `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`,
      }),
    });
    const failure: unknown = await (await profiles.open(id))
      .generate({ model: "gemini-2.5-flash", messages: [{ role: "user", content: "Hello." }] })
      .catch((cause: unknown) => cause);
    expect(isLumiverseError(failure) && `${failure.message} ${String(failure.cause)}`).toMatch(/private network/);
  });
});
