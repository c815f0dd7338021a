import { describe, expect, it } from "vitest";
import { collect, connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { begin, DEAD_PORT, HELLO, refuse, serve, sse, stream } from "../support/server.ts";

const SOON = { "retry-after-ms": "1" };

describe.concurrent("retries", () => {
  for (const status of [408, 409, 429, 500, 502, 503, 529])
    it(`HTTP ${status} is tried again, and the attempts are on the result`, async () => {
      await using server = await serve((response, _seen, count) => (count < 3 ? refuse(response, status, SOON) : stream(response)));
      const response = await connectTo(server.url).stream(HI).response();
      expect(response.text).toBe("hello");
      expect(response.attempts.map((attempt) => attempt.status)).toEqual([status, status, 200]);
      expect(response.attempts[0]).toMatchObject({ waitedMs: 1, message: "sample: no", url: `${server.url}/talk` });
      expect(response.attempts[2]?.error).toBeUndefined();
    });

  for (const status of [400, 401, 402, 403, 404, 422])
    it(`HTTP ${status} is not tried again`, async () => {
      await using server = await serve((response) => refuse(response, status, SOON));
      const error = await errorOf(connectTo(server.url).generate(HI));
      expect(error).toMatchObject({ status, retryable: false, provider: "sample" });
      expect(error.attempts).toHaveLength(1);
      expect(server.seen).toHaveLength(1);
    });

  it("a refused connection is tried again, and the hint says that nothing listens there", async () => {
    const error = await errorOf(connectTo(`http://127.0.0.1:${DEAD_PORT}`, { retry: { attempts: 2 } }).generate(HI));
    expect(error).toMatchObject({
      code: "network",
      retryable: true,
      hint: `Nothing listens at 127.0.0.1:${DEAD_PORT}: is the server running?`,
    });
    expect(error.attempts.map((attempt) => attempt.error)).toEqual(["network", "network"]);
    expect(error.attempts[0]?.waitedMs).toBeGreaterThan(300);
    expect(error.attempts[0]?.waitedMs).toBeLessThanOrEqual(500);
  });

  it("a reset before the headers is tried again", async () => {
    await using server = await serve((response, seen, count) => (count === 1 ? seen.socket.resetAndDestroy() : stream(response)));
    const response = await connectTo(server.url).stream(HI).response();
    expect(response.attempts.map((attempt) => attempt.error)).toEqual(["network", undefined]);
  });

  it("a socket that breaks before the first content is tried again, and nothing from the first attempt is delivered", async () => {
    await using server = await serve((response, seen, count) => {
      if (count > 1) return stream(response);
      begin(response, sse({ id: "old", model: "old" }));
      setTimeout(() => seen.socket.destroy(), 20);
    });
    const events = await collect(connectTo(server.url).stream(HI));
    expect(events.filter((event) => event.type === "start")).toEqual([{ type: "start", id: "a1", model: "m-1" }]);
    expect(server.seen).toHaveLength(2);
  });

  it("an error as the first event of HTTP 200 is tried again", async () => {
    await using server = await serve((response, _seen, count) =>
      stream(response, count === 1 ? sse({ error: { code: "busy", message: "too many" } }) : HELLO),
    );
    const response = await connectTo(server.url).stream(HI).response();
    expect(response.text).toBe("hello");
    expect(response.attempts[0]).toMatchObject({ status: 200, error: "overloaded", message: "sample: too many" });
  });

  it("an empty answer is tried again", async () => {
    await using server = await serve((response, _seen, count) => stream(response, count === 1 ? "" : HELLO));
    expect((await connectTo(server.url).stream(HI).response()).attempts).toHaveLength(2);
  });

  it("nothing is tried again after the first content, and the error holds what had arrived", async () => {
    await using server = await serve((response) => stream(response, sse({ say: "half" }, { error: { code: "busy", message: "sorry" } })));
    const error = await errorOf(connectTo(server.url).stream(HI).response());
    expect(error).toMatchObject({ code: "overloaded", partial: { text: "half", usage: { completeness: "unknown" } } });
    expect(server.seen).toHaveLength(1);
  });

  it("a stream that is cut off is an error, never a short answer", async () => {
    await using server = await serve((response) => stream(response, sse({ say: "half" }, { tokens: [3, 1] })));
    const error = await errorOf(connectTo(server.url).stream(HI).response());
    expect(error).toMatchObject({ code: "truncated", partial: { text: "half", usage: { completeness: "partial", output: 1 } } });
  });

  it("a repeated body is the same byte for byte", async () => {
    await using server = await serve((response, _seen, count) => (count === 1 ? refuse(response, 503, SOON) : stream(response)));
    await connectTo(server.url).generate(HI);
    expect(server.seen[1]?.body).toBe(server.seen[0]?.body);
  });
});

describe.concurrent("the wait before the next attempt", () => {
  const later = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();
  for (const [name, headers, least] of [
    ["retry-after-ms", { "retry-after-ms": "30", "retry-after": "9" }, 30],
    ["retry-after in seconds", { "retry-after": "0.04" }, 40],
    ["retry-after as a date in the past", { "retry-after": later(-5) }, 0],
    ["the backoff when retry-after has no meaning", { "retry-after": "soon" }, 375],
  ] as const)
    it(`follows ${name}`, async () => {
      await using server = await serve((response, _seen, count) => (count === 1 ? refuse(response, 429, headers) : stream(response)));
      const [first] = (await connectTo(server.url).generate(HI)).attempts;
      if (least === 0) expect(first?.waitedMs).toBeUndefined();
      else expect(first?.waitedMs).toBeGreaterThanOrEqual(least);
    });

  for (const headers of [{ "retry-after": "61" }, { "retry-after": later(90) }, { "retry-after-ms": "60001" }])
    it(`is never longer than 60 s: the call fails with the wait in its error (${Object.keys(headers)[0]}: ${Object.values(headers)[0]})`, async () => {
      await using server = await serve((response) => refuse(response, 429, headers));
      const error = await errorOf(connectTo(server.url).generate(HI));
      expect(error.code).toBe("rate-limit");
      expect(error.retryAfterMs).toBeGreaterThan(60_000);
      expect(error.hint).toMatch(/asks to wait \d+ s/);
      expect(error.attempts).toHaveLength(1);
    });

  it("is as long as the application allows", async () => {
    await using server = await serve((response) => refuse(response, 503, { "retry-after-ms": "40" }));
    const retry = { maxWaitMs: 30 };
    expect(await errorOf(connectTo(server.url, { retry }).generate(HI))).toMatchObject({ retryAfterMs: 40, attempts: [{ status: 503 }] });
    // Without a wait of the vendor's, the wait before an attempt is no longer either.
    await using silent = await serve((response) => refuse(response, 503));
    const { attempts } = await errorOf(connectTo(silent.url, { retry }).generate(HI));
    expect(attempts).toHaveLength(3);
    for (const { waitedMs = 0 } of attempts) expect(waitedMs).toBeLessThanOrEqual(30);
  });

  it("does not exist after a success, whatever retry-after says", async () => {
    await using server = await serve((response) => {
      response.setHeader("retry-after", "50");
      stream(response);
    });
    expect((await connectTo(server.url).generate(HI)).attempts).toHaveLength(1);
  });
});

describe("the retry budget", () => {
  it("limits the attempts, and every attempt is on the error", async () => {
    await using server = await serve((response, _seen, count) =>
      refuse(response, count === 1 ? 500 : 503, { ...SOON, "x-request-id": `r-${count}` }),
    );
    const error = await errorOf(connectTo(server.url, { retry: { attempts: 4 } }).generate(HI));
    expect(error.attempts.map((attempt) => [attempt.status, attempt.requestId])).toEqual([
      [500, "r-1"],
      [503, "r-2"],
      [503, "r-3"],
      [503, "r-4"],
    ]);
    expect(error.requestId).toBe("r-4");
    expect(server.seen).toHaveLength(4);
  });

  it("limits the time: a wait that would exceed it is not started", async () => {
    await using server = await serve((response) => refuse(response, 503, { "retry-after": "2" }));
    const error = await errorOf(connectTo(server.url, { retry: { attempts: 9, budgetMs: 1000 } }).generate(HI));
    expect(error.attempts).toHaveLength(1);
  });

  it("is one attempt with retry: false", async () => {
    await using server = await serve((response) => refuse(response, 503, SOON));
    expect((await errorOf(connectTo(server.url, { retry: false }).generate(HI))).attempts).toHaveLength(1);
    expect(server.seen).toHaveLength(1);
  });

  it("still allows recoveries with retry: false, and a failure after them is not repeated", async () => {
    await using server = await serve((response, seen) =>
      seen.body.includes("temperature") ? refuse(response, 400) : refuse(response, 503, SOON),
    );
    const provider = sampleProviderWith(
      {},
      {
        recover: ({ error, call }) => {
          if (error.status !== 400) return undefined;
          const { temperature: _, ...request } = call.request;
          return { call: { ...call, request }, note: { kind: "recovered", field: "temperature", message: "The host refused it." } };
        },
      },
    );
    const error = await errorOf(connectTo(server.url, { retry: false }, provider).generate({ ...HI, temperature: 1 }));
    expect(error.attempts.map((attempt) => attempt.status)).toEqual([400, 503]);
    expect(server.seen).toHaveLength(2);
  });

  it("includes recover, which runs before a plain retry and leaves a note", async () => {
    await using server = await serve((response, seen) =>
      seen.body.includes("temperature") ? refuse(response, 400, {}, { error: { message: "temperature?" } }) : stream(response),
    );
    const provider = sampleProviderWith(
      {},
      {
        recover: ({ error, call }) => {
          if (error.message !== "sample: temperature?") return undefined;
          const { temperature: _, ...request } = call.request;
          return {
            call: { ...call, request, degradations: new Set([...call.degradations, "temperature"]) },
            note: { kind: "recovered", field: "temperature", message: "the host refused it" },
          };
        },
      },
    );
    const response = await connectTo(server.url, {}, provider).generate({ ...HI, temperature: 1 });
    expect(response.notes).toContainEqual({ kind: "recovered", field: "temperature", message: "the host refused it" });
    expect(response.attempts.map((attempt) => attempt.status)).toEqual([400, 200]);
    const strict = await errorOf(connectTo(server.url, { unsupported: "send" }, provider).generate({ ...HI, temperature: 1 }));
    expect(strict.attempts).toHaveLength(1);
  });

  it("allows a recover without marks once", async () => {
    await using server = await serve((response) => refuse(response, 400));
    const provider = sampleProviderWith({}, { recover: ({ call }) => ({ call, note: { kind: "recovered", message: "again" } }) });
    expect((await errorOf(connectTo(server.url, {}, provider).generate(HI))).attempts).toHaveLength(2);
  });

  it("is not used by a recover whose changed call cannot be prepared, and the vendor's error is thrown", async () => {
    await using server = await serve((response) => refuse(response, 400, {}, { error: { message: "first" } }));
    const provider = sampleProviderWith(
      {},
      {
        recover: ({ call }) => ({
          call: { ...call, request: { ...call.request, model: "" }, degradations: new Set(["model"]) },
          note: { kind: "recovered", message: "again" },
        }),
      },
    );
    const gone = new AbortController();
    const error = await errorOf(connectTo(server.url, {}, provider).generate({ ...HI, signal: gone.signal, timeouts: { total: 5000 } }));
    expect(error).toMatchObject({ code: "invalid-request", message: "sample: first" });
  });

  it("counts no attempt for a request that was never sent", async () => {
    const observed: string[] = [];
    const provider = sampleProviderWith({ capabilities: { tools: false } });
    const options = { observe: ({ type }: { type: string }) => void observed.push(type) };
    const error = await errorOf(connectTo("http://127.0.0.1:1", options, provider).generate({ ...HI, tools: [{ name: "look" }] }));
    expect(error).toMatchObject({ code: "unsupported", attempts: [] });
    expect(observed).toEqual(["start", "error"]);
  });
});

it("a given content-length is not sent: fetch counts the body itself, and never returns when another length was given", async () => {
  await using server = await serve((response) => stream(response));
  for (const length of ["3", "abc"]) {
    await connectTo(server.url, { headers: { "Content-Length": length } }).generate(HI);
    await connectTo(server.url).generate({ ...HI, headers: { "content-length": length } });
  }
  expect(server.seen).toHaveLength(4);
});

describe("headers that fetch refuses are a configuration error after one attempt, without their value:", () => {
  for (const headers of [{ "x-a": "two\nlines" }, { "x-a": "\u4e2d" }, { "bad name": "v" }, { "transfer-encoding": "chunked" }])
    it(JSON.stringify(headers), async () => {
      await using server = await serve((response) => stream(response));
      for (const ask of [() => connectTo(server.url, { headers }).generate(HI), () => connectTo(server.url).generate({ ...HI, headers })]) {
        const error = await errorOf(ask());
        expect(error).toMatchObject({ code: "configuration", retryable: false, field: expect.stringMatching(/^headers/) });
        expect(error.attempts).toHaveLength(1);
      }
      expect(server.seen).toHaveLength(0);
    });
});

it("a redirect to an address that is none is an error and not tried again", async () => {
  await using server = await serve((response) => {
    response.writeHead(307, { location: "http://[" });
    response.end();
  });
  const error = await errorOf(connectTo(server.url).generate(HI));
  expect(error).toMatchObject({ code: "network", retryable: false });
  expect(server.seen).toHaveLength(1);
});

it("a stream that is created long before it is read has its whole time for retries", async () => {
  await using server = await serve((response, _seen, count) => (count === 1 ? refuse(response, 503, SOON) : stream(response)));
  const asked = connectTo(server.url, { retry: { budgetMs: 300 } }).stream(HI);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await asked.response()).attempts).toHaveLength(2);
});
