import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConnectionsError,
  createProfiles,
  isConnectionsError,
  lockedVault,
  type MasterKeySource,
  masterKeyFromPassphrase,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profiles,
  type Store,
} from "@lumiverse/connections";
import { masterKeyFromEnvironment, masterKeyFromFile, masterKeyFromKeychain } from "@lumiverse/connections/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { databases, openStore } from "./databases.ts";
import "./providers.ts";

const CANARY = "sk-canary-93b1f0c2d4e5";
const COST = { cost: 2 ** 10 }; // the real cost takes a second
const failure = (promise: Promise<unknown>): Promise<ConnectionsError> =>
  promise.then(
    () => Promise.reject(new Error("it did not fail")),
    (cause: unknown) => (isConnectionsError(cause) ? cause : Promise.reject(cause)),
  );
const folder = (): string => mkdtempSync(join(tmpdir(), "lumiverse-vault-"));

describe.each(databases)("the vault on $kind", (database) => {
  if (database.missing !== undefined) {
    test.skip(`skipped: ${database.missing}`);
    return;
  }
  const stores: Store[] = [];
  beforeAll(() => database.start(), 60_000);
  afterEach(async () => void (await Promise.all(stores.splice(0).map((store) => store.close()))));
  afterAll(() => database.stop(), 60_000);
  const begin = async (
    source: MasterKeySource,
    address = database.address(),
  ): Promise<{ profiles: Profiles; store: Store; address: string; vault: Awaited<ReturnType<typeof openVault>> }> => {
    const store = await openStore(database.kind, address);
    stores.push(store);
    const vault = await openVault(store, [source]);
    return { store, address, vault, profiles: createProfiles({ store, vault }) };
  };

  test("a wrong master key is refused at the start, and nothing is changed by it", async () => {
    const right = newMasterKey();
    const { profiles, store, address } = await begin(masterKeyFromText(right));
    const { id } = await profiles.create({ name: "A", provider: "openai", key: CANARY });
    const reason = await failure(openVault(store, [masterKeyFromText(newMasterKey(), "the file /wrong")]));
    expect(reason).toMatchObject({ code: "vault-locked", message: expect.stringContaining("the file /wrong") });

    const locked = createProfiles({ store, vault: lockedVault(reason) });
    expect((await locked.list()).map(({ name, secrets }) => [name, secrets.key])).toEqual([["A", "set"]]);
    expect((await locked.update(id, { name: "Renamed" })).name).toBe("Renamed");
    expect((await failure(locked.open(id))).code).toBe("vault-locked");
    expect((await failure(locked.update(id, { key: "sk-other" }))).code).toBe("vault-locked");

    const again = await begin(masterKeyFromText(right), address);
    expect((await again.profiles.source(id)).key).toBe(CANARY);
  });

  test("without a master key the places that were searched are named, and none is made for a vault that has secrets", async () => {
    const { store } = await begin(masterKeyFromText(newMasterKey()));
    const file = join(folder(), "master.key");
    const error = await failure(openVault(store, [masterKeyFromEnvironment("LUMIVERSE_TEST_KEY", {}), masterKeyFromFile(file)]));
    expect(error.message).toContain("the environment variable LUMIVERSE_TEST_KEY");
    expect(error.message).toContain(file);
    expect(error.hint).toMatch(/stored secrets are unchanged/);
    expect(() => statSync(file)).toThrow();
    const empty = await openStore(database.kind, database.address());
    stores.push(empty);
    expect((await failure(openVault(empty, [masterKeyFromEnvironment("LUMIVERSE_TEST_KEY", {})]))).hint).toMatch(
      /Nothing is stored yet.*openssl/,
    );
  });

  test("a passphrase opens the vault again, and another one does not", async () => {
    const { profiles, store, address } = await begin(masterKeyFromPassphrase("correct horse", COST));
    const { id } = await profiles.create({ name: "A", provider: "openai", key: CANARY });
    const again = await begin(masterKeyFromPassphrase("correct horse"), address);
    expect((await again.profiles.source(id)).key).toBe(CANARY);
    expect((await failure(openVault(store, [masterKeyFromPassphrase("wrong horse!")]))).code).toBe("vault-locked");
    expect(
      (
        await failure(
          openVault(await begin(masterKeyFromText(newMasterKey())).then((other) => other.store), [masterKeyFromPassphrase("x")]),
        )
      ).code,
    ).toBe("vault-locked");
  });

  test("rotation seals everything anew, locks out processes with the old key, and refuses the same key", async () => {
    const [old, fresh] = [newMasterKey(), newMasterKey()];
    const { profiles, vault, address, store } = await begin(masterKeyFromText(old));
    const { id } = await profiles.create({ name: "A", provider: "openai", key: CANARY });
    const other = await begin(masterKeyFromText(old), address);
    const before = await store.read.selectFrom("secrets").selectAll().execute();
    expect((await failure(vault.rotate(masterKeyFromText(old)))).code).toBe("invalid");
    await vault.rotate(masterKeyFromText(fresh));
    const after = await store.read.selectFrom("secrets").selectAll().execute();
    expect(after[0]?.ciphertext).not.toBe(before[0]?.ciphertext);
    expect((await profiles.source(id)).key).toBe(CANARY);
    expect((await failure(other.profiles.source(id))).code).toBe("vault-locked");
    expect((await failure(other.profiles.update(id, { key: "sk-late" }))).code).toBe("vault-locked");
    expect((await failure(openVault(store, [masterKeyFromText(old)]))).code).toBe("vault-locked");
    expect((await (await begin(masterKeyFromText(fresh), address)).profiles.source(id)).key).toBe(CANARY);
    await (await begin(masterKeyFromText(fresh), address)).vault.rotate(masterKeyFromPassphrase("a new passphrase", COST));
    expect((await (await begin(masterKeyFromPassphrase("a new passphrase"), address)).profiles.source(id)).key).toBe(CANARY);
  });

  test("a row that is copied to another profile or given another origin does not open", async () => {
    const { profiles, store } = await begin(masterKeyFromText(newMasterKey()));
    const a = await profiles.create({ name: "A", provider: "openai", key: CANARY });
    const b = await profiles.create({ name: "B", provider: "openai", key: "sk-b" });
    const rowOfA = await store.read.selectFrom("secrets").selectAll().where("profile_id", "=", a.id).executeTakeFirstOrThrow();
    const { profile_id: _, ...sealed } = rowOfA;
    await store.read.updateTable("secrets").set(sealed).where("profile_id", "=", b.id).execute();
    expect((await failure(profiles.open(b.id))).code).toBe("secret-damaged");
    await store.read
      .updateTable("profiles")
      .set({ origin: "https://evil.example", resolved_url: "https://evil.example/v1" })
      .where("id", "=", a.id)
      .execute();
    expect((await failure(profiles.open(a.id))).code).toBe("secret-damaged");
  });

  test("no secret is in a listing, an error or the database's text", async () => {
    const { profiles, store } = await begin(masterKeyFromText(newMasterKey()));
    const { id } = await profiles.create({
      name: "A",
      provider: "custom",
      baseURL: "http://localhost:1/v1",
      key: CANARY,
      settings: { headers: { "x-secret": `header-${CANARY}` } },
    });
    const errors = await Promise.all([
      failure(profiles.create({ name: "A", provider: "custom", baseURL: `http://user:${CANARY}@host/v1`, key: `${CANARY} two words` })),
      failure(profiles.update(id, { baseURL: `ftp://${CANARY}` })),
      failure(profiles.create({ name: "V", provider: "google-vertex", key: `{"type":"authorized_user","refresh_token":"${CANARY}"}` })),
    ]);
    const rows = await Promise.all(
      (["profiles", "secrets", "vault"] as const).map((table) => store.read.selectFrom(table).selectAll().execute()),
    );
    const texts = [
      await profiles.list(),
      await profiles.get(id),
      rows,
      errors.map((error) => [error.message, error.hint, error.issues, String(error.cause), error.stack]),
    ];
    expect(JSON.stringify(texts)).not.toContain(CANARY);
    expect((await profiles.source(id)).key).toBe(CANARY);
  });

  test("two processes that set up one vault at once agree on one master key", async () => {
    const address = database.address();
    const file = join(folder(), "master.key");
    const opened = await Promise.all([1, 2, 3].map(() => begin(masterKeyFromFile(file), address)));
    const [first] = opened;
    const id = (await first?.profiles.create({ name: "A", provider: "openai", key: CANARY }))?.id ?? "";
    for (const { profiles } of opened) expect((await profiles.source(id)).key).toBe(CANARY);
  });
});

