/** The part of the schema compiler that is loaded with the first request that has schemas (`loadSchemaCompiler`). */
export { acceptSchema } from "./accept.ts";
export { compileSchema } from "./strict/compile.ts";
