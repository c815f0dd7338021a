import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { ChatStream } from "../src/index.ts";
import { collect, failing, HI, KEY, pause, to } from "./ask.ts";
import { begin, HELLO, refuse, type Served, serve, sse, stream } from "./server.ts";
import { strangerWith } from "./stranger.ts";

const half = (): Promise<Served> => serve((response) => begin(response, sse({ say: "half" })));
const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;
const arrived = async (server: Served): Promise<void> => {
  while (server.seen.length === 0) await pause(2);
};

describe("an abort", () => {
  it("before the headers closes the socket, and is no network error", async () => {
    await using server = await serve(() => undefined);
    const control = new AbortController();
    const failed = failing(to(server.url).generate({ ...HI, signal: control.signal }));
    await arrived(server);
    control.abort("changed my mind");
    expect(await failed).toMatchObject({ code: "aborted", retryable: false, cause: "changed my mind" });
    await server.seen[0]?.closed;
    expect(server.seen).toHaveLength(1);
    expect(listeners(control.signal)).toBe(0);
  });

  it("in mid-body closes the socket, and the error holds what came", async () => {
    await using server = await half();
    const control = new AbortController();
    const asked = to(server.url).stream({ ...HI, signal: control.signal });
    const failed = failing(async () => {
      for await (const event of asked) if (event.type === "text") control.abort();
    });
    expect(await failed).toMatchObject({ code: "aborted", partial: { text: "half" } });
    expect(await failing(asked.response())).toBe(await failed);
    await server.seen[0]?.closed;
    expect(listeners(control.signal)).toBe(0);
  });

  it("while nobody reads closes the socket at once", async () => {
    await using server = await half();
    const control = new AbortController();
    const events = to(server.url)
      .stream({ ...HI, signal: control.signal })
      [Symbol.asyncIterator]();
    await events.next();
    control.abort();
    await server.seen[0]?.closed;
    expect(
      await failing(async () => {
        for (;;) if ((await events.next()).done === true) return;
      }),
    ).toMatchObject({ code: "aborted" });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("after the finish changes nothing", async () => {
    await using server = await serve((response) => stream(response));
    const control = new AbortController();
    const asked = to(server.url).stream({ ...HI, signal: control.signal });
    await collect(asked);
    expect(listeners(control.signal)).toBe(0);
    control.abort();
    asked.abort();
    expect((await asked.response()).text).toBe("hello");
  });

  it("that came before the call sends nothing", async () => {
    await using server = await half();
    const error = await failing(to(server.url).generate({ ...HI, signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "aborted", attempts: [] });
    expect(server.seen).toHaveLength(0);
  });

  it("during the wait for the next attempt ends the wait", async () => {
    await using server = await serve((response) => refuse(response, 503, { "retry-after": "30" }));
    const control = new AbortController();
    const failed = failing(to(server.url).generate({ ...HI, signal: control.signal }));
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
    const provider = strangerWith(
      {},
      {
        credential: { kind: "service-account", env: "STRANGER_ACCOUNT", required: true },
        authorize: (_key, effects) => {
          signal = effects.signal;
          return new Promise((resolve) => {
            finish = () => resolve({ headers: { authorization: "Bearer token-1" }, expiresAt: Date.now() + 3_600_000 });
          });
        },
      },
    );
    const control = new AbortController();
    const connection = to(server.url, { apiKey: `${KEY}-abort` }, provider);
    const failed = failing(connection.generate({ ...HI, signal: control.signal }));
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

  it("by stream.abort() does the same", async () => {
    await using server = await half();
    const asked = to(server.url).stream(HI);
    const failed = failing(async () => {
      for await (const _ of asked) asked.abort("stop button");
    });
    expect(await failed).toMatchObject({ code: "aborted", cause: "stop button" });
    await server.seen[0]?.closed;
  });
});

describe("a loop that is left early", () => {
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
      const asked = to(server.url).stream({ ...HI, signal: control.signal });
      await leave(asked);
      await server.seen[0]?.closed;
      expect(listeners(control.signal)).toBe(0);
      expect(await failing(asked.response())).toMatchObject({ code: "aborted", cause: "the stream was left before its end" });
    });

  it("before anything was asked sends nothing", async () => {
    await using server = await half();
    const events = to(server.url).stream(HI)[Symbol.asyncIterator]();
    await events.return?.();
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(server.seen).toHaveLength(0);
  });

  it("yields nothing afterwards", async () => {
    await using server = await serve((response) => stream(response));
    const events = to(server.url).stream(HI)[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: "start" });
    await events.return?.();
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});

it("one signal over many calls keeps no listener of them", async () => {
  await using server = await serve((response, _seen, count) =>
    count % 3 === 0 ? refuse(response, 400) : count % 3 === 1 ? refuse(response, 503, { "retry-after-ms": "1" }) : stream(response, HELLO),
  );
  const control = new AbortController();
  const connection = to(server.url);
  await Promise.all(Array.from({ length: 30 }, () => connection.generate({ ...HI, signal: control.signal }).catch(() => undefined)));
  expect(server.seen.length).toBeGreaterThan(29);
  expect(listeners(control.signal)).toBe(0);
});

it("what is iterated and asked for whole is the same answer; asking first and iterating later is refused by name", async () => {
  await using server = await serve((response) => stream(response));
  const both = to(server.url).stream(HI);
  const [events, response] = await Promise.all([collect(both), both.response()]);
  expect(response.text).toBe(events.flatMap((event) => (event.type === "text" ? [event.text] : [])).join(""));
  expect(server.seen).toHaveLength(1);
  const late = to(server.url).stream(HI);
  await late.response();
  expect((await failing(() => collect(late))).code).toBe("configuration");
});
