/** The commands of saved connections, as real processes. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type PostgresServer, postgresFolder, startPostgres } from "../../connections/test/postgres.ts";
import { hasProgram, outputOf, runProgram } from "../../core/test/support/programs.ts";
import { hasTerminal, runAtTerminal } from "./at-terminal.ts";
import { environment, lumiverse, type Result, type RunOptions, shellLine } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";
import { KEY, PIECES, startServer } from "./test-server.ts";

// Each test starts several processes, and machines are busy.
vi.setConfig({ testTimeout: 90_000 });

const host = testHost();
const TEXT = `${PIECES.join("")}\n`;
let stores = 0;

/** Commands that share an empty store of their own. */
function freshStore(): { run(args: readonly string[], options?: Partial<RunOptions>): Promise<Result>; folder: string } {
  const folder = join(host.cwd, `store-${stores++}`);
  return {
    folder,
    run: (args, { env = {}, ...options } = {}) =>
      lumiverse(args, { cwd: host.cwd, ...options, env: { XDG_DATA_HOME: folder, TESTHOST_BASE: host.server.base, ...env } }),
  };
}

type Store = ReturnType<typeof freshStore>;
const json = async (store: Store, args: readonly string[], options?: Partial<RunOptions>): Promise<unknown> => {
  const { code, stdout, stderr } = await store.run([...args, "--json"], options);
  expect({ code, stderr }, args.join(" ")).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};
/** A store with the connection "One" to the test host: a copy of one that was saved once. */
async function storeWithOne(): Promise<Store> {
  saved ??= (async () => {
    const made = freshStore();
    expect(await connect(made, "One")).toMatchObject({ code: 0 });
    return made;
  })();
  const store = freshStore();
  cpSync((await saved).folder, store.folder, { recursive: true });
  return store;
}
let saved: Promise<Store> | undefined;

/** Saves a connection to the test host with its key. */
const connect = (store: Store, name: string, ...args: string[]): Promise<Result> =>
  store.run(["connect", "testhost", "--name", name, "--key-env", "K", "--yes", ...args], { env: { K: KEY } });

