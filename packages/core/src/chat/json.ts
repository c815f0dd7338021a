/** A JSON object whose contents are unknown. */
export type JsonObject = { [key: string]: unknown };

/** A JSON Schema document (2020-12 or a subset). Each protocol compiles it to what its vendor accepts and notes every change. */
export type JsonSchema = JsonObject;

/**
 * A schema that follows Standard JSON Schema (https://standardschema.dev): it validates a value and can print itself as JSON Schema.
 * zod 4, Valibot and ArkType do.
 */
export interface StandardJsonSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    /** Absent on libraries that validate but cannot print JSON Schema (`zod/mini`). */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" | "draft-07" | "openapi-3.0" }) => JsonObject;
      readonly output: (options: { readonly target: "draft-2020-12" | "draft-07" | "openapi-3.0" }) => JsonObject;
    };
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** What `~standard.validate` returns: the value, or the issues. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<{ readonly message: string }> };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that a table has for a word from outside. Undefined for a word that only its prototype has, such as `constructor`. */
export function ownValue<T>(table: Readonly<Record<string, T>> | undefined, word: string | undefined): T | undefined {
  return table !== undefined && word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** The fields whose value is not undefined, in their order. */
export function definedFields<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const defined: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key of Object.keys(fields) as (keyof T)[]) // the literals that callers write have no other keys
    if (fields[key] !== undefined) defined[key] = fields[key] as Exclude<T[keyof T], undefined>; // as compared
  return defined;
}

/** A number that a host sent as a number or as text. NaN for everything else: `Number` throws on some objects, and reads an empty text as 0. */
export function readNumber(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}
