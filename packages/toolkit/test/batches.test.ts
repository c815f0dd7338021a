import type { Connection } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import { fallback } from "../src/fallback/index.ts";
import { toResponse, withBudget, withCache, withLogging } from "../src/index.ts";
import { type MockReply, mock } from "../src/mock/index.ts";
import { createBatchStream } from "../src/shared/event-stream.ts";
import { ASK, collect, failing } from "./helpers.ts";

const REPLY: MockReply = { reasoning: "hm", text: "one two three", packetBytes: 1_000_000 };
const ways: Record<string, (connection: Connection) => Connection> = {
  "a connection": (connection) => connection,
  fallback: (connection) => fallback([mock([{ error: "overloaded" }]).connection, connection]),
  withCache: (connection) => withCache(connection),
  withBudget: (connection) => withBudget(connection, { calls: 9 }),
  withLogging: (connection) => withLogging(connection, { log: () => {} }),
  "all of them": (connection) => withLogging(withBudget(withCache(fallback([connection])), { calls: 9 }), { log: () => {} }),
};

describe.each(Object.entries(ways))("batches() of %s", (_, wrap) => {
  test("are the events of the plain iteration, those of one packet as one array", async () => {
    const events = await collect(wrap(mock([REPLY]).connection).stream(ASK));
    const batches = await collect(
      wrap(mock([REPLY]).connection)
        .stream(ASK)
        .batches(),
    );
    expect(batches).toEqual([events]);
  });

  test("one packet after the other, and none of them empty", async () => {
    const one = { ...REPLY, packetBytes: 40 };
    const events = await collect(wrap(mock([one]).connection).stream(ASK));
    const batches = await collect(
      wrap(mock([one]).connection)
        .stream(ASK)
        .batches(),
    );
    expect(batches.length).toBeGreaterThan(3);
    expect(batches.filter((batch) => batch.length === 0)).toEqual([]);
    expect(batches.flat()).toEqual(events);
  });

  test("leaving the loop ends the call", async () => {
    const slow: MockReply = { text: "one two three", packetDelayMs: 5 };
    const stream = wrap(mock([slow]).connection).stream(ASK);
    for await (const _batch of stream.batches()) break;
    expect((await failing(stream.response())).code).toBe("aborted");
  });
});

describe("createBatchStream", () => {
  test("delivers each event once to the plain iteration and to batches, and skips empty arrays", async () => {
    const stream = createBatchStream<number, string>(async function* () {
      yield [1, 2, 3];
      yield [];
      yield [4, 5];
      return "result";
    });
    const first = await stream[Symbol.asyncIterator]().next();
    expect([first.value, await collect(stream.batches()), await stream.response()]).toEqual([
      1,
      [
        [2, 3],
        [4, 5],
      ],
      "result",
    ]);
  });
});

describe("toResponse", () => {
  test("sends the events of one packet as one chunk of the body", async () => {
    const { body } = toResponse(mock([REPLY]).connection.stream(ASK));
    if (body === null) throw new Error("it has no body");
    const chunks = await collect(body.pipeThrough(new TextDecoderStream()));
    expect(chunks).toHaveLength(2);
    expect(chunks[0]?.match(/^data:/gm)).toHaveLength((await collect(mock([REPLY]).connection.stream(ASK))).length);
  });

  test("reads a source that has no batches", async () => {
    const plain = {
      [Symbol.asyncIterator]: async function* () {
        yield { type: "a" };
        yield { type: "b" };
      },
      response: async () => "result",
      abort: () => {},
    };
    const text = await toResponse(plain).text();
    expect(text.match(/^data:.*$/gm)).toEqual(['data: {"type":"a"}', 'data: {"type":"b"}', 'data: "result"']);
  });
});
