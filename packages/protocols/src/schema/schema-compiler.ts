/**
 * The schema compiler of one call. The compiler is large and most requests have no schemas, so core loads it (`Protocol.loadSchemaCompiler`) before it renders
 * the first call that needs it, and hands it over with the call.
 */
import { type CheckedCall, type JsonObject, type JsonSchema, LumiverseError, type Note } from "@lumiverse/core/provider";
import type { AcceptedSchema, acceptSchema, PropertyNames, SchemaUse, SchemaVendor } from "./accept.ts";
import type { HostCompiler } from "./presets.ts";
import type { CompiledSchema, compileSchema, SchemaLoss, Target } from "./strict/compile.ts";

/** The module that is loaded. */
interface LoadedCompiler {
  acceptSchema: typeof acceptSchema;
  compileSchema: typeof compileSchema;
}

/** The schema compiler with what the connection's earlier calls have compiled. */
export interface SchemaCompiler {
  /** The schema for a target. Never throws for a schema, and does not change it. */
  compile(schema: JsonSchema | boolean, target: Target): CompiledSchema;
  /** The schema without `strict` as the vendor accepts it. `host`: the host's own compiler, which replaces that of the vendor. */
  accept(schema: JsonSchema | boolean, vendor: SchemaVendor, use: SchemaUse, host?: HostCompiler): AcceptedSchema;
}

/** What a protocol compiles a schema for. */
export interface CompileOptions {
  use: SchemaUse;
  /** Whether a strict schema is requested. */
  strict: boolean;
  /** Where the schema is in the request, for notes: `tools.search`. */
  field: string;
}

/** A schema as it is sent to a host. */
export interface CompiledForHost {
  schema: JsonObject;
  /** Whether it can be sent as strict. */
  strict: boolean;
  /** Changed names of properties. */
  properties?: PropertyNames | undefined;
}

/** Adds a note for each loss. `ending`: a sentence that is added to each. */
export function noteLosses(losses: readonly SchemaLoss[], field: string, notes: Note[], ending = ""): void {
  for (const { pointer, keyword, message } of losses)
    notes.push({ kind: "schema", field: `${field}${pointer}`, message: `${keyword}: ${message}${ending}` });
}

/** `loadSchemaCompiler` of all four protocols. */
export const loadSchemaCompiler = (): Promise<LoadedCompiler> => import("./compiler.ts");

/** The compiler of a call. @throws LumiverseError `configuration` at the first schema, if the call was prepared without the compiler */
export function schemaCompilerOf({ schemaCompiler, compiledSchemas, route }: CheckedCall): SchemaCompiler {
  const loaded = (): LoadedCompiler => {
    if (schemaCompiler !== undefined) return schemaCompiler as LoadedCompiler; // `loadSchemaCompiler` above is the only source
    throw new LumiverseError({
      code: "configuration",
      message: `${route.protocol.id}: the call has schemas, but no schema compiler was loaded for it`,
      hint: "A protocol that wraps another one must pass its loadSchemaCompiler on: { ...inner, render }",
    });
  };
  const compile: SchemaCompiler["compile"] = (schema, target) => loaded().compileSchema(schema, target, compiledSchemas);
  return {
    compile,
    accept: (schema, vendor, use, host) =>
      loaded().acceptSchema(schema, vendor, use, {
        compile: host === undefined ? undefined : (inner) => host(inner, compile),
        kept: compiledSchemas,
      }),
  };
}
