/** Every way in which a call can end, with a fetch that ignores its signal: the slot, the timers, the body and the caller's signal are free afterwards. */
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection, ConnectOptions, Observation, Provider } from "../../src/index.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { type SampleSettings, sampleProviderWith } from "../support/sample-provider.ts";
import { HELLO, sse } from "../support/server.ts";

const HOUR = 3_600_000;

const realSetTimeout = setTimeout;
/** Lets digests and other work beside timers go on, while the timers are fake. */
const settle = (): Promise<void> => new Promise((resolve) => void realSetTimeout(resolve, 10));

/** A host that ignores the signal of its requests. */
class Host {
  readonly observed: Observation[] = [];
  readonly control: AbortController = new AbortController();
  requests = 0;
  /** Bodies that were neither read to their end nor cancelled. */
  openBodies = 0;
  readonly connection: Connection;
  readonly #answers: ((host: Host) => Response | Promise<Response>)[];

  constructor(
    answers: ((host: Host) => Response | Promise<Response>)[],
    options: ConnectOptions<SampleSettings> = {},
    provider: Partial<Provider<SampleSettings>> = {},
  ) {
    this.#answers = answers;
    this.connection = connectTo(
      "http://127.0.0.1:1",
      {
        fetch: async () => (this.#answers[this.requests++] ?? (() => new Response(HELLO)))(this),
        observe: (one) => void this.observed.push(one),
        ...options,
      },
      sampleProviderWith({}, { concurrency: 1, ...provider }),
    );
  }

  /** A request with the caller's signal and a timer that no ending waits for. */
  get asked(): typeof HI {
    return { ...HI, signal: this.control.signal, timeouts: { total: 1000 * HOUR } };
  }

  /** A body that begins with a text and never ends by itself. */
  open(text: string, status = 200): Response {
    this.openBodies++;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        if (text !== "") controller.enqueue(new TextEncoder().encode(text));
      },
      cancel: () => void this.openBodies--,
    });
    return new Response(body, { status });
  }
}

