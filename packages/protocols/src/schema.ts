/**
 * The door to the schema compiler, which is a third of a wire's bytes while most calls have no schema: `Protocol.load` brings it when a request has one.
 * It is held here because `render` is synchronous.
 */
import type { ChatRequest, JsonSchema } from "@lumiverse/core";
import type { CompiledSchema, Target } from "./schema/compile.ts";

export type { CompiledSchema, SchemaLoss, Target } from "./schema/compile.ts";

let compiler: typeof import("./schema/compile.ts").compileSchema | undefined;

export function loadCompiler(request: Pick<ChatRequest, "tools" | "output">): Promise<unknown> | undefined {
  if (compiler !== undefined || (request.tools === undefined && request.output === undefined)) return undefined;
  return import("./schema/compile.ts").then((module) => {
    compiler = module.compileSchema;
  });
}

export function compileSchema(schema: JsonSchema | boolean, target: Target): CompiledSchema {
  if (compiler === undefined) throw new TypeError("await protocol.load(request) before protocol.render: this request has a schema");
  return compiler(schema, target);
}
