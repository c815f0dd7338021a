import { describe, expect, it } from "vitest";
import { diffPrefix } from "../src/explain.ts";
import { type ChatRequest, connect } from "../src/index.ts";
import { HI, to } from "./ask.ts";
import { serve, stream } from "./server.ts";
import { stranger, strangerWith } from "./stranger.ts";

describe("explain()", () => {
  it("shows what would be sent: the same URL and, byte for byte, the same body", async () => {
    await using server = await serve((response) => stream(response));
    const request: ChatRequest = { ...HI, temperature: 0.5, parameters: { extra: { a: 1 } }, headers: { "X-Trace": "t" } };
    const connection = to(`${server.url}/talk/../`, { headers: { "x-app": "mine" } });
    const explained = await connection.explain(request);
    expect(server.seen).toEqual([]);
    await connection.stream(request).response();
    const [sent] = server.seen;
    expect(explained.url).toBe(server.origin + sent?.path);
    expect(JSON.stringify(explained.body)).toBe(sent?.body);
    for (const [name, value] of Object.entries(explained.headers)) if (name !== "authorization") expect(sent?.headers[name]).toBe(value);
    expect(explained).toMatchObject({
      method: "POST",
      wire: "talk",
      headers: { "x-app": "mine", "x-trace": "t", "content-type": "application/json", authorization: "Bearer (key)" },
      notes: [{ kind: "parameter", field: "extra", message: "parameters.extra was sent as given" }],
    });
    expect(explained.estimate.inputTokens).toBe(Math.ceil((sent?.body.length ?? 0) / 4));
  });

  it("shows the unstreamed form where it is asked for", async () => {
    expect((await to("http://127.0.0.1:1").explain(HI)).body).toHaveProperty("stream", true);
    expect((await to("http://127.0.0.1:1").explain(HI, { streaming: false })).body).not.toHaveProperty("stream");
  });

  it("works without a key, and shows no header that would not be there", async () => {
    const { headers } = await connect(stranger).explain(HI);
    expect(headers).not.toHaveProperty("authorization");
  });

  it("refuses what sending would refuse, in the same words", async () => {
    const connection = to("http://127.0.0.1:1", { retry: false }, strangerWith({ takes: { tools: false } }));
    const request = { ...HI, tools: [{ name: "look" }] };
    const words = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => "sent",
        (error: Error) => error.message,
      );
    expect(await words(connection.explain(request))).toBe(await words(connection.generate(request)));
  });

  it("says where the cacheable prefix stopped being the same", async () => {
    const connection = to("http://127.0.0.1:1");
    const longer: ChatRequest = {
      ...HI,
      messages: [...HI.messages, { role: "assistant", content: "hello" }, { role: "user", content: "more" }],
    };
    expect((await connection.explain(longer, { previous: HI })).prefixBreak).toBeUndefined();
    expect((await connection.explain(HI, { previous: longer })).prefixBreak).toEqual({
      at: "messages[1]",
      because: "the previous request had 3 entries, this one 1",
    });
    expect((await connection.explain({ ...longer, model: "m-2" }, { previous: HI })).prefixBreak?.at).toBe("model");
  });
});

describe("where two bodies part", () => {
  const body = { model: "m", tools: [{ name: "a" }], system: "be kind", messages: [{ role: "user", content: "one" }] };
  for (const [change, at] of [
    [{ tools: [{ name: "b" }] }, "tools[0]"],
    [{ tools: [{ name: "a" }, { name: "b" }] }, "tools[1]"],
    [{ tools: [] }, "tools[0]"],
    [{ system: "be brief" }, "system"],
    [{ messages: [{ role: "user", content: "two" }] }, "messages[0]"],
    [{ messages: [{ content: "one", role: "user" }] }, "messages[0]"],
    [{ tools: [{ name: "b" }], system: "x" }, "tools[0]"],
    [{ messages: [...body.messages, { role: "user", content: "two" }] }, undefined],
    [{ messages: [{ role: "user", content: "one", cache_control: { type: "ephemeral" } }] }, undefined],
    [{ temperature: 1 }, undefined],
  ] as const)
    it(`${JSON.stringify(change)} is ${at ?? "no break"}`, () => expect(diffPrefix(body, { ...body, ...change })?.at).toBe(at));
  it("shows the text around the first difference", () => {
    expect(diffPrefix({ system: "12:00 be kind" }, { system: "12:01 be kind" })?.because).toMatch(
      /character 5: "\\"12:00 be kind\\"" became "\\"12:01 be kind\\""/,
    );
  });
});
