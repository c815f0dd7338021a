import { describe, expect, it } from "vitest";
import { connectTo, errorOf, HI, pause } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { begin, refuse, serve, sse, stream } from "../support/server.ts";

describe("calls in flight", () => {
  it("stay within the connection's limit in order of arrival, and a slot is released after an error, an abort and an abandoned loop", async () => {
    let running = 0;
    let most = 0;
    await using server = await serve(async (response, seen) => {
      most = Math.max(most, ++running);
      response.on("close", () => running--);
      await pause(10);
      if (seen.body.includes("fail")) return refuse(response, 400);
      if (seen.body.includes("hang")) return begin(response, sse({ say: "…" }));
      stream(response);
    });
    const connection = connectTo(server.url, {}, sampleProviderWith({}, { concurrency: 1 }));
    const ask = (content: string, signal?: AbortSignal) =>
      connection.stream({ ...HI, messages: [{ role: "user", content }], ...(signal === undefined ? {} : { signal }) });
    const left = (async () => {
      for await (const _ of ask("hang")) break;
    })();
    const waiting = new AbortController();
    const results = [errorOf(ask("fail").response()), errorOf(ask("never", waiting.signal).response()), ask("last").response()] as const;
    await pause(2);
    waiting.abort();
    // A call that waits for a slot ends when it is aborted.
    expect((await results[1]).code).toBe("aborted");
    await left;
    // A call that arrives while a slot passes to another waits its turn.
    const late = ask("late").response();
    expect((await results[0]).status).toBe(400);
    expect((await results[2]).text).toBe("hello");
    await late;
    expect(most).toBe(1);
    expect(server.seen.map(({ body }) => /hang|fail|never|last|late/.exec(body)?.[0])).toEqual(["hang", "fail", "last", "late"]);
  });
});
