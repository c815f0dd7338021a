/** Management keys: every route and field of the admin API has a permission, which is denied unless a key has it, and no key grants more than it has. */
import { readFileSync } from "node:fs";
import { exportProfiles } from "@lumiverse/connections";
import { createAdmin, withDemo } from "@lumiverse/gateway/admin";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ManagementKeyInput } from "../src/index.ts";
import { MANAGEMENT_ROUTES, type ManagementRoute, PERMISSIONS, type Permission } from "../src/keys/permissions.ts";
import { CHAT, chatBody, databases, openTestGateway, type TestGateway } from "./gateways.ts";

const ADMIN_KEY = "admin-key-of-the-tests-0123456789";
const ALL = Object.keys(PERMISSIONS) as Permission[]; // the keys of the table
const SQL = `'; drop table gateway_keys; --" or "1"="1`;

const request = { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], maxOutputTokens: 5 };
const formValues = (name: string) => ({
  name,
  auth: "key",
  key: "key-of-the-test-01",
  baseURL: "http://localhost:1/new/v1",
  model: "m-1",
  settings: { protocol: "chat-completions" },
});

/** The ids that a test works on. */
interface Ids {
  connection: string;
  revision: number;
  key: string;
  managementKey: string;
  call: string;
  /** An export of connections. */
  file: string;
}

let names = 0;
/** Bodies that have every field of the route, by method and path. */
const BODIES: Readonly<Record<string, (ids: Ids) => readonly object[]>> = {
  "POST /providers/:id/preview": ({ connection }) => [{ values: formValues("Draft"), editing: connection }],
  "POST /providers/:id/models": ({ connection }) => [{ values: formValues("Draft"), editing: connection, refresh: true }],
  "POST /providers/:id/check": ({ connection }) => [{ values: formValues("Draft"), editing: connection }],
  "POST /connections": () => [{ provider: "custom", values: formValues(`New ${++names}`) }],
  "PUT /connections/order": ({ connection }) => [{ ids: [connection] }],
  "POST /connections/export": ({ connection }) => [{ ids: [connection], passphrase: "a passphrase of the test" }],
  "POST /connections/import/preview": ({ file }) => [{ file, passphrase: "" }],
  "POST /connections/import": ({ file }) => [{ file, passphrase: "", accepted: [0] }],
  "PUT /connections/:id": ({ revision }) => [
    { values: formValues(`Changed ${++names}`), revision, removeKey: true },
    { values: { ...formValues(`Changed ${names}`), auth: "environment" }, revision, removeKey: true },
  ],
  "PUT /connections/:id/enabled": () => [{ isEnabled: true }],
  "POST /connections/:id/balance": () => [{ refresh: true }],
  "POST /connections/:id/models": () => [{ refresh: true }],
  "POST /sign-ins": ({ connection }) => [{ provider: "custom", values: formValues("Signed in") }, { connection }],
  "POST /sign-ins/finish": () => [{ token: "none", returned: "code" }],
  "POST /chat": () => [{ connection: "local", model: "m", request }],
  "POST /explain": ({ connection }) => [{ connection, model: "m-1", request, previous: request }],
  "POST /keys": () => [{ name: `Key ${++names}`, ...keyFields(), seesTargets: true }],
  "PATCH /keys/:id": () => [{ name: `Key ${++names}`, ...keyFields(), seesTargets: true }],
  "POST /management-keys": () => [{ name: `Manager ${++names}`, permissions: ["keys.read"], ...keyFields() }],
};

function keyFields(): object {
  return { models: ["local/*"], limits: { requestsPerMinute: 5, budgetPerDay: 1 }, expiresAt: "2099-01-01T00:00:00.000Z" };
}

