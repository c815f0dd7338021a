import { isObject, type JsonObject } from "@lumiverse/core/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelVendor } from "../src/families/index.ts";
import { acceptSchema, compileSchema } from "../src/schema/compiler.ts";
import type { SchemaVendor } from "../src/schema/index.ts";
import { render } from "./chat-drive.ts";
import { renderOf } from "./responses-reading.ts";
import { corpus } from "./schema-corpus.ts";

const vendors: readonly SchemaVendor[] = ["openai", "deepseek", "moonshot", "gemini", "anthropic", "xai", "fireworks", "unknown"];

/** Vendors that require a type in every schema. */
const TYPED: ReadonlySet<SchemaVendor> = new Set(["moonshot", "fireworks"]);

/** The checks that vendors state in their refusals, over every schema of a schema. */
function refusal(vendor: SchemaVendor, schema: unknown, at = "#"): string | undefined {
  if (!isObject(schema)) return undefined;
  const choices = vendor === "anthropic" ? ["anyOf", "oneOf", "allOf"] : ["anyOf", "oneOf", "allOf", "enum", "not"];
  if (at === "#" && schema["type"] !== "object") return "the root is not an object";
  if (at === "#" && vendor !== "unknown" && choices.some((key) => key in schema)) return "a choice at the root";
  const types = [schema["type"]].flat();
  const isAnything = types.length === 6;
  if (vendor !== "gemini" && !isAnything && types.includes("object") && !isObject(schema["properties"])) return `${at} has no properties`;
  if (!isAnything && types.includes("array") && schema["items"] === undefined && schema["prefixItems"] === undefined)
    return `${at} has no items`;
  if (TYPED.has(vendor) && at.endsWith("/*") && ["type", "anyOf", "oneOf", "allOf", "$ref"].every((key) => schema[key] === undefined))
    return `${at} has no type`;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  for (const name of Object.keys(properties)) {
    if (vendor === "anthropic" && !/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) return `${at} has the property ${name}`;
    const why = refusal(vendor, properties[name], `${at}/*`);
    if (why !== undefined) return why;
  }
  return refusal(vendor, schema["items"], `${at}/items/*`);
}

