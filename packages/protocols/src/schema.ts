/** The schema compiler, which is as large as half a wire while most calls have no schema. */
import type { CheckedCall, JsonSchema } from "@lumiverse/core";
import { type Door, door } from "./door.ts";
import type { CompiledSchema, Target } from "./schema/compile.ts";

export type { CompiledSchema, SchemaLoss, Target } from "./schema/compile.ts";

export const compiler: Door<typeof import("./schema/compile.ts")> = door(() => import("./schema/compile.ts"));

export function loadCompiler({ request, output }: CheckedCall): Promise<unknown> | undefined {
  return request.tools === undefined && output === undefined ? undefined : compiler.open();
}

export function compileSchema(schema: JsonSchema | boolean, target: Target): CompiledSchema {
  return compiler.inside.compileSchema(schema, target);
}
