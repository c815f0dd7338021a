import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { readObjectStream, readStream, toResponse } from "../src/browser/index.ts";
import { mock } from "../src/mock/index.ts";
import { type ObjectEvent, streamObject } from "../src/object-stream/index.ts";
import { GrowingJson } from "../src/object-stream/json-parser.ts";
import { ASK, collect, failing } from "./helpers.ts";

describe("GrowingJson", () => {
  const container = fc.oneof(fc.array(fc.jsonValue({ maxDepth: 4 })), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })));

  test("ends with what JSON.parse gives, wherever the text is cut and however it is spaced", () => {
    fc.assert(
      fc.property(container, fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 1, 2), (value, size, indent) => {
        const text = JSON.stringify(value, null, indent);
        const json = new GrowingJson();
        let growth = json.add("");
        for (let at = 0; at < text.length; at += size) growth = json.add(text.slice(at, at + size));
        expect(growth.complete).toBe(true);
        expect(growth.value).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });
  test("is at every moment a beginning of the value", () => {
    const json = new GrowingJson();
    const states = [...'{"a":[1,"xy",true],"b":{"c":null}}'].map((char) => JSON.stringify(json.add(char).value) ?? "");
    expect(states.filter((state, at) => state !== states[at - 1])).toEqual([
      ...["{}", '{"a":[]}', '{"a":[1]}', '{"a":[1,""]}', '{"a":[1,"x"]}', '{"a":[1,"xy"]}', '{"a":[1,"xy",true]}'],
      ...['{"a":[1,"xy",true],"b":{}}', '{"a":[1,"xy",true],"b":{"c":null}}'],
    ]);
  });
  test("skips a code fence and what follows the value", () => {
    const json = new GrowingJson();
    expect(json.add('Here:\n```json\n{"a":1}\n``` That is {all}').value).toEqual({ a: 1 });
  });
  test("reports the elements of the outermost arrays with their path", () => {
    const { elements } = new GrowingJson().add('{"x":{"items":[{"n":[1,2]},[3]]},"y":[true]}');
    expect(elements).toEqual([
      { path: "x.items", index: 0, value: { n: [1, 2] } },
      { path: "x.items", index: 1, value: [3] },
      { path: "y", index: 0, value: true },
    ]);
  });
  test("does not change a prototype, and stops at text that is not JSON", () => {
    const value = new GrowingJson().add('{"__proto__":{"polluted":1}}').value;
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect((value as { polluted?: number }).polluted).toBeUndefined();
    const broken = new GrowingJson();
    broken.add('{"a" 1}');
    expect(broken.failed).toBe(true);
  });
  test.each(['{"a":"\\uZZZZ"}', '{"a":"\\x41"}', '{"a":0x10}', '{"a":01}', '{"a":1.}', '{"a":true5}', "[,]", `${"[".repeat(1001)}`])(
    "stops at %.20s, which JSON.parse refuses or nobody could write again",
    (text) => {
      const json = new GrowingJson();
      for (const char of text) json.add(char);
      expect(json.failed).toBe(true);
    },
  );
  test("reads numbers of any size as JSON.parse does", () => {
    const text = `{"big":1e400,"long":${"9".repeat(1000)},"small":-1e-400,"zero":-0}`;
    expect(new GrowingJson().add(text).value).toEqual(JSON.parse(text));
  });
  test("is linear in the length of the text", () => {
    // CPU time, which a busy machine does not stretch.
    const cpu = (items: number): number => {
      const text = JSON.stringify({ items: Array.from({ length: items }, (_, n) => ({ n, text: `some text number ${n}` })) });
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 3; run++) {
        const json = new GrowingJson();
        const before = process.cpuUsage();
        for (let at = 0; at < text.length; at += 4) json.add(text.slice(at, at + 4));
        const { user, system } = process.cpuUsage(before);
        best = Math.min(best, user + system);
      }
      return best;
    };
    cpu(10_000);
    // Ten times the text takes about ten times as long; a quadratic parser takes a hundred times.
    expect(cpu(100_000) / cpu(10_000)).toBeLessThan(40);
  });
});

