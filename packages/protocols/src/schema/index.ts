/** The schema compiler: turns a caller's JSON Schema into what a vendor accepts, and reports what is lost. */
export { acceptSchema, type PropertyNames, type SchemaUse, type SchemaVendor } from "./accept.ts";
export { compileSchema, type SchemaLoss, type Target } from "./compile.ts";
export { geminiSchema, type HostCompiler, moonshotSchema, openaiStrict, schemaOmitting } from "./presets.ts";
