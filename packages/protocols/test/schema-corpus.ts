/** Schemas that have broken vendors, libraries or both, each as small as shows the trouble. */
import type { JsonSchema } from "@lumiverse/core/provider";

export const corpus: Readonly<Record<string, JsonSchema>> = {
  "closed object": {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city", "days"],
    additionalProperties: false,
  },
  "optional property": {
    type: "object",
    properties: { a: { type: "string" }, b: { type: "number", description: "maybe" } },
    required: ["a"],
  },
  "optional reference": {
    type: "object",
    properties: { colour: { $ref: "#/$defs/Colour" } },
    $defs: { Colour: { enum: ["red", "green"] } },
  },
  "nullable in four ways": {
    type: "object",
    properties: {
      a: { type: ["string", "null"] },
      b: { anyOf: [{ type: "integer" }, { type: "null" }] },
      c: { type: "string", nullable: true },
      d: { enum: ["x", null] },
    },
    required: ["a", "b", "c", "d"],
  },
  "several types": { type: "object", properties: { id: { type: ["string", "integer"], minLength: 2, minimum: 5 } }, required: ["id"] },
  recursion: {
    $ref: "#/$defs/Node",
    $defs: {
      Node: {
        type: "object",
        properties: { value: { type: "number" }, children: { type: "array", items: { $ref: "#/$defs/Node" } } },
        required: ["value", "children"],
        additionalProperties: false,
      },
    },
  },
  "recursion through the root": {
    type: "object",
    properties: { name: { type: "string" }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
    required: ["name", "next"],
  },
  "mutual recursion": {
    type: "object",
    properties: { a: { $ref: "#/definitions/A" } },
    required: ["a"],
    definitions: {
      A: { type: "object", properties: { b: { $ref: "#/definitions/B" } }, required: ["b"] },
      B: { type: "object", properties: { a: { anyOf: [{ $ref: "#/definitions/A" }, { type: "null" }] } }, required: ["a"] },
    },
  },
  "reference with words beside it": {
    type: "object",
    properties: { from: { $ref: "#/$defs/Place", description: "where it starts" }, to: { $ref: "#/$defs/Place" } },
    required: ["from", "to"],
    $defs: { Place: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } },
  },
  "references by pointer, anchor and nowhere": {
    type: "object",
    properties: {
      a: { type: "object", properties: { "x/y": { type: "boolean" } }, required: ["x/y"] },
      b: { $ref: "#/properties/a/properties/x~1y" },
      c: { $ref: "#named" },
      d: { $ref: "https://elsewhere.example/schema.json" },
    },
    required: ["a", "b", "c", "d"],
    $defs: { Hidden: { $anchor: "named", type: "string" } },
  },
  "tagged union by oneOf": {
    type: "object",
    properties: {
      shape: {
        oneOf: [
          { type: "object", properties: { kind: { const: "circle" }, radius: { type: "number" } }, required: ["kind", "radius"] },
          { type: "object", properties: { kind: { const: "square" }, side: { type: "number" } }, required: ["kind", "side"] },
        ],
      },
    },
    required: ["shape"],
  },
  "overlapping oneOf": {
    type: "object",
    properties: { n: { oneOf: [{ type: "number", minimum: 0 }, { type: "integer" }] } },
    required: ["n"],
  },
  "untagged union with one first key": {
    type: "object",
    properties: {
      who: {
        anyOf: [
          { type: "object", properties: { name: { type: "string" }, age: { type: "number" } }, required: ["name", "age"] },
          { type: "object", properties: { name: { type: "string" }, firm: { type: "string" } }, required: ["name", "firm"] },
        ],
      },
    },
    required: ["who"],
  },
  "root union": { anyOf: [{ type: "object", properties: { a: { type: "string" } }, required: ["a"] }, { type: "string" }] },
  "root array": { type: "array", items: { type: "string" } },
  "intersection by allOf": {
    allOf: [
      { $ref: "#/$defs/Base" },
      { type: "object", properties: { extra: { type: "string" }, id: { minimum: 3 } }, required: ["extra"] },
    ],
    $defs: { Base: { type: "object", properties: { id: { type: "integer", minimum: 1 } }, required: ["id"] } },
  },
  "contradictory allOf": {
    type: "object",
    properties: { a: { allOf: [{ type: "string" }, { type: "number" }, { pattern: "^a" }] } },
    required: ["a"],
  },
  map: { type: "object", properties: { counts: { type: "object", additionalProperties: { type: "integer" } } }, required: ["counts"] },
  "open object and any value": {
    type: "object",
    properties: { free: { type: "object" }, any: {}, yes: true, no: false, list: { type: "array" } },
    required: ["free", "any", "yes", "list"],
  },
  "no arguments": { type: "object", properties: {} },
  "empty object inside": { type: "object", properties: { nothing: { type: "object", properties: {} } }, required: ["nothing"] },
  tuples: {
    type: "object",
    properties: {
      point: { type: "array", prefixItems: [{ type: "number" }, { type: "number" }], items: false },
      old: { type: "array", items: [{ type: "string" }, { type: "integer" }], additionalItems: { type: "boolean" } },
    },
    required: ["point", "old"],
  },
  bounds: {
    type: "object",
    properties: {
      s: { type: "string", minLength: 2, maxLength: 5, pattern: "^[a-z]+$" },
      i: { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 10 },
      n: { type: "number", exclusiveMinimum: 0, multipleOf: 0.5 },
      four: { type: "number", minimum: 1, exclusiveMinimum: true },
      l: { type: "array", items: { type: "string" }, minItems: 2, maxItems: 4, uniqueItems: true },
    },
    required: ["s", "i", "n", "four", "l"],
  },
  formats: {
    type: "object",
    properties: {
      when: { type: "string", format: "date-time" },
      link: { type: "string", format: "uri" },
      odd: { type: "string", format: "iri" },
    },
    required: ["when", "link", "odd"],
  },
  constants: {
    type: "object",
    properties: { a: { const: "fixed" }, b: { const: 7 }, c: { enum: [1, 2, 3] }, d: { enum: ["x", 1, true, null] } },
    required: ["a", "b", "c", "d"],
  },
  conditions: {
    type: "object",
    properties: { kind: { type: "string" }, size: { type: "number" } },
    required: ["kind", "size"],
    if: { properties: { kind: { const: "big" } } },
    then: { properties: { size: { minimum: 10 } } },
    not: { required: ["secret"] },
    dependentRequired: { size: ["kind"] },
    patternProperties: { "^x_": { type: "string" } },
    propertyNames: { maxLength: 8 },
  },
  annotations: {
    $id: "https://example.test/thing",
    title: "Thing",
    type: "object",
    properties: {
      level: { type: "integer", default: 3, examples: [1, 2], deprecated: true, "x-order": 1 },
      again: { $ref: "https://example.test/thing#/properties/level" },
    },
    required: ["level", "again"],
  },
  "property names that are keywords": {
    type: "object",
    properties: {
      type: { type: "string" },
      properties: { type: "string" },
      $ref: { type: "string" },
      required: { type: "boolean" },
      enum: { type: "string" },
    },
    required: ["type", "properties", "$ref", "required", "enum"],
  },
  "a property called __proto__": JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}},"required":["__proto__","constructor"]}',
  ),
  "required but undeclared": { type: "object", properties: { a: { type: "string" } }, required: ["a", "ghost"] },
};
