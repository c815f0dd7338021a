/** A thousand streams at once through one process. The figures for one machine are in docs/scale.md; no test asserts them. */
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { GatewayServer } from "../src/node.ts";
import { CHAT, chatBody, listen, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { chunk, slow, USAGE, WORDS } from "./vendor-server.ts";

/** LUMIVERSE_FULL runs the whole number; the sample keeps the tests of every change short. */
const FULL = process.env["LUMIVERSE_FULL"] !== undefined;
const STREAMS = FULL ? 1000 : 150;

describe(`${STREAMS} streams at once`, () => {
  let one: TestGateway;
  let server: GatewayServer;
  let secret: string;
  beforeAll(async () => {
    one = await openTestGateway({ keys: "required" });
    server = await listen(one.gateway);
    secret = (await one.gateway.keys.create({ name: "Load" })).secret;
  });
  afterAll(async () => {
    await server.close({ graceMs: 0 });
    await one.close();
  });

  const stream = (agent: Agent, model: string, leaveAfter?: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(chatBody(model, { stream: true }));
      const headers = { "content-type": "application/json", "content-length": body.length, authorization: `Bearer ${secret}` };
      const sent = request(`${server.url}${CHAT}`, { method: "POST", agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          text += piece;
          if (leaveAfter !== undefined && text.length > leaveAfter) {
            sent.destroy();
            resolve("left");
          }
        });
        response.on("end", () => resolve(text));
        response.on("error", reject);
      });
      sent.on("error", (error) => (leaveAfter === undefined ? reject(error) : resolve("left")));
      sent.end(body);
    });

  test("all are open together, every client receives the whole answer, and each call has one row", async () => {
    const { promise: all, resolve: release } = Promise.withResolvers<void>();
    // When this test fails, its calls must not stay open during the next one.
    onTestFinished(() => release());
    one.vendor.answers.set("held", async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const [index, word] of WORDS.entries()) {
        if (index === 2) await all;
        response.write(chunk({ content: word }));
      }
      response.end(`${chunk({}, "stop")}${chunk({}, null, USAGE)}data: [DONE]\n\n`);
    });
    const agent = new Agent({ keepAlive: false, maxSockets: STREAMS });
    const texts = Promise.all(Array.from({ length: STREAMS }, () => stream(agent, "local/held")));
    await until(() => one.vendor.open === STREAMS, "all streams", 90_000);
    const { rss, heapUsed } = process.memoryUsage();
    if (FULL)
      process.stderr.write(
        `${STREAMS} open streams: ${Math.round(rss / 1e6)} MB of process, ${Math.round(heapUsed / 1e6)} MB of heap, with their clients and vendor\n`,
      );
    release();
    for (const text of await texts) {
      const words = [...text.matchAll(/"content":"( ?\w+)"/g)].map(([, word]) => word);
      expect(words).toEqual(WORDS);
      expect(text).toContain("[DONE]");
    }
    const [sum] = await one.gateway.usage.report();
    expect(sum).toMatchObject({ calls: STREAMS, unfinished: 0, outputTokens: STREAMS * 5 });
    agent.destroy();
  }, 120_000);

  test("clients that leave at any moment end their vendors' calls, and leave nothing open", async () => {
    one.vendor.answers.set("slow", slow(30));
    const before = one.vendor.left + one.vendor.finished;
    const agent = new Agent({ keepAlive: false, maxSockets: 50 });
    await Promise.all(Array.from({ length: STREAMS }, (_, index) => stream(agent, "local/slow", (index % 7) * 90)));
    await until(() => one.vendor.open === 0 && one.vendor.left + one.vendor.finished >= before + STREAMS, "the end of all calls", 60_000);
    await until(async () => (await one.gateway.ledger.list({ state: "running" })).calls.length === 0, "the end of all rows");
    const [sum] = await one.gateway.usage.report();
    expect(sum?.calls).toBe(2 * STREAMS);
    agent.destroy();
  }, 120_000);
});
