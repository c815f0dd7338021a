import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
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
  test("is linear in the length of the text", () => {
    const time = (items: number): number => {
      const text = JSON.stringify({ items: Array.from({ length: items }, (_, n) => ({ n, text: `some text number ${n}` })) });
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 3; run++) {
        const json = new GrowingJson();
        const startedAt = performance.now();
        for (let at = 0; at < text.length; at += 4) json.add(text.slice(at, at + 4));
        best = Math.min(best, performance.now() - startedAt);
      }
      return best;
    };
    time(10_000);
    // Ten times the text takes about ten times as long; a quadratic parser takes a hundred times.
    expect(time(100_000) / time(10_000)).toBeLessThan(40);
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