describe.each(databases.filter(({ missing }) => missing === undefined))("management keys in $kind", (database) => {
  let one: TestGateway;
  let admin: ReturnType<typeof createAdmin>;
  let ids: Ids;
  let call: string;
  beforeAll(async () => {
    await database.start();
    one = await openTestGateway({ kind: database.kind, address: database.address(), recordContent: true });
    admin = createAdmin({
      gateway: one.gateway,
      profiles: await withDemo(one.profiles, undefined),
      address: () => "http://localhost:4141",
      version: "0",
      adminKey: ADMIN_KEY,
      discovery: { onlyGivenPorts: true },
    });
    one.gateway.mount("/admin/v1", (given, client) => admin.fetch(given, client));
    await (await one.ask(CHAT, chatBody("local/m"))).text();
    const { calls } = await one.gateway.ledger.list();
    call = calls[0]?.id ?? "";
  }, 120_000);
  afterAll(async () => {
    await one.close();
    database.stop();
  });
  beforeEach(async () => {
    const values = { provider: "custom", baseURL: "http://localhost:1/local/v1", model: "m", auth: "key" as const, key: "stored-key-01" };
    const { id, revision } = await one.profiles.create({ name: `Own ${++names}`, ...values });
    const { key } = await one.gateway.keys.create({ name: `Own ${++names}` });
    const manager = await one.gateway.managementKeys.create({ name: `Own ${++names}` });
    const file = await exportProfiles(one.profiles, { ids: [id] });
    ids = { connection: id, revision, key: key.id, managementKey: manager.key.id, call, file };
  });

  const newKey = async (permissions: readonly Permission[], more: Partial<ManagementKeyInput> = {}): Promise<string> =>
    (await one.gateway.managementKeys.create({ name: `Manager ${++names}`, permissions, ...more })).secret;

  interface Answer {
    status: number;
    text: string;
    error: { code?: string; message?: string; permission?: string };
  }
  const send = async (
    { method, path }: Pick<ManagementRoute, "method" | "path">,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Answer> => {
    const response = await one.gateway.fetch(
      new Request(`http://localhost:4141/admin/v1${pathOf(path)}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
      }),
    );
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, text, error: (isJson ? (JSON.parse(text) as { error?: Answer["error"] }).error : undefined) ?? {} };
  };
  const sendAs = (secret: string, route: Pick<ManagementRoute, "method" | "path">, body?: unknown): Promise<Answer> =>
    send(route, { authorization: `Bearer ${secret}` }, body);
  const pathOf = (path: string): string => {
    if (path.startsWith("/providers/")) return path.replace(":id", "custom");
    if (path.startsWith("/keys/")) return path.replace(":id", ids.key);
    if (path.startsWith("/management-keys/")) return path.replace(":id", ids.managementKey);
    return path.startsWith("/calls/") ? path.replace(":id", ids.call) : path.replace(":id", ids.connection);
  };
  const bodiesOf = ({ method, path }: ManagementRoute): readonly (object | undefined)[] =>
    BODIES[`${method} ${path}`]?.(ids) ?? [undefined];
  /** Everything that a route could change, except for the keys that the test itself makes. */
  const stored = async (): Promise<string> => {
    const { read } = one.store;
    const [profiles, keys, managers] = await Promise.all([
      read.selectFrom("profiles").selectAll().orderBy("id").execute(),
      one.gateway.keys.list(),
      one.gateway.managementKeys.list(),
    ]);
    const others = managers.filter(({ name }) => !name.startsWith("Manager ") || name.includes("Made"));
    return JSON.stringify([
      profiles,
      keys,
      others,
      await read
        .selectFrom("secrets" as "profiles")
        .selectAll()
        .execute(),
    ]);
  };
  const permissionsOf = ({ permission, fields = {} }: ManagementRoute): Permission[] => [
    ...new Set([...(permission === null ? [] : [permission]), ...Object.values(fields)]),
  ];

  test("has every route of the admin API", () => {
    const served = admin.routes.filter(({ path }) => path !== "/admin/v1/session").map(({ method, path }) => `${method} ${path}`);
    expect(MANAGEMENT_ROUTES.map(({ method, path }) => `${method} /admin/v1${path}`).sort()).toEqual(served.sort());
    const used = new Set<string>([...MANAGEMENT_ROUTES.flatMap(permissionsOf), "calls.content"]);
    expect([...used].sort()).toEqual([...ALL].sort());
  });

  test("the examples below have every field of the table", () => {
    for (const route of MANAGEMENT_ROUTES) {
      const sent = new Set(
        bodiesOf(route).flatMap((body) =>
          Object.entries(body ?? {}).flatMap(([field, value]) =>
            field === "values" ? [field, ...Object.keys(value as object).map((inner) => `values.${inner}`)] : [field],
          ),
        ),
      );
      for (const field of Object.keys(route.fields ?? {})) expect(sent, `${route.method} ${route.path}`).toContain(field);
    }
  });

  test.each(MANAGEMENT_ROUTES.flatMap((route) => permissionsOf(route).map((permission) => ({ ...route, lacking: permission, route }))))(
    "$method $path without $lacking is refused with its name, and changes nothing",
    async ({ route, lacking }) => {
      const secret = await newKey(ALL.filter((one) => one !== lacking));
      const before = await stored();
      let refused = 0;
      for (const body of bodiesOf(route)) {
        const answer = await sendAs(secret, route, body);
        if (answer.status === 403) refused++;
        // Of two bodies, one may have no field of this permission.
        else if (bodiesOf(route).length > 1) continue;
        expect(answer).toMatchObject({ status: 403, error: { code: "forbidden", permission: lacking } });
        expect(answer.error.message).toContain(lacking);
        expect(await stored()).toBe(before);
      }
      expect(refused).toBeGreaterThan(0);
    },
  );

  test.each(MANAGEMENT_ROUTES.filter(({ permission }) => permission !== null))(
    "$method $path is open to a key with the permissions of its route and fields alone",
    async (route) => {
      // Keys are granted within what the maker has.
      const own = await newKey([...permissionsOf(route), ...(route.path === "/management-keys" ? (["keys.read"] as const) : [])]);
      for (const body of bodiesOf(route).slice(0, 1)) {
        const answer = await sendAs(own, route, body);
        expect([401, 403, 500], answer.text).not.toContain(answer.status);
        // Sign-ins need a provider that has one.
        if (!route.path.startsWith("/sign-ins")) expect(answer.status, answer.text).toBeLessThan(300);
      }
    },
  );

  test("chats are open to the admin key alone", async () => {
    const route = { method: "POST", path: "/chat" } as const;
    expect(await sendAs(await newKey(ALL), route, { connection: ids.connection, model: "m", request })).toMatchObject({ status: 403 });
    expect(await sendAs(ADMIN_KEY, route, { connection: ids.connection, model: "m", request })).toMatchObject({ status: 200 });
  });

  test.each(MANAGEMENT_ROUTES)("$method $path is closed to keys without permissions, virtual keys and unknown fields", async (route) => {
    const virtual = await one.gateway.keys.create({ name: `Virtual ${++names}`, seesTargets: true });
    const [none, all] = [await newKey([]), await newKey(ALL)];
    const before = await stored();
    for (const body of bodiesOf(route)) {
      expect((await sendAs(none, route, body)).status).toBe(403);
      for (const headers of [
        { authorization: `Bearer ${virtual.secret}` },
        { "x-api-key": virtual.secret },
        { "x-goog-api-key": virtual.secret },
        { cookie: `lumiverse_console_4141=${virtual.secret}` },
        { cookie: `lumiverse_console_4141=${all}` },
        { "x-api-key": all },
      ])
        expect([401, 429]).toContain((await send(route, headers, body)).status);
      if (route.fields !== undefined && body !== undefined)
        for (const field of ["fromFile", "id", "values.key", "constructor", "hash"])
          expect((await sendAs(all, route, { ...body, [field]: true })).status, field).toBe(403);
    }
    expect(await stored()).toBe(before);
  });

  test.each(MANAGEMENT_ROUTES)("quotes and SQL in headers and fields of $method $path have no effect", async (route) => {
    const before = await stored();
    for (const header of ["authorization", "x-api-key", "x-goog-api-key", "cookie", "x-forwarded-for", "user-agent", "anthropic-version"])
      for (const value of [
        SQL,
        `Bearer ${SQL}`,
        `Bearer ${SQL.replaceAll(" ", "/**/")}`,
        `lumiverse_console_4141=${encodeURIComponent(SQL)}`,
      ])
        expect([401, 429]).toContain((await send(route, { [header]: value }, bodiesOf(route)[0])).status);
    expect(await stored()).toBe(before);
    const tables = async (): Promise<string[]> => (await one.store.read.introspection.getTables()).map(({ name }) => name).sort();
    const there = await tables();
    const some = await newKey(["info.read"]);
    for (const body of bodiesOf(route))
      for (const field of Object.keys(body ?? {})) {
        const hostile = { ...body, [field]: SQL };
        const unchanged = await stored();
        expect((await sendAs(some, route, hostile)).status).toBe(403);
        expect(await stored()).toBe(unchanged);
        // Whoever may send the field has the text stored, or learns what is wrong with it.
        expect((await sendAs(ADMIN_KEY, route, hostile)).status).not.toBe(500);
      }
    expect(await tables()).toEqual(there);
  });

  test("a key that holds all but one permission gives no key that one, and may not change itself", async () => {
    const secret = await newKey(ALL.filter((one) => one !== "keys.delete" && one !== "managementKeys.revoke"));
    const make = { method: "POST", path: "/management-keys" } as const;
    const answer = await sendAs(secret, make, { name: `Made ${++names}`, permissions: ["keys.read", "keys.delete"] });
    expect(answer).toMatchObject({ status: 403, error: { permission: "keys.delete" } });
    expect((await sendAs(secret, make, { name: `Made ${++names}`, permissions: ["keys.read"] })).status).toBe(201);
    expect((await sendAs(secret, make, { name: `Made ${++names}`, permissions: ["nothing.at.all"] })).status).toBe(403);
    const own = await one.gateway.managementKeys.find(secret);
    ids.managementKey = own?.id ?? "";
    const end = await sendAs(secret, { method: "POST", path: "/management-keys/:id/revoke" });
    expect(end).toMatchObject({ status: 403, error: { permission: "managementKeys.revoke" } });
  });

  describe("with models, limits and an end", () => {
    const limits = { requestsPerMinute: 10, budgetPerDay: 2 };
    const more = { models: ["local/*", "Fast"], limits, expiresAt: "2090-01-01T00:00:00.000Z" };
    const make = { method: "POST", path: "/keys" } as const;
    const change = { method: "PATCH", path: "/keys/:id" } as const;

    beforeAll(async () => {
      const target = [{ target: "groq/llama-3.3-70b-versatile" }];
      await one.gateway.aliases.save({ name: "Fast", targets: target });
      await one.gateway.aliases.save({ name: "local/other", targets: target });
      if ((await one.profiles.find("local/deep")) === undefined)
        await one.profiles.create({ name: "local/deep", provider: "custom", baseURL: "http://localhost:1/deep/v1", model: "m" });
    });

    test.each([
      [{ models: null }, "models"],
      [{ models: ["*"] }, "models"],
      [{ models: ["groq/*"] }, "models"],
      [{ models: ["local/*", "groq/llama-3.3-70b-versatile"] }, "models"],
      [{ models: ["GROQ"] }, "models"],
      [{ models: ["local/other"] }, "models"], // an alias of a connection that the key may not grant
      [{ models: ["LOCAL/Other"] }, "models"],
      [{ models: ["local/deep/m"] }, "models"], // a model of another connection
      [{ models: ["local/deep/*"] }, "models"],
      [{ models: ["unknown/m"] }, "models"],
      [{ limits: { requestsPerMinute: 11 } }, "limits.requestsPerMinute"],
      [{ limits: { budgetPerDay: 2.01 } }, "limits.budgetPerDay"],
      [{ limits: { currency: "IDR" } }, "limits.currency"],
      [{ limits: { unpriced: "free" } }, "limits.unpriced"],
      [{ expiresAt: null }, "expiresAt"],
      [{ expiresAt: "2090-01-01T00:00:00.001Z" }, "expiresAt"],
    ])("grants no key %j", async (asked, field) => {
      const secret = await newKey(ALL, more);
      const own = await sendAs(secret, make, { name: `Within ${++names}` });
      ids.key = (JSON.parse(own.text) as { key: { id: string } }).key.id;
      const before = await stored();
      for (const [route, body] of [
        [make, { name: `Wider ${++names}`, ...asked }],
        [change, asked],
        [{ method: "POST", path: "/management-keys" } as const, { name: `Made ${++names}`, ...asked }],
      ] as const) {
        const answer = await sendAs(secret, route, body);
        expect(answer, answer.text).toMatchObject({ status: 403, error: { code: "forbidden", issues: [{ path: field }] } });
      }
      expect(await stored()).toBe(before);
    });

    test("gives what is left out its own bounds, and grants anything within them", async () => {
      const secret = await newKey(ALL, more);
      const made = await sendAs(secret, make, { name: `Within ${++names}` });
      const { key } = JSON.parse(made.text) as { key: { id: string } };
      expect(key).toMatchObject({ models: more.models, expiresAt: more.expiresAt, limits });
      ids.key = key.id;
      const less = { models: ["local/x", "Local/*", "fast", "local"], limits: { requestsPerMinute: 3, parallel: 1 } };
      const changed = await sendAs(secret, change, less);
      expect(JSON.parse(changed.text)).toMatchObject({ models: less.models, limits: { ...less.limits, budgetPerDay: 2 } });
      const manager = await sendAs(secret, { method: "POST", path: "/management-keys" }, { name: `Made ${++names}` });
      expect(JSON.parse(manager.text)).toMatchObject({ key: { permissions: [], models: more.models, limits } });
    });

    test("changes, revokes and removes no key that has more, not even its name", async () => {
      const secret = await newKey(ALL, more);
      const before = await stored();
      const routes = [change, { method: "POST", path: "/keys/:id/revoke" }, { method: "DELETE", path: "/keys/:id" }] as const;
      for (const route of routes) expect((await sendAs(secret, route, { name: "Mine" })).status).toBe(403);
      expect(await stored()).toBe(before);
    });
  });

  test("shows no content of calls without its permission", async () => {
    for (const path of ["/calls", "/calls/:id"]) {
      const route = { method: "GET", path } as const;
      expect((await sendAs(ADMIN_KEY, route)).text).toContain("Count to five");
      expect((await sendAs(await newKey(["calls.read"]), route)).text).not.toMatch(/Count to five|"content"/);
      expect((await sendAs(await newKey(["calls.read", "calls.content"]), route)).text).toContain("Count to five");
    }
  });

  test("opens no page, calls no model, and ends when it is revoked or expires", async () => {
    const { key, secret } = await one.gateway.managementKeys.create({ name: `Manager ${++names}`, permissions: ALL });
    const session = await send({ method: "POST", path: "/session" }, {}, { key: secret });
    expect(session).toMatchObject({ status: 403, error: { message: "a management key does not open the page" } });
    expect((await one.ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(401);
    expect((await sendAs(secret, { method: "GET", path: "/info" })).status).toBe(200);
    await one.gateway.managementKeys.revoke(key.id);
    const revoked = await sendAs(secret, { method: "GET", path: "/info" });
    expect(revoked).toMatchObject({ status: 401, error: { message: `the management key "${key.name}" was revoked` } });
    const expired = await newKey(ALL, { expiresAt: "2020-01-01T00:00:00Z" });
    expect((await sendAs(expired, { method: "GET", path: "/info" })).error.message).toContain("has expired");
  });

  test("is stored as a hash, and under one name", async () => {
    const { key, secret } = await one.gateway.managementKeys.create({ name: `Manager ${++names}` });
    const rows = JSON.stringify(
      await one.store.read
        .selectFrom("gateway_management_keys" as "profiles")
        .selectAll()
        .execute(),
    );
    expect(rows).toContain(key.id);
    expect(rows).not.toContain(secret);
    await expect(one.gateway.managementKeys.create({ name: key.name.toUpperCase() })).rejects.toMatchObject({ code: "invalid" });
  });
});

test("the documentation has the table", () => {
  const text = readFileSync(new URL("../../../docs/admin-api.md", import.meta.url), "utf8");
  for (const [permission, meaning] of Object.entries(PERMISSIONS)) expect(text).toContain(`| \`${permission}\` | ${meaning} |`);
});