describe("from nothing", () => {
  test("a connection is saved with its key, becomes the default, and chat needs no name", async () => {
    const store = freshStore();
    const saved = await connect(store, "Work");
    expect(saved).toMatchObject({ code: 0, stdout: "Work (default)\n  Test Host / fast\n" });
    expect(saved.stderr).toContain("model: fast (");
    const before = host.server.requests.length;
    expect(await store.run(["chat", "Name three rivers."])).toMatchObject({ code: 0, stdout: TEXT });
    expect(await store.run(["chat", "work", "hello"])).toMatchObject({ code: 0, stdout: TEXT });
    const chats = host.server.requests.slice(before);
    expect(chats.map(({ authorization }) => authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
    expect(chats[0]?.body["messages"]).toEqual([{ role: "user", content: "Name three rivers." }]);
    const file = readFileSync(join(store.folder, "lumiverse", "connections.db"), "latin1");
    expect(file).not.toContain(KEY);
    for (const name of ["connections.db", "master.key"]) expect(statSync(join(store.folder, "lumiverse", name)).mode & 0o777).toBe(0o600);
  });

  test("a listing, a card of nothing and a chat with nothing saved create no database", async () => {
    const store = freshStore();
    expect(await store.run(["connections"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("No connection is saved"),
    });
    expect(await json(store, ["connections"])).toEqual([]);
    for (const args of [["chat", "Name three rivers."], ["card"], ["use", "One"]])
      expect(await store.run(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("no connection is saved") });
    expect(existsSync(store.folder)).toBe(false);
  });
});

test("a database that cannot be opened is one line that quotes no password", async () => {
  const store = freshStore();
  const { code, stderr } = await store.run(["connections"], { env: { LUMIVERSE_STORE: "postgres://tester:s3cret-word@127.0.0.1:9/none" } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: the database of saved connections cannot be opened: [^\n]+\nhint: [^\n]+\n$/);
  expect(stderr).not.toContain("s3cret-word");
  writeFileSync(join(host.cwd, "no.db"), "this is no database ".repeat(100));
  const file = await store.run(["connections"], { env: { LUMIVERSE_STORE: join(host.cwd, "no.db") } });
  expect(file).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/connections in \S+no\.db cannot be opened: .*\nhint: Check the file/),
  });
});

describe("connect", () => {
  test("without a terminal it asks nothing: what is missing is named with its option", async () => {
    const store = freshStore();
    const nobody = await store.run(["connect"]);
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining("error: the command names no provider\nhint: Name one") });
    const missing = await store.run(["connect", "custom", "--auth", "key"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/^error: API URL is required.*\(and 1 more\)\n {2}API URL is required.*\n {2}API key is required\n/);
    expect(missing.stderr).toContain("hint: Set --base-url, --key-env, --key-file or --key-stdin\n");
    const wrong = await store.run(["connect", "testhost", "--setting", "style=loud", "--setting", "stile=warm", "--json"]);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ error: { code: "invalid", issues: expect.anything() } });
    expect(await json(store, ["connections"])).toEqual([]);
  });

  test("a refused key saves nothing and is never printed; --no-check saves it", async () => {
    const store = freshStore();
    const key = "wrong-key-of-somebody-77af";
    const refused = await store.run(["connect", "testhost", "--key-env", "K"], { env: { K: key } });
    expect(refused).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("error: testhost: the key is refused") });
    expect(refused.stderr).not.toContain("77af");
    expect(await json(store, ["connections"])).toEqual([]);
    expect(await json(store, ["connect", "testhost", "--key-env", "K", "--no-check"], { env: { K: key } })).toMatchObject({
      connection: { name: "Test Host", secrets: { key: "set" } },
    });
  });

  test("a server that is not running is saved with a warning", async () => {
    const store = freshStore();
    const { code, stderr } = await store.run(["connect", "custom", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"]);
    expect(code).toBe(0);
    expect(stderr).toContain("note: custom: cannot reach 127.0.0.1:9");
  });

  test("the key comes from a file or standard input, too, and a second connection gets a free name", async () => {
    const store = freshStore();
    writeFileSync(join(host.cwd, "key.txt"), `${KEY}\n`);
    await store.run(["connect", "testhost", "--key-file", "key.txt"]);
    expect(
      await json(store, ["connect", "testhost", "--key-stdin", "--setting", "style=warm", "--reasoning", "high"], { stdin: `${KEY}\n` }),
    ).toMatchObject({
      connection: { name: "Test Host 2", isDefault: false, settings: { style: "warm" }, reasoning: { effort: "high" } },
      check: { key: "valid" },
    });
    const folder = await store.run(["connect", "testhost", "--key-file", "."]);
    expect(folder).toMatchObject({ code: 2, stderr: expect.stringContaining("could not be read: the path is a folder") });
  });

  test("files that Windows writes are read: with a byte order mark, and in UTF-16", async () => {
    const one = await storeWithOne();
    const exported = (await one.run(["export"])).stdout;
    const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    const file = (name: string, bytes: string | Buffer): string => {
      const path = join(host.cwd, name);
      writeFileSync(path, bytes);
      return path;
    };
    for (const [name, bytes] of Object.entries({ "marked.json": `\uFEFF${exported}`, "utf16.json": utf16(exported) })) {
      const store = freshStore();
      expect(await store.run(["import", file(name, bytes), "--yes"]), name).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("One"),
      });
    }
    const swapped = utf16(`${KEY}\r\n`).swap16();
    for (const [name, bytes] of Object.entries({
      "marked.key": `\uFEFF${KEY}\r\n`,
      "utf16.key": utf16(`${KEY}\r\n`),
      "utf16be.key": swapped,
    })) {
      const before = host.server.requests.length;
      expect(await one.run(["connect", "testhost", "--name", name, "--key-file", file(name, bytes)]), name).toMatchObject({ code: 0 });
      expect(host.server.requests.at(before)?.authorization, name).toBe(`Bearer ${KEY}`);
    }
  });

  test("a key in .env is used with a note, and no other variable of the file is", async () => {
    const store = freshStore();
    const cwd = join(host.cwd, "node_modules", "..", "project");
    host.folder.add("../project", { ".env": `\uFEFFTESTHOST_API_KEY=${KEY}\nLUMIVERSE_STORE=/nowhere/else.db\nOTHER=1\n` });
    const before = host.server.requests.length;
    const chat = await store.run(["chat", "testhost", "hello"], { cwd });
    expect(chat).toMatchObject({ code: 0, stdout: TEXT });
    expect(chat.stderr).toContain("note: TESTHOST_API_KEY is read from .env in this folder\n");
    expect(host.server.requests.at(before)?.authorization).toBe(`Bearer ${KEY}`);
    expect((await store.run(["chat", "testhost", "hello"], { cwd, env: { TESTHOST_API_KEY: KEY } })).stderr).not.toContain(".env");
    const saved = await store.run(["connect", "testhost"], { cwd });
    expect(saved.stdout).toContain("Key from the environment");
    expect(await store.run(["chat", "Test Host", "hello"], { cwd })).toMatchObject({ code: 0, stdout: TEXT });
    // A list asks vendors for balances, so it needs the keys of all connections.
    const listed = await store.run(["connections"], { cwd });
    expect(listed).toMatchObject({ code: 0, stderr: expect.stringContaining("note: TESTHOST_API_KEY is read from .env in this folder\n") });
    expect((await store.run(["connections", "--no-balance"], { cwd })).stderr).not.toContain(".env");
  });
});

