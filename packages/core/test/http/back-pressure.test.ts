import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { connectTo, HI, pause } from "../support/calls.ts";
import { begin, serve, sse } from "../support/server.ts";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("back-pressure", () => {
  it("stops the server's writes while the consumer does not read", async () => {
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
    const events = connectTo(server.url).stream(HI)[Symbol.asyncIterator]();
    await events.next();
    // Wait until the server no longer writes.
    for (let before = -1; before !== written; ) {
      before = written;
      await pause(80);
    }
    const stopped = written;
    expect(stopped).toBeLessThan(40_000_000);
    for (let i = 0; i < 400; i++) await events.next();
    await pause(50);
    expect(written).toBeGreaterThan(stopped);
    await events.return?.();
    await server.seen[0]?.closed;
  });

  it("keeps memory flat when the server is fast", async () => {
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
    for await (const _ of connectTo(server.url).stream(HI))
      if (++seen % 100_000 === 0) {
        collectGarbage();
        most = Math.max(most, process.memoryUsage().heapUsed - before);
      }
    expect(seen).toBeGreaterThan(400_000);
    expect(most).toBeLessThan(8_000_000);
  });

  it("delivers every event once and in order", async () => {
    await using server = await serve(async (response) => {
      begin(response, "");
      for (let i = 0; i < 200; i++) {
        response.write(sse({ say: `${i},` }));
        if (i % 7 === 0) await pause(1);
      }
      response.end(sse({ stop: "end" }, "[DONE]"));
    });
    let text = "";
    for await (const event of connectTo(server.url).stream(HI)) if (event.type === "text") text += event.text;
    expect(text).toBe(Array.from({ length: 200 }, (_, i) => `${i},`).join(""));
  });
});
