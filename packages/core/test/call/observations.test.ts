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
        read === collect ? ["start", ...expected, "finish"] : ["start", "request", "attempt", "finish"],
      );
      expect(seen.filter((one) => one.type === "first-event")).toHaveLength(1);
      expect(seen.at(-1)).toMatchObject({
        type: "finish",
        reason: "stop",
        model: "m-1",
        usage: { input: 3, output: 2, completeness: "exact" },
      });
      expect(seen[0]?.call).toMatchObject({ provider: "sample", model: "m-1", streaming: true, baseURL: server.url });
      expect(new Set(seen.map(({ call }) => call)).size).toBe(1);
      expect(seen[1]).toMatchObject({ type: "request", provider: "sample", model: "m-1", url: `${server.url}/talk`, streaming: true });
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
    expect(seen.map((one) => one.type)).toEqual(["start", "request", "first-event", "attempt", "error"]);
    expect(seen.at(-1)).toMatchObject({
      type: "error",
      code: "truncated",
      status: 200,
      message: "sample: the answer stopped before its end",
    });
  });

  it("content only from the functions that return it", async () => {
    await using server = await serve((response, _seen, count) => stream(response, count === 1 ? undefined : sse({ say: "half" })));
    const seen: Observation[] = [];
    const connection = connectTo(server.url, { observe: (one) => seen.push(one) });
    await connection.generate(HI);
    const finish = seen.at(-1);
    expect([finish?.call.request(), finish?.type === "finish" && finish.response().text]).toEqual([HI, "hello"]);
    await errorOf(connection.stream(HI).response());
    const error = seen.at(-1);
    expect(error?.type === "error" && error.partial()?.text).toBe("half");
    expect(JSON.stringify(seen)).not.toMatch(/hello|half|"hi"/);
  });

  it("one object per call, so that calls at the same time can be told apart", async () => {
    await using server = await serve((response) => stream(response));
    const seen: Observation[] = [];
    const connection = connectTo(server.url, { observe: (one) => seen.push(one) });
    await Promise.all([connection.generate(HI), connection.generate({ ...HI, model: "m-2" })]);
    for (const model of ["m-1", "m-2"]) {
      const own = seen.filter(({ call }) => call.model === model);
      expect(own.map(({ type }) => type)).toEqual(["start", "request", "first-event", "attempt", "finish"]);
      expect(new Set(own.map(({ call }) => call)).size).toBe(1);
    }
  });

  it("a start and an error of a stream that is aborted before it is read, and of a request that cannot be sent", async () => {
    const seen: Observation[] = [];
    const connection = connectTo("http://127.0.0.1:1", { observe: (one) => seen.push(one) });
    connection.stream(HI).abort("changed my mind");
    // A caller without types can pass anything.
    await errorOf(connection.generate(undefined as never));
    expect(seen.map((one) => [one.type, one.type === "error" ? one.code : ""])).toEqual([
      ["start", ""],
      ["error", "aborted"],
      ["start", ""],
      ["error", "invalid-request"],
    ]);
  });
});

describe("a function that the observer returns for a request", () => {
  it("sends the request, each retry included", async () => {
    await using server = await serve((response, _seen, count) =>
      count === 1 ? refuse(response, 503, { "retry-after-ms": "1" }) : stream(response),
    );
    const inside: boolean[] = [];
    let open = false;
    const connection = connectTo(server.url, {
      fetch: (input, init) => {
        inside.push(open);
        return fetch(input, init);
      },
      observe: ({ type }) =>
        type === "request" &&
        ((send: () => Promise<Response>) => {
          open = true;
          void send();
          open = false;
        }),
    });
    expect((await connection.generate(HI)).text).toBe("hello");
    expect(inside).toEqual([true, true]);
  });

  it.each([
    ["throws", () => expect.unreachable()],
    ["does not send", () => undefined],
    ["rejects", () => Promise.reject(new RangeError("mine"))],
    ["sends twice", (send: () => unknown) => [send(), send()]],
  ] as const)("does not affect the call when it %s", async (_how, wrapper) => {
    let sent = 0;
    await using server = await serve((response) => {
      sent++;
      stream(response);
    });
    const connection = connectTo(server.url, { observe: ({ type }) => (type === "request" ? wrapper : undefined) });
    expect([(await connection.generate(HI)).text, sent]).toEqual(["hello", 1]);
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
