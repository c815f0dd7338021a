import { describe, expect, it } from "vitest";
import type { ChatEvent } from "../../src/index.ts";
import { collect, connectTo, errorOf, HI } from "../support/calls.ts";
import { serve, sse, stream } from "../support/server.ts";

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
