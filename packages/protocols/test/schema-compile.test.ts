import type { JsonObject } from "@lumiverse/core/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema, type Target } from "../src/schema/strict/compile.ts";
import { corpus } from "./schema-corpus.ts";

const targets: readonly (Target & string)[] = ["openai-strict", "gemini-openapi", "gemini-json-schema", "anthropic", "moonshot"];

describe("hard schemas and what each vendor's dialect loses", () => {
  for (const target of targets)
    test(`${target} compiles as its golden file says`, async () => {
      const golden = Object.entries(corpus).map(([name, schema]) => ({ name, ...compileSchema(schema, target) }));
      await expect(`${JSON.stringify(golden, null, 2)}\n`).toMatchFileSnapshot(`golden/schema-${target}.json`);
    });
  test("plain JSON Schema without some keywords compiles as its golden file says", async () => {
    const without = ["additionalProperties", "format", "$schema", "pattern"];
    const golden = Object.entries(corpus).map(([name, schema]) => ({ name, ...compileSchema(schema, { omit: without }) }));
    await expect(`${JSON.stringify(golden, null, 2)}\n`).toMatchFileSnapshot("golden/schema-plain.json");
  });
});

describe("compileSchema", () => {
  test("leaves the caller's schema as it was", () => {
    for (const schema of Object.values(corpus)) {
      const before = JSON.stringify(schema);
      for (const target of targets) compileSchema(schema, target);
      expect(JSON.stringify(schema)).toBe(before);
    }
  });

  test("compiled schemas compile again to themselves without a further loss", () => {
    for (const [name, schema] of Object.entries(corpus))
      for (const target of ["openai-strict", "anthropic"] as const) {
        const once = compileSchema(schema, target);
        const again = compileSchema(once.schema, target);
        const lasting = ["anyOf", "type"]; // a root that is no object, a union by first keys: no rewriting mends them
        expect(
          again.losses.filter((loss) => !lasting.includes(loss.keyword)),
          `${name} for ${target}`,
        ).toEqual([]);
        expect(again.schema, `${name} for ${target}`).toEqual(once.schema);
      }
  });

  test("an object that contains itself is cut off with a loss", () => {
    const node: JsonObject = { type: "object", required: ["next"] };
    node["properties"] = { next: node };
    for (const target of [...targets, { omit: ["pattern"] }] as const) {
      const { losses } = compileSchema(node, target);
      expect(losses.map((loss) => loss.keyword)).toContain("$ref");
    }
  });

  test("members of allOf that lead back to themselves are left out with a loss", () => {
    for (const B of [{ allOf: [{ $ref: "#/$defs/B" }] }, { $ref: "#/$defs/B", title: "b" }, { allOf: [{ $ref: "#/$defs/C" }] }])
      for (const target of targets) {
        const schema = {
          type: "object",
          properties: {},
          allOf: [{ $ref: "#/$defs/B" }],
          $defs: { B, C: { allOf: [{ $ref: "#/$defs/B" }] } },
        };
        expect(compileSchema(schema, target).losses.map((loss) => loss.keyword)).toContain("allOf");
      }
  });

  test("definitions that double at every level are cut before they fill the memory", () => {
    const $defs: JsonObject = {};
    for (let n = 0; n < 40; n++) {
      const $ref = `#/$defs/d${n + 1}`;
      $defs[`d${n}`] = { type: "object", properties: { a: { $ref }, b: { $ref } }, required: ["a", "b"] };
    }
    $defs["d40"] = { type: "string" };
    const { losses } = compileSchema({ $ref: "#/$defs/d0", $defs }, "anthropic");
    expect(losses.some((loss) => loss.message.includes("too large"))).toBe(true);
    expect(
      compileSchema({ type: "object", properties: { x: { $ref: "#/$defs/d0" } }, required: ["x"], $defs }, "openai-strict").losses,
    ).toEqual([]);
  });

  test("members of allOf that double at every level are cut with a loss", () => {
    const definition = (n: number): JsonObject => {
      const next = { $ref: `#/$defs/d${n + 1}` };
      return n === 39 ? { properties: { a: { type: "string" } } } : { allOf: [next, next] };
    };
    const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`d${n}`, definition(n)]));
    for (const target of targets)
      expect(compileSchema({ type: "object", allOf: [{ $ref: "#/$defs/d0" }], $defs }, target).losses.length).toBeGreaterThan(0);
  });

  test("an exclusive bound of a type that has fractions keeps them", () => {
    const compiled = (type: string | string[]): unknown =>
      compileSchema({ type: "object", properties: { n: { type, exclusiveMinimum: 0 } } }, "gemini-json-schema").schema["properties"];
    expect(compiled(["number", "integer"])).toEqual({ n: { type: ["number", "integer"], minimum: 0 } });
    expect(compiled(["integer", "null"])).toEqual({ n: { type: ["integer", "null"], minimum: 1 } });
  });

  test("a property called __proto__ stays a property and reaches no prototype", () => {
    const { schema } = compileSchema(corpus["a property called __proto__"] ?? {}, "openai-strict");
    const properties = schema["properties"] as JsonObject;
    expect(Object.keys(properties)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(properties)).toBe(Object.prototype);
    expect(JSON.stringify(schema)).toContain('"__proto__":{"type":"string"}');
  });

  test("booleans and values that are not schemas become schemas that the vendor accepts, with a loss", () => {
    for (const target of targets) {
      // Gemini's JSON Schema takes a value of any shape.
      expect(compileSchema(true, target).losses.length > 0).toBe(target !== "gemini-json-schema");
      expect(compileSchema(false, target).losses.length).toBeGreaterThan(0);
    }
    expect(compileSchema({ type: "object", properties: { a: 5 }, required: ["a"] }, "openai-strict").losses).toEqual([
      { pointer: "#/properties/a", keyword: "schema", message: "JSON Schema does not allow this value here, so it was dropped." },
      {
        pointer: "#/properties/a",
        keyword: "type",
        message: "The host does not accept a schema for any value, so JSON text is requested.",
      },
    ]);
  });

  test("OpenAI accepts ten levels of objects, and eleven are a loss", () => {
    const nest = (levels: number): JsonObject =>
      levels === 0
        ? { type: "string" }
        : { type: "object", properties: { a: nest(levels - 1) }, required: ["a"], additionalProperties: false };
    expect(compileSchema(nest(9), "openai-strict").losses).toEqual([]);
    expect(compileSchema(nest(11), "openai-strict").losses.map((loss) => loss.keyword)).toContain("depth");
  });

  test("any JSON at all compiles for every target without an exception", () => {
    const keyword = fc.constantFrom(
      "type",
      "properties",
      "items",
      "anyOf",
      "allOf",
      "oneOf",
      "enum",
      "const",
      "$ref",
      "required",
      "additionalProperties",
      "prefixItems",
      "$defs",
      "minimum",
      "not",
      "nullable",
      "a",
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("object", "string", "#", "#/$defs/a", null, true, false, 3),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(keyword, tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(keyword, value, { maxKeys: 5 }), (schema) => {
        for (const target of [...targets, { omit: ["not"] }] as const) JSON.stringify(compileSchema(schema, target));
      }),
      { numRuns: 500 },
    );
  });
});
