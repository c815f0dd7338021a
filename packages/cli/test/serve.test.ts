import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort } from "./free-port.ts";
import { lumiverse, type TestFolder, testFolder } from "./run-lumiverse.ts";
import { KEY, PIECES, startServer, type TestServer } from "./test-server.ts";

// Each test starts several processes, and machines are busy.
vi.setConfig({ testTimeout: 90_000 });

let folder: TestFolder;
let vendor: TestServer;
const TEAM_KEY = "random-text-of-the-team-7741";

beforeAll(async () => {
  folder = testFolder();
  vendor = await startServer();
  writeFileSync(
    join(folder.path, "gateway.yaml"),
    `database: gateway.db
connections:
  house: { provider: custom, baseURL: "${vendor.base}", key: "\${VENDOR_KEY}", model: fast }
aliases: { main: house }
keys: { team: { secret: "\${TEAM_KEY}" } }
`,
  );
});
afterAll(async () => {
  await vendor.close();
  folder.remove();
});

const ENV = { VENDOR_KEY: KEY, TEAM_KEY };

/** Runs `serve`, asks it as soon as it has printed its addresses, and stops it. */
async function whileServing(args: readonly string[], ask: (url: string) => Promise<unknown>, env: Readonly<Record<string, string>> = {}) {
  let answer: Promise<unknown> | undefined;
  let done = false;
  const result = await lumiverse(["serve", "--port", "0", "--json", "--no-demo", ...args], {
    cwd: folder.path,
    env: { ...ENV, ...env },
    watch: (seen) => {
      const url = /"url":"([^"]+)"/.exec(seen)?.[1];
      if (url === undefined || answer !== undefined) return;
      answer = ask(url).finally(() => {
        done = true;
      });
    },
    interruptWhen: () => done,
  });
  return { result, answer: await answer };
}

const chat = (url: string, key: string, stream = false, model = "main"): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hello" }] }),
  });