describe("a tool's schema is sent as the vendor accepts it", () => {
  const common: Readonly<Record<string, JsonObject | boolean>> = {
    "an object without properties": { type: "object" },
    "an empty schema": {},
    "a schema that accepts everything": true,
    "properties without a type": { properties: { harbour: { type: "string" } } },
    "a list of types at the root": { type: ["object", "null"], properties: {} },
    "an object inside without properties": { type: "object", properties: { filter: { type: "object" } } },
    "an array without items": { type: "object", properties: { names: { type: "array" } } },
    "an array of arrays without items": { type: "object", properties: { rows: { type: "array", items: { type: "array" } } } },
    "a property without a type": { type: "object", properties: { value: { description: "Any value" } } },
    "a property that accepts everything": { type: "object", properties: { value: true } },
    "anyOf at the root": { type: "object", properties: { id: { type: "string" } }, anyOf: [{ required: ["id"] }, { required: ["name"] }] },
    "oneOf of objects at the root": {
      oneOf: [
        { type: "object", properties: { a: { type: "string" }, kind: { const: "a" } }, required: ["kind"] },
        { type: "object", properties: { b: { type: "number" }, kind: { const: "b" } }, required: ["kind"] },
      ],
    },
    "allOf at the root": { allOf: [{ type: "object", properties: { a: { type: "string" } } }, { properties: { b: { type: "string" } } }] },
    "not at the root": { type: "object", properties: { a: { type: "string" } }, not: { required: ["a"] } },
    "enum at the root": { type: "object", enum: [{}] },
    "a reference at the root": { $ref: "#/$defs/query", $defs: { query: { type: "object", properties: { q: { type: "string" } } } } },
    "branches that are references": {
      anyOf: [{ $ref: "#/$defs/a" }],
      $defs: { a: { type: "object", properties: { q: { type: "string" } } } },
    },
    "names with other characters": {
      type: "object",
      properties: { $top: { type: "integer" }, "@x": {}, "Due Date": {} },
      required: ["$top"],
    },
    "types in upper case": { type: "OBJECT", properties: { a: { type: "STRING" } } },
  };
  for (const [name, schema] of Object.entries(common))
    test(`${name}`, () => {
      for (const vendor of vendors) {
        const { schema: sent, losses } = acceptSchema(schema, vendor, "tool");
        expect(refusal(vendor, sent), vendor).toBeUndefined();
        if (JSON.stringify(sent) !== JSON.stringify(schema) && name !== "a property that accepts everything")
          expect(losses.length, vendor).toBeGreaterThan(0);
      }
    });

  test("the properties of all branches are there, those that all branches require are required, and the choice stands in words", () => {
    const { schema } = acceptSchema(common["oneOf of objects at the root"] ?? {}, "openai", "tool");
    expect(schema).toMatchObject({
      type: "object",
      properties: { a: { type: "string" }, b: { type: "number" }, kind: { anyOf: [{ const: "a" }, { const: "b" }] } },
      required: ["kind"],
    });
    expect(schema["description"]).toContain("oneOf");
  });

  test("a reference at the root is replaced by its definition, and definitions stay for the references inside", () => {
    const node = { type: "object", properties: { next: { $ref: "#/$defs/node" } } };
    const { schema } = acceptSchema({ $ref: "#/$defs/node", $defs: { node } }, "openai", "tool");
    expect(schema).toMatchObject({ ...node, $defs: { node } });
  });

  test("older spellings become those of draft 2020-12 for every vendor, because many check it", () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "Parameters of list",
      type: "object",
      properties: {
        pair: { type: "array", items: [{ type: "string" }, { type: "number" }], additionalItems: false },
        age: { type: "number", minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
        kind: { type: "string", enum: [], required: true },
      },
    };
    for (const vendor of ["openai", "deepseek", "anthropic", "unknown"] as const)
      expect(acceptSchema(schema, vendor, "tool").schema, vendor).toEqual({
        type: "object",
        properties: {
          pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false },
          age: { type: "number", exclusiveMinimum: 1, maximum: 9 },
          kind: { type: "string" },
        },
        required: ["kind"],
      });
  });

  test("types of programming languages become those of JSON Schema, and others are dropped, with a note", () => {
    const types: Readonly<Record<string, unknown>> = {
      a: "int",
      b: "str",
      c: "bool",
      d: "Float",
      e: "any",
      f: ["string", "string"],
      g: null,
    };
    const properties = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
    const { schema, losses } = acceptSchema({ type: "object", properties }, "openai", "tool");
    expect(schema["properties"]).toEqual({
      a: { type: "integer" },
      b: { type: "string" },
      c: { type: "boolean" },
      d: { type: "number" },
      e: {},
      f: { type: ["string"] },
      g: {},
    });
    expect(losses.map(({ pointer }) => pointer)).toEqual(Object.keys(types).map((name) => `#/properties/${name}`));
  });

  test("values that JSON Schema does not allow are dropped with a note, and what they stood in stays", () => {
    const given = {
      type: "object",
      properties: {
        type: "object",
        nothing: null,
        text: { type: "string", minLength: "3", maxLength: -1, description: 5, pattern: {} },
        size: { type: "number", minimum: "0", multipleOf: 0 },
        choice: { anyOf: [] },
        members: { anyOf: [null, { type: "string" }] },
        open: { type: "object", additionalProperties: "false" },
        lost: { $ref: "#/$defs/Missing", description: "Kept" },
        remote: { $ref: "https://example.com/schema.json" },
      },
      required: ["text", "text", null, 5],
      $defs: null,
    };
    for (const vendor of ["openai", "anthropic", "unknown"] as const) {
      const { schema, losses } = acceptSchema(given, vendor, "tool");
      expect(schema, vendor).toEqual({
        type: "object",
        properties: {
          type: {},
          nothing: {},
          text: { type: "string" },
          size: { type: "number" },
          choice: {},
          members: { anyOf: [{ type: "string" }] },
          open: { type: "object", properties: {} },
          lost: { description: "Kept" },
          remote: {},
        },
        required: ["text"],
      });
      for (const pointer of ["type", "nothing", "text", "size", "choice", "members/anyOf/0", "lost", "remote"])
        expect(losses.map((loss) => loss.pointer)).toContain(`#/properties/${pointer}`);
    }
  });

  test("patterns that not every engine compiles are moved into the description, except for vendors that compile them", () => {
    const patterns = {
      lookahead: "^(?!\\.)[a-z@.]+$", // as zod writes an e-mail address
      unicode: "^[\\p{L}\\p{N} ]+$",
      named: "^(?<year>\\d{4})$",
      python: "^(?P<year>\\d{4})$",
      back: "^(a)\\1$",
      nested: "^[a-z=[\\]]*$",
      broken: "^(a",
    };
    const plain = { a: "^[a-z\\-\\[\\]]+(?:\\.\\w+)?$", b: "^\\d{4}-\\d{2}\\u00e9?$", c: "\\(\\?=" };
    const schemaOf = (all: object): JsonObject => ({
      type: "object",
      properties: Object.fromEntries(
        Object.entries(all).map(([name, pattern]) => [name, { type: "string", pattern, description: "Text" }]),
      ),
    });
    const { schema, losses } = acceptSchema(schemaOf(patterns), "openai", "tool");
    const properties = schema["properties"] as Record<string, JsonObject>; // as schemaOf makes it
    for (const [name, pattern] of Object.entries(patterns))
      expect(properties[name]).toEqual({ type: "string", description: `Text (pattern: ${JSON.stringify(pattern)})` });
    expect(losses).toHaveLength(Object.keys(patterns).length);
    expect(acceptSchema(schemaOf(plain), "openai", "tool")).toEqual({ schema: schemaOf(plain), losses: [] });
    expect(acceptSchema(schemaOf(patterns), "anthropic", "tool")).toEqual({ schema: schemaOf(patterns), losses: [] });
    const byPattern = { type: "object", properties: {}, patternProperties: { "^\\p{L}": {}, "^x": {} } };
    expect(acceptSchema(byPattern, "openai", "tool").schema).toMatchObject({
      patternProperties: { "^x": {} },
      description: '(patternProperties: "^\\\\p{L}")',
    });
    expect(acceptSchema(byPattern, "openai", "tool").schema["patternProperties"]).not.toHaveProperty(["^\\p{L}"]);
  });

  test("branches of choices in choices, of references and of conditions give their properties to the root", () => {
    const text = { type: "string" };
    const object = (name: string): JsonObject => ({ type: "object", properties: { [name]: text, kind: text }, required: ["kind", name] });
    const given = {
      oneOf: [{ oneOf: [object("a"), { $ref: "#/$defs/b" }] }, { allOf: [object("c"), { description: "C" }] }],
      $defs: { b: object("b") },
    };
    for (const vendor of ["openai", "anthropic", "xai"] as const)
      expect(acceptSchema(given, vendor, "tool").schema, vendor).toMatchObject({
        properties: { a: text, b: text, c: text, kind: text },
      });
    const conditional = {
      type: "object",
      properties: { kind: text },
      allOf: [{ if: { required: ["kind"] }, then: { properties: { more: text }, required: ["more"] } }],
    };
    const { schema } = acceptSchema(conditional, "openai", "tool");
    expect(schema).toMatchObject({ properties: { kind: text, more: text } });
    expect(schema).not.toHaveProperty("required");
  });

  test("a choice at the root whose branches are the root itself is read once", () => {
    const branches = Array.from({ length: 30 }, () => ({ $ref: "#" }));
    const given = { type: "object", properties: { a: { type: "string" } }, anyOf: branches };
    expect(acceptSchema(given, "openai", "tool").schema["properties"]).toEqual(given.properties);
  });

  test("a schema with more losses than an engine passes as arguments is accepted", () => {
    const bounded = { format: "uri", minLength: 1, maxLength: 9, minItems: 1, maxItems: 9, minContains: 1, maxContains: 9 };
    const properties = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, bounded]));
    expect(acceptSchema({ type: "object", properties }, "xai", "tool").losses.length).toBeGreaterThan(130_000);
  });

  test("what Grok, Fireworks, Groq and Gemini refuse is changed for each of them", () => {
    const limited = { type: "object", properties: { a: { type: "string", format: "date-time", minLength: 1 } } };
    expect(acceptSchema(limited, "xai", "tool").schema["properties"]).toEqual({
      a: { type: "string", description: '(format: "date-time"; minLength: 1)' },
    });
    const any = { type: "object", properties: { value: { description: "Any value" }, kind: { enum: ["a", 1] } } };
    expect(acceptSchema(any, "fireworks", "tool").schema["properties"]).toEqual({
      value: { description: "Any value", type: ["object", "array", "string", "number", "boolean", "null"] },
      kind: { enum: ["a", 1], type: ["string", "integer"] },
    });
    const inner = { type: "object", properties: { a: { anyOf: [{ required: ["x"] }, { required: ["y"] }] } } };
    expect(JSON.stringify(acceptSchema(inner, "unknown", "tool").schema)).toContain('{"required":["x"],"properties":{}}');
    const lists = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`l${n}`, { type: "array", items: {}, maxItems: 100 }]));
    const { schema, losses } = compileSchema({ type: "object", properties: lists }, "gemini-json-schema");
    expect(JSON.stringify(schema).match(/"maxItems":100/g)).toHaveLength(9);
    expect(losses).toHaveLength(3);
  });

  test("a schema that needs no change is sent as it is, without a note", () => {
    const schema = { type: "object", properties: { harbour: { type: "string", description: "Name" } }, required: ["harbour"] };
    for (const vendor of ["openai", "deepseek", "anthropic", "unknown"] as const)
      expect(acceptSchema(schema, vendor, "tool")).toEqual({ schema, losses: [] });
  });

  test("an output may be something else than an object", () => {
    expect(acceptSchema({ type: "array", items: { type: "string" } }, "openai", "output")).toEqual({
      schema: { type: "array", items: { type: "string" } },
      losses: [],
    });
  });
});

