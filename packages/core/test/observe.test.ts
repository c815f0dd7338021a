import { describe, expect, it } from "vitest";
import type { Observation } from "../src/index.ts";
import { collect, failing, HI, to } from "./ask.ts";
import { refuse, serve, sse, stream } from "./server.ts";
import { strangerWith } from "./stranger.ts";

describe("what is observed", () => {
  it("of a call is its requests, attempts, first event and finish, in order, without content", async () => {
    await using server = await serve((response, _seen, count) =>
      count === 1 ? refuse(response, 503, { "retry-after-ms": "1" }) : stream(response),
    );
    for (const read of [collect, async (asked: ReturnType<ReturnType<typeof to>["stream"]>) => asked.response()]) {
      const seen: Observation[] = [];
      await read(to(server.url, { observe: (one) => void seen.push(one) }).stream(HI));
      const expected = ["request", "attempt", "request", "attempt"];
      expect(seen.map((one) => one.type).filter((type) => type !== "first-event")).toEqual(
        read === collect ? [...expected, "finish"] : ["request", "attempt", "finish"],
      );
      expect(seen.filter((one) => one.type === "first-event")).toHaveLength(1);
      expect(seen.at(-1)).toMatchObject({ type: "finish", reason: "stop", usage: { input: 3, output: 2, completeness: "exact" } });
      expect(seen[0]).toMatchObject({ type: "request", provider: "stranger", model: "m-1", url: `${server.url}/talk`, streaming: true });
      expect(JSON.stringify(seen)).not.toMatch(/hello|hi"/);
    }
  });

  it("counts the events of the answer, and no notes of the request", async () => {
    await using server = await serve((response) => stream(response));
    const count = async (asked: object): Promise<unknown> => {
      const seen: Observation[] = [];
      await to(server.url, { observe: (one) => void seen.push(one) }, strangerWith({ takes: { seed: false } })).generate({
        ...HI,
        ...asked,
      });
      const last = seen.at(-1);
      return last?.type === "finish" ? last.events : undefined;
    };
    expect(await count({ seed: 7 })).toBe(await count({}));
  });

  it("of a failure is its code and message, and exactly one end", async () => {
    await using server = await serve((response) => stream(response, sse({ say: "half" })));
    const seen: Observation[] = [];
    await failing(
      to(server.url, { observe: (one) => void seen.push(one) })
        .stream(HI)
        .response(),
    );
    expect(seen.map((one) => one.type)).toEqual(["request", "first-event", "attempt", "error"]);
    expect(seen.at(-1)).toEqual({ type: "error", code: "truncated", message: "stranger: the answer stopped before its end" });
  });
});

describe("an answer tells how it came", () => {
  it("with its transport, times and attempts", async () => {
    await using server = await serve((response) => stream(response));
    const response = await to(server.url).stream(HI).response();
    expect(response.transport).toMatchObject({ url: `${server.url}/talk`, status: 200, streamed: true });
    expect(response.transport.firstByteMs).toBeLessThanOrEqual(response.transport.totalMs);
    expect(response.attempts).toEqual([{ url: `${server.url}/talk`, status: 200, ms: expect.any(Number) }]);
  });

  for (const [streaming, tools, streamed] of [
    ["no", false, false],
    ["no-tools", true, false],
    ["no-tools", false, true],
  ] as const)
    it(`a host that streams ${streaming}${tools ? ", with tools," : ""} is asked ${streamed ? "for a stream" : "for the whole, with a note"}`, async () => {
      await using server = await serve((response, seen) =>
        seen.body.includes('"stream":true')
          ? stream(response)
          : refuse(response, 200, {}, { id: "a1", model: "m-1", say: "hello", stop: "end" }),
      );
      const asked = to(server.url, {}, strangerWith({ streaming })).stream({ ...HI, ...(tools ? { tools: [{ name: "look" }] } : {}) });
      const events = await collect(asked);
      expect(events.at(-1)).toEqual({ type: "finish", reason: "stop", raw: "end" });
      const response = await asked.response();
      expect(response.text).toBe("hello");
      expect(response.transport.streamed).toBe(streamed);
      expect(response.notes.map((note) => note.field)).toEqual(streamed ? [] : ["stream"]);
    });

  it("a host that cuts long silences is asked for a stream, and generate folds it", async () => {
    await using server = await serve((response, seen) => stream(response, seen.body.includes('"stream":true') ? undefined : ""));
    const response = await to(server.url, {}, strangerWith({ unstreamed: "streamed" })).generate(HI);
    expect(response).toMatchObject({ text: "hello", transport: { streamed: true } });
  });
});
