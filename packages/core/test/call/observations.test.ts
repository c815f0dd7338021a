import { describe, expect, it } from "vitest";
import type { Observation } from "../../src/index.ts";
import { collect, connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, serve, sse, stream } from "../support/server.ts";

describe("the observer receives", () => {
  it("a call's requests, attempts, first event and finish in order, without content", async () => {
    await using server = await serve((response, _seen, count) =>
      count === 1 ? refuse(response, 503, { "retry-after-ms": "1" }) : stream(response),
    );
    for (const read of [collect, async (asked: ReturnType<ReturnType<typeof connectTo>["stream"]>) => asked.response()]) {
      const seen: Observation[] = [];
      await read(connectTo(server.url, { observe: (one) => void seen.push(one) }).stream(HI));
      const expected = ["request", "attempt", "request", "attempt"];
      expect(seen.map((one) => one.type).filter((type) => type !== "first-event")).toEqual(
        read === collect ? [...expected, "finish"] : ["request", "attempt", "finish"],
      );
      expect(seen.filter((one) => one.type === "first-event")).toHaveLength(1);
      expect(seen.at(-1)).toMatchObject({ type: "finish", reason: "stop", usage: { input: 3, output: 2, completeness: "exact" } });
      expect(seen[0]).toMatchObject({ type: "request", provider: "sample", model: "m-1", url: `${server.url}/talk`, streaming: true });
      expect(JSON.stringify(seen)).not.toMatch(/hello|hi"/);
    }
  });

  it("the number of the answer's events, without notes about the request", async () => {
    await using server = await serve((response) => stream(response));
    const count = async (asked: object): Promise<unknown> => {
      const seen: Observation[] = [];
      await connectTo(
        server.url,
        { observe: (one) => void seen.push(one) },
        sampleProviderWith({ capabilities: { seed: false } }),
      ).generate({
        ...HI,
        ...asked,
      });
      const last = seen.at(-1);
      return last?.type === "finish" ? last.events : undefined;
    };
    expect(await count({ seed: 7 })).toBe(await count({}));
  });

  it("a failure's code and message, and exactly one end", async () => {
    await using server = await serve((response) => stream(response, sse({ say: "half" })));
    const seen: Observation[] = [];
    await errorOf(
      connectTo(server.url, { observe: (one) => void seen.push(one) })
        .stream(HI)
        .response(),
    );
    expect(seen.map((one) => one.type)).toEqual(["request", "first-event", "attempt", "error"]);
    expect(seen.at(-1)).toEqual({ type: "error", code: "truncated", message: "sample: the answer stopped before its end" });
  });
});

describe("a response reports how it was transported:", () => {
  it("transport, times and attempts are on it", async () => {
    await using server = await serve((response) => stream(response));
    const response = await connectTo(server.url).stream(HI).response();
    expect(response.transport).toMatchObject({ url: `${server.url}/talk`, status: 200, streamed: true });
    expect(response.transport.firstByteMs).toBeLessThanOrEqual(response.transport.totalMs);
    expect(response.attempts).toEqual([{ url: `${server.url}/talk`, status: 200, ms: expect.any(Number) }]);
  });

  for (const [streaming, tools, streamed] of [
    ["no", false, false],
    ["no-tools", true, false],
    ["no-tools", false, true],
  ] as const)
    it(`a route with streaming: "${streaming}"${tools ? " and a request with tools" : ""} is ${streamed ? "streamed" : "not streamed, with a note"}`, async () => {
      await using server = await serve((response, seen) =>
        seen.body.includes('"stream":true')
          ? stream(response)
          : refuse(response, 200, {}, { id: "a1", model: "m-1", say: "hello", stop: "end" }),
      );
      const asked = connectTo(server.url, {}, sampleProviderWith({ streaming })).stream({
        ...HI,
        ...(tools ? { tools: [{ name: "look" }] } : {}),
      });
      const events = await collect(asked);
      expect(events.at(-1)).toEqual({ type: "finish", reason: "stop", raw: "end" });
      const response = await asked.response();
      expect(response.text).toBe("hello");
      expect(response.transport.streamed).toBe(streamed);
      expect(response.notes.map((note) => note.field)).toEqual(streamed ? [] : ["stream"]);
    });

  it('generate() reads a stream on a route with unstreamed: "streamed"', async () => {
    await using server = await serve((response, seen) => stream(response, seen.body.includes('"stream":true') ? undefined : ""));
    const response = await connectTo(server.url, {}, sampleProviderWith({ unstreamed: "streamed" })).generate(HI);
    expect(response).toMatchObject({ text: "hello", transport: { streamed: true } });
  });
});

describe("an observer that fails", () => {
  const observers: [string, () => void][] = [
    [
      "by throwing",
      () => {
        throw new RangeError("mine");
      },
    ],
    // An async function is an observer too.
    ["by a rejected promise", () => Promise.reject(new RangeError("mine")) as unknown as undefined],
  ];
  for (const [how, observe] of observers)
    it(`${how} breaks neither the call nor the process`, async () => {
      const unhandled: unknown[] = [];
      const onUnhandled = (cause: unknown): void => void unhandled.push(cause);
      process.on("unhandledRejection", onUnhandled);
      await using server = await serve((response, _seen, count) =>
        count === 1 ? refuse(response, 503, { "retry-after-ms": "1" }) : stream(response),
      );
      expect((await connectTo(server.url, { observe }).generate(HI)).text).toBe("hello");
      expect((await errorOf(connectTo("http://127.0.0.1:1", { observe, retry: false }).generate(HI))).code).toBe("network");
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.off("unhandledRejection", onUnhandled);
      expect(unhandled).toEqual([]);
    });
});
