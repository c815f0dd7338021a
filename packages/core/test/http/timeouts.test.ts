import { describe, expect, it } from "vitest";
import type { Timeouts } from "../../src/index.ts";
import { collect, connectTo, errorOf, HI, pause } from "../support/calls.ts";
import { begin, type Handler, HELLO, serve, sse } from "../support/server.ts";

const once = { retry: false } as const;

describe.concurrent("each timeout is an error of its own and closes the socket:", () => {
  const cases: [keyof Timeouts, string, Handler][] = [
    ["response", "no response headers arrived within 60 ms (timeouts.response)", () => undefined],
    ["firstEvent", "no first byte arrived within 60 ms (timeouts.firstEvent)", (response) => begin(response, "")],
    ["idle", "the stream brought nothing new for 60 ms (timeouts.idle)", (response) => begin(response, sse({ say: "half" }))],
    ["total", "the call did not end within 1500 ms (timeouts.total)", (response) => trickle(response)],
  ];
  const trickle = (response: Parameters<Handler>[0]): void => {
    begin(response, "");
    const timer = setInterval(() => response.write(sse({ say: "x" })), 5);
    response.on("close", () => clearInterval(timer));
  };

  for (const [kind, message, handler] of cases)
    it(`${kind}`, async () => {
      await using server = await serve(handler);
      const error = await errorOf(
        connectTo(server.url, once)
          .stream({ ...HI, timeouts: { [kind]: kind === "total" ? 1500 : 60 } })
          .response(),
      );
      expect(error).toMatchObject({ code: "timeout", message: `sample: ${message}` });
      expect(error.retryable).toBe(kind !== "total");
      expect(error.partial?.text.length ?? 0).toBeGreaterThanOrEqual(kind === "idle" || kind === "total" ? 1 : 0);
      await server.seen[0]?.closed;
    });

  it("the connection's timeouts apply where the call gives none, and the call's replace them", async () => {
    await using server = await serve(() => undefined);
    const connection = connectTo(server.url, { ...once, timeouts: { response: 40, total: 5000 } });
    expect((await errorOf(connection.generate(HI))).message).toContain("within 40 ms (timeouts.response)");
    expect((await errorOf(connection.generate({ ...HI, timeouts: { response: 50 } }))).message).toContain("within 50 ms");
  });

  it("total includes the waits between attempts, and a wait is not counted as an attempt", async () => {
    await using server = await serve((response) => {
      response.writeHead(503, { "retry-after": "30" });
      response.end();
    });
    const error = await errorOf(connectTo(server.url).generate({ ...HI, timeouts: { total: 300 } }));
    expect(error).toMatchObject({ code: "timeout", message: "sample: the call did not end within 300 ms (timeouts.total)" });
    expect(error.attempts.map((attempt) => attempt.status)).toEqual([503]);
  });

  it("an error body that never ends is an idle timeout", async () => {
    await using server = await serve((response) => {
      response.writeHead(400);
      response.write('{"error":');
    });
    const error = await errorOf(connectTo(server.url, once).generate({ ...HI, timeouts: { idle: 50 } }));
    expect(error.message).toContain("timeouts.idle");
    await server.seen[0]?.closed;
  });
});

it("the time that a consumer takes is not counted as silence", async () => {
  await using server = await serve(async (response) => {
    begin(response, sse({ say: "a" }));
    await pause(10);
    response.write(sse({ say: "b" }));
    await pause(10);
    response.end(sse({ stop: "end" }, "[DONE]"));
  });
  let text = "";
  for await (const event of connectTo(server.url, once).stream({ ...HI, timeouts: { idle: 200 } })) {
    if (event.type !== "text") continue;
    text += event.text;
    await pause(400);
  }
  expect(text).toBe("ab");
});

it("comments and blank lines between contents change nothing", async () => {
  await using server = await serve(async (response) => {
    begin(response, ": wait\n\n");
    for (let i = 0; i < 6; i++) {
      await pause(20);
      response.write(i % 2 === 0 ? ": wait\n\n" : "\n");
    }
    response.end(HELLO);
  });
  const response = await connectTo(server.url, once)
    .stream({ ...HI, timeouts: { idle: 5000, firstEvent: 5000 } })
    .response();
  expect(response.text).toBe("hello");
});

describe.concurrent("a complete answer whose host keeps the socket open", () => {
  it("ends without an error after two seconds", async () => {
    await using server = await serve((response) => begin(response, sse({ say: "done" }, { stop: "end" })));
    const response = await connectTo(server.url, once).stream(HI).response();
    expect(response).toMatchObject({ text: "done", finishReason: "stop" });
    await server.seen[0]?.closed;
  });

  it("ends without an error while the host still sends comments", async () => {
    await using server = await serve((response) => {
      begin(response, sse({ say: "done" }, { stop: "end" }));
      const timer = setInterval(() => response.write(": still here\n\n"), 100);
      response.on("close", () => clearInterval(timer));
    });
    expect(
      (
        await connectTo(server.url, once)
          .stream({ ...HI, timeouts: { total: 10_000 } })
          .response()
      ).finishReason,
    ).toBe("stop");
    await server.seen[0]?.closed;
  });

  it("includes usage that follows within that time", async () => {
    await using server = await serve(async (response) => {
      begin(response, sse({ say: "done" }, { stop: "end" }));
      await pause(1200);
      response.end(sse({ tokens: [7, 1] }));
    });
    expect((await connectTo(server.url, once).stream(HI).response()).usage).toEqual({ input: 7, output: 1, completeness: "exact" });
  });

  it("loses nothing when the consumer takes longer than that over the last events", async () => {
    await using server = await serve(async (response) => {
      begin(response, sse({ say: "done" }, { stop: "end" }));
      await pause(50);
      response.end(sse({ tokens: [7, 1] }, "[DONE]"));
    });
    const asked = connectTo(server.url, once).stream(HI);
    for await (const event of asked) if (event.type === "text") await pause(2300);
    expect((await asked.response()).usage).toMatchObject({ input: 7, completeness: "exact" });
  });

  it("stays complete when the socket breaks afterwards", async () => {
    await using server = await serve((response, seen) => {
      begin(response, sse({ say: "done" }, { stop: "end" }));
      setTimeout(() => seen.socket.destroy(), 30);
    });
    expect((await collect(connectTo(server.url, once).stream(HI))).at(-1)).toEqual({ type: "finish", reason: "stop", raw: "end" });
  });
});