describe("places of a master key", () => {
  test("a file is made for its owner alone, and one that others can read is refused", async () => {
    const file = join(folder(), "sub", "master.key");
    const source = masterKeyFromFile(file);
    expect(await source.load()).toBeUndefined();
    const made = await source.create?.("a-vault");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await source.load()).toEqual(made?.key);
    expect(readdirSync(join(file, ".."))).toEqual(["master.key"]);
    chmodSync(file, 0o644);
    const error = await failure(source.load());
    expect(error.message).toMatch(/can be read by others/);
    expect(error.message).not.toContain(readFileSync(file, "utf8").trim());
  });

  test("a text that is no master key is refused without being quoted", async () => {
    const error = await failure(masterKeyFromEnvironment("K", { K: "my-password-canary" }).load());
    expect(error).toMatchObject({ code: "vault-locked", message: expect.stringContaining("K does not hold a master key") });
    expect(`${error.message}${error.hint}`).not.toContain("canary");
  });

  test("openssl's output and hexadecimal are master keys", async () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
    const hex = Buffer.from(bytes).toString("hex");
    expect(await masterKeyFromText(hex).load()).toEqual(bytes);
    expect(await masterKeyFromText(`${Buffer.from(bytes).toString("base64")}\n`).load()).toEqual(bytes);
  });

  test("a keychain package that is not installed is named", async () => {
    const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    const error = await failure(masterKeyFromKeychain({ load: () => Promise.reject(missing) }).load());
    expect(error).toMatchObject({ code: "unavailable", hint: "npm install @napi-rs/keyring" });
  });

  test("a keychain that is missing is passed over, and named when no other place has the key", async () => {
    const absent = masterKeyFromKeychain({
      load: async () => ({
        AsyncEntry: class {
          getPassword = (): Promise<string> => Promise.reject(new Error("no secret service"));
          setPassword = (): Promise<void> => Promise.reject(new Error("no secret service"));
        },
      }),
    });
    const store = await openStore("sqlite", ":memory:");
    const vault = await openVault(store, [absent, masterKeyFromText(newMasterKey(), "the next place")]);
    expect(vault.location).toBe("the next place");
    expect(await failure(openVault(store, [absent]))).toMatchObject({
      code: "vault-locked",
      message: expect.stringMatching(/keychain.*cannot be used: no secret service/),
    });
    await store.close();
  });

  test("a short passphrase is refused for a new vault", async () => {
    expect((await failure(masterKeyFromPassphrase("short").create?.("a-vault") ?? Promise.resolve())).code).toBe("invalid");
  });

  test("a passphrase is derived at OWASP's cost unless another is given", { timeout: 60_000 }, async () => {
    expect((await masterKeyFromPassphrase("long enough").create?.("a-vault"))?.derivation).toMatchObject({
      algorithm: "scrypt",
      n: 131_072,
      r: 8,
      p: 1,
    });
  });
});