describe("names of properties that a vendor refuses", () => {
  const schema = {
    type: "object",
    properties: {
      $top: { type: "integer" },
      _top: { type: "integer" },
      "Due Date": { type: "string" },
      list: { type: "array", items: { type: "object", properties: { "@id": { type: "string" } }, required: ["@id"] } },
    },
    required: ["$top", "Due Date"],
  };

  test("are changed to other names, each of them once, and required follows", () => {
    const { schema: sent, names } = acceptSchema(schema, "anthropic", "tool");
    const properties = Object.keys(sent["properties"] as JsonObject); // an object, as the schema above
    expect(new Set(properties).size).toBe(4);
    expect(properties).toContain("_top");
    expect(sent["required"]).toEqual([properties[0], "Due_Date"]);
    expect(names?.encode('{"Due Date":"x"}')).toBe('{"Due_Date":"x"}');
  });

  test("come back under the caller's names, at every level", () => {
    const given = JSON.stringify({ $top: 5, _top: 6, "Due Date": "x", list: [{ "@id": "y" }] });
    const { names } = acceptSchema(schema, "anthropic", "tool");
    expect(names?.decode(names.encode(given))).toBe(given);
    expect(names?.decode("{broken")).toBe("{broken");
  });
});

describe("any schema", () => {
  const value = fc.letrec((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(true, false, {}, null, 5, "x"),
      fc.dictionary(
        fc.constantFrom("type", "anyOf", "oneOf", "allOf", "not", "enum", "const", "$ref", "required", "title", "additionalProperties"),
        fc.oneof(
          fc.constantFrom<unknown>("object", "array", ["object", "null"], "#/$defs/a", "#", ["a"], [], true, null, 3),
          fc.array(tie("schema"), { maxLength: 2 }),
        ),
        { maxKeys: 3 },
      ),
      fc.record({ type: fc.constant("object"), properties: fc.dictionary(fc.string({ maxLength: 6 }), tie("schema"), { maxKeys: 3 }) }),
      fc.record({ type: fc.constant("array"), items: tie("schema") }),
      fc.record({ anyOf: fc.array(tie("schema"), { maxLength: 3 }), $defs: fc.record({ a: tie("schema") }) }),
    ),
  })).schema;

  test("passes the checks of every vendor, and the given schema stays as it is", () => {
    fc.assert(
      fc.property(value, (given) => {
        const before = JSON.stringify(given);
        for (const vendor of vendors) {
          // Hosts get schemas from callers, who may pass anything.
          const { schema, names } = acceptSchema(given as JsonObject, vendor, "tool");
          expect(refusal(vendor, schema), `${vendor}: ${before} became ${JSON.stringify(schema)}`).toBeUndefined();
          expect(names?.decode(names.encode("{}")) ?? "{}").toBe("{}");
        }
        expect(JSON.stringify(given)).toBe(before);
      }),
      { numRuns: 3000 },
    );
  });

  test("of the corpus passes the checks of every vendor", () => {
    for (const [name, schema] of Object.entries(corpus))
      for (const vendor of vendors)
        expect(refusal(vendor, acceptSchema(schema, vendor, "tool").schema), `${name} for ${vendor}`).toBeUndefined();
  });

  test("has no empty tuple, and a branch that only requires fields is an object with properties", () => {
    const schema: JsonObject = {
      type: "object",
      properties: {
        a: { type: "array", items: [] },
        b: { type: "object", anyOf: [{ required: ["c"] }], properties: { c: { type: "string" } } },
      },
    };
    for (const vendor of vendors) {
      const text = JSON.stringify(acceptSchema(schema, vendor, "tool").schema);
      expect(text, vendor).not.toContain('"prefixItems":[]');
      // Gemini's own compiler decides about objects.
      if (vendor !== "gemini") expect(text, vendor).not.toContain('"anyOf":[{"required":["c"]}]');
    }
    expect(acceptSchema(schema, "fireworks", "tool").schema["properties"]).toMatchObject({
      a: { items: { type: expect.any(Array) } },
      b: { anyOf: [{ type: "object", properties: {}, required: ["c"] }] },
    });
  });

  test("that contains itself, or is nested without end, is sent without a failure", () => {
    const node: JsonObject = { type: "object" };
    node["properties"] = { next: node };
    let deep: JsonObject = { type: "object" };
    for (let n = 0; n < 2000; n++) deep = { type: "object", properties: { next: deep } };
    for (const vendor of vendors) {
      expect(acceptSchema(node, vendor, "tool").losses.map((loss) => loss.keyword)).toContain("$ref");
      expect(acceptSchema(deep, vendor, "tool").schema["type"]).toBe("object");
    }
  });

  test("costs time in proportion to its size", () => {
    const wide = (count: number): JsonObject => {
      const branch = (n: number): JsonObject => ({ type: "object", properties: { [`p ${n}`]: { type: "array" } }, required: [`p ${n}`] });
      return { anyOf: Array.from({ length: count }, (_, n) => branch(n)) };
    };
    const cost = (vendor: SchemaVendor, count: number): number => {
      const schema = wide(count);
      const start = process.cpuUsage();
      acceptSchema(schema, vendor, "tool");
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    };
    for (const vendor of vendors) {
      cost(vendor, 200);
      const small = Math.min(cost(vendor, 1000), cost(vendor, 1000), cost(vendor, 1000));
      expect(Math.min(cost(vendor, 8000), cost(vendor, 8000)), vendor).toBeLessThan(32 * small + 200);
    }
  }, 60_000);
});

