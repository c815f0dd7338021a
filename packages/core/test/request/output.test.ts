import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Capabilities, ChatRequest, JsonSchema, OutputRequest } from "../../src/index.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, type Served, serve, sse, stream } from "../support/server.ts";

const SCHEMA: JsonSchema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
const OUTPUT: OutputRequest = { schema: SCHEMA };
const answering = (text: string, stop = "end"): Promise<Served> =>
  serve((response) => stream(response, sse({ say: text }, { stop }, "[DONE]")));

describe("the strategy for structured output is", () => {
  const withTools: ChatRequest = { ...HI, tools: [{ name: "look" }] };
  const cases: [string, Capabilities, OutputRequest, ChatRequest, string, string | undefined][] = [
    ["a schema when nothing is known about the model", {}, OUTPUT, HI, "schema", undefined],
    ["a schema when the model accepts one", { "output.schema": true }, OUTPUT, HI, "schema", undefined],
    ["JSON mode when the model accepts no schema", { "output.schema": false }, OUTPUT, HI, "json", "JSON mode and prompt"],
    [
      "one forced tool when there is no JSON mode",
      { "output.schema": false, "output.json": false, tools: true },
      OUTPUT,
      HI,
      "tool",
      "by tool",
    ],
    [
      "the prompt when no tool can be forced",
      { "output.schema": false, "output.json": false, tools: true, "toolChoice.named": false },
      OUTPUT,
      HI,
      "prompt",
      "by prompt",
    ],
    ["the prompt when nothing is known about tools", { "output.schema": false, "output.json": false }, OUTPUT, HI, "prompt", "by prompt"],
    [
      "the prompt when the request has tools and the model does not accept both",
      { "output.tools": false },
      OUTPUT,
      withTools,
      "prompt",
      "together with tools",
    ],
    ["a schema with tools when nothing is known about the pair", {}, OUTPUT, withTools, "schema", undefined],
    ['JSON mode for output "json"', {}, "json", HI, "json", undefined],
    ['the prompt for output "json" when there is no JSON mode', { "output.json": false }, "json", HI, "prompt", undefined],
  ];
  for (const [name, capabilities, output, request, strategy, note] of cases)
    it(name, async () => {
      await using server = await answering('{"n":1}');
      const response = await connectTo(server.url, {}, sampleProviderWith({ capabilities })).generate({ ...request, output });
      expect(response.output).toEqual({ n: 1 });
      const sent = JSON.parse(server.seen[0]?.body ?? "");
      expect(sent.output).toBe(strategy);
      // The schema is put into words only where no field carries it.
      expect(JSON.stringify(sent.messages).includes("Answer with one JSON")).toBe(strategy === "json" || strategy === "prompt");
      const notes = response.notes.filter((one) => one.field === "output").map((one) => one.message);
      if (note === undefined) expect(notes).toEqual([]);
      else expect(notes).toEqual([expect.stringContaining(note)]);
    });
});

describe("a host that refuses a strategy about which nothing was known", () => {
  const picky = (): Promise<Served> =>
    serve((response, seen) =>
      seen.body.includes('"output":"schema"') || seen.body.includes('"output":"json"')
        ? refuse(response, 400, {}, { error: { code: "no-schema", message: "response_format?" } })
        : stream(response, sse({ say: '{"n":1}' }, { stop: "end" }, "[DONE]")),
    );

  it("gets the call again with the next weaker strategy after each refusal, and the connection remembers it", async () => {
    await using server = await picky();
    const connection = connectTo(server.url);
    const first = await connection.generate({ ...HI, output: OUTPUT });
    expect(first.output).toEqual({ n: 1 });
    expect(first.attempts.map((attempt) => attempt.status)).toEqual([400, 400, 200]);
    expect(first.notes.filter((note) => note.kind === "recovered")).toHaveLength(2);
    const second = await connection.generate({ ...HI, output: OUTPUT });
    expect(second.attempts).toHaveLength(1);
    expect(server.seen).toHaveLength(4);
    expect((await connection.explain({ ...HI, output: OUTPUT })).body["output"]).toBe("prompt");
  });

  it('does not get the call again when the provider claims support, or under "send"', async () => {
    await using server = await picky();
    const sure = sampleProviderWith({ capabilities: { "output.schema": true } });
    expect((await errorOf(connectTo(server.url, {}, sure).generate({ ...HI, output: OUTPUT }))).attempts).toHaveLength(1);
    expect((await errorOf(connectTo(server.url, { unsupported: "send" }).generate({ ...HI, output: OUTPUT }))).attempts).toHaveLength(1);
  });
});

