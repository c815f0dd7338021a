import { expect, it } from "vitest";
import type { Emit, Protocol } from "../../src/provider.ts";
import { connectTo, HI } from "../support/calls.ts";
import { sampleProtocol, sampleProviderWith } from "../support/sample-provider.ts";
import { serve, sse } from "../support/server.ts";

/** Reads usage from a header, as a provider of a host that states it there does. */
const protocol: Protocol = {
  ...sampleProtocol,
  reader(context) {
    const reader = sampleProtocol.reader(context);
    const input = Number(context.headers?.get("x-tokens"));
    const counted =
      (emit: Emit): Emit =>
      (event) => {
        if (event.type === "finish") emit({ type: "usage", usage: { input, output: 1, completeness: "exact" } });
        emit(event);
      };
    return {
      get phase() {
        return reader.phase;
      },
      message: (message, emit) => reader.message(message, counted(emit)),
      body: (json, emit) => reader.body(json, counted(emit)),
      unframedText: (text, emit) => reader.unframedText(text, counted(emit)),
      end: (emit) => reader.end(counted(emit)),
    };
  },
};

it("a reader gets the headers of the response that it reads, those of each attempt, streamed and unstreamed", async () => {
  let calls = 0;
  await using server = await serve((response, { body }) => {
    calls++;
    const isStreamed = JSON.parse(body).stream === true;
    response.writeHead(calls === 1 ? 503 : 200, {
      "content-type": isStreamed ? "text/event-stream" : "application/json",
      "x-tokens": String(calls * 10),
    });
    response.end(isStreamed ? sse({ say: "a" }, { stop: "end" }, "[DONE]") : JSON.stringify({ say: "a", stop: "end" }));
  });
  const connection = connectTo(server.url, {}, sampleProviderWith({ protocol }));
  expect((await connection.generate(HI)).usage).toMatchObject({ input: 20, completeness: "exact" });
  expect((await connection.stream(HI).response()).usage).toMatchObject({ input: 30, completeness: "exact" });
});