const HALF = sse({ say: "half" });
const never = (): Promise<Response> => new Promise(() => undefined);
const half = (host: Host): Response => host.open(HALF);
const busy = (): Response => Response.json({ error: { message: "busy" } }, { status: 503, headers: { "retry-after": "30" } });
const token = { headers: { authorization: "Bearer t-1" }, expiresAt: Date.now() + 1000 * HOUR };
const account = (authorize: NonNullable<Provider["authorize"]>): Partial<Provider<SampleSettings>> => ({
  credential: { kind: "service-account", env: "SAMPLE_ACCOUNT", required: true },
  authorize,
});
/** Exchanges that were started and never end. */
let hangingExchanges = 0;
const hang = (): Promise<never> => {
  hangingExchanges++;
  return new Promise(() => undefined);
};
const abortSoon = (host: Host): void => void setTimeout(() => host.control.abort(), 10);
async function readAll(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

interface Ending {
  make: () => Host;
  /** Ends a call. Returns the code of its error, or undefined where it succeeds or nobody asks. */
  end: (host: Host) => Promise<string | undefined>;
  code: string | undefined;
}
const codeOf = async (work: Promise<unknown> | (() => unknown)): Promise<string> => (await errorOf(work)).code;
const aborting = (make: () => Host, inExchange = false): Ending => ({
  make,
  code: "aborted",
  end: async (host) => {
    abortSoon(host);
    const code = codeOf(host.connection.stream(host.asked).response());
    do await settle();
    while (inExchange && hangingExchanges === 0);
    await vi.advanceTimersByTimeAsync(10);
    return await code;
  },
});
const timingOut = (make: () => Host, timeouts: object): Ending => ({
  make,
  code: "timeout",
  end: async (host) => {
    const code = codeOf(host.connection.stream({ ...host.asked, timeouts }).response());
    await vi.advanceTimersByTimeAsync(HOUR);
    return await code;
  },
});

const ENDINGS: Record<string, Ending> = {
  success: { make: () => new Host([]), code: undefined, end: async (host) => void (await host.connection.generate(host.asked)) },
  "a refusal": {
    make: () => new Host([() => new Response("no", { status: 400 })]),
    code: "invalid-request",
    end: (host) => codeOf(host.connection.generate(host.asked)),
  },
  "a mistake of the caller": {
    make: () => new Host([]),
    code: "invalid-request",
    end: (host) => codeOf(host.connection.generate({ ...host.asked, model: "" })),
  },
  "an abort before the start": {
    make: () => new Host([]),
    code: "aborted",
    end: (host) => {
      host.control.abort();
      return codeOf(host.connection.generate(host.asked));
    },
  },
  "stream.abort() before the start": {
    make: () => new Host([]),
    code: "aborted",
    end: (host) => {
      const asked = host.connection.stream(host.asked);
      asked.abort();
      return codeOf(asked.response());
    },
  },
  "an abort while the settings load": aborting(() => new Host([], { settings: {} }, { settings: () => new Promise(() => undefined) })),
  "an abort while a token is exchanged": aborting(() => new Host([], {}, account(hang)), true),
  "an abort before the headers": aborting(() => new Host([never])),
  "an abort inside an error's body": aborting(() => new Host([(host) => host.open("{", 500)])),
  "an abort in the wait for another attempt": aborting(() => new Host([busy])),
  "an abort in mid-stream": aborting(() => new Host([half])),
  "an abort in mid-stream while nobody reads": {
    make: () => new Host([half]),
    code: "aborted",
    end: async (host) => {
      const events = host.connection.stream(host.asked)[Symbol.asyncIterator]();
      await events.next();
      host.control.abort();
      return (host.observed.at(-1) as { code?: string }).code; // the last observation is an error
    },
  },
  "an abort while a refused token is renewed": {
    make: () => {
      let exchanges = 0;
      return new Host(
        [() => new Response("", { status: 401 })],
        {},
        account(() => (exchanges++ === 0 ? Promise.resolve(token) : hang())),
      );
    },
    code: "aborted",
    end: (host) => aborting(() => host, true).end(host),
  },
  "the timeout for headers": timingOut(() => new Host([never, never, never]), { response: 50 }),
  "the timeout for the first byte": timingOut(() => new Host([(host) => host.open("")], { retry: false }), { firstEvent: 50 }),
  "the timeout for silence": timingOut(() => new Host([half]), { idle: 50 }),
  "the timeout for silence inside an error's body": timingOut(() => new Host([(host) => host.open("{", 400)], { retry: false }), {
    idle: 50,
  }),
  "the timeout for the whole call": timingOut(() => new Host([half]), { total: 50 }),
  "the timeout for the whole call in the wait for another attempt": timingOut(() => new Host([busy]), { total: 50 }),
  "leaving the loop": {
    make: () => new Host([half]),
    code: undefined,
    end: async (host) => {
      for await (const _ of host.connection.stream(host.asked)) break;
      return undefined;
    },
  },
  "an iterator that nobody reads any more": {
    make: () => new Host([(host) => host.open(sse({ say: "a" }, { say: "b" }))]),
    code: undefined,
    end: async (host) => {
      await host.connection
        .stream({ ...host.asked, timeouts: { idle: 1000 } })
        [Symbol.asyncIterator]()
        .next();
      await vi.advanceTimersByTimeAsync(5000);
      return undefined;
    },
  },
  "an answer whose host keeps the socket open": {
    make: () => new Host([(host) => host.open(sse({ say: "a" }, { stop: "end" }))]),
    code: undefined,
    end: async (host) => {
      const text = host.connection.generate(host.asked).then((response) => response.text);
      await vi.advanceTimersByTimeAsync(3000);
      expect(await text).toBe("a");
      return undefined;
    },
  },
  "a provider whose recovery throws": {
    make: () =>
      new Host(
        [() => new Response("no", { status: 400 })],
        {},
        {
          recover: () => {
            throw new RangeError("mine");
          },
        },
      ),
    code: "invalid-request",
    end: (host) => codeOf(host.connection.generate(host.asked)),
  },
  "a reader that throws": {
    make: () => new Host([() => new Response("data: {\n\n")]),
    code: "malformed-response",
    end: (host) => codeOf(() => readAll(host.connection.stream(host.asked))),
  },
};

describe.each(Object.entries(ENDINGS))("%s", (name, { make, end, code }) => {
  beforeEach(() => {
    hangingExchanges = 0;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  });
  afterEach(() => vi.useRealTimers());

  it("frees the slot, the timers, the body and the caller's signal, and sends one last observation", async () => {
    const host = make();
    expect(await end(host)).toBe(code);
    await vi.advanceTimersByTimeAsync(0);
    const last = host.observed.filter((one) => one.type === "finish" || one.type === "error");
    expect(last).toHaveLength(1);
    expect(host.observed.at(-1)).toBe(last[0]);
    if (code !== undefined) expect(last[0]).toMatchObject({ type: "error", code });
    expect(getEventListeners(host.control.signal, "abort")).toHaveLength(0);
    expect(host.openBodies).toBe(0);
    // What drains a finished body ends within its grace period.
    await vi.advanceTimersByTimeAsync(2000);
    // An exchange serves other calls too, so it goes on.
    expect(vi.getTimerCount()).toBe(name.includes("token") ? 1 : 0);
    if (name.includes("settings") || name.includes("token")) return;
    const next = host.connection.generate(HI);
    await vi.advanceTimersByTimeAsync(0);
    expect((await next).text).toBe("hello");
  });
});

describe("several calls on one slot", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] }));
  afterEach(() => vi.useRealTimers());

  it("lose nobody's place when one that waits is aborted", async () => {
    const host = new Host([half]);
    const first = host.connection.stream(HI);
    await first[Symbol.asyncIterator]().next();
    const waiting = errorOf(host.connection.generate(host.asked));
    const third = host.connection.generate(HI);
    await vi.advanceTimersByTimeAsync(10);
    host.control.abort();
    expect((await waiting).code).toBe("aborted");
    first.abort();
    expect((await third).text).toBe("hello");
    expect(host.observed.filter((one) => one.type === "error" || one.type === "finish")).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("do not use up the time for retries while they wait", async () => {
    const host = new Host([half, busy]);
    const first = host.connection.stream(HI);
    await first[Symbol.asyncIterator]().next();
    const second = host.connection.generate(HI);
    await vi.advanceTimersByTimeAsync(200_000);
    first.abort();
    await vi.advanceTimersByTimeAsync(31_000);
    expect((await second).attempts.map(({ status }) => status)).toEqual([503, 200]);
  });

  it("end when the connection closes, also one that waits and one that begins later", async () => {
    const host = new Host([half]);
    const running = host.connection.stream(HI);
    await running[Symbol.asyncIterator]().next();
    const codes = [codeOf(running.response()), codeOf(host.connection.generate(HI))];
    const later = host.connection.stream(HI);
    await vi.advanceTimersByTimeAsync(10);
    host.connection.close();
    expect(await Promise.all([...codes, codeOf(later.response())])).toEqual(["aborted", "aborted", "aborted"]);
    expect([host.openBodies, vi.getTimerCount(), host.requests]).toEqual([0, 0, 1]);
  });
});