describe("request.output", () => {
  const shapes: [string, OutputRequest][] = [
    ["can be a zod schema, which follows Standard JSON Schema", z.object({ n: z.number() })],
    ["can be { schema, validate } with a name", { schema: SCHEMA, name: "count", validate: (value) => value }],
    ["can be { schema } alone", { schema: SCHEMA, strict: true, description: "A count." }],
  ];
  for (const [name, output] of shapes)
    it(name, async () => {
      await using server = await answering('```json\n{"n":4}\n```');
      const response = await connectTo(server.url).generate({ ...HI, output });
      expect(response.output).toEqual({ n: 4 });
      expect(response.text).toContain('{"n":4}');
    });

  it("cannot be a schema that does not print itself as JSON Schema, and the error names its library and the solution", async () => {
    const mute = { "~standard": { version: 1 as const, vendor: "mute-lib", validate: (value: unknown) => ({ value }) } };
    const error = await errorOf(connectTo("http://127.0.0.1:1").generate({ ...HI, output: mute }));
    expect(error).toMatchObject({ code: "invalid-request", field: "output", attempts: [] });
    expect(error.message).toContain("mute-lib");
    expect(error.hint).toContain("z.toJSONSchema");
  });

  it("can be a bare JSON Schema from JavaScript, with a note", async () => {
    await using server = await answering('{"n":4}');
    for (const bare of [SCHEMA, { $ref: "#/$defs/n", $defs: { n: SCHEMA } }, { enum: [{ n: 4 }] }]) {
      // The types refuse it; callers without types can pass it.
      const response = await connectTo(server.url).generate({ ...HI, output: bare as unknown as OutputRequest });
      expect(response.output).toEqual({ n: 4 });
      expect(response.notes).toEqual([
        { kind: "changed", field: "output", message: "output is a bare JSON Schema and was read as { schema }." },
      ]);
    }
    expect(JSON.parse(server.seen[0]?.body ?? "").output).toBe("schema");
  });

  for (const [given, message] of [
    [{ shema: SCHEMA, name: "count" }, 'output has the fields shema, name, and "schema" is not among them'],
    [{}, 'output has the fields (none), and "schema" is not among them'],
    [{ schema: "object" }, "output.schema is no JSON Schema"],
    [{ type: "json_object" }, "output has the type json_object, which is a vendor's spelling"],
    [{ type: "json_schema", json_schema: { schema: SCHEMA } }, "output has the type json_schema, which is a vendor's spelling"],
    ["yaml", "output is string"],
    [null, "output is null"],
  ] as const)
    it(`cannot be ${JSON.stringify(given)}, which is a mistake in the request`, async () => {
      const error = await errorOf(connectTo("http://127.0.0.1:1").generate({ ...HI, output: given as unknown as OutputRequest }));
      expect(error).toMatchObject({ code: "invalid-request", field: "output", message: `sample: ${message}`, attempts: [] });
      expect(error.hint).toContain("{ schema: … }");
    });

  it("can transform the value, so that response.output is what validate returns", async () => {
    await using server = await answering('{"n":"7"}');
    const output = { schema: SCHEMA, validate: async (value: unknown) => Number((value as { n: string }).n) };
    const response = await connectTo(server.url).generate<number>({ ...HI, output });
    expect(response.output).toBe(7);
  });
});

describe("an answer that does not match the requested output", () => {
  for (const [name, text, output] of [
    ["not JSON", "certainly!", OUTPUT],
    ["rejected by zod", '{"n":"x"}', z.object({ n: z.number() })],
    [
      "rejected by validate",
      '{"n":1}',
      {
        schema: SCHEMA,
        validate: () => {
          throw new Error("n must be even");
        },
      },
    ],
  ] as [string, string, OutputRequest][])
    it(`is an error that carries the answer (${name})`, async () => {
      await using server = await answering(text);
      for (const ask of [
        connectTo(server.url).generate({ ...HI, output }),
        connectTo(server.url)
          .stream({ ...HI, output })
          .response(),
      ]) {
        const error = await errorOf(ask);
        expect(error).toMatchObject({ code: "malformed-response", retryable: false, hint: "error.partial.text holds the answer" });
        expect(error.message).toMatch(/^sample: the answer does not match the requested output: /);
        expect(error.partial).toMatchObject({ text, finishReason: "stop" });
        expect(error.attempts).toHaveLength(1);
      }
    });

  it("is not an error when the answer was cut at its token limit, because the finish reason says so", async () => {
    await using server = await answering('{"n":', "full");
    const response = await connectTo(server.url).generate({ ...HI, output: OUTPUT });
    expect(response).toMatchObject({ finishReason: "length", text: '{"n":' });
    expect(response).not.toHaveProperty("output");
  });
});

describe("a prefill with structured output is the start of the value,", () => {
  for (const [how, prefill, text, value] of [
    ["where the host goes on behind it", '{"n":', "4}", { n: 4 }],
    ["where the host goes on behind it with an equal beginning", "[", "[1],[2]]", [[1], [2]]],
    ["where the host repeats it", '{"n":', '{"n":4}', { n: 4 }],
    ["where the host repeats it in another spacing", '{"n":', '{ "n": 4 }', { n: 4 }],
    ["where it opens a code fence", "```json\n{", '"n":4}\n```', { n: 4 }],
    ["where the host repeats it inside a code fence", "{", '```json\n{"n":4}\n```', { n: 4 }],
  ] as const)
    it(how, async () => {
      await using server = await answering(text);
      expect((await connectTo(server.url).generate({ ...HI, output: "json", prefill })).output).toEqual(value);
      const messages = [...HI.messages, { role: "assistant" as const, content: prefill }];
      expect((await connectTo(server.url).generate({ ...HI, output: "json", messages })).output).toEqual(value);
    });
});

it("a schema with a part that JSON has not is refused with the path of the part and a hint, before anything is sent", async () => {
  const never: typeof fetch = () => Promise.reject(new Error("it was sent"));
  const parts: [z.ZodType, string][] = [
    [z.object({ day: z.object({ at: z.date() }) }), "output.day.at"],
    [z.object({ days: z.array(z.object({ at: z.date() })) }), "output.days"],
    [z.object({ at: z.date().optional() }), "output.at"],
    [z.date(), "output"],
  ];
  for (const [output, field] of parts) {
    const thrown: unknown = await connectTo("http://127.0.0.1:1", { fetch: never })
      .generate({ ...HI, output })
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: "invalid-request",
      field,
      message: expect.stringContaining(`${field}: Date cannot be represented`),
      hint: expect.stringContaining("z.iso.datetime()"),
      retryable: false,
    });
  }
});
