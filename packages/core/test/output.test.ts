import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ChatRequest, Facts, JsonSchema, OutputRequest } from "../src/index.ts";
import { failing, HI, to } from "./ask.ts";
import { refuse, type Served, serve, sse, stream } from "./server.ts";
import { strangerWith } from "./stranger.ts";

const SCHEMA: JsonSchema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
const answering = (text: string, stop = "end"): Promise<Served> =>
  serve((response) => stream(response, sse({ say: text }, { stop }, "[DONE]")));

describe("how an output is asked for", () => {
  const withTools: ChatRequest = { ...HI, tools: [{ name: "look" }] };
  const cases: [string, Facts, OutputRequest, ChatRequest, string, string | undefined][] = [
    ["a schema, where nothing is known", {}, SCHEMA, HI, "schema", undefined],
    ["a schema, where it is taken", { "output.schema": true }, SCHEMA, HI, "schema", undefined],
    ["JSON mode, where no schema is taken", { "output.schema": false }, SCHEMA, HI, "json", "JSON mode and prompt"],
    ["a tool, where no JSON mode is", { "output.schema": false, "output.json": false, tools: true }, SCHEMA, HI, "tool", "by tool"],
    [
      "the prompt, where no tool can be forced",
      { "output.schema": false, "output.json": false, tools: true, "toolChoice.named": false },
      SCHEMA,
      HI,
      "prompt",
      "by prompt",
    ],
    ["the prompt, where tools are not known", { "output.schema": false, "output.json": false }, SCHEMA, HI, "prompt", "by prompt"],
    ["the prompt, beside tools where both together fail", { "output.tools": false }, SCHEMA, withTools, "prompt", "together with tools"],
    ["a schema, beside tools where nothing is known", {}, SCHEMA, withTools, "schema", undefined],
    ["JSON mode, where any JSON is asked", {}, "json", HI, "json", undefined],
    ["the prompt, for any JSON where there is no mode", { "output.json": false }, "json", HI, "prompt", undefined],
  ];
  for (const [name, takes, output, request, strategy, note] of cases)
    it(name, async () => {
      await using server = await answering('{"n":1}');
      const response = await to(server.url, {}, strangerWith({ takes })).generate({ ...request, output });
      expect(response.output).toEqual({ n: 1 });
      const sent = JSON.parse(server.seen[0]?.body ?? "");
      expect(sent.output).toBe(strategy);
      // In words only where no wire field says it.
      expect(JSON.stringify(sent.messages).includes("Answer with one JSON")).toBe(strategy === "json" || strategy === "prompt");
      const notes = response.notes.filter((one) => one.field === "output").map((one) => one.message);
      if (note === undefined) expect(notes).toEqual([]);
      else expect(notes).toEqual([expect.stringContaining(note)]);
    });
});

describe("a host that refuses what nobody knew of", () => {
  const picky = (): Promise<Served> =>
    serve((response, seen) =>
      seen.body.includes('"output":"schema"') || seen.body.includes('"output":"json"')
        ? refuse(response, 400, {}, { error: { code: "no-schema", message: "response_format?" } })
        : stream(response, sse({ say: '{"n":1}' }, { stop: "end" }, "[DONE]")),
    );

  it("is asked again one step lower, once a refusal, and the connection remembers", async () => {
    await using server = await picky();
    const connection = to(server.url);
    const first = await connection.generate({ ...HI, output: SCHEMA });
    expect(first.output).toEqual({ n: 1 });
    expect(first.attempts.map((attempt) => attempt.status)).toEqual([400, 400, 200]);
    expect(first.notes.filter((note) => note.kind === "recovered")).toHaveLength(2);
    const second = await connection.generate({ ...HI, output: SCHEMA });
    expect(second.attempts).toHaveLength(1);
    expect(server.seen).toHaveLength(4);
    expect((await connection.explain({ ...HI, output: SCHEMA })).body["output"]).toBe("prompt");
  });

  it("is not asked again where the provider claims to know, nor under send", async () => {
    await using server = await picky();
    const sure = strangerWith({ takes: { "output.schema": true } });
    expect((await failing(to(server.url, {}, sure).generate({ ...HI, output: SCHEMA }))).attempts).toHaveLength(1);
    expect((await failing(to(server.url, { unsupported: "send" }).generate({ ...HI, output: SCHEMA }))).attempts).toHaveLength(1);
  });
});

describe("what may be handed in as a schema", () => {
  const shapes: [string, OutputRequest][] = [
    ["plain JSON Schema", SCHEMA],
    ["zod, by Standard JSON Schema", z.object({ n: z.number() })],
    ["{ schema, validate } with an own name", { schema: SCHEMA, name: "count", validate: (value) => value }],
    ["{ schema } alone", { schema: SCHEMA, strict: true, description: "A count." }],
  ];
  for (const [name, output] of shapes)
    it(name, async () => {
      await using server = await answering('```json\n{"n":4}\n```');
      const response = await to(server.url).generate({ ...HI, output });
      expect(response.output).toEqual({ n: 4 });
      expect(response.text).toContain('{"n":4}');
    });

  it("a schema that can't print itself is refused by the name of its library, with the way out", async () => {
    const mute = { "~standard": { version: 1 as const, vendor: "mute-lib", validate: (value: unknown) => ({ value }) } };
    const error = await failing(to("http://127.0.0.1:1").generate({ ...HI, output: mute }));
    expect(error).toMatchObject({ code: "configuration", field: "output", attempts: [] });
    expect(error.message).toContain("mute-lib");
    expect(error.hint).toContain("z.toJSONSchema");
  });

  it("a transforming schema gives its transformed value", async () => {
    await using server = await answering('{"n":"7"}');
    const output = { schema: SCHEMA, validate: async (value: unknown) => Number((value as { n: string }).n) };
    const response = await to(server.url).generate<number>({ ...HI, output });
    expect(response.output).toBe(7);
  });
});

describe("an answer that is not the output asked for", () => {
  for (const [name, text, output] of [
    ["no JSON", "certainly!", SCHEMA],
    ["another shape, by zod", '{"n":"x"}', z.object({ n: z.number() })],
    [
      "another shape, by validate",
      '{"n":1}',
      {
        schema: SCHEMA,
        validate: () => {
          throw new Error("n must be even");
        },
      },
    ],
  ] as [string, string, OutputRequest][])
    it(`(${name}) is an error that carries the answer`, async () => {
      await using server = await answering(text);
      for (const ask of [
        to(server.url).generate({ ...HI, output }),
        to(server.url)
          .stream({ ...HI, output })
          .response(),
      ]) {
        const error = await failing(ask);
        expect(error).toMatchObject({ code: "malformed-response", retryable: false, hint: "error.partial.text holds what came" });
        expect(error.message).toMatch(/^stranger: the answer is not the output asked for: /);
        expect(error.partial).toMatchObject({ text, finishReason: "stop" });
        expect(error.attempts).toHaveLength(1);
      }
    });

  it("is no error where the answer was cut by its limit: the reason says so", async () => {
    await using server = await answering('{"n":', "full");
    const response = await to(server.url).generate({ ...HI, output: SCHEMA });
    expect(response).toMatchObject({ finishReason: "length", text: '{"n":' });
    expect(response).not.toHaveProperty("output");
  });
});
