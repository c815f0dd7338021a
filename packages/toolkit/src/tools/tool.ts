import type { AudioPart, FilePart, FunctionTool, ImagePart, JsonObject, JsonSchema, TextPart } from "@lumiverse/core";
import { readTypedSchema, type TypedSchema } from "../shared/schema.ts";

/** What a tool receives about its call. */
export interface ToolContext {
  /** The id of the call. */
  id: string;
  /** Aborts when the run is aborted or the tool's time is up. Pass it on to whatever the tool waits for. */
  signal: AbortSignal;
  /** The 1-based step whose model call asked for it. */
  step: number;
}

/** Parts that a tool result can hold. */
export type ToolResultContent = string | readonly (TextPart | ImagePart | AudioPart | FilePart)[];

/** How a tool behaves in a run. */
export interface ToolBehaviour {
  /** The tool overlaps no other tool: it waits for earlier calls of the turn and delays later ones. Default false. */
  sequential?: boolean;
  /** The same call with the same arguments is normal, as in polling, and never stops a run. Default false. */
  repeatable?: boolean;
  /** Milliseconds until the call fails as timed out. Default: the run's `toolTimeoutMs`. */
  timeoutMs?: number;
}

/** The definition of a tool. */
export interface ToolOptions<I, O> extends ToolBehaviour {
  name: string;
  /** Tells the model what the tool does and when to use it. */
  description: string;
  /** The arguments: a schema of zod 4, ArkType or Valibot, or `{ validator, jsonSchema }`. Omitted: the tool has none. */
  parameters?: TypedSchema<I>;
  /** Ask the vendor to guarantee that the arguments match the schema. */
  strict?: boolean;
  /** Whether a person must approve a call first: every call, or depending on its arguments. Default false. */
  needsApproval?: boolean | ((input: I, context: ToolContext) => boolean | Promise<boolean>);
  /**
   * Does the work. A text or a list of parts becomes the result as it is, anything else as JSON. What it throws becomes a result that reports the failure
   * to the model.
   */
  execute(input: I, context: ToolContext): O | Promise<O>;
}

/** A tool that `runTools` can run. It is also a `FunctionTool`, so any request accepts it in `tools`. */
export interface RunnableTool<I = unknown, O = unknown> extends FunctionTool, ToolBehaviour {
  parameters?: JsonSchema;
  /** The arguments for `execute`, or what is wrong with them. */
  validate(input: unknown): Promise<{ value: I } | { issues: string }>;
  // Methods and not function properties, so that a tool of narrow arguments fits into a list of tools. A run passes them only what `validate` returned.
  execute(input: I, context: ToolContext): O | Promise<O>;
  /** Absent: no call needs approval. */
  needsApproval?(input: I, context: ToolContext): boolean | Promise<boolean>;
}

/**
 * Defines a tool whose arguments are typed by its schema and validated before `execute` runs.
 * @throws LumiverseError `configuration` for a schema that cannot print itself as JSON Schema
 */
export function tool<I = JsonObject, O = unknown>(options: ToolOptions<I, O>): RunnableTool<I, O> {
  const { name, description, parameters, strict, execute, needsApproval, sequential, repeatable, timeoutMs } = options;
  const schema = parameters === undefined ? undefined : readTypedSchema(parameters, `tool ${name}`);
  return {
    name,
    description,
    // Without a schema the arguments are whatever JSON the model wrote.
    validate: schema === undefined ? async (input) => ({ value: input as I }) : schema.validate,
    execute,
    ...(schema === undefined ? {} : { parameters: schema.jsonSchema }),
    ...(strict === undefined ? {} : { strict }),
    ...(needsApproval === undefined || needsApproval === false
      ? {}
      : { needsApproval: needsApproval === true ? () => true : needsApproval }),
    ...(sequential === undefined ? {} : { sequential }),
    ...(repeatable === undefined ? {} : { repeatable }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
