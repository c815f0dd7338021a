import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { ChatStream } from "../../src/index.ts";
import { collect, connectTo, errorOf, HI, KEY, pause } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { begin, HELLO, refuse, type Served, serve, sse, stream } from "../support/server.ts";

const half = (): Promise<Served> => serve((response) => begin(response, sse({ say: "half" })));
const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;
const arrived = async (server: Served): Promise<void> => {
  while (server.seen.length === 0) await pause(2);
};

describe("an abort", () => {
  it("before the headers closes the socket and is not a network error", async () => {
    await using server = await serve(() => undefined);
    const control = new AbortController();
    const failed = errorOf(connectTo(server.url).generate({ ...HI, signal: control.signal }));
    await arrived(server);
    control.abort("changed my mind");
    expect(await failed).toMatchObject({ code: "aborted", retryable: false, cause: "changed my mind" });
    await server.seen[0]?.closed;
    expect(server.seen).toHaveLength(1);
    expect(listeners(control.signal)).toBe(0);
  });

  it("in mid-body closes the socket, and the error holds what had arrived", async () => {
    await using server = await half();
    const control = new AbortController();
    const asked = connectTo(server.url).stream({ ...HI, signal: control.signal });
    const failed = errorOf(async () => {
      for await (const event of asked) if (event.type === "text") control.abort();
    });
    expect(await failed).toMatchObject({ code: "aborted", partial: { text: "half" } });
    expect(await errorOf(asked.response())).toBe(await failed);
    await server.seen[0]?.closed;
    expect(listeners(control.signal)).toBe(0);
  });

  it("closes the socket at once while nobody reads", async () => {
    await using server = await half();
    const control = new AbortController();
    const events = connectTo(server.url)
      .stream({ ...HI, signal: control.signal })
      [Symbol.asyncIterator]();
    await events.next();
    control.abort();
    await server.seen[0]?.closed;
    expect(
      await errorOf(async () => {
        for (;;) if ((await events.next()).done === true) return;
      }),
    ).toMatchObject({ code: "aborted" });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("ends a call whose output is validated without end, streamed or not, by the signal or by the stream", async () => {
    await using server = await serve((response) =>
      stream(response, sse({ id: "a1", model: "m-1" }, { say: "{}" }, { stop: "end" }, "[DONE]")),
    );
    for (const way of ["generate", "stream", "abort"] as const) {
      const control = new AbortController();
      const validating = Promise.withResolvers<void>();
      const validate = (): Promise<never> => {
        validating.resolve();
        return new Promise(() => {});
      };
      const output = { schema: { type: "object" }, validate };
      const request = { ...HI, output, signal: control.signal };
      const connection = connectTo(server.url);
      const asked = connection.stream(request);
      const failed = errorOf(way === "generate" ? connection.generate(request) : asked.response());
      await validating.promise;
      if (way === "abort") asked.abort("changed my mind");
      else control.abort("changed my mind");
      expect(await failed).toMatchObject({ code: "aborted", partial: { text: "{}" } });
      expect(listeners(control.signal)).toBe(0);
    }
  });

  it("after the finish changes nothing", async () => {
    await using server = await serve((response) => stream(response));
    const control = new AbortController();
    const asked = connectTo(server.url).stream({ ...HI, signal: control.signal });
    await collect(asked);
    expect(listeners(control.signal)).toBe(0);
    control.abort();
    asked.abort();
    expect((await asked.response()).text).toBe("hello");
  });

  it("before the call prevents sending", async () => {
    await using server = await half();
    const error = await errorOf(connectTo(server.url).generate({ ...HI, signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "aborted", attempts: [] });
    expect(server.seen).toHaveLength(0);
  });

  it("during the wait for the next attempt ends the wait", async () => {
    await using server = await serve((response) => refuse(response, 503, { "retry-after": "30" }));
    const control = new AbortController();
    const failed = errorOf(connectTo(server.url).generate({ ...HI, signal: control.signal }));
    await arrived(server);
    await pause(150);
    control.abort();
    expect((await failed).code).toBe("aborted");
    expect((await failed).attempts.map((attempt) => attempt.status)).toEqual([503]);
    expect(listeners(control.signal)).toBe(0);
  });

  it("during a token exchange ends the call, but not the exchange that others wait for", async () => {
    await using server = await serve((response) => stream(response));
    let finish = (): void => undefined;
    let signal: AbortSignal | undefined;
    const provider = sampleProviderWith(
      {},
      {
        credential: { kind: "service-account", env: "SAMPLE_ACCOUNT", required: true },
        authorize: (context) => {
          signal = context.signal;
          return new Promise((resolve) => {
            finish = () => resolve({ headers: { authorization: "Bearer token-1" }, expiresAt: Date.now() + 3_600_000 });
          });
        },
      },
    );
    const control = new AbortController();
    const connection = connectTo(server.url, { apiKey: `${KEY}-abort` }, provider);
    const failed = errorOf(connection.generate({ ...HI, signal: control.signal }));
    while (signal === undefined) await pause(2);
    const other = connection.generate(HI);
    await pause(10);
    control.abort();
    expect((await failed).code).toBe("aborted");
    expect(signal?.aborted).toBe(false);
    finish();
    expect((await other).text).toBe("hello");
    expect(listeners(control.signal)).toBe(0);
  });

  it("by stream.abort() closes the socket", async () => {
    await using server = await half();
    const asked = connectTo(server.url).stream(HI);
    const failed = errorOf(async () => {
      for await (const _ of asked) asked.abort("stop button");
    });
    expect(await failed).toMatchObject({ code: "aborted", cause: "stop button" });
    await server.seen[0]?.closed;
  });
});

describe("leaving the loop early", () => {
  const leavings: [string, (events: ChatStream) => Promise<unknown>][] = [
    [
      "by break",
      async (events) => {
        for await (const _ of events) break;
      },
    ],
    [
      "by return",
      (events) =>
        (async () => {
          for await (const event of events) return event;
        })(),
    ],
    [
      "by an error of its own",
      (events) =>
        (async () => {
          for await (const _ of events) throw new RangeError("mine");
        })().catch((error: unknown) => expect(error).toBeInstanceOf(RangeError)),
    ],
    [
      "by the iterator's return()",
      async (events) => {
        const it = events[Symbol.asyncIterator]();
        await it.next();
        await it.return?.();
      },
    ],
  ];
  for (const [how, leave] of leavings)
    it(`${how} frees the socket and the caller's signal`, async () => {
      await using server = await half();
      const control = new AbortController();
      const asked = connectTo(server.url).stream({ ...HI, signal: control.signal });
      await leave(asked);
      await server.seen[0]?.closed;
      expect(listeners(control.signal)).toBe(0);
      expect(await errorOf(asked.response())).toMatchObject({ code: "aborted", cause: "the iteration ended before the stream did" });
    });

  it("before the first event prevents sending", async () => {
    await using server = await half();
    const events = connectTo(server.url).stream(HI)[Symbol.asyncIterator]();
    await events.return?.();
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(server.seen).toHaveLength(0);
  });

  it("yields no further events", async () => {
    await using server = await serve((response) => stream(response));
    const events = connectTo(server.url).stream(HI)[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: "start" });
    await events.return?.();
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});

it("a signal shared by many calls keeps no listeners", async () => {
  await using server = await serve((response, _seen, count) =>
    count % 3 === 0 ? refuse(response, 400) : count % 3 === 1 ? refuse(response, 503, { "retry-after-ms": "1" }) : stream(response, HELLO),
  );
  const control = new AbortController();
  const connection = connectTo(server.url);
  await Promise.all(Array.from({ length: 30 }, () => connection.generate({ ...HI, signal: control.signal }).catch(() => undefined)));
  expect(server.seen.length).toBeGreaterThan(29);
  expect(listeners(control.signal)).toBe(0);
});

it("iterating and response() give the same answer, and iterating after response() is a configuration error", async () => {
  await using server = await serve((response) => stream(response));
  const both = connectTo(server.url).stream(HI);
  const [events, response] = await Promise.all([collect(both), both.response()]);
  expect(response.text).toBe(events.flatMap((event) => (event.type === "text" ? [event.text] : [])).join(""));
  expect(server.seen).toHaveLength(1);
  const late = connectTo(server.url).stream(HI);
  await late.response();
  expect((await errorOf(() => collect(late))).code).toBe("configuration");
});
