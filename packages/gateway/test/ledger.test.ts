import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CallQuery } from "../src/ledger/call.ts";
import { deleteOldCalls } from "../src/ledger/ledger.ts";
import { openGatewayStore } from "../src/store/store.ts";
import { CHAT, chatBody, databases, listen, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { chunk, pause, refuse, slow, USAGE } from "./vendor-server.ts";

const MASTER_KEY = "Zm9yIHRoZSB0ZXN0cyBvZiB0aGUgZ2F0ZXdheSwgMzI=".slice(0, 44);

describe.each(databases)("the ledger in $kind", ({ kind, missing, start, address, stop }) => {
  describe.skipIf(missing !== undefined)(missing ?? "all", () => {
    let open: TestGateway[] = [];
    const gateway = async (options: Parameters<typeof openTestGateway>[0] = {}): Promise<TestGateway> => {
      const opened = await openTestGateway({ kind, address: address(), masterKey: MASTER_KEY, ...options });
      open.push(opened);
      return opened;
    };
    beforeAll(start, 60_000);
    afterEach(async () => {
      for (const one of open.reverse()) await one.close();
      open = [];
    });
    afterAll(stop);

    test("each accepted call has one row with its tokens, cost, times and attempts, and no content", async () => {
      const one = await gateway();
      await one.ask(CHAT, chatBody("groq"));
      await (await one.ask(CHAT, chatBody("groq", { stream: true }))).text();
      await one.ask(CHAT, chatBody("no-such-model"));
      const { calls } = await one.gateway.ledger.list();
      expect(calls).toHaveLength(2);
      for (const call of calls) {
        expect(call).toMatchObject({
          state: "finished",
          protocol: "chat-completions",
          connection: "groq",
          provider: "groq",
          model: "llama-3.3-70b-versatile",
          usage: { input: 10, output: 5, completeness: "exact" },
          cost: { currency: "USD", from: "catalogue" },
          finishReason: "stop",
          attempts: [{ connection: "groq", status: 200 }],
        });
        expect(call.latencyMs).toBeGreaterThanOrEqual(call.firstTokenMs ?? -1);
        expect(call.content).toBeUndefined();
        expect(await one.gateway.ledger.get(call.id)).toEqual(call);
      }
    });

    test("content is recorded when that is switched on", async () => {
      const one = await gateway({ recordContent: true });
      await one.ask(CHAT, chatBody("local/m"));
      const [call] = (await one.gateway.ledger.list()).calls;
      expect(JSON.stringify(call?.content?.request)).toContain("Count to five.");
      expect(JSON.stringify(call?.content?.response)).toContain("One two three four five");
    });

    test("a failed call has its error, and no cost", async () => {
      const one = await gateway();
      one.vendor.answers.set("bad\u0000model", refuse(400));
      await one.ask(CHAT, chatBody("local/bad\u0000model"));
      expect((await one.gateway.ledger.list()).calls[0]).toMatchObject({ state: "failed", error: { code: "invalid-request" } });
      expect((await one.gateway.ledger.list()).calls[0]?.cost).toBeUndefined();
    });

    const phases: [string, string, (one: TestGateway) => void][] = [
      ["before the headers", "silent", ({ vendor }) => vendor.answers.set("silent", () => pause(60_000))],
      [
        "before the first token",
        "headers",
        ({ vendor }) =>
          vendor.answers.set(
            "headers",
            (_, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders(),
          ),
      ],
      ["during text", "slow", ({ vendor }) => vendor.answers.set("slow", slow(1000))],
      ["while it waits for its next attempt", "busy", ({ vendor }) => vendor.answers.set("busy", refuse(503, { "retry-after": "4" }))],
    ];
    test.each(phases)("a client that leaves %s ends the vendor's call, and has one row", async (_, model, prepare) => {
      const one = await gateway();
      prepare(one);
      const server = await listen(one.gateway);
      for (const stream of [true, false]) {
        const before = one.vendor.asked.length;
        const controller = new AbortController();
        const response = fetch(`${server.url}${CHAT}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(chatBody(`local/${model}`, { stream })),
          signal: controller.signal,
        }).then((answered) => answered.text());
        response.catch(() => {});
        await until(() => one.vendor.asked.length > before, "the vendor's call");
        await pause(model === "slow" ? 300 : 60);
        controller.abort();
        await until(() => one.vendor.open === 0, "the end of the vendor's call");
        await until(async () => (await one.gateway.ledger.list({ state: "running" })).calls.length === 0, "the end of the call");
        expect(one.vendor.asked.length).toBe(before + 1);
      }
      const { calls } = await one.gateway.ledger.list();
      expect(calls.map(({ state }) => state)).toEqual(["canceled", "canceled"]);
      await server.close({ graceMs: 0 });
    });

    test("a client that leaves in mid-answer is charged an estimate of what the vendor had written", async () => {
      const one = await gateway();
      one.vendor.answers.set("llama-3.3-70b-versatile", slow(100));
      const { key, secret } = await one.gateway.keys.create({ name: "Team", limits: { budgetPerDay: 1 } });
      const controller = new AbortController();
      const response = await one.ask(CHAT, chatBody("groq", { stream: true, max_tokens: 100 }), { key: secret, signal: controller.signal });
      const reader = response.body?.getReader();
      await reader?.read();
      expect((await one.gateway.keys.use(key.id)).reservedToday).toBeGreaterThan(0);
      await reader?.cancel();
      await until(async () => (await one.gateway.ledger.list({ state: "running" })).calls.length === 0, "the end of the call");
      const [call] = (await one.gateway.ledger.list()).calls;
      expect(call).toMatchObject({ state: "canceled", cost: { from: "estimate" } });
      expect(await one.gateway.keys.use(key.id)).toMatchObject({ reservedToday: 0, spentToday: call?.cost?.amount });
    });

    test("the calls of a dead process are interrupted, and what they held is released", async () => {
      let clock = Date.now();
      const shared = address();
      const dead = await gateway({ address: shared, now: () => clock });
      dead.vendor.answers.set("llama-3.3-70b-versatile", () => pause(60_000));
      const { key, secret } = await dead.gateway.keys.create({ name: "Team", limits: { budgetPerDay: 1, parallel: 1, unpriced: "free" } });
      const controller = new AbortController();
      const hanging = dead.ask(CHAT, chatBody("groq"), { key: secret, signal: controller.signal });
      await until(() => dead.vendor.asked.length === 1, "the vendor's call");
      expect((await dead.gateway.keys.use(key.id)).reservedToday).toBeGreaterThan(0);
      clock += 31_000;
      const alive = await gateway({ address: shared, vendor: dead.vendor, now: () => clock, deadAfterMs: 2000 });
      const state = async (): Promise<string | undefined> => (await alive.gateway.ledger.list()).calls[0]?.state;
      // One that has just started does not judge: the database may have been away for all.
      expect(await state()).toBe("running");
      expect((await alive.ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(429);
      await until(async () => (await state()) === "interrupted", "the end of the dead process's call");
      expect((await alive.gateway.keys.use(key.id)).reservedToday).toBe(0);
      expect((await alive.gateway.keys.use(key.id)).running).toBe(0);
      // It was not dead after all. Its end is recorded, and nothing is released twice.
      controller.abort();
      await hanging;
      await dead.gateway.ledger.flush();
      const [ended, ...others] = (await alive.gateway.ledger.list()).calls;
      expect(others).toEqual([]);
      expect(ended).toMatchObject({ state: "canceled", cost: { from: "estimate" } });
      expect(await alive.gateway.keys.use(key.id)).toMatchObject({ reservedToday: 0, spentToday: ended?.cost?.amount });
    });

    test("reports sum up calls by day, model, connection, key and provider", async () => {
      const one = await gateway();
      const { key, secret } = await one.gateway.keys.create({ name: "Team" });
      one.vendor.answers.set("bad", refuse(400));
      for (const model of ["groq", "groq", "local/m", "local/bad"]) await one.ask(CHAT, chatBody(model), { key: secret });
      await one.ask(CHAT, chatBody("local/m"));
      expect(await one.gateway.usage.report({ by: ["connection", "key"] })).toMatchObject([
        { connection: "groq", key: key.id, calls: 2, unfinished: 0, inputTokens: 20, outputTokens: 10, uncosted: 0 },
        { connection: "local", key: key.id, calls: 2, unfinished: 1, inputTokens: 10, costs: {}, uncosted: 2 },
        { connection: "local", calls: 1 },
      ]);
      expect(await one.gateway.usage.report()).toMatchObject([{ calls: 5, inputTokens: 4 * USAGE.prompt_tokens }]);
      await expect(one.gateway.usage.report({ from: "yesterday" })).rejects.toMatchObject({ code: "invalid" });
      await expect(one.gateway.usage.report({ by: ["constructor" as never] })).rejects.toMatchObject({ code: "invalid" });
    });

    test("the list is read page by page", async () => {
      const one = await gateway();
      for (let call = 0; call < 7; call++) await one.ask(CHAT, chatBody(`local/m${call}`));
      const seen: (string | undefined)[] = [];
      let after: string | undefined;
      do {
        const page = await one.gateway.ledger.list({ limit: 3, ...(after === undefined ? {} : { after }) });
        seen.push(...page.calls.map(({ model }) => model));
        after = page.next;
      } while (after !== undefined);
      expect(seen.sort()).toEqual(["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
      await expect(one.gateway.ledger.list({ after: "' or 1=1" })).rejects.toMatchObject({ code: "invalid" });
    });

    test("calls that run are listed among the others, with and without limits, each once", async () => {
      const shared = address();
      const one = await gateway({ address: shared });
      const two = await gateway({ address: shared, vendor: one.vendor });
      one.vendor.answers.set("hanging", () => pause(60_000));
      const free = await one.gateway.keys.create({ name: "Free" });
      const limited = await one.gateway.keys.create({ name: "Limited", limits: { requestsPerMinute: 100 } });
      const controller = new AbortController();
      const hanging: Promise<unknown>[] = [];
      for (const [index, { secret }] of [free, limited, free].entries()) {
        await one.ask(CHAT, chatBody("local/m"), { key: secret });
        hanging.push(one.ask(CHAT, chatBody("local/hanging"), { key: secret, signal: controller.signal }));
        await until(() => one.vendor.asked.length === 2 * index + 2, "the vendor's call");
      }
      await one.gateway.ledger.flush();
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const page = await two.gateway.ledger.list({ limit: 4, ...(after === undefined ? {} : { after }) });
        pages.push(page.calls.map(({ state }) => state));
        after = page.next;
      } while (after !== undefined);
      const pair = ["running", "finished"];
      expect(pages).toEqual([[...pair, ...pair], pair]);
      const states = async (query: CallQuery): Promise<string[]> => (await two.gateway.ledger.list(query)).calls.map(({ state }) => state);
      expect(await states({ key: free.key.id })).toEqual([...pair, ...pair]);
      expect(await states({ state: "running" })).toEqual(["running", "running", "running"]);
      expect(await states({ state: "finished" })).toEqual(["finished", "finished", "finished"]);
      expect(await states({ connection: "local", model: "m" })).toEqual(["finished", "finished", "finished"]);
      expect(await states({ from: "2999-01-01" })).toEqual([]);
      const [call] = (await two.gateway.ledger.list({ key: free.key.id })).calls;
      expect(await two.gateway.ledger.get(call?.id ?? "")).toEqual(call);
      // A key that is given a limit counts the calls that began before.
      await one.gateway.keys.update(free.key.id, { limits: { parallel: 2 } });
      expect((await two.gateway.keys.use(free.key.id)).running).toBe(2);
      expect((await two.ask(CHAT, chatBody("local/m"), { key: free.secret })).status).toBe(429);
      controller.abort();
      await Promise.all(hanging);
      await one.gateway.ledger.flush();
      expect((await states({})).sort()).toEqual(["canceled", "canceled", "canceled", "finished", "finished", "finished"]);
      expect((await two.gateway.keys.use(free.key.id)).running).toBe(0);
    });

    test.each([
      ["a process that looked dead", false],
      ["a process that an older version has removed as dead", true],
    ])("a call without limits of %s is interrupted, and ends once", async (_, isRemoved) => {
      let clock = Date.now();
      const shared = address();
      const slow = await gateway({ address: shared, now: () => clock });
      slow.vendor.answers.set("hanging", () => pause(60_000));
      const controller = new AbortController();
      const hanging = slow.ask(CHAT, chatBody("local/hanging"), { signal: controller.signal });
      await until(() => slow.vendor.asked.length === 1, "the vendor's call");
      if (isRemoved) await sql`delete from gateway_processes`.execute(slow.store.read);
      else clock += 31_000;
      const alive = await gateway({ address: shared, vendor: slow.vendor, now: () => clock, deadAfterMs: 2000 });
      const states = async (): Promise<string[]> => (await alive.gateway.ledger.list()).calls.map(({ state }) => state);
      await until(async () => (await states())[0] === "interrupted", "the end of the dead process's call");
      expect(await states()).toEqual(["interrupted"]);
      controller.abort();
      await hanging;
      await slow.gateway.ledger.flush();
      expect(await states()).toEqual(["canceled"]);
    });

    test("old calls are deleted, running ones are not", async () => {
      const one = await gateway();
      one.vendor.answers.set("hanging", () => pause(60_000));
      const controller = new AbortController();
      const hanging = one.ask(CHAT, chatBody("local/hanging"), { signal: controller.signal });
      await one.ask(CHAT, chatBody("local/m"));
      await one.gateway.ledger.flush();
      expect(await deleteOldCalls(await openGatewayStore(one.store), Date.now() + 1000)).toBe(1);
      expect((await one.gateway.ledger.list()).calls.map(({ state }) => state)).toEqual(["running"]);
      controller.abort();
      await hanging;
    });

    test("a vendor that reports absurd figures does not stop the ledger", async () => {
      const one = await gateway();
      one.vendor.answers.set("absurd", (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(
          `${chunk({ content: "x\u0000\ud800" }, "stop")}${chunk({}, null, { prompt_tokens: 1e300, completion_tokens: -5 })}data: [DONE]\n\n`,
        );
      });
      await (await one.ask(CHAT, chatBody("local/absurd", { stream: true }))).text();
      await one.ask(CHAT, chatBody("local/m"));
      expect((await one.gateway.ledger.list()).calls.map(({ state }) => state)).toEqual(["finished", "finished"]);
    });
  });
});
