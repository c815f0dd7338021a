import { readFileSync } from "node:fs";
import { createProfiles, isConnectionsError, lockedVault, openVault } from "@lumiverse/connections";
import { afterEach, describe, expect, test } from "vitest";
import { openStore } from "../../connections/test/databases.ts";
import { createGateway, readGatewayConfig } from "../src/index.ts";
import { CHAT, chatBody, openTestGateway, type TestGateway } from "./gateways.ts";

const LEAD_KEY = "random-text-of-the-lead-4410";
const TEAM_KEY = "a-random-text-of-the-team-0123456789";
/** A reference to an environment variable. */
const ref = (name: string): string => `$${`{${name}}`}`;
const ENV = { LOCAL_URL: "http://localhost:1/file/v1", TEAM_KEY };
const FILE = `
connections:
  from-file:
    provider: custom
    baseURL: ${ref("LOCAL_URL")}
    model: file-model
aliases:
  fast: from-file
fallbacks:
  main:
    description: The main model
    targets:
      - from-file/a
      - target: from-file/b
        options: { temperature: 0.2 }
    attempts: 2
keys:
  team:
    secret: ${ref("TEAM_KEY")}
    models: [fast, main]
    limits: { requestsPerMinute: 100, parallel: 4 }
options:
  retentionDays: ${ref("DAYS:-7")}
`;

const issuesOf = (text: string, env: Record<string, string> = ENV): string[] => {
  try {
    readGatewayConfig(text, env);
    return [];
  } catch (cause) {
    if (!isConnectionsError(cause)) throw cause;
    return cause.issues.map(({ path, message }) => `${path}: ${message}`);
  }
};

describe("a configuration file", () => {
  test("is read as YAML or JSON, with references to environment variables", () => {
    const config = readGatewayConfig(FILE, ENV);
    expect(config.connections).toEqual([{ name: "from-file", provider: "custom", baseURL: ENV.LOCAL_URL, model: "file-model" }]);
    expect(config.aliases).toEqual([
      { name: "fast", targets: [{ target: "from-file" }] },
      {
        name: "main",
        description: "The main model",
        targets: [{ target: "from-file/a" }, { target: "from-file/b", options: { temperature: 0.2 } }],
        policy: { attempts: 2 },
      },
    ]);
    expect(config.options).toEqual({ retentionDays: 7 });
    expect(config.keys[0]).toMatchObject({ name: "team", secret: TEAM_KEY });
    expect(
      readGatewayConfig(`{ "port": "${ref("PORT")}", "connections": { "x": { "provider": "p", "key": "$${ref("NO_REFERENCE")}" } } }`, {
        PORT: "8080",
      }),
    ).toMatchObject({
      port: 8080,
      connections: [{ key: ref("NO_REFERENCE") }],
    });
    expect(readGatewayConfig(`database: ${ref("DB:-:memory:")}`, {}).database).toBe(":memory:");
    expect(readGatewayConfig("", {})).toMatchObject({ connections: [], aliases: [], keys: [] });
  });

  test("of the guide is valid", () => {
    const guide = readFileSync(new URL("../../../docs/gateway.md", import.meta.url), "utf8");
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
    const config = readGatewayConfig(yaml, { GROQ_API_KEY: "gsk_x", TEAM_KEY, METRICS_KEY: `${TEAM_KEY}-of-metrics`, LEAD_KEY });
    expect(config.managementKeys).toMatchObject([{ name: "lead", secret: LEAD_KEY, limits: { budgetPerDay: 5 } }]);
    expect(config.trustedProxies).toEqual(["10.0.0.0/8"]);
    expect([config.connections.length, config.aliases.length, config.keys.length, config.database]).toEqual([2, 3, 2, "gateway.db"]);
  });

  test.each(["constructor", "toString", "__proto__"])("takes no variable that nobody set (%s)", (name) => {
    expect(issuesOf(`database: ${ref(name)}`, {})).toEqual([`database: the environment variable ${name} is not set`]);
  });

  test("names every problem by its path, and quotes no value", () => {
    expect(issuesOf(FILE, {})).toEqual([
      "connections.from-file.baseURL: the environment variable LOCAL_URL is not set",
      "keys.team.secret: the environment variable TEAM_KEY is not set",
    ]);
    const bad = `
port: 70000
listen: 1
connections: { a: { providor: groq, key: gsk_canary } }
aliases: { x: 5, y: a/m }
fallbacks: { z: { targets: [] } }
keys: { k: { secret: canary, limits: { perMinute: 1 } } }
`;
    const issues = issuesOf(bad);
    expect(issues.map((issue) => issue.split(":")[0])).toEqual([
      "port",
      "connections.a.provider",
      "connections.a.providor",
      "aliases.x",
      "fallbacks.z.targets",
      "keys.k.limits.perMinute",
      "listen",
    ]);
    expect(issues.join()).not.toContain("canary");
    expect(issuesOf("aliases: { m: a/b }\nfallbacks: { m: { targets: [a/b] } }")).toEqual(["fallbacks.m: an alias has the same name"]);
  });

  test("that uses a name or a secret twice is refused, because one would replace the other", () => {
    const text = `
connections: { a: { provider: groq }, A: { provider: groq } }
aliases: { m: a/b, M: a/c }
fallbacks: { m: { targets: [a/b] } }
keys: { k: { secret: ${TEAM_KEY} }, l: { secret: ${TEAM_KEY} } }
managementKeys: { m: { secret: ${TEAM_KEY} }, M: { secret: ${LEAD_KEY} } }
`;
    expect(issuesOf(text)).toEqual([
      "connections.A: the name is used twice",
      "aliases.M: the name is used twice",
      "fallbacks.m: an alias has the same name",
      "managementKeys.M: the name is used twice",
      "keys.l.secret: is also the secret of keys.k",
      "managementKeys.m.secret: is also the secret of keys.k",
    ]);
  });

  test("that is no YAML names the line alone, because the text may hold secrets", () => {
    const [issue] = issuesOf("connections:\n  a: { key: gsk_canary\n  b: [");
    expect(issue).toMatch(/not valid YAML or JSON \(line \d\)$/);
    expect(issue).not.toContain("canary");
  });
});