it("a response that arrives after its call was aborted is cancelled", async () => {
  let answer = (_: Response): void => undefined;
  const host = new Host([() => new Promise((resolve) => (answer = resolve))]);
  const failed = errorOf(host.connection.generate(host.asked));
  await new Promise((resolve) => setTimeout(resolve, 5));
  host.control.abort();
  expect((await failed).code).toBe("aborted");
  answer(host.open(HALF));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(host.openBodies).toBe(0);
});

it("a token exchange that never ends is a timeout for all who wait", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  try {
    const host = new Host([], { retry: false }, { ...account(() => new Promise(() => undefined)), concurrency: 5 });
    const errors = [1, 2, 3].map(() => errorOf(host.connection.generate(HI)));
    do await settle();
    while (vi.getTimerCount() === 0);
    await vi.advanceTimersByTimeAsync(61_000);
    for (const error of errors) expect(await error).toMatchObject({ code: "timeout", retryable: true });
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it("an operation ends by its signal and its timeout although fetch ignores them, also inside the body and between attempts", async () => {
  for (const answer of [never, (host: Host) => host.open("{"), busy]) {
    const host = new Host([answer, answer, answer]);
    expect((await host.connection.check({ timeouts: { total: 30 } })).key).toBe("unknown");
    const aborted = new Host([answer, answer, answer]);
    const failed = errorOf(aborted.connection.check({ signal: aborted.control.signal }));
    setTimeout(() => aborted.control.abort(), 20);
    expect((await failed).code).toBe("aborted");
    expect([host.openBodies, aborted.openBodies]).toEqual([0, 0]);
    expect(getEventListeners(aborted.control.signal, "abort")).toHaveLength(0);
  }
});
