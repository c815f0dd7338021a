import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatStream } from "../../src/index.ts";
import { collect, connectTo, errorOf, HI } from "../support/calls.ts";
import { begin, serve, sse, stream } from "../support/server.ts";

describe("iterated events and response() agree", () => {
  it("after a host starts its answer again", async () => {
    await using server = await serve((response) =>
      stream(
        response,
        sse(
          { say: "first" },
          { tokens: [1, 1] },
          { again: true },
          { id: "a2", model: "m-1" },
          { say: "second" },
          { stop: "end" },
          "[DONE]",
        ),
      ),
    );
    const asked = connectTo(server.url).stream(HI);
    const events = await collect(asked);
    const response = await asked.response();
    expect(response).toMatchObject({ id: "a2", text: "second", usage: { completeness: "unknown" } });
    expect(events.map((event) => event.type)).toEqual([
      "part-start",
      "text",
      "usage",
      "replace",
      "usage",
      "start",
      "part-start",
      "text",
      "part-end",
      "finish",
    ]);
    expect(events.at(-2)).toEqual({ type: "part-end", index: 0, part: { type: "text", text: "second" } });
  });

  it("after text turns out to be reasoning", async () => {
    await using server = await serve((response) =>
      stream(response, sse({ say: "hm" }, { thought: "hm" }, { say: "yes" }, { stop: "end" }, "[DONE]")),
    );
    const asked = connectTo(server.url).stream(HI);
    const events = await collect(asked);
    const { text, reasoning, message } = await asked.response();
    expect({ text, reasoning }).toEqual({ text: "yes", reasoning: "hm" });
    expect(events.filter((event) => "part" in event).map((event) => "part" in event && event.part)).toEqual(message.content);
  });

  it.each(['{"at":', '{"at":1}', ""])("when a stream breaks off inside a call, no event says that the call ended (%j)", async (args) => {
    await using server = await serve((response) =>
      stream(response, sse({ think: "hm" }, { say: "hal" }, { say: "f" }, { call: "look", id: "c" }, { args })),
    );
    const events: ChatEvent[] = [];
    const error = await errorOf(async () => {
      for await (const event of connectTo(server.url).stream(HI)) events.push(event);
    });
    expect(error).toMatchObject({ code: "truncated", partial: { text: "half", reasoning: "hm", toolCalls: [{ arguments: args }] } });
    const [call] = error.partial?.toolCalls ?? [];
    expect(call?.input).toBeUndefined();
    expect(call?.inputError).toContain("broke off");
    expect(events.map((event) => event.type)).not.toContain("finish");
    expect(events.map((event) => event.type)).not.toContain("part-end");
    expect(events.flatMap((event) => (event.type === "tool-call-delta" ? [event.text] : [])).join("")).toBe(args);
  });
});

describe("the first content of an answer", () => {
  it.each(["\n", "\r\n", "\r"])("is handed out before the events behind it in its packet are read (line breaks %j)", async (lineBreak) => {
    const packet = sse({ id: "a1" }, { say: "one " }, { say: "two" }).replaceAll("\n", lineBreak);
    await using server = await serve((response) => begin(response, packet));
    const asked = connectTo(server.url).stream(HI);
    for await (const event of asked) if (event.type === "text") break;
    expect(await errorOf(asked.response())).toMatchObject({ code: "aborted", partial: { text: "one " } });
  });

  it("is followed by everything else of its packet", async () => {
    await using server = await serve((response) =>
      begin(response, `: hello\n\n${sse({ say: "one " }, { say: "two " }, { say: "three" })}`),
    );
    const asked = connectTo(server.url).stream(HI);
    const texts: string[] = [];
    for await (const event of asked) {
      if (event.type === "text") texts.push(event.text);
      if (texts.length === 3) break;
    }
    expect(texts).toEqual(["one ", "two ", "three"]);
  });
});

describe("batches()", () => {
  const answer = sse({ id: "a1", model: "m-1" }, { say: "one " }, { say: "two" }, { tokens: [3, 2] }, { stop: "end" }, "[DONE]");

  it("yields the events of the plain iteration, a packet's as one array", async () => {
    await using server = await serve((response) => stream(response, answer));
    const events = await collect(connectTo(server.url).stream(HI));
    const batches = await collectBatches(connectTo(server.url).stream(HI));
    expect(batches).toEqual([events]);
  });

  it("yields what has arrived without waiting for the next packet, and never an empty array", async () => {
    let send: (text: string) => void = () => {};
    await using server = await serve((response) => {
      begin(response, sse({ say: "one " }));
      send = (text) => response.write(text);
    });
    const asked = connectTo(server.url).stream(HI);
    const batches = asked.batches()[Symbol.asyncIterator]();
    expect(texts(await batches.next())).toEqual(["one "]);
    send(": heartbeat\n\n");
    const next = batches.next();
    send(sse({ say: "two " }, { say: "three" }));
    expect(texts(await next)).toEqual(["two ", "three"]);
    asked.abort();
    expect(await errorOf(() => batches.next())).toMatchObject({ code: "aborted", partial: { text: "one two three" } });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it("and the plain iteration share the events: each is delivered once", async () => {
    await using server = await serve((response) => stream(response, answer));
    const asked = connectTo(server.url).stream(HI);
    const first = await asked[Symbol.asyncIterator]().next();
    const rest = await collectBatches(asked);
    expect([first.value, ...rest.flat()].map((event) => event?.type)).toEqual([
      "start",
      "part-start",
      "text",
      "text",
      "usage",
      "part-end",
      "finish",
    ]);
  });

  it("closes the socket when its loop is left", async () => {
    await using server = await serve((response) => begin(response, sse({ say: "half" })));
    const asked = connectTo(server.url).stream(HI);
    for await (const _ of asked.batches()) break;
    await server.seen[0]?.closed;
    expect(await errorOf(asked.response())).toMatchObject({ code: "aborted", partial: { text: "half" } });
  });

  it("is refused once response() reads the stream", async () => {
    await using server = await serve((response) => stream(response));
    const asked = connectTo(server.url).stream(HI);
    await asked.response();
    expect(await errorOf(() => collectBatches(asked))).toMatchObject({ code: "configuration" });
  });
});

describe("two readers of one stream", () => {
  it("get one event each when a packet brings one", async () => {
    let send: (text: string) => void = () => {};
    await using server = await serve((response) => {
      begin(response, sse({ say: "one " }));
      send = (text) => response.write(text);
    });
    const asked = connectTo(server.url).stream(HI);
    const events = asked[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const both = [events.next(), events.next()];
    send(sse({ say: "two " }));
    expect(await both[0]).toMatchObject({ done: false, value: { text: "two " } });
    send(sse({ say: "three" }));
    expect(await both[1]).toMatchObject({ done: false, value: { text: "three" } });
    asked.abort();
  });
});

async function collectBatches(asked: ChatStream): Promise<(readonly ChatEvent[])[]> {
  const all: (readonly ChatEvent[])[] = [];
  for await (const batch of asked.batches()) all.push(batch);
  return all;
}

function texts({ value }: IteratorResult<readonly ChatEvent[], undefined>): string[] {
  return (value ?? []).flatMap((event) => (event.type === "text" ? [event.text] : []));
}
