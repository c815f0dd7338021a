/** Programs that send anything to the admin API. Every answer says what is wrong with the request, and none is a failure of the server. */
import { createAdmin, withDemo } from "@lumiverse/gateway/admin";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutateJson } from "../../lab/src/fuzz/mutate-json.ts";
import { createRandom } from "../../lab/src/fuzz/random.ts";
import { databases, openTestGateway, type TestGateway, VENDOR_KEY } from "./gateways.ts";

const ADMIN_KEY = "admin-key-of-the-tests-0123456789";
const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 1e9));
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 15);

const IDS = [
  "__proto__",
  "constructor",
  "%00",
  "a%00b",
  "%ff",
  "%E0%A4%A",
  "..%2f..%2fkeys",
  "%F0%9F%98%80",
  "%ED%A0%80",
  "a".repeat(5000),
  "'%20or%201=1--",
  "%0d%0aset-cookie:%20a=b",
];
const QUERIES = [
  "by=__proto__",
  "by=day,day,model",
  "from=%00",
  "to=9999-99-99",
  "key=%00",
  "model=%00",
  "after=%00",
  "after=e30",
  "after=W10",
  "after=bnVsbA",
  "after=%F0",
  "limit=1e9",
  "limit=-1",
  "limit=NaN",
  "state=constructor",
  "from=a&from=b",
  "by[]=day",
  "__proto__=1",
  `model=${"x".repeat(5000)}`,
];

const values = {
  name: "New",
  baseURL: "http://localhost:1/v1",
  model: "m-1",
  key: "key-of-the-test-01",
  settings: { protocol: "chat-completions" },
};
const chat = { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], maxOutputTokens: 5 };
const BODIES = ["", "null", "[]", "\ufeff{}", '"\\ud800"', "[".repeat(100_000), '{"__proto__":{"x":1}}'];
/** Bodies with all fields that routes read. Routes ignore what they do not know. */
const BODY = {
  provider: "custom",
  values,
  revision: 1,
  removeKey: false,
  refresh: true,
  ids: ["a", "b"],
  passphrase: "a passphrase",
  file: JSON.stringify({ format: "lumiverse-connections", version: 1, connections: [{ name: "x", provider: "custom" }] }),
  accepted: [0],
  name: "Key",
  models: ["local/*"],
  limits: { requestsPerMinute: 5, budgetPerDay: 1, currency: "USD", unpriced: "refuse" },
  expiresAt: "2030-01-01T00:00:00Z",
  seesTargets: true,
  connection: "local",
  model: "local/m-1",
  request: chat,
  ...chat,
  returned: "http://127.0.0.1/callback?code=a&code=b&state=%00",
  code: "%00",
  ports: [1],
  hosts: ["127.0.0.1"],
};

describe.each(databases.filter(({ missing }) => missing === undefined))("on $kind", (database) => {
  let opened: TestGateway;
  let admin: Awaited<ReturnType<typeof createAdmin>>;
  const reported: unknown[] = [];
  beforeAll(async () => {
    await database.start();
    opened = await openTestGateway({ kind: database.kind, address: database.address(), onError: (error) => void reported.push(error) });
    admin = createAdmin({
      gateway: opened.gateway,
      profiles: await withDemo(opened.profiles, undefined),
      address: () => "http://127.0.0.1:4141",
      version: "0",
      adminKey: ADMIN_KEY,
      discovery: { onlyGivenPorts: true },
      report: (cause) => void reported.push(cause),
    });
  });
  afterAll(async () => {
    await opened.close();
    database.stop();
  });

  /** Sends a request. Anything but a failure of the server is an answer. */
  const expectAnswer = async (method: string, path: string, body: unknown, input = ""): Promise<void> => {
    const response = await admin.fetch(
      new Request(`http://127.0.0.1:4141${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
        ...(method === "GET" || method === "DELETE" ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      }),
    );
    const text = await response.text();
    const failure = response.status === 500 || reported.length > 0 ? [response.status, ...reported.splice(0).map(String)] : [];
    expect([method, path, input, failure, text.includes(VENDOR_KEY), response.headers.get("set-cookie")]).toEqual([
      method,
      path,
      input,
      [],
      false,
      null,
    ]);
  };
  /** The routes, without those that end sessions or remove what the others need. */
  const routes = () => admin.routes.filter(({ method, path }) => method !== "DELETE" && !path.endsWith("/session"));
  /** Ids of a connection, a key and a call, and texts that are none. */
  const ids = async (): Promise<string[]> => {
    const [connection] = await opened.profiles.list();
    const [key = (await opened.gateway.keys.create({ name: "one" })).key] = await opened.gateway.keys.list();
    return [connection?.id ?? "", key.id, ...IDS];
  };

  test("any id finds what it names or nothing", { timeout: 120_000 }, async () => {
    for (const id of await ids())
      for (const { method, path } of routes()) if (path.includes(":")) await expectAnswer(method, path.replace(/:\w+/, id), BODY);
    for (const id of IDS)
      for (const { method, path } of admin.routes)
        if (method === "DELETE" && path.includes(":")) await expectAnswer(method, path.replace(/:\w+/, id), undefined);
  });

  test("any query is read or refused", { timeout: 120_000 }, async () => {
    for (const { path } of routes().filter(({ method }) => method === "GET"))
      for (const query of QUERIES) await expectAnswer("GET", `${path}?${query}`, undefined);
  });

  test(`any body is read or refused (seed ${SEED})`, { timeout: 300_000 }, async () => {
    const known = (await ids()).slice(0, 2);
    for (const { method, path } of routes().filter((route) => route.method !== "GET")) {
      for (const raw of BODIES) await expectAnswer(method, path.replace(/:\w+/, known[0] ?? ""), raw);
      for (let input = 0; input < RUNS; input++) {
        const random = createRandom(SEED, input);
        const body = mutateJson(BODY, random, 1 + random.below(3));
        await expectAnswer(method, path.replace(/:\w+/, random.pick(known)), body, `input ${input}`);
      }
    }
  });
});
