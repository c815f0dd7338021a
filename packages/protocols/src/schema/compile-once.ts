import type { CompiledSchemas, JsonObject } from "@lumiverse/core/provider";

/** What was compiled from one text, by purpose. The schema is kept as text, so that each call has one of its own. */
type Kept<T> = Readonly<Record<string, { schemaText: string; rest: Omit<T, "schema"> }>>;

/** Compiles a schema, or takes what an earlier call of the connection has compiled from the same text. `purpose` says what else decides the result. */
export function compileOnce<T extends { schema: JsonObject }>(
  compiledSchemas: CompiledSchemas | undefined,
  purpose: string,
  schema: unknown,
  compile: () => T,
): T {
  const text = compiledSchemas === undefined ? undefined : jsonText(schema);
  if (compiledSchemas === undefined || text === undefined) return compile();
  const ofText = compiledSchemas.get(text) as Kept<T> | undefined; // this function put it there
  const kept = ofText?.[purpose];
  // `T` is the object without its schema, and the schema.
  if (kept !== undefined) return { ...kept.rest, schema: JSON.parse(kept.schemaText) } as T;
  const compiled = compile();
  const { schema: made, ...rest } = compiled;
  const schemaText = jsonText(made);
  if (schemaText !== undefined) compiledSchemas.set(text, { ...ofText, [purpose]: { schemaText, rest } });
  return compiled;
}

/** Undefined for an object that contains itself. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
