import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { failing, HI, pause, to } from "./ask.ts";
import { begin, HELLO, refuse, serve, sse, stream } from "./server.ts";
import { strangerWith } from "./stranger.ts";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe.concurrent("a connection", () => {
  it("is used again after an answer that ended with its terminator, a whole one, and a refusal", async () => {
    await using server = await serve((response, _seen, count) => {
      if (count === 3) return refuse(response, 400);
      if (count === 5) return refuse(response, 503, { "retry-after-ms": "1" });
      stream(response);
    });
    const connection = to(server.url);
    for (let i = 0; i < 6; i++) {
      await connection
        .stream(HI)
        .response()
        .catch(() => undefined);
      // The terminator ends the answer; its socket's last bytes are read just after.
      await pause(50);
    }
    expect(server.seen).toHaveLength(7);
    expect(server.sockets.size).toBe(1);
  });

  it("is used again where the host closes its body some time after [DONE]", async () => {
    await using server = await serve(async (response) => {
      begin(response, HELLO);
      await pause(40);
      response.end();
    });
    const connection = to(server.url);
    await connection.stream(HI).response();
    await pause(250);
    await connection.stream(HI).response();
    expect(server.sockets.size).toBe(1);
  });

  it("is closed where the host writes on after [DONE]", async () => {
    await using server = await serve((response) => {
      begin(response, HELLO);
      const timer = setInterval(() => response.write(sse({ say: "more" })), 50);
      response.on("close", () => clearInterval(timer));
    });
    expect((await to(server.url).stream(HI).response()).text).toBe("hello");
    await server.seen[0]?.closed;
  });
});

describe("back-pressure", () => {
  it("a slow consumer is felt by the socket: the server's writes stop", async () => {
    const packet = Buffer.from(sse({ say: "x".repeat(60_000) }));
    let written = 0;
    await using server = await serve((response) => {
      begin(response, sse({ say: "first" }));
      const fill = (): void => {
        while (!response.destroyed && written < 400_000_000) {
          written += packet.length;
          if (!response.write(packet)) {
            response.once("drain", fill);
            return;
          }
        }
      };
      fill();
    });
    const events = to(server.url).stream(HI)[Symbol.asyncIterator]();
    await events.next();
    // Until nothing moves any more.
    for (let before = -1; before !== written; ) {
      before = written;
      await pause(80);
    }
    const asleep = written;
    expect(asleep).toBeLessThan(40_000_000);
    for (let i = 0; i < 400; i++) await events.next();
    await pause(50);
    expect(written).toBeGreaterThan(asleep);
    await events.return?.();
    await server.seen[0]?.closed;
  });

  it("a fast producer does not fill memory", async () => {
    const packet = Buffer.from(sse({ think: "" }).repeat(2000));
    const total = 12_000_000;
    await using server = await serve((response) => {
      begin(response, sse({ say: "first" }));
      let written = 0;
      const fill = (): void => {
        while (written < total) {
          written += packet.length;
          if (!response.write(packet)) {
            response.once("drain", fill);
            return;
          }
        }
        response.end(sse({ stop: "end" }, "[DONE]"));
      };
      fill();
    });
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    let seen = 0;
    for await (const _ of to(server.url).stream(HI))
      if (++seen % 100_000 === 0) {
        collectGarbage();
        most = Math.max(most, process.memoryUsage().heapUsed - before);
      }
    expect(seen).toBeGreaterThan(400_000);
    expect(most).toBeLessThan(8_000_000);
  });

  it("events arrive in order, one packet at a time, and none twice", async () => {
    await using server = await serve(async (response) => {
      begin(response, "");
      for (let i = 0; i < 200; i++) {
        response.write(sse({ say: `${i},` }));
        if (i % 7 === 0) await pause(1);
      }
      response.end(sse({ stop: "end" }, "[DONE]"));
    });
    let text = "";
    for await (const event of to(server.url).stream(HI)) if (event.type === "text") text += event.text;
    expect(text).toBe(Array.from({ length: 200 }, (_, i) => `${i},`).join(""));
  });
});

describe("calls in flight", () => {
  it("stay within a connection's limit, in order, and a place is given back after an error, an abort and a loop that was left", async () => {
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
    const connection = to(server.url, {}, strangerWith({}, { concurrency: 1 }));
    const ask = (content: string, signal?: AbortSignal) =>
      connection.stream({ ...HI, messages: [{ role: "user", content }], ...(signal === undefined ? {} : { signal }) });
    const left = (async () => {
      for await (const _ of ask("hang")) break;
    })();
    const waiting = new AbortController();
    const results = [failing(ask("fail").response()), failing(ask("never", waiting.signal).response()), ask("last").response()] as const;
    await pause(2);
    waiting.abort();
    // Who waits for a place and is aborted does not wait for it.
    expect((await results[1]).code).toBe("aborted");
    await left;
    // Who comes while a place changes hands does not get in beside it.
    const late = ask("late").response();
    expect((await results[0]).status).toBe(400);
    expect((await results[2]).text).toBe("hello");
    await late;
    expect(most).toBe(1);
    expect(server.seen.map(({ body }) => /hang|fail|never|last|late/.exec(body)?.[0])).toEqual(["hang", "fail", "last", "late"]);
  });
});