describe("a saved connection", () => {
  test("is switched off and on: it is kept, and a chat with it says how to switch it on", async () => {
    const store = await storeWithOne();
    expect(await store.run(["edit", "One", "--off"])).toMatchObject({
      code: 0,
      stdout: "One (default)\n  Test Host / fast\n  Switched off: chats do not use it\n",
    });
    const before = host.server.requests.length;
    for (const args of [
      ["chat", "hello there"],
      ["account", "One"],
      ["edit", "One", "--on", "--off"],
    ])
      expect(await store.run(args)).toMatchObject({ code: 2, stdout: "" });
    expect((await store.run(["chat", "hello there"])).stderr).toBe(
      'error: the connection "One" is switched off\nhint: Switch it on with: lumiverse edit "One" --on\n',
    );
    expect(host.server.requests.length).toBe(before);
    expect(await json(store, ["connections"])).toMatchObject([{ name: "One", isEnabled: false, secrets: { key: "set" } }]);
    expect(await json(store, ["edit", "One", "--on", "--name", "Uno"])).toMatchObject({ name: "Uno", isEnabled: true });
    expect(await store.run(["chat", "hello there"])).toMatchObject({ code: 0, stdout: TEXT });
  });

  test("is listed, shown, made the default, edited and removed", async () => {
    const store = await storeWithOne();
    await connect(store, "Two", "--setting", "style=warm", "--model", "slow");
    expect(await store.run(["use", "two"])).toMatchObject({ code: 0, stdout: "Two is the default connection.\n" });
    expect((await store.run(["connections"])).stdout).toBe("One\n  Test Host / fast\n\nTwo (default)\n  Test Host / slow\n");
    const edited = await json(store, ["edit", "Two", "--name", "Three", "--setting", "team.id=7", "--unset", "style", "--model", "fast"]);
    expect(edited).toMatchObject({ name: "Three", model: "fast", settings: { team: { id: "7" } }, secrets: { key: "set" } });
    expect(await json(store, ["card"])).toMatchObject({
      title: "Three",
      isDefault: true,
      lines: [{ kind: "model", text: "Test Host / fast" }],
    });
    expect(await store.run(["rm", "Three"])).toMatchObject({ code: 2, stderr: expect.stringContaining("needs --yes") });
    expect((await store.run(["rm", "Three", "nobody", "--yes"])).code).toBe(2);
    expect(await store.run(["rm", "Three", "--yes"])).toMatchObject({ code: 0, stdout: "Removed Three. The default connection is One.\n" });
    expect(await store.run(["edit", "One"])).toMatchObject({ code: 2, stderr: expect.stringContaining("does not say what to change") });
    expect((await store.run(["connect", "testhost", "--settings"])).stdout).toContain("style=plain|warm  Style: How it sounds.\n");
    const misspelt = await store.run(["card", "On"]);
    expect(misspelt).toMatchObject({ code: 2, stderr: 'error: there is no connection "On"\nhint: Did you mean "One"?\n' });
  });

  test("keeps its key to its host: another address needs the key again", async () => {
    const store = await storeWithOne();
    const moved = await store.run(["edit", "One", "--base-url", "https://proxy.example.com/v1"]);
    expect(moved.code).toBe(3);
    expect(moved.stderr).toContain("hint: Nothing was saved. Set --key-env, --key-file or --key-stdin, or --forget-key to go without\n");
    expect(
      await json(store, ["edit", "One", "--base-url", "https://proxy.example.com/v1", "--key-env", "K"], { env: { K: KEY } }),
    ).toMatchObject({
      origin: "https://proxy.example.com",
    });
    const flag = await store.run(["chat", "One", "--base-url", host.server.base, "hello"]);
    expect(flag).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--base-url is for a provider, and "One" is a saved connection'),
    });
  });

  test("takes the place of a provider in models, check, doctor, account and explain", async () => {
    const store = freshStore();
    await connect(store, "One", "--reasoning-history", "strip", "--setting", "team.id=7");
    expect(await json(store, ["models", "One", "slow"])).toMatchObject([{ id: "slow" }]);
    expect(await json(store, ["check", "One"])).toMatchObject({ key: "valid" });
    expect(await json(store, ["doctor", "One"])).toMatchObject({ healthy: true });
    const account = await store.run(["account", "One"]);
    expect(account).toMatchObject({ code: 2, stderr: expect.stringContaining("Test Host has no API") });
    expect(await json(store, ["explain", "One", "--setting", "team.id=8", "hello"])).toMatchObject({
      headers: { "x-title": "8:string" },
      body: { model: "fast" },
    });
  });

  test("is diagnosed when it is broken, with an exit code for the kind of cause", async () => {
    const store = await storeWithOne();
    await store.run(["edit", "One", "--key-env", "K"], { env: { K: "wrong-key-of-somebody-77af" } });
    const key = await store.run(["doctor", "One"]);
    expect(key.code).toBe(3);
    expect(key.stdout).toMatch(/^ok +profile /m);
    expect(key.stdout).toContain("Test Host refuses the key");
    expect(key.stdout).not.toContain("77af");
    const gone = await store.run(["doctor", "custom", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--json"]);
    expect(gone.code).toBe(4);
    // Inside a container the same fault has another cause.
    expect(JSON.parse(gone.stdout)).toMatchObject({
      healthy: false,
      cause: expect.stringMatching(/^(?:nothing-listens|container-localhost)$/),
    });
  });

  test("is edited by several processes at once, and no edit is lost", async () => {
    const store = await storeWithOne();
    const edits = [
      ["--model", "slow"],
      ["--setting", "style=warm"],
      ["--setting", "team.id=7"],
      ["--reasoning", "high"],
    ];
    await Promise.all(edits.map((edit) => json(store, ["edit", "One", ...edit])));
    expect(await json(store, ["connections", "--no-balance"])).toMatchObject([
      {
        model: "slow",
        settings: { style: "warm", team: { id: "7" } },
        reasoning: { effort: "high" },
        revision: 5,
        secrets: { key: "set" },
      },
    ]);
  });

  test("that is misspelt is never taken for a prompt, and nothing is sent", async () => {
    const store = freshStore();
    await connect(store, "Router");
    const before = host.server.requests.length;
    const { code, stderr } = await store.run(["chat", "Roter", "hello"]);
    expect(code).toBe(2);
    expect(stderr).toBe('error: "Roter" is neither a saved connection nor an installed provider\nhint: Did you mean "Router"?\n');
    expect((await store.run(["chat", "testhots", "hello"])).stderr).toContain('hint: Did you mean "testhost"?\n');
    expect((await store.run(["chat", "hello"])).stderr).toContain(
      'hint: Saved connections: Router. To send it as a message: lumiverse chat --prompt "hello"\n',
    );
    expect(host.server.requests.length).toBe(before);
  });

  test("a setting that does not exist is not suggested again: the hint names the list of settings", async () => {
    const store = await storeWithOne();
    const unknown = await store.run(["edit", "One", "--setting", "nonsense=1"]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("\nhint: --settings lists the settings that there are\n") });
    const both = await store.run(["edit", "One", "--setting", "nonsense=1", "--name", " "]);
    expect(both.stderr).toContain("hint: Set --name. --settings lists the settings that there are\n");
  });

  test("cannot be used without the right master key, and is listed all the same", async () => {
    const store = await storeWithOne();
    const env = { LUMIVERSE_MASTER_KEY: "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=" };
    const chat = await store.run(["chat", "One", "hello"], { env });
    expect(chat).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("the vault is locked") });
    expect((await store.run(["connections", "--no-balance"], { env })).stdout).toContain("One (default)");
    expect(await store.run(["chat", "One", "hello"])).toMatchObject({ code: 0 });
  });
});

