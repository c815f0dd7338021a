/** What each vendor's schema dialect takes, as data. The walker reads nothing else about a vendor. */

export interface Table {
  /** Keywords that pass as they are. Structure (type, properties, items, anyOf, $ref, enum, …) has fields of its own below. */
  keeps: ReadonlySet<string>;
  /** Formats that are taken; absent: any. */
  formats?: ReadonlySet<string>;
  /** `keep`: `$defs` and recursion are taken; `inline`: neither. */
  refs: "keep" | "inline";
  /** `closed`: every object says `additionalProperties: false`; `maps`: it may hold a schema; `none`: the keyword is not taken, objects are closed anyway. */
  additional: "closed" | "maps" | "none";
  /** Every property must be required. */
  allRequired?: boolean;
  /** Null by `type: [t, "null"]`, or by `nullable: true` with one type a schema. */
  nulls: "type" | "nullable";
  enums: "any" | "strings";
  tuples: boolean;
  /** The type stands in the branches of an `anyOf`, not beside it. */
  typeInBranches?: boolean;
  /** An object without properties is refused. */
  noEmptyObjects?: boolean;
  /** `minItems` above this is refused. */
  minItems?: number;
  root?: "object";
  limits?: { depth: number; properties: number; enumValues: number };
}

const of = (words: string): ReadonlySet<string> => new Set(words.split(" "));
const NUMBERS = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf";

export const tables: Readonly<Record<"openai-strict" | "gemini-openapi" | "gemini-json-schema" | "anthropic" | "moonshot", Table>> = {
  // https://platform.openai.com/docs/guides/structured-outputs (supported schemas)
  "openai-strict": {
    keeps: of(`title description pattern minItems maxItems ${NUMBERS}`),
    formats: of("date-time time date duration email hostname ipv4 ipv6 uuid"),
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
    keeps: of(
      "title description minItems maxItems minProperties maxProperties minLength maxLength pattern minimum maximum example default propertyOrdering",
    ),
    // Others are refused by name for strings ("only 'enum' and 'date-time' are supported").
    formats: of("date-time enum float double int32 int64"),
    refs: "inline",
    additional: "none",
    nulls: "nullable",
    enums: "strings",
    tuples: false,
    noEmptyObjects: true,
  },
  // https://ai.google.dev/gemini-api/docs/structured-output: responseJsonSchema, parametersJsonSchema.
  "gemini-json-schema": {
    keeps: of("title description minItems maxItems minimum maximum propertyOrdering"),
    refs: "keep",
    additional: "maps",
    nulls: "type",
    enums: "any",
    tuples: true,
  },
  // https://platform.claude.com/docs/en/build-with-claude/structured-outputs (JSON Schema limitations)
  anthropic: {
    keeps: of("title description minItems"),
    formats: of("date-time time date duration email hostname uri ipv4 ipv6 uuid"),
    refs: "inline",
    additional: "closed",
    nulls: "type",
    enums: "any",
    tuples: false,
    minItems: 1,
  },
  // https://platform.moonshot.ai/docs: the subset that Kimi's decoder follows; `$schema` beside it makes K2.5 answer rubbish.
  moonshot: {
    keeps: of(`title description default pattern minLength maxLength minItems maxItems ${NUMBERS}`),
    refs: "inline",
    additional: "maps",
    nulls: "type",
    enums: "any",
    tuples: true,
    typeInBranches: true,
    root: "object",
  },
};

/** Say nothing about which values are valid: they go without being a loss. */
export const annotations: ReadonlySet<string> = of(
  "$schema $id id $comment $anchor $dynamicAnchor $vocabulary $defs definitions title description default example examples deprecated readOnly writeOnly contentMediaType contentEncoding contentSchema propertyOrdering nullable",
);
/** Read by the walker itself. */
export const structure: ReadonlySet<string> = of(
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