describe("lumiverse serve", () => {
  test("serves a configuration file until Ctrl-C, and logs each call without its key", async () => {
    const { result, answer } = await whileServing(["--config", "gateway.yaml", "--no-console"], async (url) => {
      const answered = await chat(url, TEAM_KEY, true);
      return [answered.status, await answered.text(), (await fetch(`${url}/metrics`)).status];
    });
    expect(answer).toMatchObject([200, expect.stringContaining(PIECES[0] ?? ""), 200]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/finished main -> house\/fast \d+ms/);
    for (const secret of [KEY, TEAM_KEY]) expect(result.stdout + result.stderr).not.toContain(secret);
  });

  test("demands a key of every call when it listens on another address", async () => {
    const { answer } = await whileServing(
      ["--config", "gateway.yaml", "--no-console", "--host", "0.0.0.0", "--log", "none"],
      async (url) => {
        const local = url.replace("0.0.0.0", "127.0.0.1");
        return [(await chat(local, "none")).status, (await chat(local, TEAM_KEY)).status];
      },
    );
    expect(answer).toEqual([401, 200]);
  });

  test("where the page is open to other machines, only connections of the file and allowed addresses reach this machine", async () => {
    const admin = { LUMIVERSE_ADMIN_KEY: "admin-key-of-the-tests-0123456789" };
    // Stored by the file above, and named by this one no more.
    writeFileSync(
      join(folder.path, "stored.yaml"),
      `database: stored.db\naliases: { main: house }\nkeys: { team: { secret: "\${TEAM_KEY}" } }\n`,
    );
    const named = readFileSync(join(folder.path, "gateway.yaml"), "utf8").replace("gateway.db", "stored.db");
    writeFileSync(join(folder.path, "named.yaml"), named);
    const ask = async (url: string): Promise<unknown> => {
      const answered = await chat(url.replace("0.0.0.0", "127.0.0.1"), TEAM_KEY);
      return [answered.status, await answered.text()];
    };
    const shared = ["--host", "0.0.0.0", "--log", "none"];
    expect((await whileServing(["--config", "named.yaml", ...shared], ask, admin)).answer).toMatchObject([200, expect.anything()]);
    const before = vendor.requests.length;
    const refused = (await whileServing(["--config", "stored.yaml", ...shared], ask, admin)).answer;
    expect(refused).toMatchObject([expect.any(Number), expect.stringContaining("private network")]);
    expect(vendor.requests).toHaveLength(before);
    const allowed = ["--config", "stored.yaml", "--allow-address", new URL(vendor.base).origin, ...shared];
    expect((await whileServing(allowed, ask, admin)).answer).toMatchObject([200, expect.anything()]);
    const wrong = await lumiverse(["serve", "--allow-address", "10.0.0.0/99", ...shared], { cwd: folder.path, env: admin });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("10.0.0.0/99")]);
  });

  test("serves management keys that management-keys made, and refuses one from the moment it is revoked", async () => {
    const admin = { LUMIVERSE_ADMIN_KEY: "admin-key-of-the-tests-0123456789", LUMIVERSE_STORE: join(folder.path, "managed.db") };
    const command = (...args: string[]): ReturnType<typeof lumiverse> =>
      lumiverse(["management-keys", ...args, "--json"], { cwd: folder.path, env: admin });
    const bounds = ["--models", "house/*", "--limit", "budgetPerDay=2.5", "--expires", "2099-01-01T00:00:00Z"];
    const made = await command("--new", "Lead", "--permission", "keys.read", "--permission", "info.read", ...bounds);
    const { key, secret } = JSON.parse(made.stdout) as { key: object; secret: string };
    const shown = { name: "Lead", permissions: ["keys.read", "info.read"], models: ["house/*"], limits: { budgetPerDay: 2.5 } };
    expect(key).toMatchObject({ ...shown, expiresAt: "2099-01-01T00:00:00.000Z" });
    const { answer, result } = await whileServing(
      ["--trust-proxy", "127.0.0.1"],
      async (url) => {
        const ask = async (path: string): Promise<unknown> => {
          const answered = await fetch(`${url}/admin/v1${path}`, { headers: { authorization: `Bearer ${secret}` } });
          return [answered.status, await answered.text()];
        };
        const before = [await ask("/info"), await ask("/connections")];
        const ended = await command("--revoke", "lead");
        return [...before, ended.code, await ask("/info")];
      },
      admin,
    );
    const lacking = [403, expect.stringContaining("connections.read")];
    expect(answer).toEqual([[200, expect.anything()], lacking, 0, [401, expect.stringContaining("was revoked")]]);
    const listed = await command();
    expect(JSON.parse(listed.stdout)).toMatchObject([{ ...shown, revokedAt: expect.any(String) }]);
    expect(listed.stdout + result.stdout + result.stderr).not.toContain(secret);
    for (const wrong of [
      ["--permission", "keys.all"],
      ["--limit", "perMinute=5"],
      ["--limit", "parallel=x"],
    ])
      expect((await command("--new", "Wrong", ...wrong)).code).toBe(2);
    expect((await command("--revoke", "nobody")).code).toBe(2);
    const proxy = await lumiverse(["serve", "--port", "0", "--trust-proxy", "proxy.example"], { cwd: folder.path, env: admin });
    expect([proxy.code, proxy.stderr]).toEqual([2, expect.stringContaining("proxy.example")]);
  });

  test("a public address in front of a loopback host opens the page to other machines, too", async () => {
    const named = readFileSync(join(folder.path, "gateway.yaml"), "utf8").replace("gateway.db", "proxied.db");
    writeFileSync(join(folder.path, "proxied-named.yaml"), named);
    writeFileSync(join(folder.path, "proxied.yaml"), "database: proxied.db\naliases: { main: house }\n");
    const port = await freePort();
    const ask = async (): Promise<unknown> => {
      const answered = await chat(`http://127.0.0.1:${port}`, "none");
      return [answered.status, await answered.text()];
    };
    const shared = ["--port", String(port), "--log", "none"];
    // Stores the connection.
    await whileServing(["--config", "proxied-named.yaml", ...shared], async () => {});
    const proxied = ["--config", "proxied.yaml", ...shared];
    for (const args of [[], ["--address", "http://[::1]:9000"], ["--address", "https://gateway.example", "--no-console"]])
      expect((await whileServing([...proxied, ...args], ask)).answer, args.join(" ")).toMatchObject([200, expect.anything()]);
    const before = vendor.requests.length;
    expect((await whileServing([...proxied, "--address", "https://gateway.example"], ask)).answer).toMatchObject([
      expect.any(Number),
      expect.stringContaining("private network"),
    ]);
    expect(vendor.requests).toHaveLength(before);
  });

  test("a key in .env reaches the vendor of a saved connection that has its key in the environment", async () => {
    const env = { XDG_DATA_HOME: join(folder.path, "data-of-dotenv"), TESTHOST_BASE: vendor.base };
    const saved = await lumiverse(["connect", "testhost", "--no-check"], { cwd: folder.path, env: { ...env, TESTHOST_API_KEY: KEY } });
    expect(saved.stdout).toContain("Key from the environment");
    writeFileSync(join(folder.path, ".env"), `TESTHOST_API_KEY=${KEY}\n`);
    const before = vendor.requests.length;
    const ask = async (url: string): Promise<number> => (await chat(url, "none", false, "Test Host")).status;
    const { answer, result } = await whileServing(["--no-console", "--log", "none"], ask, env);
    rmSync(join(folder.path, ".env"));
    expect([answer, vendor.requests.at(before)?.authorization]).toEqual([200, `Bearer ${KEY}`]);
    expect(result.stdout + result.stderr).not.toContain(KEY);
  });

  test("names every mistake of the file by its path, and starts nothing", async () => {
    writeFileSync(join(folder.path, "wrong.yaml"), "connections: { a: { provider: custom, key: canary-55 } }\nport: high\n");
    const { code, stderr } = await lumiverse(["serve", "--config", "wrong.yaml"], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain("port");
    expect(stderr).not.toContain("canary-55");
    const missing = await lumiverse(["serve", "--config", "no-such.yaml"], { cwd: folder.path });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("no-such.yaml could not be read: the file does not exist")]);
  });

  test("says so when the port that was asked for is taken", async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo; // it listens on TCP
    const { code, stderr } = await lumiverse(["serve", "--no-console", "--no-demo", "--port", String(port)], { cwd: folder.path });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`port ${port} is already in use`)]);
    taken.close();
  });
});
