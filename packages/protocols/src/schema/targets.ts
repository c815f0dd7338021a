/** What each vendor's schema dialect accepts, as data. The compiler reads nothing else about a vendor. */

/** What one vendor accepts. */
export interface TargetRules {
  /** Keywords that are kept. Structure (type, properties, items, anyOf, $ref, enum, …) has fields of its own below. */
  keeps: ReadonlySet<string>;
  /** Formats that are accepted. Absent: any. */
  formats?: ReadonlySet<string>;
  /** `keep`: `$defs` and recursion are accepted. `inline`: neither. */
  refs: "keep" | "inline";
  /** `closed`: every object has `additionalProperties: false`. `maps`: it may be a schema. `none`: the keyword is refused, and objects are closed anyway. */
  additional: "closed" | "maps" | "none";
  /** Every property must be required. */
  allRequired?: boolean;
  /** Null by `type: [t, "null"]`, or by `nullable: true` with one type per schema. */
  nulls: "type" | "nullable";
  enums: "any" | "strings";
  tuples: boolean;
  /** The type must be in the branches of an `anyOf`, not next to it. */
  typeInBranches?: boolean;
  /** An object without properties is refused. */
  noEmptyObjects?: boolean;
  /** `minItems` above this is refused. */
  minItems?: number;
  /** The sum of `maxItems` above which a schema is refused. */
  maxItemsSum?: number;
  root?: "object";
  limits?: { depth: number; properties: number; enumValues: number };
}

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(" "));
const NUMBERS = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf";

export const targets: Readonly<Record<"openai-strict" | "gemini-openapi" | "gemini-json-schema" | "anthropic" | "moonshot", TargetRules>> =
  {
    // https://platform.openai.com/docs/guides/structured-outputs (supported schemas)
    "openai-strict": {
      keeps: setOf(`title description pattern minItems maxItems ${NUMBERS}`),
      formats: setOf("date-time time date duration email hostname ipv4 ipv6 uuid"),
      refs: "keep",
      additional: "closed",
      allRequired: true,
      nulls: "type",
      enums: "any",
      tuples: false,
      root: "object",
      limits: { depth: 10, properties: 5000, enumValues: 1000 },
    },
    // https://ai.google.dev/api/caching#Schema: a subset of OpenAPI 3.0, closed.
    "gemini-openapi": {
      keeps: setOf(
        "title description minItems maxItems minProperties maxProperties minLength maxLength pattern minimum maximum example default propertyOrdering",
      ),
      // Other formats of strings are refused ("only 'enum' and 'date-time' are supported").
      formats: setOf("date-time enum float double int32 int64"),
      refs: "inline",
      additional: "none",
      nulls: "nullable",
      enums: "strings",
      tuples: false,
      noEmptyObjects: true,
    },
    // https://ai.google.dev/gemini-api/docs/structured-output: responseJsonSchema, parametersJsonSchema.
    "gemini-json-schema": {
      keeps: setOf("title description minItems maxItems minimum maximum propertyOrdering"),
      refs: "keep",
      additional: "maps",
      nulls: "type",
      enums: "any",
      tuples: true,
      maxItemsSum: 900, // above about 960, 400 "Request contains an invalid argument" (googleapis/python-genai#2170, vercel/ai#21192)
    },
    // https://platform.claude.com/docs/en/build-with-claude/structured-outputs (JSON Schema limitations)
    anthropic: {
      keeps: setOf("title description minItems"),
      formats: setOf("date-time time date duration email hostname uri ipv4 ipv6 uuid"),
      refs: "inline",
      additional: "closed",
      nulls: "type",
      enums: "any",
      tuples: false,
      minItems: 1,
    },
    // https://platform.moonshot.ai/docs: the subset that Kimi's decoder follows. With `$schema`, K2.5 answers nonsense.
    moonshot: {
      keeps: setOf(`title description default pattern minLength maxLength minItems maxItems ${NUMBERS}`),
      refs: "inline",
      additional: "maps",
      nulls: "type",
      enums: "any",
      tuples: true,
      typeInBranches: true,
      root: "object",
    },
  };

/** Keywords that do not restrict values. They are removed without a loss. */
export const annotations: ReadonlySet<string> = setOf(
  "$schema $id id $comment $anchor $dynamicAnchor $vocabulary $defs definitions title description default example examples deprecated readOnly writeOnly contentMediaType contentEncoding contentSchema propertyOrdering nullable",
);
/** Keywords that the compiler handles itself. */
export const structure: ReadonlySet<string> = setOf(
  "type properties required additionalProperties unevaluatedProperties items prefixItems additionalItems unevaluatedItems anyOf oneOf allOf enum const format nullable $ref",
);
/** Keywords whose value is a schema, a list of schemas, or a record of schemas. */
export const children: { one: readonly string[]; list: readonly string[]; record: readonly string[] } = {
  one: [
    "items",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "additionalItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "contentSchema",
  ],
  list: ["anyOf", "oneOf", "allOf", "prefixItems", "items"],
  record: ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"],
};
