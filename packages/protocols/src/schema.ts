/** The schema compiler, which is as large as half a wire while most calls have no schema. */
import { type CheckedCall, type Door, door, type JsonSchema } from "@lumiverse/core";
import type { CompiledSchema, Target } from "./schema/compile.ts";

export type { CompiledSchema, SchemaLoss, Target } from "./schema/compile.ts";

export const compiler: Door<typeof import("./schema/compile.ts")> = door(() => import("./schema/compile.ts"));

export function loadCompiler({ request, output }: CheckedCall): unknown {
  return request.tools === undefined && output === undefined ? undefined : compiler.enter();
}

export function compileSchema(schema: JsonSchema | boolean, target: Target): CompiledSchema {
  return compiler.inside.compileSchema(schema, target);
}
