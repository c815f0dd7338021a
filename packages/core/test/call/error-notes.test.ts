import { describe, expect, it } from "vitest";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, serve, sse, stream } from "../support/server.ts";

const withoutSeed = sampleProviderWith({ capabilities: { seed: false } });
const DROPPED = { kind: "dropped", field: "seed", message: expect.stringContaining('"seed" is not supported by m-1') };

describe("an error carries the notes", () => {
  it("about what was changed in the request before it was refused", async () => {
    await using server = await serve((response) => refuse(response, 400));
    const error = await errorOf(connectTo(server.url, {}, withoutSeed).generate({ ...HI, seed: 7 }));
    expect(error).toMatchObject({ status: 400, notes: [DROPPED] });
    expect(error.toJSON().notes).toEqual(error.notes);
  });

  it("about recoveries before the call failed", async () => {
    await using server = await serve((response) => refuse(response, 400));
    const note = { kind: "recovered", message: "The call was repeated without the temperature." } as const;
    const provider = sampleProviderWith({}, { recover: ({ call }) => ({ call, note }) });
    expect((await errorOf(connectTo(server.url, {}, provider).generate(HI))).notes).toEqual([note]);
  });

  it("of the partial answer when the stream breaks off", async () => {
    await using server = await serve((response) => stream(response, `${sse({ say: "half" })}upstream is gone`));
    const error = await errorOf(
      connectTo(server.url, {}, withoutSeed)
        .stream({ ...HI, seed: 7 })
        .response(),
    );
    expect(error).toMatchObject({ code: "truncated", notes: [DROPPED, { kind: "unknown" }] });
    expect(error.partial?.notes).toEqual(error.notes);
  });

  it("of an answer that does not match the requested output", async () => {
    await using server = await serve((response) => stream(response, sse({ say: "no JSON" }, { stop: "end" }, "[DONE]")));
    const error = await errorOf(connectTo(server.url, {}, withoutSeed).generate({ ...HI, seed: 7, output: "json" }));
    expect(error).toMatchObject({ code: "malformed-response", notes: [DROPPED] });
  });
});
