import { describe, expect, it } from "vitest";
import { connectTo, HI, pause } from "../support/calls.ts";
import { begin, HELLO, refuse, serve, sse, stream } from "../support/server.ts";

describe.concurrent("a socket", () => {
  it("is used again after a stream that ended with its terminator, and after a refusal", async () => {
    await using server = await serve((response, _seen, count) => {
      if (count === 3) return refuse(response, 400);
      if (count === 5) return refuse(response, 503, { "retry-after-ms": "1" });
      stream(response);
    });
    const connection = connectTo(server.url);
    for (let i = 0; i < 6; i++) {
      await connection
        .stream(HI)
        .response()
        .catch(() => undefined);
      // The terminator ends the answer; the last bytes of the socket are read shortly after it.
      await pause(50);
    }
    expect(server.seen).toHaveLength(7);
    expect(server.sockets.size).toBe(1);
  });

  it("is used again when the host ends its body some time after [DONE]", async () => {
    await using server = await serve(async (response) => {
      begin(response, HELLO);
      await pause(40);
      response.end();
    });
    const connection = connectTo(server.url);
    await connection.stream(HI).response();
    await pause(250);
    await connection.stream(HI).response();
    expect(server.sockets.size).toBe(1);
  });

  it("is closed when the host goes on writing after [DONE]", async () => {
    await using server = await serve((response) => {
      begin(response, HELLO);
      const timer = setInterval(() => response.write(sse({ say: "more" })), 50);
      response.on("close", () => clearInterval(timer));
    });
    expect((await connectTo(server.url).stream(HI).response()).text).toBe("hello");
    await server.seen[0]?.closed;
  });
});
