import { describe, expect, it } from "vitest";
import { type ChatRequest, LumiverseError, type Provider } from "../../src/index.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { type SampleSettings, sampleProvider } from "../support/sample-provider.ts";
import { refuse, type Served, serve, sse, stream } from "../support/server.ts";

const ASKED: ChatRequest = { ...HI, output: { schema: { type: "object" } } };
const of = (model: string, more: Partial<ChatRequest> = {}): ChatRequest => ({ ...ASKED, model, ...more });
const ANSWER = sse({ say: "{}" }, { stop: "end" }, "[DONE]");
/** A host that refuses the schema of model `old` in these words, and everything with the text `corrupt`. */
const host = (words: string): Promise<Served> =>
  serve((response, { body }) => {
    if (body.includes("corrupt")) return refuse(response, 400, {}, { error: { message: "image is corrupt" } });
    if (body.includes('"old"') && body.includes('"output":"schema"')) return refuse(response, 400, {}, { error: { message: words } });
    stream(response, ANSWER);
  });
const strategies = (server: Served): string[] => server.seen.map(({ body }) => JSON.parse(body).output);

describe("what a call learns to do without", () => {
  it("is remembered for its model alone", async () => {
    await using server = await host("response_format is not supported");
    const connection = connectTo(server.url);
    await connection.generate(of("old"));
    await connection.generate(of("new"));
    await connection.generate(of("old"));
    expect(strategies(server)).toEqual(["schema", "json", "schema", "json"]);
  });

  it("is not remembered from a call that failed nevertheless", async () => {
    await using server = await host("response_format is not supported");
    const connection = connectTo(server.url);
    await errorOf(connection.generate(of("old", { messages: [{ role: "user", content: "corrupt" }] })));
    server.seen.length = 0;
    await connection.generate(of("new"));
    expect(strategies(server)).toEqual(["schema"]);
  });

  it("is not remembered from an error that does not name the field", async () => {
    await using server = await host("something is wrong with this request");
    const connection = connectTo(server.url);
    await connection.generate(of("old"));
    await connection.generate(of("old"));
    expect(strategies(server)).toEqual(["schema", "json", "schema", "json"]);
  });

  it("is remembered for its route alone", async () => {
    await using server = await host("response_format is not supported");
    const provider: Provider<SampleSettings> = {
      ...sampleProvider,
      route: (call) => ({
        ...sampleProvider.route(call),
        base: new URL(call.request.seed === undefined ? server.url : `${server.url}/other`),
      }),
    };
    const connection = connectTo(server.url, {}, provider);
    await connection.generate(of("old"));
    await connection.generate(of("old", { seed: 1 }));
    await connection.generate(of("old"));
    expect(strategies(server)).toEqual(["schema", "json", "schema", "json", "json"]);
  });

  it("by a provider's own recovery follows the same rules", async () => {
    const bodies: string[] = [];
    const provider: Provider<SampleSettings> = {
      ...sampleProvider,
      recover: ({ call }) => ({
        call: { ...call, degradations: new Set([...call.degradations, "mark"]) },
        note: { kind: "recovered", field: "x", message: "without x" },
        remember: "mark",
      }),
      route: (call) => ({ ...sampleProvider.route(call), ...(call.degradations.has("mark") ? { headers: { "x-mark": "1" } } : {}) }),
    };
    await using server = await serve((response, { body, headers }) => {
      bodies.push(headers["x-mark"] === undefined ? "with" : "without");
      if (body.includes("corrupt") || headers["x-mark"] === undefined) return refuse(response, 400);
      stream(response);
    });
    const connection = connectTo(server.url, {}, provider);
    await errorOf(connection.generate({ ...HI, messages: [{ role: "user", content: "corrupt" }] }));
    await connection.generate(HI);
    await connection.generate(HI);
    await connection.generate({ ...HI, model: "m-2" });
    expect(bodies).toEqual(["with", "without", "with", "without", "without", "with", "without"]);
  });
});

it("settings that could not be loaded are loaded again by the next call", async () => {
  await using server = await serve((response) => stream(response));
  let loads = 0;
  const provider: Provider<SampleSettings> = {
    ...sampleProvider,
    settings: async () => {
      if (++loads === 1) throw new LumiverseError({ code: "configuration", message: "not loaded" });
      return { schema: {}, fields: [], validate: () => ({ value: {} }), parse: () => ({}) };
    },
  };
  const connection = connectTo(server.url, { settings: {} }, provider);
  expect((await errorOf(connection.generate(HI))).message).toBe("sample: not loaded");
  expect((await connection.generate(HI)).text).toBe("hello");
});
