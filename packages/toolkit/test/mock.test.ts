import { connect, createRegistry } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import { mock } from "../src/mock/index.ts";
import { ASK, collect, failing } from "./helpers.ts";

describe("mock", () => {
  test("answers in order, deterministically, through a connection of the application's own", async () => {
    const run = async (): Promise<unknown> => {
      const { provider, fetch } = mock([{ reasoning: "hm", text: "one two", toolCalls: [{ name: "t", input: { a: 1 } }] }, "two"]);
      const connection = connect(createRegistry([provider]).get("mock"), { fetch });
      const events = await collect(connection.stream(ASK));
      const { text, usage, id } = await connection.generate(ASK);
      return [events, text, usage, id];
    };
    expect(await run()).toEqual(await run());
  });
  test("gives the same answer streamed and not, whatever the packets", async () => {
    const answer = { reasoning: "ähem 😀", replay: { s: 1 }, text: "grüße 😀 an alle", toolCalls: [{ name: "t" }] };
    const whole = await mock([answer]).connection.generate(ASK);
    for (const delivery of [{ chunkSize: 1 }, { packetBytes: 1 }, { packetBytes: 7, chunkSize: 2 }]) {
      const streamed = await mock([{ ...answer, ...delivery }])
        .connection.stream(ASK)
        .response();
      expect(streamed.message).toEqual(whole.message);
      expect(streamed.finishReason).toBe("tool-calls");
    }
  });
  test.each(["authentication", "rate-limit", "overloaded", "context-overflow", "server", "network", "timeout", "model-not-found"] as const)(
    "fails with %s",
    async (error) => {
      expect((await failing(mock([{ error }]).connection.generate(ASK))).code).toBe(error);
      expect((await failing(mock([{ error }]).connection.stream(ASK).response())).code).toBe(error);
    },
  );
  test("is retried by core like any vendor", async () => {
    const { connection, requests } = mock([{ error: "overloaded", retryAfterMs: 1 }, "ok"], { connect: { retry: { attempts: 2 } } });
    const { text, attempts } = await connection.generate(ASK);
    expect([text, requests.length, attempts.length]).toEqual(["ok", 2, 2]);
  });
  test("breaks off where the script says", async () => {
    const error = await failing(
      mock([{ text: "one two three", cutAfter: 4 }])
        .connection.stream(ASK)
        .response(),
    );
    expect(error.partial?.text).toBe("one two");
  });
  test("waits, and is aborted while it waits", async () => {
    const { connection } = mock([{ text: "x", delayMs: Number.POSITIVE_INFINITY }]);
    expect((await failing(connection.generate({ ...ASK, signal: AbortSignal.timeout(20) }))).code).toBe("aborted");
  });
  test("shows the request to a function of the script, and fails when the script is at its end", async () => {
    const { connection, left } = mock([({ body, count }) => `${count}: ${JSON.stringify(body["messages"])}`]);
    expect(left).toBe(1);
    expect((await connection.generate(ASK)).text).toBe('1: [{"role":"user","content":"hi"}]');
    expect((await failing(connection.generate(ASK))).message).toMatch(/script has 1 replies/);
  });
  test("refuses what its capabilities lack, without an answer being used", async () => {
    const { connection, left } = mock(["x"], { capabilities: { tools: false } });
    expect((await failing(connection.generate({ ...ASK, tools: [{ name: "t" }] }))).code).toBe("unsupported");
    expect(left).toBe(1);
  });
  test("lists models and has a valid key", async () => {
    const { connection } = mock([], { models: ["a", "b"] });
    expect((await connection.models()).models.map(({ id }) => id)).toEqual(["a", "b"]);
    expect((await connection.check()).key).toBe("valid");
  });
});
