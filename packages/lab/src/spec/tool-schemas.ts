/** Schemas of tool arguments as MCP servers and validators publish them, each with the word that names it in a finding. */
import type { JsonObject, JsonSchema } from "@lumiverse/core/provider";

const text: JsonObject = { type: "string" };
const city: JsonObject = { type: "object", properties: { city: text }, required: ["city"] };

export const toolSchemas: Readonly<Record<string, JsonSchema | undefined>> = {
  "no parameters": undefined,
  plain: city,
  closed: { ...city, additionalProperties: false },
  "object without properties": { type: "object" },
  empty: {},
  "no type at the root": { properties: { city: text } },
  "$schema and title": { $schema: "http://json-schema.org/draft-07/schema#", title: "Arguments", ...city },
  "anyOf at the root": { anyOf: [city, { type: "object", properties: { zip: text } }] },
  "oneOf at the root": { type: "object", oneOf: [city, { type: "object", properties: { zip: text } }] },
  "allOf at the root": { allOf: [city, { type: "object", properties: { zip: text } }] },
  "not at the root": { type: "object", properties: { city: text }, not: { required: ["zip"] } },
  "$ref at the root": { $ref: "#/$defs/City", $defs: { City: city } },
  "enum at the root": { type: "object", properties: { city: text }, enum: [{ city: "Oslo" }] },
  "definitions and a recursive $ref": {
    type: "object",
    properties: { node: { $ref: "#/definitions/Node" } },
    definitions: {
      Node: { type: "object", properties: { name: text, children: { type: "array", items: { $ref: "#/definitions/Node" } } } },
    },
  },
  "array without items": { type: "object", properties: { list: { type: "array" } } },
  "array with a tuple": { type: "object", properties: { pair: { type: "array", items: [text, { type: "number" }] } } },
  "array with prefixItems": { type: "object", properties: { pair: { type: "array", prefixItems: [text, { type: "number" }] } } },
  "names that start with $ and @": { type: "object", properties: { $top: { type: "integer" }, "@type": text }, required: ["$top"] },
  "names with blanks and dots": { type: "object", properties: { "first name": text, "a.b": text, "x[]": text } },
  "a name of 80 characters": { type: "object", properties: { ["n".repeat(80)]: text } },
  "an empty name": { type: "object", properties: { "": text } },
  "type list with null": { type: "object", properties: { city: { type: ["string", "null"] }, size: { type: ["string", "integer"] } } },
  nullable: { type: "object", properties: { city: { type: "string", nullable: true } } },
  "null alone": { type: "object", properties: { nothing: { type: "null" } } },
  "enum of numbers": { type: "object", properties: { size: { type: "integer", enum: [1, 2, 3] } } },
  "enum without type": { type: "object", properties: { size: { enum: ["s", 1, null, true] } } },
  "empty enum": { type: "object", properties: { size: { type: "string", enum: [] } } },
  "enum with an empty text": { type: "object", properties: { size: { type: "string", enum: ["", "s"] } } },
  const: { type: "object", properties: { kind: { const: "weather" }, count: { const: 3 } } },
  bounds: {
    type: "object",
    properties: {
      age: { type: "integer", minimum: 0, maximum: 200, exclusiveMinimum: -1, multipleOf: 1 },
      name: { type: "string", minLength: 1, maxLength: 50, pattern: "^[a-z]+$", format: "hostname" },
      tags: { type: "array", items: text, minItems: 1, maxItems: 5, uniqueItems: true },
    },
  },
  "bounds of draft 4": { type: "object", properties: { age: { type: "number", minimum: 0, exclusiveMinimum: true } } },
  "defaults and examples": {
    type: "object",
    properties: { city: { type: "string", default: "Oslo", examples: ["Rome"], deprecated: true } },
  },
  "boolean schemas": { type: "object", properties: { any: true, none: false } },
  "empty property": { type: "object", properties: { anything: {} } },
  "additional properties by schema": { type: "object", properties: {}, additionalProperties: { type: "number" } },
  "pattern properties": { type: "object", patternProperties: { "^x-": text }, propertyNames: { pattern: "^x" } },
  "if, then and else": { type: "object", properties: { a: text }, if: { required: ["a"] }, then: { required: ["b"] }, else: {} },
  "dependent fields": { type: "object", properties: { a: text, b: text }, dependentRequired: { a: ["b"] } },
  "required that is not listed": { type: "object", properties: { a: text }, required: ["a", "b"] },
  "required that is empty": { type: "object", properties: { a: text }, required: [] },
  "anyOf in a property": { type: "object", properties: { id: { anyOf: [text, { type: "integer" }, { type: "null" }] } } },
  "oneOf with a discriminator": {
    type: "object",
    properties: {
      shape: {
        oneOf: [
          { type: "object", properties: { kind: { const: "circle" }, r: { type: "number" } }, required: ["kind"] },
          { type: "object", properties: { kind: { const: "square" }, a: { type: "number" } }, required: ["kind"] },
        ],
        discriminator: { propertyName: "kind" },
      },
    },
  },
  "an e-mail pattern of zod": {
    type: "object",
    properties: { to: { type: "string", format: "email", pattern: "^(?!\\.)(?!.*\\.\\.)([a-z0-9.]*)[a-z0-9]@([a-z0-9-]+\\.)+[a-z]{2,}$" } },
  },
  "patterns of other engines": {
    type: "object",
    properties: { a: { pattern: "^\\p{L}+$" }, b: { pattern: "^(?P<year>\\d+)$" }, c: { pattern: "^(a" } },
    patternProperties: { "^\\p{L}": text },
  },
  "types of programming languages": {
    type: "object",
    properties: { a: { type: "int" }, b: { type: "any" }, c: { type: ["string", "string"] }, d: { type: "list" }, e: { type: null } },
  },
  "properties that are not schemas": { type: "object", properties: { city: text, type: "object", none: null, list: [text] } },
  "required of draft 3": { type: "object", properties: { city: { ...text, required: true }, size: { ...text, required: false } } },
  "required with other values": { type: "object", properties: { city: text }, required: ["city", "city", null, 3] },
  "values of the wrong type": {
    type: "object",
    properties: { a: { ...text, minLength: "3", maxLength: -1, description: 5 }, b: { type: "number", minimum: "0", multipleOf: 0 } },
    $defs: null,
  },
  "empty and broken choices": { type: "object", properties: { a: { anyOf: [] }, b: { oneOf: [null, text] }, c: { allOf: "x" } } },
  "broken items": { type: "object", properties: { a: { type: "array", items: null }, b: { type: "array", items: [] } } },
  "references that lead nowhere": {
    type: "object",
    properties: { a: { $ref: "#/components/schemas/A" }, b: { $ref: "https://example.com/b.json" }, c: { $ref: null } },
  },
  "references by id": {
    $id: "https://example.com/s",
    type: "object",
    properties: { a: { $ref: "https://example.com/s#/definitions/A" } },
    definitions: { A: text },
  },
  "an id with blanks": { $id: "Parameters of list", type: "object", properties: { city: text } },
  "a reference with siblings": {
    type: "object",
    properties: { a: { $ref: "#/$defs/A", description: "The city", default: "Oslo" } },
    $defs: { A: text },
  },
  "a choice in a choice at the root": {
    oneOf: [{ anyOf: [city, { type: "object", properties: { zip: text } }] }, { $ref: "#/$defs/A" }],
    $defs: { A: city },
  },
  "conditions at the root": { ...city, allOf: [{ if: { required: ["city"] }, then: { properties: { zip: text }, required: ["zip"] } }] },
  "choices between required fields": {
    type: "object",
    properties: { place: { type: "object", properties: { a: text, b: text }, anyOf: [{ required: ["a"] }, { required: ["b"] }] } },
  },
  "any JSON": {
    type: "object",
    properties: { value: { $ref: "#/$defs/json" } },
    $defs: {
      json: {
        anyOf: [
          text,
          { type: "number" },
          { type: "null" },
          { type: "array", items: { $ref: "#/$defs/json" } },
          { type: "object", additionalProperties: { $ref: "#/$defs/json" } },
        ],
      },
    },
  },
  "properties named like keywords": {
    type: "object",
    properties: {
      type: text,
      properties: city,
      items: text,
      required: { type: "boolean" },
      enum: text,
      constructor: text,
      not: text,
      $ref: text,
    },
  },
  "deep nesting": {
    type: "object",
    properties: {
      a: { type: "object", properties: { b: { type: "object", properties: { c: { type: "array", items: { type: "object" } } } } } },
    },
  },
};
