import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type ConnectionsError,
  createProfiles,
  form,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profiles,
  type Store,
} from "@lumiverse/connections";
import { createRegistry, type JsonObject, type Registry, registry, type SettingsMigration } from "@lumiverse/core";
import { annotations, defineSettings } from "@lumiverse/core/settings";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { databases, openStore } from "./databases.ts";
import "./providers.ts";

const masterKey = newMasterKey();

describe.each(databases)("profiles on $kind", (database) => {
  if (database.missing !== undefined) {
    test.skip(`skipped: ${database.missing}`);
    return;
  }
  const stores: Store[] = [];
  const servers: Server[] = [];
  const begin = async (address = database.address()): Promise<Profiles & { address: string }> => {
    const store = await openStore(database.kind, address);
    stores.push(store);
    const vault = await openVault(store, [masterKeyFromText(masterKey)]);
    return { ...createProfiles({ store, vault, connect: { retry: false } }), address };
  };
  beforeAll(() => database.start(), 60_000);
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => database.stop(), 60_000);

  /** A model server that remembers the headers of its requests. */
  async function listen(): Promise<{ url: string; seen: IncomingHttpHeaders[] }> {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ choices: [{ message: { role: "assistant", content: "ok" }, finish_reason: "stop" }], data: [{ id: "m" }] }),
      );
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen }; // listening on TCP
  }
  const failure = (promise: Promise<unknown>): Promise<ConnectionsError> =>
    promise.then(
      () => Promise.reject(new Error("it did not fail")),
      (cause: unknown) => cause as ConnectionsError, // the tests look at its code
    );

  test("the first profile is the default, and exactly one is at any time", async () => {
    const profiles = await begin();
    expect(await profiles.default()).toBeUndefined();
    const a = await profiles.create({ name: "A", provider: "openai", key: "sk-a", model: "gpt-5" });
    const b = await profiles.create({ name: "B", provider: "groq", key: "gsk_b" });
    expect([a.isDefault, b.isDefault]).toEqual([true, false]);
    const c = await profiles.create({ name: "C", provider: "xai", key: "xai-c", isDefault: true });
    expect((await profiles.list()).filter((one) => one.isDefault).map((one) => one.id)).toEqual([c.id]);
    await profiles.setDefault(b.id);
    await profiles.remove(b.id);
    expect((await profiles.list()).map((one) => [one.name, one.isDefault])).toEqual([
      ["A", true],
      ["C", false],
    ]);
  });

  test("a profile that is switched off is kept with its key, and not opened until it is switched on", async () => {
    const profiles = await begin();
    const { id, isEnabled } = await profiles.create({ name: "A", provider: "openai", key: "sk-a", model: "gpt-5" });
    const open = await profiles.open(id);
    expect(isEnabled).toBe(true);
    expect(await profiles.update(id, { isEnabled: false })).toMatchObject({ isEnabled: false, isDefault: true, secrets: { key: "set" } });
    const restarted = await begin(profiles.address);
    for (const one of [profiles, restarted])
      expect(await failure(one.open(id))).toMatchObject({ code: "switched-off", message: expect.stringContaining('"A"') });
    expect((await restarted.source(id)).key).toBe("sk-a");
    expect((await restarted.duplicate(id)).isEnabled).toBe(false);
    await restarted.update(id, { name: "B" });
    expect((await restarted.get(id)).isEnabled).toBe(false);
    await restarted.update(id, { isEnabled: true });
    expect(await profiles.open(id)).not.toBe(open);
    expect((await profiles.create({ name: "C", provider: "groq", key: "gsk_c", isEnabled: false })).isEnabled).toBe(false);
  });

  test("profiles of a database from before the switch are switched on", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "openai", key: "sk-a" });
    const name = "0003-switched-off-profiles";
    await sql`alter table profiles drop column is_enabled`.execute(profiles.store.read);
    await sql`delete from lumiverse_migration where name = ${name}`.execute(profiles.store.read);
    expect(await (await begin(profiles.address)).get(id)).toMatchObject({ name: "A", isEnabled: true, secrets: { key: "set" } });
  });

  test("a second default is refused by the database itself", async () => {
    const profiles = await begin();
    await profiles.create({ name: "A", provider: "openai", key: "sk-a" });
    const b = await profiles.create({ name: "B", provider: "openai", key: "sk-b" });
    await expect(profiles.store.read.updateTable("profiles").set({ is_default: 1 }).where("id", "=", b.id).execute()).rejects.toThrow(
      /unique/i,
    );
  });

  test("create names every problem by its field", async () => {
    const profiles = await begin();
    const error = await failure(
      profiles.create({
        name: " ",
        provider: "openai",
        baseURL: "ftp://host",
        key: "",
        model: "m".repeat(1001),
        settings: { verbosity: "loud", nonsense: 1 },
        reasoning: { history: -1 },
      }),
    );
    expect(error.code).toBe("invalid");
    expect(error.issues.map(({ path }) => path).sort()).toEqual([
      "baseURL",
      "key",
      "model",
      "name",
      "reasoning.history",
      "settings.nonsense",
      "settings.verbosity",
    ]);
    expect(await profiles.list()).toEqual([]);
  });

  test.each(["key", "model", "baseURL"])("a %s that is no text is a problem of its field", async (field) => {
    const profiles = await begin();
    const input = { name: "A", provider: "groq", key: "gsk_x", [field]: ["a"] };
    expect((await failure(profiles.create(input))).issues).toEqual([{ path: field, message: "must be text" }]);
  });

  test("a key that is too long for any key is a problem of its field, and is not quoted", async () => {
    const profiles = await begin();
    const error = await failure(profiles.create({ name: "A", provider: "openai", key: "sk-canary".repeat(20_000) }));
    expect(error.issues).toEqual([{ path: "key", message: expect.stringMatching(/more than 100000 characters/) }]);
    expect(JSON.stringify(error.issues)).not.toContain("canary");
  });

  test("names are unique whatever their case, and a copy gets a name of its own", async () => {
    const profiles = await begin();
    const a = await profiles.create({ name: "Work", provider: "openai", key: "sk-a" });
    expect((await failure(profiles.create({ name: "WORK", provider: "openai", key: "sk-b" }))).issues).toEqual([
      { path: "name", message: 'another connection is called "Work"' },
    ]);
    const copies = [await profiles.duplicate(a.id), await profiles.duplicate(a.id)];
    expect(copies.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["Work (Copy)", false],
      ["Work (Copy 2)", false],
    ]);
    expect((await profiles.source(copies[0]?.id ?? "")).key).toBe("sk-a");
    expect(await profiles.duplicate(a.id, " Named ")).toMatchObject({ name: "Named", isDefault: false, revision: 1 });
    for (const name of ["named", "", "a\nb"])
      expect((await failure(profiles.duplicate(a.id, name))).issues).toMatchObject([{ path: "name" }]);
    expect((await profiles.list()).map(({ name }) => name)).toEqual(["Work", "Named", "Work (Copy 2)", "Work (Copy)"]);
    await profiles.update(a.id, { key: "sk-new" });
    expect((await profiles.source(copies[0]?.id ?? "")).key).toBe("sk-a");
  });

  test("reorder puts the named profiles first and keeps the others", async () => {
    const profiles = await begin();
    for (const name of ["A", "B", "C", "D"]) await profiles.create({ name, provider: "openai", key: "sk-x" });
    const [a, , c, d] = await profiles.list();
    expect((await profiles.reorder([d?.id ?? "", a?.id ?? ""])).map(({ name }) => name)).toEqual(["D", "A", "B", "C"]);
    expect((await failure(profiles.reorder([c?.id ?? "", "nobody"]))).code).toBe("not-found");
    expect((await profiles.list()).map(({ name }) => name)).toEqual(["D", "A", "B", "C"]);
  });

  test("a save that is based on an old revision is refused and shows what is stored", async () => {
    const profiles = await begin();
    const { id, revision } = await profiles.create({ name: "A", provider: "openai", key: "sk-a" });
    await profiles.update(id, { model: "gpt-5" }, { revision });
    const error = await failure(profiles.update(id, { model: "gpt-4" }, { revision }));
    expect(error).toMatchObject({ code: "conflict", current: { model: "gpt-5" } });
    expect((await profiles.get(id)).model).toBe("gpt-5");
  });

  test.each([
    ["another provider", { provider: "groq" }],
    ["another origin", { baseURL: "https://proxy.example/v1" }],
    ["another port", { baseURL: "https://api.openai.com:8443/v1" }],
  ])("%s demands the key again and saves nothing without it", async (_, changes) => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "openai", key: "sk-old", model: "gpt-5" });
    expect(await failure(profiles.update(id, changes))).toMatchObject({ code: "key-required", issues: [{ path: "key" }] });
    expect(await profiles.get(id)).toMatchObject({ provider: "openai", origin: "https://api.openai.com", revision: 1 });
    const without = await profiles.update(id, { ...changes, key: null });
    expect(without.secrets.key).toBe("missing");
    expect((await failure(profiles.open(id))).code).toBe("key-missing");
    await profiles.update(id, { key: "sk-new" });
    expect((await profiles.source(id)).key).toBe("sk-new");
  });

  test("another path on the same origin keeps the key", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "openai", key: "sk-a", baseURL: "https://proxy.example/one/v1" });
    await profiles.update(id, { baseURL: "https://proxy.example/two/v1" });
    expect((await profiles.source(id)).key).toBe("sk-a");
  });

  test("secret settings are stored in the vault, follow the origin and never appear in a profile", async () => {
    const profiles = await begin();
    const settings = { headers: { "x-team": "canary-header-value" }, server: "vllm" };
    const created = await profiles.create({ name: "Local", provider: "custom", baseURL: "http://localhost:8000/v1", settings });
    expect(created.settings).toEqual({ server: "vllm" });
    expect((await profiles.source(created.id)).settings).toEqual(settings);
    await profiles.update(created.id, { settings: { server: "sglang" } });
    expect((await profiles.source(created.id)).settings).toEqual({ ...settings, server: "sglang" });
    const moved = await failure(profiles.update(created.id, { baseURL: "http://localhost:9000/v1" }));
    expect(moved).toMatchObject({ code: "key-required", issues: [{ path: "settings.headers" }] });
    await profiles.update(created.id, { settings: { headers: null } });
    expect((await profiles.source(created.id)).settings).toEqual({});
  });

  test("a base URL that carries a secret is refused", async () => {
    const profiles = await begin();
    const error = await failure(profiles.create({ name: "A", provider: "custom", baseURL: "https://host.example/v1?api_key=canary" }));
    expect(error.issues).toEqual([{ path: "baseURL", message: expect.stringMatching(/secret in its query/) }]);
    expect(JSON.stringify(error.issues)).not.toContain("canary");
  });

  test("open gives one connection, reuses it, and closes it when the profile changes", async () => {
    const { url, seen } = await listen();
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "custom", baseURL: url, key: "first-key", model: "m" });
    const [one, two] = await Promise.all([profiles.open(id), profiles.open(id)]);
    expect(one).toBe(two);
    await one.generate({ model: "m", messages: [{ role: "user", content: "hi" }] });
    await profiles.update(id, { key: "second-key" });
    await expect(one.generate({ model: "m", messages: [{ role: "user", content: "hi" }] })).rejects.toMatchObject({ code: "aborted" });
    await (await profiles.open(id)).generate({ model: "m", messages: [{ role: "user", content: "hi" }] });
    expect(seen.map(({ authorization }) => authorization)).toEqual(["Bearer first-key", "Bearer second-key"]);
  });

  test("a change by another process replaces the connection", async () => {
    const { url, seen } = await listen();
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "custom", baseURL: url, key: "first-key" });
    const before = await profiles.open(id);
    const other = await begin(profiles.address);
    await other.update(id, { key: "second-key" });
    const after = await profiles.open(id);
    expect(after).not.toBe(before);
    await after.models();
    expect(seen[0]?.authorization).toBe("Bearer second-key");
  });

  test("each server sees only its own key, whatever the order of calls and whichever profiles are deleted", async () => {
    const profiles = await begin();
    const targets = await Promise.all([1, 2, 3, 4, 5].map(async (number) => ({ number, ...(await listen()) })));
    const ids: string[] = [];
    for (const { number, url } of targets)
      ids.push((await profiles.create({ name: `P${number}`, provider: "custom", baseURL: url, key: `key-of-${number}`, model: "m" })).id);
    await profiles.remove(ids[1] ?? "");
    const others = ids.filter((_, index) => index !== 1);
    await Promise.all(
      Array.from({ length: 40 }, async (_, call) => {
        const connection = await profiles.open(others[call % others.length] ?? "");
        if (call % 3 === 0) await connection.models();
        else await connection.generate({ model: "m", messages: [{ role: "user", content: "hi" }] });
      }),
    );
    for (const { number, seen } of targets) {
      expect(seen.length > 0).toBe(number !== 2);
      expect([...new Set(seen.map(({ authorization }) => authorization))]).toEqual(number === 2 ? [] : [`Bearer key-of-${number}`]);
    }
  });

  test("a profile without a key sends none, even when the environment has one", async () => {
    const { url, seen } = await listen();
    process.env["CUSTOM_API_KEY"] = "key-of-the-environment";
    try {
      const profiles = await begin();
      const { id, secrets } = await profiles.create({ name: "A", provider: "custom", baseURL: url, auth: "none" });
      await (await profiles.open(id)).models();
      expect(secrets.key).toBe("not-used");
      expect(seen[0]).toBeDefined();
      expect(seen[0]?.authorization ?? seen[0]?.["x-api-key"]).toBeUndefined();
    } finally {
      delete process.env["CUSTOM_API_KEY"];
    }
  });

  test("a hosted provider that requires a key is refused without one", async () => {
    const profiles = await begin();
    expect((await failure(profiles.create({ name: "A", provider: "openai", auth: "none" }))).issues).toEqual([
      { path: "auth", message: "OpenAI requires a key" },
    ]);
  });

  test("the placeholder of a stored key is no key", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "openai", key: "sk-real" });
    expect((await failure(profiles.update(id, { key: "••••••••" }))).issues[0]).toMatchObject({
      path: "key",
      message: expect.stringMatching(/placeholder/),
    });
    await profiles.update(id, { name: "Renamed" });
    expect((await profiles.source(id)).key).toBe("sk-real");
  });

  test.each(["********", "••••••••", "… … …"])("%s never replaces a stored key, whichever server has it", async (key) => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "custom", baseURL: "http://localhost:1/v1", key: "real" });
    expect((await failure(profiles.update(id, { key }))).issues).toMatchObject([
      { path: "key", message: expect.stringMatching(/placeholder/) },
    ]);
    expect((await profiles.source(id)).key).toBe("real");
  });

  test.each([
    ["sk-abc-****6789", /shortened/],
    ["sk-…6789", /shortened/],
    ["OPENAI_API_KEY=sk-abc", /line that sets a variable/],
    ['export OPENAI_API_KEY="sk-abc"', /line that sets a variable/],
    ["Authorization: Bearer sk-abc", /is a header/],
    ["https://platform.openai.com/api-keys", /web address/],
    ["sk-abc...def", /shortened/],
  ])("%s is no key of a vendor, and is named as what it is", async (key, message) => {
    const profiles = await begin();
    expect((await failure(profiles.create({ name: "A", provider: "openai", key }))).issues).toEqual([
      { path: "key", message: expect.stringMatching(message) },
    ]);
  });

  /** A server of one's own and a vendor, by the name of the connection. */
  const OWN_AND_VENDOR = [
    ["Own", { provider: "custom", baseURL: "http://localhost:1/v1" }],
    ["Vendor", { provider: "openai" }],
  ] as const;

  test.each(["sk-proj-a_B-3", "lm-studio", "no-key", "c2stYWJj==", "AB_CD==", "A_B=", "a.b.c", "ID_1:secret"])(
    "%s can be a key of every server, without a doubt",
    async (key) => {
      const profiles = await begin();
      for (const [name, target] of OWN_AND_VENDOR) {
        const { id } = await profiles.create({ name, ...target, key });
        expect((await profiles.source(id)).key).toBe(key);
        expect((await form(profiles.provider(target.provider))).describeKey(key, "baseURL" in target ? target.baseURL : "")).toEqual({
          details: {},
        });
      }
    },
  );

  test.each(["your-api-key", "YOUR_API_KEY", "<your-key>", "$mykey", "%KEY%", "{{key}}"])(
    "%s is doubtful and can be saved, because only the server knows its keys",
    async (key) => {
      const profiles = await begin();
      for (const [name, target] of OWN_AND_VENDOR) {
        const made = await form(profiles.provider(target.provider));
        expect(made.describeKey(key, "baseURL" in target ? target.baseURL : "")).toEqual({
          details: {},
          doubt: "looks like an example that stands for a key",
        });
        const { id } = await profiles.create({ name, ...target, key });
        expect((await profiles.source(id)).key).toBe(key);
      }
    },
  );

  test.each(["abc...def", "a***b", "***", "API_KEY=abc", "x-api-key:abc", "https://keys.example/abc"])(
    "a server of one's own can have the key %s, which no vendor has",
    async (key) => {
      const profiles = await begin();
      for (const [name, provider] of [
        ["Custom", "custom"],
        ["Proxy", "openai"],
      ] as const) {
        const { id } = await profiles.create({ name, provider, baseURL: "http://localhost:1/v1", key });
        expect((await profiles.source(id)).key).toBe(key);
      }
      expect((await failure(profiles.create({ name: "Vendor", provider: "openai", key }))).issues).toMatchObject([{ path: "key" }]);
    },
  );

  test.each(["", "••••••", "sk-…6789", "two words", "two\nlines", "schlüssel-ключ"])("%j is no key anywhere", async (key) => {
    const profiles = await begin();
    for (const baseURL of [null, "http://localhost:1/v1"])
      expect((await failure(profiles.create({ name: "A", provider: "openai", baseURL, key }))).issues).toMatchObject([{ path: "key" }]);
  });

  test("what a person reads of an address names no option of a program", async () => {
    const profiles = await begin();
    for (const baseURL of ["http://models.example.com/v1", "https://me:word@models.example.com/v1"]) {
      const [issue] = (await failure(profiles.create({ name: "A", provider: "openai", baseURL, key: "sk-abc" }))).issues;
      expect(issue).toMatchObject({ path: "baseURL", message: expect.not.stringMatching(/allowHttp|apiKey/) });
    }
  });

  test("a change of settings replaces all of them, so nothing leaks from an earlier save", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({
      name: "A",
      provider: "openrouter",
      key: "sk-or-a",
      settings: { routing: { sort: "price", zdr: true } },
    });
    await profiles.update(id, { settings: { plugins: { webFetch: true } } });
    expect((await profiles.get(id)).settings).toEqual({ plugins: { webFetch: true } });
    expect((await profiles.update(id, { provider: "zai", key: "zai-key" })).settings).toEqual({});
  });

  /** Custom's package as releases with other settings would have it: `headers` is secret in both, under another name. */
  function release(version: string, migrations: readonly SettingsMigration[], names: { mode: string; token: string }): Registry {
    const schema = {
      type: "object",
      properties: {
        [names.mode]: { type: "string" },
        [names.token]: { type: "string", ...annotations({ secret: true }) },
      },
    };
    const known = (value: unknown): { value: JsonObject } => ({
      // Keys that are left out are refused as unknown.
      value: Object.fromEntries(Object.entries(value as JsonObject).filter(([key]) => key in schema.properties)),
    });
    const settings = defineSettings({
      validator: { "~standard": { version: 1, vendor: "by hand", validate: known } },
      schema,
      migrations,
    });
    return createRegistry([{ ...registry().get("custom"), version, settings: async () => settings }]);
  }

  test("settings of an older release are migrated, secret ones too, and those of a newer release are shown and not used", async () => {
    const older = release("1.0.0", [], { mode: "mode", token: "token" });
    const rename: SettingsMigration = ({ mode, token, ...others }) => ({
      ...others,
      ...(mode === undefined ? {} : { style: mode }),
      ...(token === undefined ? {} : { accessToken: token }),
    });
    const newer = release("2.0.0", [rename], { mode: "style", token: "accessToken" });
    const base = await begin();
    const vault = await openVault(base.store, [masterKeyFromText(masterKey)]);
    const [old, current] = [older, newer].map((registry) => createProfiles({ store: base.store, vault, registry })) as [Profiles, Profiles];
    const { id } = await old.create({
      name: "A",
      provider: "custom",
      baseURL: "http://localhost:5000/v1",
      settings: { mode: "quick", token: "s3cret-token" },
    });
    expect((await current.get(id)).settings).toEqual({ style: "quick" });
    expect((await current.source(id)).settings).toEqual({ style: "quick", accessToken: "s3cret-token" });
    // A change that names no setting stores them in the new version.
    await current.update(id, { model: "m", reasoning: { effort: "low" } });
    expect((await current.source(id)).settings).toEqual({ style: "quick", accessToken: "s3cret-token" });
    expect(await old.list()).toMatchObject([{ name: "A", settings: { style: "quick" } }]);
    expect((await old.update(id, { name: "B" })).name).toBe("B");
    for (const use of [() => old.open(id), () => old.source(id), () => old.update(id, { settings: {} })])
      expect((await failure(use())).code).toBe("newer-schema");
    expect((await current.source(id)).settings).toEqual({ style: "quick", accessToken: "s3cret-token" });
  });

  test("a profile whose row was damaged is listed, not opened, and can be removed", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "openai", key: "sk-a", settings: { verbosity: "low" } });
    await profiles.create({ name: "B", provider: "openai", key: "sk-b" });
    for (const damaged of ["{", "[]", "null", '"text"']) {
      await profiles.store.read.updateTable("profiles").set({ settings: damaged, reasoning: damaged }).where("id", "=", id).execute();
      expect((await profiles.list()).map(({ name, settings }) => [name, settings])).toEqual([
        ["A", {}],
        ["B", {}],
      ]);
      for (const use of [() => profiles.open(id), () => profiles.source(id), () => profiles.update(id, { key: "sk-c" })])
        expect(await failure(use())).toMatchObject({ code: "invalid", message: expect.stringContaining('settings of "A"') });
      expect((await profiles.update(id, { name: "A" })).name).toBe("A");
    }
    await profiles.remove(id);
    expect((await profiles.list()).map(({ name }) => name)).toEqual(["B"]);
  });

  test("the address that was completed at the save stays, and the text that was typed is kept", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({ name: "A", provider: "custom", baseURL: " http://localhost:5000/v1/chat/completions " });
    await profiles.store.read
      .updateTable("profiles")
      .set({ resolved_url: "http://localhost:5000/older-rule/v1" })
      .where("id", "=", id)
      .execute();
    const renamed = await profiles.update(id, { name: "B", settings: { server: "vllm" } });
    expect(renamed).toMatchObject({
      baseURL: "http://localhost:5000/v1/chat/completions",
      resolvedURL: "http://localhost:5000/older-rule/v1",
    });
    expect((await profiles.update(id, { baseURL: "http://localhost:5000" })).resolvedURL).toBe("http://localhost:5000/v1");
  });

  test("two processes that write at once lose no update", async () => {
    const one = await begin();
    const two = await begin(one.address);
    const { id } = await one.create({ name: "A", provider: "openai", key: "sk-a" });
    const rounds = 40;
    await Promise.all(
      [one, two].flatMap((profiles, writer) =>
        Array.from({ length: rounds }, (_, round) =>
          writer === 0 ? profiles.update(id, { name: `A${round}` }) : profiles.update(id, { model: `m${round}` }),
        ),
      ),
    );
    const stored = await one.get(id);
    expect(stored.revision).toBe(1 + 2 * rounds);
    expect(stored).toMatchObject({ name: expect.stringMatching(/^A\d+$/), model: expect.stringMatching(/^m\d+$/) });
  });

  test("of two saves with the same revision one is refused", async () => {
    const one = await begin();
    const two = await begin(one.address);
    const { id, revision } = await one.create({ name: "A", provider: "openai", key: "sk-a" });
    const results = await Promise.allSettled([one.update(id, { model: "x" }, { revision }), two.update(id, { model: "y" }, { revision })]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await one.get(id)).revision).toBe(revision + 1);
  });

  test("several processes that open a new database at once migrate it once", async () => {
    const address = database.address();
    const opened = await Promise.all([begin(address), begin(address), begin(address)]);
    await opened[0]?.create({ name: "A", provider: "openai", key: "sk-a" });
    for (const profiles of opened) expect((await profiles.list()).map(({ name }) => name)).toEqual(["A"]);
  });

  test("a database of a newer version is refused by name", async () => {
    const profiles = await begin();
    // The table belongs to the migrator and has no type.
    await (profiles.store.read as never as import("kysely").Kysely<{ lumiverse_migration: { name: string; timestamp: string } }>)
      .insertInto("lumiverse_migration")
      .values({ name: "9999-future", timestamp: new Date().toISOString() })
      .execute();
    expect(await failure(openStore(database.kind, profiles.address))).toMatchObject({
      code: "newer-schema",
      message: expect.stringContaining("9999-future"),
    });
  });
});