describe.skipIf(postgresFolder === undefined)("on PostgreSQL", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres(postgresFolder ?? "");
  }, 60_000);
  afterAll(() => postgres.stop());

  test("processes share connections, each given the same master key; without it no key is made, and a wrong one is refused", async () => {
    const env = { LUMIVERSE_STORE: postgres.database(), LUMIVERSE_MASTER_KEY: Buffer.alloc(32, 7).toString("base64") };
    const one = freshStore();
    const other = freshStore();
    const unlocked = ["connect", "testhost", "--name", "Early", "--key-env", "K", "--no-check"];
    expect(await one.run(unlocked, { env: { ...env, LUMIVERSE_MASTER_KEY: "", K: KEY } })).toMatchObject({ code: 3, stdout: "" });
    const save = (store: Store, name: string): Promise<Result> =>
      store.run(["connect", "testhost", "--name", name, "--key-env", "K", "--no-check"], { env: { ...env, K: KEY } });
    const both = await Promise.all([save(one, "One"), save(other, "Other")]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await json(one, ["connections", "--no-balance"], { env })).toHaveLength(2);
    expect(await other.run(["chat", "One", "hello"], { env })).toMatchObject({ code: 0, stdout: TEXT });
    const wrong = { ...env, LUMIVERSE_MASTER_KEY: Buffer.alloc(32, 8).toString("base64") };
    expect(await other.run(["chat", "One", "hello"], { env: wrong })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("is locked"),
    });
  });
});

