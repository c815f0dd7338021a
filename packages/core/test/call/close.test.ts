import { describe, expect, it } from "vitest";
import { connectTo, errorOf, HI, pause } from "../support/calls.ts";
import { sampleProvider } from "../support/sample-provider.ts";
import { begin, refuse, type Served, serve, sse, stream } from "../support/server.ts";

const CLOSED = { code: "aborted", message: "sample: the connection is closed", provider: "sample" };
const arrived = async (server: Served): Promise<void> => {
  while (server.seen.length === 0) await pause(2);
};

describe("connection.close()", () => {
  it("aborts a stream in mid-answer and closes its socket", async () => {
    await using server = await serve((response) => begin(response, sse({ say: "half" })));
    const connection = connectTo(server.url);
    const asked = connection.stream(HI);
    const error = await errorOf(async () => {
      for await (const event of asked) if (event.type === "text") connection.close();
    });
    expect(error).toMatchObject({ ...CLOSED, partial: { text: "half" } });
    await server.seen[0]?.closed;
  });

  it("aborts a call that waits for its next attempt", async () => {
    await using server = await serve((response) => refuse(response, 503, { "retry-after": "30" }));
    const connection = connectTo(server.url);
    const error = errorOf(connection.generate(HI));
    await arrived(server);
    await pause(100);
    connection.close();
    expect(await error).toMatchObject({ ...CLOSED, attempts: [{ status: 503 }] });
  });

  it("aborts a running operation and closes its socket", async () => {
    await using server = await serve(() => undefined);
    const connection = connectTo(server.url);
    const error = errorOf(connection.check());
    await arrived(server);
    connection.close();
    expect(await error).toMatchObject(CLOSED);
    await server.seen[0]?.closed;
  });

  it("makes later calls and operations fail without sending anything", async () => {
    await using server = await serve((response) => stream(response));
    const connection = connectTo(server.url);
    const opened = connection.stream(HI);
    connection.close();
    connection.close();
    const later = [
      opened.response(),
      connection.generate(HI),
      connection.stream(HI).response(),
      connection.models(),
      connection.check(),
      connection.account(),
      connection.countTokens(HI),
      connection.probe(),
    ];
    for (const call of later) expect(await errorOf(call)).toMatchObject(CLOSED);
    expect(server.seen).toEqual([]);
  });

  it("changes neither a finished answer nor another connection of the same provider", async () => {
    await using server = await serve((response) => stream(response));
    const connection = connectTo(server.url, {}, sampleProvider);
    const finished = connection.stream(HI);
    await finished.response();
    connection.close();
    expect((await finished.response()).text).toBe("hello");
    expect((await connectTo(server.url, {}, sampleProvider).generate(HI)).text).toBe("hello");
  });
});