describe("the vendor of a model decides behind a gateway", () => {
  test("by the id, with or without a prefix", () => {
    const ids: readonly (readonly [string, string | undefined])[] = [
      ["openai/gpt-5.5", "openai"],
      ["gpt-4.1", "openai"],
      ["anthropic/claude-sonnet-5", "anthropic"],
      ["us.anthropic.claude-sonnet-5-v1:0", "anthropic"],
      ["google/gemini-3-pro", "gemini"],
      ["moonshotai/Kimi-K2.6", "moonshot"],
      ["kimi-latest", "moonshot"],
      ["accounts/fireworks/models/deepseek-v4-pro", "deepseek"],
      ["x-ai/grok-4.6", "xai"],
      ["openai/gpt-oss-120b", undefined],
      ["constructor", undefined],
    ];
    for (const [id, vendor] of ids) expect(modelVendor(id), id).toBe(vendor);
  });

  const tools = [{ name: "list", parameters: { type: "object", properties: { $top: { type: "integer" }, any: {} } } }];
  const callOf = (args: object): unknown[] => [
    { role: "user", content: "Go" },
    { role: "assistant", content: [{ type: "tool-call", id: "c1", name: "list", arguments: JSON.stringify(args) }] },
    { role: "tool", content: [{ type: "tool-result", id: "c1", name: "list", content: "ok" }] },
  ];

  test("in Chat Completions, also for the arguments of the history", () => {
    const { body, notes } = render({}, { model: "anthropic/claude-sonnet-5", tools, messages: callOf({ $top: 1 }) as never }); // parts as above
    expect(JSON.stringify(body)).not.toContain("$top");
    expect(JSON.stringify(body["messages"])).toContain('{\\"_top\\":1}');
    expect(notes.map((note) => note.field)).toContain("tools.list #/properties/$top");
    expect(JSON.stringify(render({}, { model: "kimi-k2.6", tools }).body)).toContain('"any":{"type":"string"');
    expect(JSON.stringify(render({ schemaVendor: "unknown" }, { model: "kimi-k2.6", tools }).body)).toContain('"any":{}');
  });

  test("is Gemini's OpenAPI subset in Chat Completions, whatever the gateway", () => {
    const sizes = { type: "object", properties: { size: { type: "integer", enum: [1, 2] }, kind: { const: "a" } } };
    const { body, notes } = render({}, { model: "google/gemini-3-pro", tools: [{ name: "list", parameters: sizes }] });
    const text = JSON.stringify(body["tools"]);
    expect(text).not.toContain("const");
    expect(text).toContain('"size":{"type":"integer","description":"(enum: [1,2])"}');
    expect(notes.map((note) => note.field)).toContain("tools.list #/properties/size");
  });

  test("in Responses too", () => {
    const { body } = renderOf({ model: "anthropic/claude-sonnet-5", tools, messages: callOf({ $top: 1 }) as never });
    expect(JSON.stringify(body)).not.toContain("$top");
    expect(JSON.stringify(body["input"])).toContain('{\\"_top\\":1}');
  });
});
