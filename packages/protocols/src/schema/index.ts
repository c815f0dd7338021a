/** The schema compiler: turns a caller's JSON Schema into what a vendor accepts, and reports what is lost. */
export type { PropertyNames, SchemaUse, SchemaVendor } from "./accept.ts";
export { geminiSchema, type HostCompiler, moonshotSchema, openaiStrict, schemaOmitting } from "./presets.ts";
export {
  type CompiledForHost,
  type CompileOptions,
  loadSchemaCompiler,
  noteLosses,
  type SchemaCompiler,
  schemaCompilerOf,
} from "./schema-compiler.ts";
export type { Target } from "./strict/compile.ts";
