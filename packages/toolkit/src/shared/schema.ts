import { type JsonSchema, LumiverseError, type StandardJsonSchema, type StandardResult } from "@lumiverse/core";

/** A schema that follows Standard Schema (https://standardschema.dev) and cannot print itself as JSON Schema, with its JSON Schema. */
export interface SchemaPair<T = unknown> {
  /** Validates, and names the type. */
  validator: StandardValidator<T>;
  /** What the model sees. */
  jsonSchema: JsonSchema;
}

/** The part of Standard Schema that validates. */
export interface StandardValidator<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** A schema of zod 4, ArkType or Valibot's `toStandardJsonSchema`, or any Standard Schema together with its JSON Schema. */
export type TypedSchema<T = unknown> = StandardJsonSchema<T> | SchemaPair<T>;

/** A schema as the toolkit uses it. */
export interface ReadSchema<T> {
  jsonSchema: JsonSchema;
  /** The value, or the issues as one sentence. */
  validate(value: unknown): Promise<{ value: T } | { issues: string }>;
}

/** @throws LumiverseError `configuration` for a schema that cannot print itself as JSON Schema and is given without one */
export function readTypedSchema<T>(given: TypedSchema<T>, field: string): ReadSchema<T> {
  const validator: StandardValidator<T> = "~standard" in given ? given : given.validator;
  const standard = validator["~standard"];
  const jsonSchema = "~standard" in given ? given["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) : given.jsonSchema;
  if (jsonSchema === undefined)
    throw new LumiverseError({
      code: "configuration",
      field,
      message: `the ${standard.vendor} schema in ${field} cannot print itself as JSON Schema`,
      hint: "Pass { validator, jsonSchema }, with jsonSchema from the library's converter",
    });
  return { jsonSchema, validate: async (value) => readResult(await standard.validate(value)) };
}

function readResult<T>(result: StandardResult<T>): { value: T } | { issues: string } {
  if (result.issues === undefined) return { value: result.value };
  return { issues: result.issues.map(issueText).join("; ") };
}

/** The issue with its path in front, where the library gives one. */
function issueText(issue: { readonly message: string }): string {
  // Standard Schema allows `path`: keys, or objects with a key.
  const { path } = issue as { path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined };
  if (path === undefined || path.length === 0) return issue.message;
  const keys = path.map((one) => String(typeof one === "object" ? one.key : one));
  return `${keys.join(".")}: ${issue.message}`;
}