describe("streamObject", () => {
  const schema = z.object({ harbours: z.array(z.object({ name: z.string(), depth: z.number() })) });
  const answer = {
    harbours: [
      { name: "Hook", depth: 12 },
      { name: "Kiel", depth: 10 },
    ],
  };

  test("yields growing objects and elements, and returns the validated value", async () => {
    const { connection, requests } = mock([{ json: answer, chunkSize: 3 }]);
    const stream = streamObject(connection, ASK, { schema });
    const states: string[] = [];
    const elements: unknown[] = [];
    for await (const event of stream) {
      if (event.type === "partial") states.push(JSON.stringify(event.value));
      if (event.type === "element") elements.push([event.path, event.index, structuredClone(event.value)]);
    }
    expect(states.length).toBeGreaterThanOrEqual(10);
    expect(states[0]).toBe("{}");
    expect(states.at(-1)).toBe(JSON.stringify(answer));
    expect(elements).toEqual([
      ["harbours", 0, answer.harbours[0]],
      ["harbours", 1, answer.harbours[1]],
    ]);
    const output: { harbours: { name: string; depth: number }[] } = await stream.output();
    expect(output).toEqual(answer);
    expect(requests[0]?.body["output"]).toMatchObject({ strategy: "schema" });
  });

  test("asks once more with the validator's message", async () => {
    const { connection, requests } = mock([{ json: { harbours: [{ name: "Hook", depth: "deep" }] } }, { json: answer }]);
    const stream = streamObject(connection, ASK, { schema });
    const events: ObjectEvent<unknown>[] = await collect(stream);
    expect(await stream.output()).toEqual(answer);
    expect(events.filter(({ type }) => type === "retry")).toEqual([
      { type: "retry", message: expect.stringContaining("harbours.0.depth") },
    ]);
    const [, said, told] = (requests[1]?.body["messages"] ?? []) as { role: string; content: unknown }[]; // the mock received messages
    expect([said?.role, told?.role]).toEqual(["assistant", "user"]);
    expect(JSON.stringify(told?.content)).toContain("harbours.0.depth");
  });

  test("gives up after the second answer that does not match, and at once when told so", async () => {
    const wrong = { json: { harbours: 1 } };
    const twice = mock([wrong, wrong, wrong]);
    expect((await failing(streamObject(twice.connection, ASK, { schema }).output())).code).toBe("malformed-response");
    expect(twice.requests).toHaveLength(2);
    const once = mock([wrong, wrong]);
    await failing(streamObject(once.connection, ASK, { schema, retries: 0 }).output());
    expect(once.requests).toHaveLength(1);
  });

  test("an answer that was cut off or refused is an error of output(), and response() holds it", async () => {
    const cut = streamObject(mock([{ text: '{"harbours":[', finishReason: "length" }]).connection, ASK, { schema });
    expect((await failing(cut.output())).code).toBe("truncated");
    expect((await cut.response()).text).toBe('{"harbours":[');
    const refused = streamObject(mock([{ text: "I will not", finishReason: "refusal" }]).connection, ASK, { schema });
    expect((await failing(refused.output())).code).toBe("content-filter");
  });
});

describe("an object stream to the browser", () => {
  const schema = z.object({ items: z.array(z.string()) });
  const first = { items: ["one", "two"] };

  test("has the same events, the same value and the same response there", async () => {
    const answers = [
      { json: { items: [1] }, chunkSize: 4 },
      { json: first, chunkSize: 4 },
    ];
    const make = () => streamObject(mock(answers).connection, ASK, { schema });
    const statesOf = async (stream: ReturnType<typeof make>): Promise<string[]> => {
      const states: string[] = [];
      for await (const event of stream) states.push(JSON.stringify(event));
      return states;
    };
    const read = readObjectStream<z.infer<typeof schema>>(toResponse(make()));
    const here = make();
    expect(await statesOf(read)).toEqual(await statesOf(here));
    expect(await read.output()).toEqual(first);
    const [there, local] = [await read.response(), await here.response()];
    expect(there.message).toEqual(local.message);
    expect(there.text).toBe(JSON.stringify(first));
  });

  test("sends bytes in proportion to the answer", async () => {
    const bytesFor = async (items: number): Promise<number> => {
      const json = { items: Array.from({ length: items }, (_, n) => `item ${n}`) };
      const stream = streamObject(mock([{ json, chunkSize: 40 }]).connection, ASK, { schema });
      return (await toResponse(stream).text()).length;
    };
    expect((await bytesFor(4000)) / (await bytesFor(1000))).toBeLessThan(5);
  });

  test("is the text of the last answer for a reader of chats and for useChat", async () => {
    const make = () => streamObject(mock([{ json: { items: 1 } }, { json: first }]).connection, ASK, { schema });
    expect((await readStream(toResponse(make())).response()).text).toBe(JSON.stringify(first));
    const chunks = await toResponse(make(), { format: "ai-sdk" }).text();
    const afterReset = chunks.slice(chunks.indexOf("reset-step"));
    const deltas = [...afterReset.matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text ?? '""'));
    expect(deltas.join("")).toBe(JSON.stringify(first));
  });

  test("ends when the reader leaves", async () => {
    const endless = mock([{ text: `{"items":["${"x ".repeat(1000)}"]}`, packetDelayMs: 1 }]);
    const stream = streamObject(endless.connection, ASK, { schema });
    for await (const event of readObjectStream(toResponse(stream))) if (event.type === "partial") break;
    expect((await failing(stream.response())).code).toBe("aborted");
  });
});
