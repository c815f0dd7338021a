import { describe, expect, it } from "vitest";
import { type ChatRequest, connect } from "../../src/index.ts";
import { connectTo, HI } from "../support/calls.ts";
import { sampleProvider, sampleProviderWith } from "../support/sample-provider.ts";
import { serve, stream } from "../support/server.ts";

describe("explain()", () => {
  it("returns the URL that would be sent and the same body byte for byte", async () => {
    await using server = await serve((response) => stream(response));
    const request: ChatRequest = { ...HI, temperature: 0.5, parameters: { extra: { a: 1 } }, headers: { "X-Trace": "t" } };
    const connection = connectTo(`${server.url}/talk/../`, { headers: { "x-app": "mine" } });
    const explained = await connection.explain(request);
    expect(server.seen).toEqual([]);
    await connection.stream(request).response();
    const [sent] = server.seen;
    expect(explained.url).toBe(server.origin + sent?.path);
    expect(JSON.stringify(explained.body)).toBe(sent?.body);
    for (const name of Object.keys(explained.headers)) expect(sent?.headers).toHaveProperty(name);
    expect(sent?.headers).toMatchObject({ "x-app": "mine", "x-trace": "t" });
    expect(explained).toMatchObject({
      method: "POST",
      protocol: "talk",
      // Any header of a caller may hold a secret.
      headers: {
        "x-app": "(given in headers)",
        "x-trace": "(given in headers)",
        "content-type": "application/json",
        authorization: "Bearer (key)",
      },
      notes: [{ kind: "parameter", field: "extra", message: "parameters.extra was sent as given." }],
    });
    expect(explained.estimate.inputTokens).toBe(Math.ceil((sent?.body.length ?? 0) / 4));
  });

  it("counts the characters of long texts, which it does not write", async () => {
    const { body, estimate } = await connectTo("http://127.0.0.1:1").explain({
      ...HI,
      messages: [{ role: "user", content: "abcd".repeat(25_000) }],
    });
    expect(estimate.inputTokens).toBe(Math.ceil(JSON.stringify(body).length / 4));
  });

  it("returns the unstreamed request for { streaming: false }", async () => {
    expect((await connectTo("http://127.0.0.1:1").explain(HI)).body).toHaveProperty("stream", true);
    expect((await connectTo("http://127.0.0.1:1").explain(HI, { streaming: false })).body).not.toHaveProperty("stream");
  });

  it("works without a key and then shows no credential header", async () => {
    const { headers } = await connect(sampleProvider).explain(HI);
    expect(headers).not.toHaveProperty("authorization");
  });

  it("fails with the same message as sending would", async () => {
    const connection = connectTo("http://127.0.0.1:1", { retry: false }, sampleProviderWith({ capabilities: { tools: false } }));
    const request = { ...HI, tools: [{ name: "look" }] };
    const words = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => "sent",
        (error: Error) => error.message,
      );
    expect(await words(connection.explain(request))).toBe(await words(connection.generate(request)));
  });

  it("reports where the cacheable prefix differs from the previous request", async () => {
    const connection = connectTo("http://127.0.0.1:1");
    const longer: ChatRequest = {
      ...HI,
      messages: [...HI.messages, { role: "assistant", content: "hello" }, { role: "user", content: "more" }],
    };
    expect((await connection.explain(longer, { previous: HI })).prefixBreak).toBeUndefined();
    expect((await connection.explain(HI, { previous: longer })).prefixBreak).toEqual({
      at: "messages[1]",
      because: "the previous request had 3 entries, this one has 1",
    });
    expect((await connection.explain({ ...longer, model: "m-2" }, { previous: HI })).prefixBreak?.at).toBe("model");
  });
});
