import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadline, startTimer } from "../../src/http/timer.ts";
import { connectTo, HI, pause } from "../support/calls.ts";
import { HELLO, serve, stream } from "../support/server.ts";

/** The longest delay of `setTimeout`, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

describe("a timer", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  for (const ms of [1, 60_000, LONGEST, LONGEST + 1, 2 ** 33])
    it(`of ${ms} ms calls back then, and not before`, () => {
      const callback = vi.fn();
      startTimer(ms, callback);
      vi.advanceTimersByTime(ms - 1);
      expect(callback).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledTimes(1);
    });

  it("of Infinity ms never calls back and starts nothing", () => {
    startTimer(Number.POSITIVE_INFINITY, () => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("can be cancelled, also in a later part of a long delay", () => {
    const callback = vi.fn();
    const cancel = startTimer(2 ** 33, callback);
    vi.advanceTimersByTime(2 ** 32);
    cancel();
    vi.advanceTimersByTime(2 ** 33);
    expect(callback).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it.each([-3_600_000, 3_600_000])("a deadline is reached in time although the system's clock jumps by %i ms", (jump) => {
  vi.useFakeTimers();
  try {
    const reached = vi.fn();
    const deadline = new Deadline();
    deadline.set(1000, () => undefined);
    vi.advanceTimersByTime(500);
    deadline.set(1000, reached);
    vi.setSystemTime(Date.now() + jump);
    vi.advanceTimersByTime(999);
    expect(reached).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(reached).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});

describe("a deadline", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  for (const [first, then] of [
    [100, 300],
    [300, 100],
    [100, 100],
    [Number.POSITIVE_INFINITY, 100],
  ] as const)
    it(`of ${first} ms that becomes one of ${then} ms is reached then, and once`, () => {
      const [before, after] = [vi.fn(), vi.fn()];
      const deadline = new Deadline();
      deadline.set(first, before);
      vi.advanceTimersByTime(50);
      deadline.set(then, after);
      vi.advanceTimersByTime(then - 1);
      expect(after).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(after).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(1000);
      expect([before.mock.calls.length, after.mock.calls.length, vi.getTimerCount()]).toEqual([0, 1, 0]);
    });

  it("that moves for ever needs one timer and is not reached", () => {
    const reached = vi.fn();
    const deadline = new Deadline();
    for (let n = 0; n < 100; n++) {
      deadline.set(100, reached);
      vi.advanceTimersByTime(60);
      expect(vi.getTimerCount()).toBe(1);
    }
    expect(reached).not.toHaveBeenCalled();
  });

  it("that is cleared leaves no timer and can be set again", () => {
    const reached = vi.fn();
    const deadline = new Deadline();
    deadline.set(100, reached);
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(200);
    deadline.set(100, reached);
    vi.advanceTimersByTime(100);
    expect(reached).toHaveBeenCalledTimes(1);
  });
});

it("timeouts that are longer than setTimeout allows do not end a call", async () => {
  await using server = await serve(async (response) => {
    await pause(30);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    await pause(30);
    for (const half of [HELLO.slice(0, 40), HELLO.slice(40)]) {
      response.write(half);
      await pause(30);
    }
    response.end();
  });
  for (const ms of [Number.POSITIVE_INFINITY, 2 ** 33]) {
    const timeouts = { response: ms, firstEvent: ms, idle: ms, total: ms };
    expect(
      (
        await connectTo(server.url, { retry: false })
          .stream({ ...HI, timeouts })
          .response()
      ).text,
    ).toBe("hello");
  }
});

it("an operation accepts such a timeout too", async () => {
  await using server = await serve(async (response) => {
    await pause(30);
    stream(response);
  });
  for (const total of [Number.POSITIVE_INFINITY, 2 ** 33])
    expect(await connectTo(server.url, { retry: false }).check({ timeouts: { total } })).toMatchObject({ key: "valid" });
});
