import { describe, expect, test } from "vitest";
import { createEventStream } from "../src/shared/event-stream.ts";
import { failing, pause } from "./helpers.ts";

async function* three(): AsyncGenerator<number, string> {
  for (let n = 1; n <= 3; n++) {
    await pause(1);
    yield n;
  }
  return "result";
}

describe("createEventStream", () => {
  test("starts with its first reader, and gives the result with and without iteration", async () => {
    let started = 0;
    const make = () =>
      createEventStream(() => {
        started++;
        return three();
      });
    const idle = make();
    expect(started).toBe(0);
    expect(await idle.response()).toBe("result");
    const read = make();
    const seen: number[] = [];
    for await (const n of read) seen.push(n);
    expect([seen, await read.response(), started]).toEqual([[1, 2, 3], "result", 2]);
  });
  test("response() in the middle of a loop takes no event from it", async () => {
    const stream = createEventStream(three);
    const seen: number[] = [];
    for await (const n of stream) {
      seen.push(n);
      if (n === 1) await stream.response();
    }
    expect(seen).toEqual([1, 2, 3]);
  });
  test("cannot be iterated after response() alone has begun", () => {
    const stream = createEventStream(three);
    void stream.response();
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/already reads this stream/);
  });
  test("leaving aborts work that is still running, without waiting for it", async () => {
    let aborted = false;
    const stream = createEventStream<number, string>(async function* (signal) {
      yield 1;
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      await pause(60_000);
      return "late";
    });
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    void events.next();
    await events.return?.();
    expect(aborted).toBe(true);
    expect((await failing(stream.response())).code).toBe("aborted");
  });
  test("an error ends the iteration and the response", async () => {
    const stream = createEventStream<number, string>(async function* () {
      yield 1;
      throw new RangeError("broken");
    });
    const seen: number[] = [];
    await expect(async () => {
      for await (const n of stream) seen.push(n);
    }).rejects.toThrow("broken");
    await expect(stream.response()).rejects.toThrow("broken");
    expect(seen).toEqual([1]);
  });
});
