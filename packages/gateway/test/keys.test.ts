import { isConnectionsError } from "@lumiverse/connections";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CallLog } from "../src/ledger/call-log.ts";
import { openGatewayStore } from "../src/store/store.ts";
import { CHAT, chatBody, databases, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { chunk, greedy, json, slow } from "./vendor-server.ts";

const NOON = Date.UTC(2026, 10, 30, 12, 0, 30);

describe.each(databases)("virtual keys in $kind", ({ kind, missing, start, address, stop }) => {
  describe.skipIf(missing !== undefined)(missing ?? "all", () => {
    let open: TestGateway[] = [];
    let clock = NOON;
    const gateway = async (options: Parameters<typeof openTestGateway>[0] = {}): Promise<TestGateway> => {
      const opened = await openTestGateway({ kind, address: address(), now: () => clock, keys: "required", ...options });
      open.push(opened);
      return opened;
    };
    beforeAll(start, 60_000);
    afterEach(async () => {
      await Promise.all(open.map((one) => one.close()));
      open = [];
      clock = NOON;
    });
    afterAll(stop, 60_000);

    test("a call without a key, with an unknown one or with a vendor's is refused before anything is sent", async () => {
      const { ask, vendor } = await gateway();
      for (const key of [undefined, "lv-unknown", "sk-of-a-vendor"]) {
        const answer = await ask(CHAT, chatBody("local/m"), key === undefined ? {} : { key });
        expect(answer.status).toBe(401);
        expect(answer.headers.get("x-should-retry")).toBe("false");
      }
      expect(vendor.asked).toEqual([]);
    });

    test("a key is shown once: the database holds its digest alone", async () => {
      const { gateway: opened, store, ask } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team" });
      expect(secret).toMatch(/^lv-[A-Za-z0-9_-]{43}$/);
      expect(key.hint).toBe(secret.slice(-4));
      const rows = await sql`select * from gateway_keys`.execute(store.read);
      expect(JSON.stringify(rows.rows)).not.toContain(secret.slice(3, 20));
      expect((await ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(200);
    });

    test("a key is accepted where each client puts it", async () => {
      const { gateway: opened, ask } = await gateway();
      const { secret } = await opened.keys.create({ name: "Team" });
      const places: [string, Record<string, string>][] = [
        [CHAT, { authorization: `Bearer ${secret}` }],
        [CHAT, { "x-api-key": secret }],
        [CHAT, { "x-goog-api-key": secret }],
        [`${CHAT}?key=${secret}`, {}],
      ];
      for (const [path, headers] of places) expect((await ask(path, chatBody("local/m"), { headers })).status).toBe(200);
    });

    test("a revoked, removed or expired key is refused at once", async () => {
      const { gateway: opened, ask } = await gateway();
      const revoked = await opened.keys.create({ name: "Revoked" });
      const removed = await opened.keys.create({ name: "Removed" });
      const expiring = await opened.keys.create({ name: "Expiring", expiresAt: new Date(NOON + 5000).toISOString() });
      const statuses = async (): Promise<number[]> =>
        Promise.all([revoked, removed, expiring].map(async ({ secret }) => (await ask(CHAT, chatBody("local/m"), { key: secret })).status));
      expect(await statuses()).toEqual([200, 200, 200]);
      await opened.keys.revoke(revoked.key.id);
      await opened.keys.remove(removed.key.id);
      clock += 6000;
      expect(await statuses()).toEqual([401, 401, 401]);
    });

    test("a key that another process revokes is refused after a second", async () => {
      const shared = address();
      const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
      const one = await gateway({ address: shared, masterKey });
      const two = await gateway({ address: shared, masterKey, vendor: one.vendor });
      const { key, secret } = await one.gateway.keys.create({ name: "Team" });
      expect((await two.ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(200);
      await one.gateway.keys.revoke(key.id);
      clock += 1000;
      expect((await two.ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(401);
    });

    test("requests in a minute are limited, and the answer says when to try again", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team", limits: { requestsPerMinute: 3 } });
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(CHAT, chatBody("local/m"), { key: secret })));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
      const refused = answers.find(({ status }) => status === 429);
      expect(refused?.headers.get("retry-after")).toBe("30");
      expect(vendor.asked).toHaveLength(3);
      expect((await opened.keys.use(key.id)).requestsThisMinute).toBe(3);
      clock += 30_000;
      expect((await ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(200);
    });

    test("calls at once are limited over all processes, and refused in the client's own shape", async () => {
      const shared = address();
      const masterKey = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);
      const one = await gateway({ address: shared, masterKey });
      const two = await gateway({ address: shared, masterKey, vendor: one.vendor });
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      one.vendor.answers.set("held", async (asked, response) => {
        await released;
        greedy(asked, response);
      });
      const { key, secret } = await one.gateway.keys.create({ name: "Team", limits: { parallel: 3 } });
      const other = await one.gateway.keys.create({ name: "Other", limits: { parallel: 1 } });
      const refused: Response[] = [];
      const calls = Array.from({ length: 16 }, async (_, index) => {
        const process = index % 2 === 0 ? one : two;
        const answered = await process.ask(CHAT, chatBody("local/held", { stream: index % 4 < 2 }), { key: secret });
        if (answered.status === 429) refused.push(answered);
        await answered.text();
        return answered.status;
      });
      await until(() => refused.length === 13, "the refusals");
      expect(refused[0]?.headers.get("retry-after")).toBe("1");
      expect(refused[0]?.headers.get("x-should-retry")).toBeNull();
      const asMessages = await two.ask("/v1/messages", { ...chatBody("local/held"), max_tokens: 10 }, { key: secret });
      expect(asMessages.status).toBe(429);
      expect(await asMessages.json()).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
      expect((await one.gateway.keys.use(key.id)).running).toBe(3);
      // One key does not wait for another.
      expect((await two.ask(CHAT, chatBody("local/m"), { key: other.secret })).status).toBe(200);
      release();
      expect((await Promise.all(calls)).filter((status) => status === 200)).toHaveLength(3);
      await Promise.all([one.gateway.ledger.flush(), two.gateway.ledger.flush()]);
      expect((await two.gateway.keys.use(key.id)).running).toBe(0);
      expect((await two.ask(CHAT, chatBody("local/held"), { key: secret })).status).toBe(200);
    });

    test("a client that makes one call after the other needs one call at once", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const { secret } = await opened.keys.create({ name: "Team", limits: { parallel: 1 } });
      const statuses: number[] = [];
      for (let number = 0; number < 20; number++) {
        const answered = await ask(CHAT, chatBody("local/m", { stream: number % 2 === 0 }), { key: secret });
        await answered.text();
        statuses.push(answered.status);
      }
      expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
      // So does one whose calls fail, or that leaves.
      vendor.answers.set("silent", () => {});
      const client = new AbortController();
      const left = ask(CHAT, chatBody("local/silent"), { key: secret, signal: client.signal });
      await until(() => vendor.asked.length === 21, "the vendor's call");
      client.abort();
      await left.catch(() => {});
      expect((await ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(200);
    });

    test("two processes whose transactions change the same keys do not block each other", async () => {
      const { gateway: opened, store } = await gateway();
      const tables = await openGatewayStore(store);
      const failures: unknown[] = [];
      const onError = (error: unknown): void => void failures.push(error);
      const logs = ["one", "two"].map((processId) => new CallLog(tables, { onError, processId, now: () => clock }));
      const make = async (name: string) => (await opened.keys.create({ name, limits: { requestsPerMinute: 10_000 } })).key;
      const keys = [await make("A"), await make("B")];
      const begin = (log: number, key: number) =>
        logs[log]?.begin(
          { id: crypto.randomUUID(), protocol: "messages", requestedModel: "m", streamed: false, startedAt: clock },
          keys[key],
          { whole: { charge: { tokens: 1, cost: 0 } }, within: () => undefined },
        );
      const end = { state: "finished", attempts: [], endedAt: clock } as const;
      let running = await Promise.all([begin(0, 1), begin(1, 0)]);
      for (let round = 0; round < 40; round++) {
        // Each ends a call of the one key and begins a call of the other, in one transaction.
        for (const [log, call] of running.entries()) if (call !== undefined) logs[log]?.end(call, end, { tokens: 1, cost: 0 });
        running = await Promise.all([begin(0, round % 2), begin(1, (round + 1) % 2)]);
      }
      await Promise.all(logs.map((log) => log.flush()));
      expect(failures).toEqual([]);
    }, 60_000);

    test("a call that a limit other than its budget refuses is not charged again and again", async () => {
      const { gateway: opened, store } = await gateway();
      const log = new CallLog(await openGatewayStore(store), { onError: () => {}, processId: "one", now: () => clock });
      const { key } = await opened.keys.create({ name: "Team", limits: { requestsPerMinute: 1, budgetPerDay: 1 } });
      let tries = 0;
      const whole = { charge: { tokens: 1, cost: 1 } };
      const within = (): typeof whole => {
        tries++;
        return { charge: { ...whole.charge } };
      };
      const begin = () =>
        log.begin({ id: crypto.randomUUID(), protocol: "messages", requestedModel: "m", streamed: false, startedAt: clock }, key, {
          whole,
          within,
        });
      await begin();
      await expect(begin()).rejects.toMatchObject({ code: "rate-limit" });
      expect(tries).toBe(1);
    });

    test("a stream is charged also where its client does not ask for usage, and receives no chunk of it", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team", limits: { tokensPerMinute: 100_000, budgetPerDay: 5 } });
      const stream = async (more: object): Promise<string> =>
        (await ask(CHAT, chatBody("groq", { stream: true, ...more }), { key: secret })).text();
      expect(await stream({})).not.toContain('"usage":{');
      expect(vendor.asked[0]?.body).toMatchObject({ stream_options: { include_usage: true } });
      await until(async () => (await opened.keys.use(key.id)).reservedToday === 0, "the settlement");
      const { tokensThisMinute, spentToday } = await opened.keys.use(key.id);
      expect(tokensThisMinute).toBe(15);
      expect(spentToday).toBeGreaterThan(0);
      expect(await stream({ stream_options: { include_usage: true } })).toContain('"usage":{');
    });

    test("an answer of a vendor that reports no usage is charged by an estimate", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      vendor.answers.set("llama-3.3-70b-versatile", ({ body }, response) => {
        const text = "word ".repeat(500);
        const message = { role: "assistant", content: text };
        if (body.stream === true) response.end(`${chunk({ content: text })}${chunk({}, "stop")}data: [DONE]\n\n`);
        else json(response, 200, { id: "c", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] });
      });
      for (const stream of [true, false]) {
        const limits = { tokensPerMinute: 100_000, budgetPerDay: 5 };
        const { key, secret } = await opened.keys.create({ name: `stream ${stream}`, limits });
        const body = chatBody("groq", { stream, ...(stream ? { stream_options: { include_usage: false } } : {}) });
        await (await ask(CHAT, body, { key: secret })).text();
        await until(async () => (await opened.keys.use(key.id)).reservedToday === 0, "the settlement");
        const { tokensThisMinute, spentToday } = await opened.keys.use(key.id);
        expect(tokensThisMinute).toBeGreaterThan(300);
        expect(tokensThisMinute).toBeLessThan(1500);
        expect(spentToday).toBeGreaterThan(0);
      }
    });

    test("a client that leaves a stream is charged for its prompt and what had arrived, also before the first content", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const limits = { tokensPerMinute: 100_000, budgetPerDay: 5 };
      vendor.answers.set("silent", () => {});
      vendor.answers.set("llama-3.3-70b-versatile", slow(200));
      for (const model of ["groq", "local/silent"]) {
        const { key, secret } = await opened.keys.create({ name: model, limits: { ...limits, unpriced: "free" } });
        const client = new AbortController();
        const askedBefore = vendor.asked.length;
        const prompt = [{ role: "user", content: "word ".repeat(400) }];
        const answer = ask(CHAT, { model, stream: true, messages: prompt }, { key: secret, signal: client.signal });
        if (model === "groq") await (await answer).body?.getReader().read();
        else await until(() => vendor.asked.length > askedBefore, "the vendor's call");
        client.abort();
        await answer.catch(() => {});
        await until(async () => (await opened.ledger.list({ state: "canceled", key: key.id })).calls.length === 1, "the end of the call");
        const { tokensThisMinute, spentToday } = await opened.keys.use(key.id);
        expect(tokensThisMinute, model).toBeGreaterThan(300);
        expect(tokensThisMinute, model).toBeLessThan(1000);
        if (model === "groq") expect(spentToday).toBeGreaterThan(0);
      }
    });

    test("tokens in a minute are reserved by an estimate, and settled by what was used", async () => {
      const { gateway: opened, ask } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team", limits: { tokensPerMinute: 1000 } });
      const call = (tokens: number): Promise<Response> => ask(CHAT, chatBody("local/m", { max_tokens: tokens }), { key: secret });
      const tooLong = await call(2000);
      expect(tooLong.status).toBe(429);
      // A client that waits would be refused again.
      expect([tooLong.headers.get("retry-after"), tooLong.headers.get("x-should-retry")]).toEqual([null, "false"]);
      expect(await tooLong.text()).toContain("Send a smaller maximum output");
      expect((await call(900)).status).toBe(200);
      await opened.ledger.flush();
      expect((await opened.keys.use(key.id)).tokensThisMinute).toBe(15);
      expect((await call(900)).status).toBe(200);
    });

    test("parallel calls never spend more than a budget, and what was reserved is settled", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      vendor.answers.set("llama-3.3-70b-versatile", greedy);
      // One call reserves 1,000 output tokens at 0.79 USD for a million, and the bytes of its prompt.
      const { key, secret } = await opened.keys.create({ name: "Team", limits: { budgetPerDay: 0.005 } });
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => ask(CHAT, chatBody("groq", { max_tokens: 1000 }), { key: secret })),
      );
      const accepted = answers.filter(({ status }) => status === 200).length;
      const refused = answers.filter(({ status }) => status === 402);
      expect(accepted).toBeGreaterThan(0);
      expect(refused.length).toBe(30 - accepted);
      expect(accepted).toBeLessThanOrEqual(5);
      expect(vendor.asked).toHaveLength(accepted);
      await opened.ledger.flush();
      const use = await opened.keys.use(key.id);
      expect(use.reservedToday).toBe(0);
      expect(use.reservedThisMonth).toBe(0);
      const [sum] = await opened.usage.report({ from: "2026-11-30", to: "2026-11-30" });
      expect(use.spentToday).toBeCloseTo(sum?.costs["USD"] ?? -1, 9);
      expect(use.spentToday).toBeLessThanOrEqual(0.005);
    });

    test("a call that states no limit, and one whose limit the budget does not cover, are sent with one that it covers, and the answer says so", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      vendor.answers.set("llama-3.3-70b-versatile", greedy);
      const budget = 0.01;
      for (const [name, more] of [
        ["none stated", {}],
        ["too much stated", { max_tokens: 30_000 }],
        ["two choices", { max_tokens: 30_000, n: 2 }],
        ["two choices as a text", { max_tokens: 30_000, n: "2" }],
      ] as const) {
        const { key, secret } = await opened.keys.create({ name, limits: { budgetPerDay: budget } });
        const answered = await ask(CHAT, chatBody("groq", more), { key: secret });
        const sent = Number(answered.headers.get("x-lumiverse-output-limit"));
        expect(answered.status).toBe(200);
        expect(sent).toBeGreaterThan(4000);
        expect(sent).toBeLessThan(budget / 0.79e-6);
        // Under the name that the client used, where it used one.
        expect(vendor.asked.at(-1)?.body).toMatchObject({ ["max_tokens" in more ? "max_tokens" : "max_completion_tokens"]: sent });
        await opened.ledger.flush();
        const { spentToday, reservedToday } = await opened.keys.use(key.id);
        expect(reservedToday).toBe(0);
        expect(spentToday).toBeGreaterThan(budget * 0.8);
        expect(spentToday).toBeLessThanOrEqual(budget);
        // What is left pays for no useful answer.
        const next = await ask(CHAT, chatBody("groq", { max_tokens: 30_000 }), { key: secret });
        expect(next.status).toBe(402);
      }
      const rich = await opened.keys.create({ name: "Rich", limits: { budgetPerDay: 10 } });
      await ask(CHAT, chatBody("groq", { max_tokens: 77 }), { key: rich.secret });
      expect(vendor.asked.at(-1)?.body).toMatchObject({ max_tokens: 77 });
    });

    test("of a list, a key with little left uses the targets that it can still pay for", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      await opened.aliases.save({
        name: "Best",
        targets: [{ target: "groq/llama-3.3-70b-versatile" }, { target: "groq/llama-3.1-8b-instant" }],
      });
      const { secret } = await opened.keys.create({ name: "Team", limits: { budgetPerDay: 0.0006 } });
      expect((await ask(CHAT, chatBody("best", { max_tokens: 2000 }), { key: secret })).status).toBe(200);
      expect(vendor.asked.map(({ body }) => body.model)).toEqual(["llama-3.1-8b-instant"]);
    });

    test("what makes the cost of a call unbounded is refused under a budget, unless the key's limits say that it is free", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team", limits: { budgetPerDay: 10 } });
      const tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } };
      const audio = [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }] }];
      const unbounded: [object, string][] = [
        [{ service_tier: "flex" }, "no price covers"],
        [{ some_new_field: 1 }, "some_new_field"],
        [{ tools: [{ type: "browser_search" }, tool] }, "is run by the vendor"],
        [{ search_settings: { country: "x" } }, "search_settings"],
      ];
      for (const [more, reason] of unbounded) {
        const answered = await ask(CHAT, chatBody("groq", more), { key: secret });
        expect(answered.status).toBe(403);
        expect(await answered.text()).toContain(reason);
      }
      expect((await ask(CHAT, { model: "groq", messages: audio }, { key: secret })).status).not.toBe(200);
      expect(vendor.asked).toEqual([]);
      const harmless = {
        user: "u-1",
        metadata: { a: "b" },
        stream_options: null,
        some_new_field: null,
        service_tier: "on_demand",
        tools: [tool],
      };
      expect((await ask(CHAT, chatBody("groq", harmless), { key: secret })).status).toBe(200);
      await opened.keys.update(key.id, { limits: { budgetPerDay: 10, unpriced: "free" } });
      expect((await ask(CHAT, chatBody("groq", { some_new_field: 1 }), { key: secret })).status).toBe(200);
    });

    test("a day's budget begins again at midnight in UTC, a month's does not", async () => {
      clock = Date.UTC(2026, 10, 29, 23, 59, 58);
      const { gateway: opened, ask, vendor } = await gateway();
      vendor.answers.set("llama-3.3-70b-versatile", greedy);
      const spend = 0.002;
      const day = await opened.keys.create({ name: "Day", limits: { budgetPerDay: spend } });
      const month = await opened.keys.create({ name: "Month", limits: { budgetPerMonth: spend } });
      const fill = async (secret: string): Promise<number> => {
        for (let calls = 0; calls < 20; calls++) {
          const { status } = await ask(CHAT, chatBody("groq", { max_tokens: 2000 }), { key: secret });
          await opened.ledger.flush();
          if (status !== 200) return calls;
        }
        return 20;
      };
      expect(await fill(day.secret)).toBeGreaterThan(0);
      expect(await fill(month.secret)).toBeGreaterThan(0);
      clock = Date.UTC(2026, 10, 30, 0, 0, 1);
      expect(await fill(day.secret)).toBeGreaterThan(0);
      expect(await fill(month.secret)).toBe(0);
      clock = Date.UTC(2026, 11, 1, 0, 0, 1);
      expect(await fill(month.secret)).toBeGreaterThan(0);
    });

    test("a key with a budget is refused a model without a price, unless its limits say that such calls are free", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team", limits: { budgetPerDay: 1 } });
      expect((await ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(403);
      expect(vendor.asked).toEqual([]);
      await opened.keys.update(key.id, { limits: { budgetPerDay: 1, unpriced: "free" } });
      expect((await ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(200);
    });

    test("a key that receives limits has spent what its calls have cost", async () => {
      const { gateway: opened, ask } = await gateway();
      const { key, secret } = await opened.keys.create({ name: "Team" });
      await ask(CHAT, chatBody("groq"), { key: secret });
      await opened.ledger.flush();
      const before = await opened.keys.use(key.id);
      expect(before.spentToday).toBeGreaterThan(0);
      await opened.keys.update(key.id, { limits: { budgetPerDay: 1 } });
      expect(await opened.keys.use(key.id)).toMatchObject({ spentToday: before.spentToday, spentThisMonth: before.spentThisMonth });
    });

    test("a forbidden model is refused by every spelling, and no other name is revealed", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      await opened.aliases.save({ name: "Fast", targets: [{ target: "groq/llama-3.3-70b-versatile" }] });
      await opened.aliases.save({ name: "Mixed", targets: [{ target: "groq/llama-3.3-70b-versatile" }, { target: "spare/m" }] });
      const { secret } = await opened.keys.create({ name: "Team", models: ["local/*", "spare/m"] });
      const names = [
        "groq",
        "GROQ",
        "groq/llama-3.3-70b-versatile",
        "Groq/Llama-3.3-70B-Versatile",
        "fast",
        "FAST",
        "spare/other",
        "spare/M",
        "no-such-name",
      ];
      for (const model of names) {
        const answer = await ask(CHAT, chatBody(model), { key: secret });
        expect([model, answer.status]).toEqual([model, 403]);
        expect(
          (await ask("/lumiverse/v1/chat", { model, request: { messages: [{ role: "user", content: "x" }] } }, { key: secret })).status,
        ).toBe(403);
      }
      expect(vendor.asked).toEqual([]);
      expect((await ask(CHAT, chatBody("local/anything"), { key: secret })).status).toBe(200);
      // Of a list, the targets that the key may use are left.
      const mixed = await ask(CHAT, chatBody("mixed"), { key: secret });
      expect([mixed.status, vendor.asked.at(-1)?.body.model]).toEqual([200, "m"]);
    });

    test("raw fields that choose another model, and settings of the connection, are refused", async () => {
      const { gateway: opened, ask, vendor } = await gateway();
      const granted = await opened.keys.create({ name: "Granted", models: ["local/*"] });
      const budgeted = await opened.keys.create({ name: "Budgeted", limits: { budgetPerDay: 1, unpriced: "free" } });
      const free = await opened.keys.create({ name: "Free" });
      const messages = [{ role: "user", content: "x" }];
      for (const { secret } of [granted, budgeted]) {
        for (const field of ["models", "route", "fallbacks"])
          expect([field, (await ask(CHAT, chatBody("local/m", { [field]: ["other"] }), { key: secret })).status]).toEqual([field, 403]);
        const request = { messages, parameters: { model: "other" } };
        expect((await ask("/lumiverse/v1/chat", { model: "local/m", request }, { key: secret })).status).toBe(403);
      }
      const options = { messages, providerOptions: { custom: { headers: { authorization: "canary" } } } };
      expect((await ask("/lumiverse/v1/chat", { model: "local/m", request: options }, { key: free.secret })).status).toBe(403);
      expect(vendor.asked).toEqual([]);
      expect((await ask(CHAT, chatBody("local/m", { models: ["other"] }), { key: free.secret })).status).toBe(200);
    });

    test("a grant on an alias covers its targets, and no other name of them", async () => {
      const { gateway: opened, ask } = await gateway();
      await opened.aliases.save({ name: "fast", targets: [{ target: "groq" }, { target: "spare/m" }] });
      const { secret } = await opened.keys.create({ name: "Team", models: ["FAST"] });
      expect((await ask(CHAT, chatBody("Fast"), { key: secret })).status).toBe(200);
      expect((await ask(CHAT, chatBody("groq"), { key: secret })).status).toBe(403);
    });

    test("a key from outside is checked field by field", async () => {
      const { gateway: opened } = await gateway();
      const bad = {
        name: "",
        models: [1],
        limits: { requestsPerMinute: -1, parallel: 1.5, budgetPerDay: "1", currency: "dollars", colour: 1 },
        isAdmin: true,
      };
      const error: unknown = await opened.keys.create(bad as never).catch((cause: unknown) => cause);
      expect(isConnectionsError(error) && error.issues.map(({ path }) => path)).toEqual([
        "name",
        "models",
        "limits.requestsPerMinute",
        "limits.parallel",
        "limits.budgetPerDay",
        "limits.currency",
        "limits.colour",
        "isAdmin",
      ]);
      await opened.keys.create({ name: "Team" });
      await expect(opened.keys.create({ name: "TEAM" })).rejects.toMatchObject({ code: "invalid" });
    });
  });
});