describe("a gateway with a configuration file", () => {
  let open: TestGateway[] = [];
  afterEach(async () => {
    for (const one of open) await one.close();
    open = [];
  });
  const gateway = async (text: string, options: Parameters<typeof openTestGateway>[0] = {}): Promise<TestGateway> => {
    const one = await openTestGateway({ keys: "required", config: readGatewayConfig(text, ENV), ...options });
    open.push(one);
    return one;
  };

  test("serves its connections, aliases and keys", async () => {
    const one = await gateway(FILE);
    expect((await one.ask(CHAT, chatBody("fast"), { key: TEAM_KEY })).status).toBe(200);
    expect((await one.ask(CHAT, chatBody("from-file/x"), { key: TEAM_KEY })).status).toBe(403);
    expect(one.vendor.asked[0]).toMatchObject({ path: "/file/v1/chat/completions", body: { model: "file-model" } });
  });

  test("leaves what is already so alone, and changes what differs", async () => {
    const address = `${process.env["TMPDIR"] ?? "/tmp"}/lumiverse-config-${crypto.randomUUID()}.db`;
    const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
    const first = await gateway(FILE, { address, masterKey });
    const before = await first.profiles.find("from-file");
    const again = await gateway(FILE, { address, masterKey, vendor: first.vendor });
    expect((await again.profiles.find("from-file"))?.revision).toBe(before?.revision);
    const changed = await gateway(FILE.replace("file-model", "other-model"), { address, masterKey, vendor: first.vendor });
    expect((await changed.profiles.find("from-file"))?.model).toBe("other-model");
    open.reverse();
  });

  test("whose keys cannot be stored says where, and what to do about it", async () => {
    const store = await openStore("sqlite", ":memory:");
    const locked: unknown = await openVault(store, []).catch((cause: unknown) => cause);
    if (!isConnectionsError(locked)) throw locked;
    const config = readGatewayConfig("connections: { a: { provider: groq, key: gsk_0123456789 } }", {});
    await expect(createGateway({ profiles: createProfiles({ store, vault: lockedVault(locked) }), config })).rejects.toMatchObject({
      message: expect.stringContaining("connections.a: the vault is locked"),
      hint: expect.stringContaining("openssl rand -base64 32"),
    });
    await store.close();
  });

  test("revokes keys and removes aliases that the file does not define any more, and leaves those of people alone", async () => {
    const address = `${process.env["TMPDIR"] ?? "/tmp"}/lumiverse-config-${crypto.randomUUID()}.db`;
    const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
    const first = await gateway(FILE, { address, masterKey });
    const { secret } = await first.gateway.keys.create({ name: "Of a person" });
    const later = await gateway("aliases: { new: from-file }", { address, masterKey, vendor: first.vendor });
    expect((await later.ask(CHAT, chatBody("new"), { key: TEAM_KEY })).status).toBe(401);
    expect((await later.ask(CHAT, chatBody("new"), { key: secret })).status).toBe(200);
    expect((await later.gateway.aliases.list()).map(({ name }) => name)).toEqual(["new"]);
    open.reverse();
  });

  test("is applied by processes that start at once", async () => {
    const address = `${process.env["TMPDIR"] ?? "/tmp"}/lumiverse-config-${crypto.randomUUID()}.db`;
    const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
    const first = await gateway("{}", { address, masterKey });
    const { keys } = readGatewayConfig(FILE, ENV);
    const config = { ...readGatewayConfig("{}", ENV), keys };
    const started = await Promise.all([1, 2, 3].map(() => createGateway({ profiles: first.profiles, config })));
    expect((await first.gateway.keys.list()).map(({ name }) => name)).toEqual(["team"]);
    for (const one of started) await one.close({ graceMs: 0 });
  });

  test("can rename a key, which keeps its secret and what it has used, and cannot take the secret of another key", async () => {
    const address = `${process.env["TMPDIR"] ?? "/tmp"}/lumiverse-config-${crypto.randomUUID()}.db`;
    const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
    const first = await gateway(FILE, { address, masterKey });
    const [before] = await first.gateway.keys.list();
    const renamed = await gateway(FILE.replace("  team:", "  crew:"), { address, masterKey, vendor: first.vendor });
    expect(await renamed.gateway.keys.list()).toMatchObject([{ id: before?.id, name: "crew" }]);
    expect((await renamed.ask(CHAT, chatBody("fast"), { key: TEAM_KEY })).status).toBe(200);
    const { secret } = await first.gateway.keys.create({ name: "Of a person" });
    await expect(gateway(`keys: { mine: { secret: ${secret} } }`, { address, masterKey, vendor: first.vendor })).rejects.toMatchObject({
      issues: [{ path: "keys.mine.secret" }],
    });
    open.reverse();
  });

  test("has management keys: renamed, changed and revoked as the file says, also by processes that start at once", async () => {
    const address = `${process.env["TMPDIR"] ?? "/tmp"}/lumiverse-config-${crypto.randomUUID()}.db`;
    const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
    const lead = (permissions: string): string => `managementKeys: { lead: { secret: ${LEAD_KEY}, permissions: [${permissions}] } }`;
    const first = await gateway("{}", { address, masterKey });
    const config = readGatewayConfig(lead("keys.read"), ENV);
    for (const one of await Promise.all([1, 2, 3].map(() => createGateway({ profiles: first.profiles, config }))))
      await one.close({ graceMs: 0 });
    const [before, ...others] = await first.gateway.managementKeys.list();
    expect(others).toEqual([]);
    expect(before).toMatchObject({ name: "lead", permissions: ["keys.read"], fromFile: true });
    const { vendor } = first;
    await gateway(lead("keys.read, keys.create").replace("lead:", "boss:"), { address, masterKey, vendor });
    const changed = { id: before?.id, name: "boss", permissions: ["keys.read", "keys.create"] };
    expect(await first.gateway.managementKeys.list()).toMatchObject([changed]);
    await first.gateway.managementKeys.create({ name: "Of a person" });
    await gateway("{}", { address, masterKey, vendor });
    const [person, revoked] = await first.gateway.managementKeys.list();
    expect([person?.revokedAt, revoked]).toEqual([undefined, expect.objectContaining({ name: "boss", revokedAt: expect.any(String) })]);
    await expect(gateway(lead("keys.all"), { address, masterKey, vendor })).rejects.toMatchObject({
      issues: [{ path: "managementKeys.lead.permissions.0", message: "there is no such permission" }],
    });
    const { secret } = await first.gateway.keys.create({ name: "Virtual" });
    await expect(gateway(`managementKeys: { lead: { secret: ${secret} } }`, { address, masterKey, vendor })).rejects.toMatchObject({
      issues: [{ path: "managementKeys.lead.secret", message: 'is also the secret of the key "Virtual"' }],
    });
    open.reverse();
  });

  test("with an alias or a fallback list that names no connection is refused, with the path and near names", async () => {
    const connection = "connections: { mine: { provider: custom, baseURL: http://localhost:1/v1 } }\n";
    const error: unknown = await gateway(
      `${connection}aliases: { a: mine/m, b: mime/m }\nfallbacks: { f: { targets: [mine/m, gone/m] } }`,
    ).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "invalid",
      issues: [
        {
          path: "aliases.b",
          message: expect.stringContaining('there is no connection for "mime/m". Calls are refused. Near names: mine'),
        },
        { path: "fallbacks.f.targets.1", message: expect.stringContaining('there is no connection for "gone/m". It is passed over.') },
      ],
    });
  });

  test("that cannot be stored says where the problem is", async () => {
    const wrong = "connections: { a: { provider: custom, model: m } }\n";
    await expect(gateway(wrong)).rejects.toMatchObject({ code: "invalid", issues: [{ path: "connections.a.baseURL" }] });
    await expect(gateway("connections: { a: { provider: nope, key: k } }")).rejects.toMatchObject({
      code: "invalid",
      issues: [{ path: "connections.a.provider" }],
    });
    await expect(gateway("keys: { k: { secret: short } }")).rejects.toMatchObject({ issues: [{ path: "keys.k.secret" }] });
    const local = "connections: { local: { provider: custom, model: m, baseURL: http://127.0.0.1:9/v1 } }\n";
    const list = "targets: [local, { target: local, options: { model: m } }], attempts: 0, budgetMs: -1, cooldownMs: -1";
    await expect(gateway(`${local}fallbacks: { f: { ${list} } }`)).rejects.toMatchObject({
      issues: [
        { path: "fallbacks.f.targets.1.options.model" },
        { path: "fallbacks.f.attempts", message: "must be a whole number of at least 1" },
        { path: "fallbacks.f.budgetMs", message: "must be a whole number of at least 1" },
        { path: "fallbacks.f.cooldownMs", message: "must be a whole number of at least 0" },
      ],
    });
    await expect(gateway(`${local}aliases: { a: { target: local, options: { model: m } } }`)).rejects.toMatchObject({
      issues: [{ path: "aliases.a.options.model" }],
    });
  });
});
