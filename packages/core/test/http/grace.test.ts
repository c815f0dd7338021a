/** When an answer counts as complete although its host keeps the socket open. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ChatResponse } from "../../src/index.ts";
import type { Protocol, Reader } from "../../src/provider.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProtocol, sampleProviderWith } from "../support/sample-provider.ts";
import { HELLO, sse } from "../support/server.ts";

/** The sample protocol, whose reader also says what may still follow. */
const expecting = (expects: Reader["expects"], until: string): Protocol => ({
  ...sampleProtocol,
  reader: (context) => {
    const reader = sampleProtocol.reader(context);
    let waits = true;
    return {
      message(message, emit) {
        if (message.data.includes(until)) waits = false;
        reader.message(message, emit);
      },
      body: reader.body,
      unframedText: reader.unframedText,
      end: reader.end,
      get phase() {
        return reader.phase;
      },
      get expects() {
        return waits ? expects : undefined;
      },
    };
  },
});

type Packet = [afterMs: number, text: string];
/** Plays packets on a fake clock; the host never ends its body. */
function play(packets: Packet[], protocol: Protocol = sampleProtocol, idle = 300_000): Promise<ChatResponse> {
  let at = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const [ms, text] = packets[at++] ?? [0, undefined];
        if (text === undefined) return new Promise(() => undefined);
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        controller.enqueue(new TextEncoder().encode(text));
      },
    },
    { highWaterMark: 0 },
  );
  const options = { retry: false, fetch: async () => new Response(body), timeouts: { idle, firstEvent: idle } } as const;
  return connectTo("http://127.0.0.1:1", options, sampleProviderWith({ protocol })).generate(HI);
}
const DONE = sse({ stop: "end" });
const beats = (count: number, ms: number, text = ": wait\n\n"): Packet[] => Array.from({ length: count }, () => [ms, text]);

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] }));
afterEach(() => vi.useRealTimers());

describe("a finish reason is not final:", () => {
  it("text that follows it at any distance below two seconds is read, and the last finish reason counts", async () => {
    const packets: Packet[] = Array.from({ length: 20 }, (_, n) => [1900, sse({ say: `${n} ` }, { stop: n === 19 ? "full" : "end" })]);
    const answer = play(packets);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answer).toMatchObject({ text: Array.from({ length: 20 }, (_, n) => `${n} `).join(""), finishReason: "length" });
  });

  it("the two seconds begin after the last content, and heartbeats and repeated counts do not prolong them", async () => {
    for (const beat of [": wait\n\n", sse({ tokens: [1, 1] })]) {
      const started = Date.now();
      const answer = play([[0, sse({ say: "a" })], [0, DONE], ...beats(100, 100, beat)]);
      await vi.advanceTimersByTimeAsync(60_000);
      expect((await answer).text).toBe("a");
      const { totalMs } = (await answer).transport;
      expect(totalMs).toBeGreaterThanOrEqual(1999);
      expect(totalMs).toBeLessThan(2200);
      expect(Date.now()).toBeGreaterThan(started);
    }
  });

  it("eight seconds pass where the reader expects more content", async () => {
    const late: Packet[] = [
      [0, sse({ say: "a" })],
      [0, DONE],
      [7000, sse({ say: "b" })],
      [7000, sse({ say: "c" })],
    ];
    const waited = play(late, expecting("content", "never"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await waited).text).toBe("abc");
    const short = play(late);
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await short).text).toBe("a");
  });

  it("usage that was requested is waited for, and its arrival ends the wait", async () => {
    const answer = play(
      [
        [0, sse({ say: "a" })],
        [0, DONE],
        [7000, sse({ tokens: [7, 1] })],
      ],
      expecting("usage", "tokens"),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await answer).usage).toEqual({ input: 7, output: 1, completeness: "exact" });
    expect((await answer).transport.totalMs).toBeLessThan(9500);
  });

  it("whatever the reader expects, an answer whose host keeps the socket open ends within nine seconds", async () => {
    for (const what of ["content", "usage"] as const) {
      const packets: Packet[] = [[0, sse({ say: "a" })], [0, DONE], ...beats(20, 700)];
      const answer = play(packets, expecting(what, "never"));
      await vi.advanceTimersByTimeAsync(60_000);
      expect((await answer).text).toBe("a");
      expect((await answer).transport.totalMs).toBeLessThan(9000);
    }
  });

  it("no wait is longer than the timeout for silence", async () => {
    const answer = play(
      [
        [0, sse({ say: "a" })],
        [0, DONE],
      ],
      expecting("usage", "never"),
      500,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await answer).transport.totalMs).toBeLessThan(600);
  });
});

describe("heartbeats", () => {
  it("do not prolong the idle timeout, which content restarts", async () => {
    const answer = play([...beats(9, 100), [50, sse({ say: "hel" })], ...beats(9, 100), [50, HELLO]], sampleProtocol, 1000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await answer).text).toBe("helhello");
  });

  for (const [name, beat] of [
    ["comments", ": wait\n\n"],
    ["blank lines", "\n"],
    ["blanks before an answer", "  "],
  ] as const)
    it(`alone end by a timeout: ${name}`, async () => {
      const failed = errorOf(play(beats(1000, 100, beat), sampleProtocol, 1000));
      await vi.advanceTimersByTimeAsync(200_000);
      expect(await failed).toMatchObject({ code: "timeout", message: expect.stringContaining("timeouts.idle") });
      expect((await failed).attempts[0]?.ms).toBeLessThanOrEqual(1200);
    });

  it("alone end by a timeout although the vendor's own fields of each are passed on", async () => {
    const passing: Protocol = {
      ...sampleProtocol,
      reader(context) {
        const reader = sampleProtocol.reader(context);
        return {
          ...reader,
          message(message, emit) {
            emit({ type: "vendor-fields", fields: { beat: true }, slots: [] });
            if (message.data !== "beat") reader.message(message, emit);
          },
          get phase() {
            return reader.phase;
          },
        };
      },
    };
    const failed = errorOf(play([[0, sse({ say: "half" })], ...beats(1000, 100, "data: beat\n\n")], passing, 1000));
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await failed).toMatchObject({ code: "timeout", partial: { text: "half" } });
    expect((await failed).attempts[0]?.ms).toBeLessThanOrEqual(1200);
  });

  it("alone after the first text end by a timeout, and the error holds the text", async () => {
    const failed = errorOf(play([[0, sse({ say: "half" })], ...beats(1000, 100)], sampleProtocol, 1000));
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await failed).toMatchObject({ code: "timeout", partial: { text: "half" } });
    expect((await failed).attempts[0]?.ms).toBeLessThanOrEqual(1200);
  });
});