describe("models", () => {
  test("works without a key: the built-in list is shown, and said to be that", async () => {
    const store = freshStore();
    const { code, stdout, stderr } = await store.run(["models", "groq", "gpt-oss-120b", "--base-url", "http://127.0.0.1:9/v1"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^openai\/gpt-oss-120b /m);
    expect(stderr).toContain("This is the built-in list.");
  });

  test("can be searched by capability and sorted by price", async () => {
    const store = freshStore();
    const args = ["models", "anthropic", "claude", "--base-url", "http://127.0.0.1:9/v1", "--capability", "input.image", "--sort", "price"];
    const models = (await json(store, args)) as { price?: { input?: number } }[];
    const prices = models.map(({ price }) => price?.input ?? Number.POSITIVE_INFINITY);
    expect(prices.length).toBeGreaterThan(3);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
  });
});

describe("export and import", () => {
  test("a file without keys holds no secret, and its connections ask for their keys", async () => {
    const store = freshStore();
    await connect(store, "One", "--setting", "token=s3cret-of-a-setting");
    const { stdout } = await store.run(["export"]);
    for (const secret of [KEY, "s3cret"]) expect(stdout).not.toContain(secret);
    writeFileSync(join(host.cwd, "plain.json"), stdout);
    const other = freshStore();
    expect(await json(other, ["import", "plain.json"])).toMatchObject({ entries: [{ name: "One", hasKey: false }], imported: [] });
    const imported = await other.run(["import", "plain.json", "--yes"]);
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining("Imported One.\n") });
    expect(imported.stderr).toContain("One has no key");
    expect(await other.run(["chat", "One", "hello"])).toMatchObject({ code: 3, stdout: "" });
  });

  test("a file that cannot be written is one line with the reason", async () => {
    const store = await storeWithOne();
    expect(await store.run(["export", "--out", "no-such-folder/all.json"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: no-such-folder/all.json could not be written: its folder does not exist\n",
    });
    expect((await store.run(["export", "--out", "."])).stderr).toContain("could not be written: the path is a folder");
  });

  test("a file without an entry that can be imported suggests no option", async () => {
    const store = freshStore();
    const entry = { name: "Gone", provider: "nobody", model: "m", auth: "none", settings: {} };
    writeFileSync(join(host.cwd, "gone.json"), JSON.stringify({ format: "lumiverse-connections", version: 1, profiles: [entry] }));
    const { code, stdout, stderr } = await store.run(["import", "gone.json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/Gone .*nobody[\s\S]*Imported nothing/);
  });

  test("a passphrase carries the keys, and a wrong one does not", async () => {
    const store = await storeWithOne();
    await connect(store, "Two");
    const wrote = await store.run(["export", "Two", "--out", "sealed.json", "--passphrase-env", "P"], { env: { P: "a long passphrase" } });
    expect(wrote).toMatchObject({ code: 0, stdout: "" });
    expect(readFileSync(join(host.cwd, "sealed.json"), "utf8")).not.toContain(KEY);
    expect(statSync(join(host.cwd, "sealed.json")).mode & 0o777).toBe(0o600);
    const other = freshStore();
    const wrong = await other.run(["import", "sealed.json", "--passphrase-env", "P", "--yes"], { env: { P: "another passphrase" } });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("the passphrase is wrong") });
    expect(
      await json(other, ["import", "sealed.json", "--passphrase-env", "P", "--only", "1"], { env: { P: "a long passphrase" } }),
    ).toMatchObject({
      imported: [{ name: "Two", secrets: { key: "set" } }],
    });
    expect(await other.run(["chat", "hello you"])).toMatchObject({ code: 0, stdout: TEXT });
    const short = await store.run(["export", "--passphrase-env", "P"], { env: { P: "short" } });
    expect(short).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("sign-in", () => {
  /** Acts as the vendor's page, which redirects with a code. */
  const visiting = (code: string): Pick<RunOptions, "watch"> => {
    let visited = false;
    return {
      watch(seen) {
        const url = /^(https:\/\/testhost\.test\/auth\?\S+)$/m.exec(seen)?.[1];
        if (url === undefined || visited) return;
        visited = true;
        void fetch(`${new URL(url).searchParams.get("callback")}?code=${code}`);
      },
    };
  };

  test("connect --sign-in stores the key that the vendor issues, and edit --sign-in replaces it", async () => {
    const store = freshStore();
    const { code, stderr } = await store.run(
      ["connect", "testhost", "--sign-in", "--no-check", "--name", "Signed"],
      visiting("right-code"),
    );
    expect(code).toBe(0);
    expect(stderr).not.toContain("fresh-key");
    await store.run(["edit", "Signed", "--sign-in"], visiting("right-code"));
    await store.run(["chat", "Signed", "hello"]);
    expect(host.server.requests.at(-1)?.authorization).toBe("Bearer fresh-key-9d2e");
    const refused = await store.run(["connect", "testhost", "--sign-in", "--name", "No"], visiting("stale-code"));
    expect(refused.code).toBe(3);
    expect(await json(store, ["connections", "--no-balance"])).toHaveLength(1);
  });

  test("a sign-in that one process begins is finished by another with the pasted code", async () => {
    const store = freshStore();
    const begun = await store.run(["connect", "testhost", "--begin-sign-in", "pending.json", "--name", "Far"]);
    expect(begun.stdout).toMatch(/^https:\/\/testhost\.test\/auth\?\S+\n$/);
    expect(statSync(join(host.cwd, "pending.json")).mode & 0o777).toBe(0o600);
    expect(await json(store, ["connections"])).toEqual([]);
    expect(await store.run(["connect", "--finish-sign-in", "pending.json"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--code"),
    });
    const finish = ["connect", "--finish-sign-in", "pending.json", "--no-check", "--code"];
    expect(await json(store, [...finish, "right-code"])).toMatchObject({ connection: { name: "Far", secrets: { key: "set" } } });
  });
});

describe("discover", () => {
  test("takes no server by a name that several have, and lists their addresses", async () => {
    const store = freshStore();
    const second = await startServer();
    const ports = [host.server, second].map((server) => {
      server.ownedBy("llamacpp");
      return ["--port", new URL(server.base).port];
    });
    const refused = await store.run(["discover", ...ports.flat(), "--only", "llama.cpp"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`llama.cpp at ${second.base}`) });
    expect(await json(store, ["discover", ...ports.flat(), "--only", second.base])).toMatchObject({ saved: [{ baseURL: second.base }] });
    await second.close();
    host.server.ownedBy(undefined);
  });

  test("finds a server by what it answers, saves a connection once, and leaves other ports alone", async () => {
    const store = freshStore();
    const port = new URL(host.server.base).port;
    host.server.ownedBy("llamacpp");
    const found = (await json(store, ["discover", "--port", port])) as { servers: { baseURL: string }[]; saved: unknown[] };
    expect(found.saved).toEqual([]);
    expect(found.servers).toContainEqual(
      expect.objectContaining({ server: "llama.cpp", baseURL: host.server.base, models: ["fast", "slow"] }),
    );
    expect((await store.run(["discover", "--port", port, "--save"])).code).toBe(0);
    const again = (await json(store, ["discover", "--port", port, "--save"])) as { saved: unknown[] };
    expect(again.saved).toEqual([]);
    await store.run(["edit", "--base-url", `http://localhost:${port}/v1`]);
    expect(await json(store, ["discover", "--port", port, "--save"])).toMatchObject({ saved: [] });
    // A connection that was pointed elsewhere keeps its name.
    await store.run(["edit", "--base-url", "http://127.0.0.1:9/v1"]);
    const name = `llama.cpp (127.0.0.1:${port}) 2`;
    expect(await json(store, ["discover", "--port", port, "--save"])).toMatchObject({
      saved: expect.arrayContaining([expect.objectContaining({ name })]),
    });
    await store.run(["use", name]);
    expect(await store.run(["chat", "hello you"])).toMatchObject({ code: 0, stdout: TEXT });
    host.server.ownedBy(undefined);
    const unknown = (await json(store, ["discover", "--port", port])) as { servers: { baseURL: string }[] };
    expect(unknown.servers.map(({ baseURL }) => baseURL)).not.toContain(host.server.base);
  });
});

describe("several connections", () => {
  test("a copy has the key of the original and its own name, and a name that is taken leaves no copy", async () => {
    const store = await storeWithOne();
    expect(await json(store, ["copy", "One", "--name", "Two"])).toMatchObject({
      name: "Two",
      provider: "testhost",
      isDefault: false,
      secrets: { key: "set" },
    });
    const taken = await store.run(["copy", "One", "--name", "Two"]);
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining("Two") });
    expect(await json(store, ["connections", "--no-balance"])).toMatchObject([{ name: "One" }, { name: "Two" }]);
    expect(await store.run(["chat", "Two", "hello"])).toMatchObject({ code: 0, stdout: TEXT });
  });

  test("a header whose value is a number is text, and headers that are set one by one are kept", async () => {
    const store = freshStore();
    const own = ["--base-url", host.server.base, "--model", "fast", "--yes", "--no-check"];
    await json(store, ["connect", "custom", "--name", "Own", ...own, "--setting", "headers.x-team=1"]);
    await store.run(["edit", "Own", "--setting", "headers.x-port=true"]);
    const { stdout } = await store.run(["explain", "Own", "hello you"]);
    expect(stdout).toMatch(/^ {2}x-team: /m);
    expect(stdout).toMatch(/^ {2}x-port: /m);
    await store.run(["edit", "Own", "--unset", "headers.x-team"]);
    const one = await store.run(["explain", "Own", "hello you"]);
    expect(one.stdout).not.toContain("x-team");
    expect(one.stdout).toContain("x-port");
    // Headers of one address are not sent to another.
    const moved = ["--base-url", "http://127.0.0.1:9/v1", "--setting", "headers.x-other=1"];
    expect(await store.run(["edit", "Own", ...moved])).toMatchObject({ code: 0 });
    const other = await store.run(["explain", "Own", "hello you"]);
    expect(other.stdout).not.toContain("x-port");
    await store.run(["edit", "Own", "--unset", "headers"]);
    expect((await store.run(["explain", "Own", "hello you"])).stdout).not.toContain("x-other");
  });

  test("--first puts the named connections before the others, for good", async () => {
    const store = await storeWithOne();
    for (const name of ["Two", "Three"]) await store.run(["copy", "One", "--name", name]);
    await store.run(["connections", "--no-balance", "--first", "three", "--first", "One"]);
    expect(await json(store, ["connections", "--no-balance"])).toMatchObject([{ name: "Three" }, { name: "One" }, { name: "Two" }]);
    expect(await store.run(["connections", "--first", "Thre"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "Three"?'),
    });
  });
});

/** Why completion in fish cannot be tested here. */
const missingFish = hasProgram("fish") ? undefined : "no fish on this machine: apt-get install fish";

describe("completion", () => {
  test("suggests commands, options, connections and providers", async () => {
    const store = freshStore();
    await connect(store, "Router");
    const suggested = async (...words: string[]): Promise<string[]> =>
      (await store.run(["complete", "--", ...words])).stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
    expect(await suggested("conn")).toEqual(expect.arrayContaining(["connect", "connections"]));
    expect(await suggested("use", "")).toContain("Router");
    expect(await suggested("chat", "")).toEqual(expect.arrayContaining(["Router", "testhost", "openrouter"]));
    expect(await suggested("chat", "--contin")).toContain("--continue");
  });

  test("runs no command in the name of a connection", async () => {
    const store = freshStore();
    for (const name of ["Router", `$(touch\${IFS}ran)`, "`touch ran`", 'a";touch ran']) await connect(store, name);
    const suggested = await store.run(["complete", "--", "use", ""]);
    expect(suggested.stdout).toContain("Router");
    const { stdout: script } = await lumiverse(["complete", "bash"], { cwd: host.cwd });
    const folder = mkdtempSync(join(tmpdir(), "completion-"));
    // A program of somebody else may be called like this one.
    writeFileSync(join(folder, "suggested"), `${suggested.stdout}\n$(touch ran)\t\`touch ran\`\n`);
    writeFileSync(join(folder, "script"), script);
    const use = `
      lumiverse() { cat suggested; }
      COMP_LINE="lumiverse use "; COMP_POINT=14; COMP_WORDS=(lumiverse use ""); COMP_CWORD=2
      source ./script
      __lumiverse_complete lumiverse "" use
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const reply = outputOf("bash", ["-c", use], { cwd: folder });
    expect(reply).toContain("Router");
    expect(readdirSync(folder).sort()).toEqual(["script", "suggested"]);
    rmSync(folder, { recursive: true });
  });

  test("completes in a bash without the package bash-completion, and runs nothing that was typed", async () => {
    const { stdout } = await lumiverse(["complete", "bash"], { cwd: host.cwd });
    const asked = `COMP_LINE='lumiverse $(touch ran) connec'; COMP_POINT=29; COMP_WORDS=(lumiverse '$(touch ran)' connec); COMP_CWORD=2
      __lumiverse_complete lumiverse connec '$(touch ran)'
      COMP_LINE='lumiverse connec'; COMP_POINT=16; COMP_WORDS=(lumiverse connec); COMP_CWORD=1
      __lumiverse_complete lumiverse connec lumiverse; echo "\${COMPREPLY[@]}"; ls ran`;
    const script = `${stdout}\nlumiverse() { ${shellLine([])} "$@"; }\n${asked}`;
    const bash = await runProgram("bash", ["--norc", "-c", script], { cwd: host.cwd, env: environment() });
    expect(bash).toMatchObject({ stdout: "connect connections\n", stderr: expect.stringContaining("No such file") });
  });

  const shells: readonly (readonly [shell: string, start: string])[] = [
    ["bash", "bash --norc --noprofile -i"],
    ["zsh", "zsh -f -i"],
  ];
  test.each(shells)("inserts a name with blanks as one word in %s, however it was begun", async (shell, start) => {
    if (!hasTerminal || !hasProgram(shell)) return;
    const store = freshStore();
    await connect(store, "Two words");
    const { stdout } = await lumiverse(["complete", shell], { cwd: host.cwd });
    writeFileSync(join(host.cwd, "_lumiverse"), stdout);
    const ready = shell === "zsh" ? "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D" : "source ./_lumiverse";
    const setup = `lumiverse() { ${shellLine([])} "$@"; }; ${ready}; echo re''ady`;
    const shown = '{"title":"Two words"';
    const { text } = await runAtTerminal(
      start,
      [
        ["now: ", `${setup}\r`],
        ["ready", "lumiverse card --no-balance --json T\t"],
        ["words", "\r"],
        [shown, "lumiverse card --no-balance --json Two\\ w\t"],
        ["words", "\r"],
        [shown, 'lumiverse card --no-balance --json "Two w\t'],
        ["words", "\r"],
        [shown, "exit\r"],
      ],
      { cwd: host.cwd, env: { XDG_DATA_HOME: store.folder, ZDOTDIR: store.folder, PS1: "now: " } },
    );
    expect(text.split(shown)).toHaveLength(4);
  });

  test("inserts what follows a colon, an equals sign or an at sign in bash once", async () => {
    const { stdout } = await lumiverse(["complete", "bash"], { cwd: host.cwd });
    // Bash itself divides the line and names the piece that it replaces.
    const rows: readonly (readonly [pieces: readonly string[], replaced: string, inserted: string])[] = [
      [["Home", ":"], "", "first"],
      [["Home", ":", "f"], "f", "first"],
      [["Ho"], "Ho", "Home:first"],
      [["a", "="], "", "b"],
      [["me", "@"], "", "home:\\ two"],
      [["me", "@", "home", ":", "\\ t"], "\\ t", "\\ two"],
      [['"me@home: t'], '"me@home: t', "me@home: two"],
    ];
    const quoted = (text: string): string => `'${text}'`;
    const asked = rows.map(([pieces, replaced]) => {
      const line = `lumiverse chat ${pieces.join("")}`;
      return `COMP_LINE=${quoted(line)}; COMP_POINT=${line.length}; COMP_WORDS=(lumiverse chat ${pieces.map(quoted).join(" ")}); COMP_CWORD=${pieces.length + 1}
        __lumiverse_complete lumiverse ${quoted(replaced)} chat; echo "\${COMPREPLY[@]}"`;
    });
    const fake = `lumiverse() { printf '%s\\t\\n' Home:first a=b 'me@home: two'; echo :4; }`;
    expect(
      outputOf("bash", ["--norc", "-c", [stdout, fake, ...asked].join("\n")])
        .trim()
        .split("\n"),
    ).toEqual(rows.map(([, , inserted]) => inserted));
  });

  test.skipIf(missingFish !== undefined)(`completes in fish${missingFish === undefined ? "" : ` (${missingFish})`}`, async () => {
    const store = freshStore();
    await connect(store, "Two words");
    const { stdout } = await lumiverse(["complete", "fish"], { cwd: host.cwd });
    writeFileSync(join(host.cwd, "lumiverse.fish"), stdout);
    const completed = async (typed: string): Promise<string[]> => {
      const script = `function lumiverse; ${shellLine([])} $argv; end; source lumiverse.fish; complete -C '${typed}'`;
      const env = environment({ XDG_DATA_HOME: store.folder, XDG_CONFIG_HOME: store.folder });
      const fish = await runProgram("fish", ["--no-config", "-c", script], { cwd: host.cwd, env });
      return fish.stdout.split("\n").map((line) => line.split("\t")[0] ?? "");
    };
    expect(await completed("lumiverse connec")).toEqual(["connect", "connections", ""]);
    expect(await completed("lumiverse use T")).toContain("Two words");
    expect(await completed("lumiverse edit Home --of")).toContain("--off");
  });

  test.each(["bash", "zsh", "fish"])("prints a script for %s", async (shell) => {
    const { code, stdout } = await lumiverse(["complete", shell], { cwd: host.cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("lumiverse complete --");
  });
});
