/** Structured output: which schema was requested, how to request it from a model, and how to read the value from the answer. */
import { LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject, type JsonSchema, type StandardJsonSchema } from "../chat/json.ts";
import type { Message } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest, OutputRequest } from "../chat/request.ts";
import { messageOf } from "../chat/text.ts";
import type { ResolvedOutput } from "../contract/call.ts";
import type { Capabilities } from "../contract/capabilities.ts";

/** Keywords by which a bare JSON Schema is recognised where `{ schema }` is expected. */
const SCHEMA_KEYWORDS = ["type", "properties", "items", "$ref", "$defs", "anyOf", "oneOf", "allOf", "enum", "const"];

/** Chooses the strongest strategy that is not known to fail: native schema, JSON mode, one forced tool, or the prompt. */
export function resolveOutput(
  request: ChatRequest,
  capabilities: Capabilities,
  degradations: ReadonlySet<string>,
  notes: Note[],
): ResolvedOutput | undefined {
  if (request.output === undefined) return undefined;
  const requested = readOutputRequest(request.output, notes);
  const can = (capability: "output.schema" | "output.json"): boolean => capabilities[capability] !== false && !degradations.has(capability);
  const hasSchema = requested.schema !== undefined;
  const withTools = request.tools === undefined || capabilities["output.tools"] !== false;
  let strategy: ResolvedOutput["strategy"];
  if (hasSchema && can("output.schema") && withTools) strategy = "schema";
  else if (can("output.json") && withTools) strategy = "json";
  else if (hasSchema && request.tools === undefined && capabilities.tools === true && capabilities["toolChoice.named"] !== false)
    strategy = "tool";
  else strategy = "prompt";
  if (!withTools)
    notes.push({
      kind: "changed",
      field: "output",
      message: "The model does not accept structured output together with tools, so the schema was put into the prompt.",
    });
  else if (hasSchema && strategy !== "schema")
    notes.push({
      kind: "changed",
      field: "output",
      message: `The model does not accept a JSON Schema here, so the output was requested by ${strategy === "json" ? "JSON mode and prompt" : strategy}.`,
    });
  return { ...requested, strategy };
}

function readOutputRequest(given: OutputRequest, notes: Note[]): Omit<ResolvedOutput, "strategy"> {
  if (given === "json") return { name: "output" };
  if (isStandard(given)) return { name: "output", ...readSchema(given) };
  if (!isObject(given)) throw invalidOutput(`output is ${given === null ? "null" : typeof given}`);
  const { schema, name = "output", description, strict, validate } = given;
  if (!isObject(schema) && !isStandard(schema)) return readBareSchema(given, notes);
  if (typeof name !== "string") throw invalidOutput("output.name is not a text");
  if (description !== undefined && typeof description !== "string") throw invalidOutput("output.description is not a text");
  if (strict !== undefined && typeof strict !== "boolean") throw invalidOutput("output.strict is neither true nor false");
  if (validate !== undefined && typeof validate !== "function") throw invalidOutput("output.validate is not a function");
  return {
    name,
    ...readSchema(schema),
    ...definedFields({ description, strict, validate }),
  };
}

/** A JSON Schema without its `{ schema }` does not compile in TypeScript; from JavaScript it is recognised by its keywords. */
function readBareSchema(given: object, notes: Note[]): Omit<ResolvedOutput, "strategy"> {
  const { schema, type } = given as { schema?: unknown; type?: unknown }; // any object
  if (schema !== undefined) throw invalidOutput("output.schema is no JSON Schema");
  if (/^(?:json|text)/.test(String(type))) throw invalidOutput(`output has the type ${String(type)}, which is a vendor's spelling`);
  if (!SCHEMA_KEYWORDS.some((keyword) => keyword in given))
    throw invalidOutput(`output has the fields ${Object.keys(given).join(", ") || "(none)"}, and "schema" is not among them`);
  notes.push({ kind: "changed", field: "output", message: "output is a bare JSON Schema and was read as { schema }." });
  return { name: "output", schema: { ...given } };
}

function invalidOutput(message: string): LumiverseError {
  return new LumiverseError({
    code: "invalid-request",
    field: "output",
    message,
    hint: 'Pass "json", { schema: … }, or a schema of zod 4, Valibot or ArkType',
  });
}

function readSchema(given: JsonSchema | StandardJsonSchema): Pick<ResolvedOutput, "schema" | "validate"> & { schema: JsonSchema } {
  if (!isStandard(given)) return { schema: given };
  const standard = given["~standard"];
  if (standard.jsonSchema === undefined)
    throw new LumiverseError({
      code: "invalid-request",
      field: "output",
      message: `the ${standard.vendor} schema in output cannot print itself as JSON Schema`,
      hint: "Pass { schema, validate } with a JSON Schema (zod/mini: z.toJSONSchema(schema))",
    });
  return {
    schema: printSchema(given),
    validate: async (value) => {
      const result = await standard.validate(value);
      if (result.issues !== undefined) throw new Error(result.issues.map((issue) => issue.message).join("; "));
      return result.value;
    },
  };
}

/** The JSON Schema of a schema that can print itself. @throws LumiverseError with the path of the property that has none, such as a date of zod */
function printSchema(given: StandardJsonSchema, path = "output"): JsonSchema {
  try {
    return given["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) ?? {};
  } catch (cause) {
    // The properties of zod's objects.
    for (const [key, part] of Object.entries((given as { shape?: object }).shape ?? {}))
      if (isStandard(part)) printSchema(part, `${path}.${key}`);
    throw new LumiverseError({
      code: "invalid-request",
      field: path,
      message: `${path}: ${messageOf(cause)}`,
      hint: "Use a type that JSON has, such as z.iso.datetime()",
      cause,
    });
  }
}

function isStandard(given: unknown): given is StandardJsonSchema {
  return (
    (typeof given === "object" || typeof given === "function") && given !== null && "~standard" in given && isObject(given["~standard"])
  );
}

/** The JSON Schema of a tool's parameters. Undefined: the tool has none. */
export function parametersOf(given: JsonSchema | StandardJsonSchema | undefined): JsonSchema | undefined {
  return given === undefined ? undefined : readSchema(given).schema;
}

/** The messages with the schema in words, after the system prompt, for hosts that accept no schema. */
export function instruct(messages: readonly Message[], output: ResolvedOutput): Message[] {
  const text =
    output.schema === undefined
      ? "Answer with one JSON object and nothing else."
      : `Answer with one JSON value and nothing else: no prose, no code fence. It must match this JSON Schema:\n${JSON.stringify(output.schema)}`;
  const firstTurn = messages.findIndex((message) => message.role !== "system");
  const at = firstTurn < 0 ? messages.length : firstTurn;
  return [...messages.slice(0, at), { role: "system", content: text }, ...messages.slice(at)];
}

/**
 * The value in an answer's text. Where a prefill was sent, the text may begin behind it or repeat it.
 * @throws Error that says what is wrong
 */
export async function parseOutput(text: string, { validate }: Pick<ResolvedOutput, "validate">, prefill = ""): Promise<unknown> {
  const value = parseValue(text, prefill);
  return validate === undefined ? value : await validate(value);
}

/** The value that a request asks for, in the text of an answer to an equal request. @throws Error that says what is wrong */
export async function outputOf(text: string, { output, prefill }: Pick<ChatRequest, "output" | "prefill">): Promise<unknown> {
  return output === undefined ? undefined : parseOutput(text, readOutputRequest(output, []), prefill);
}

function parseValue(text: string, prefill: string): unknown {
  const alone = withoutFence(text);
  if (prefill === "") return JSON.parse(alone);
  const joined = withoutFence(prefill + text);
  const repeats = alone.trimStart().startsWith(prefill.trim());
  const [likely, other] = repeats ? [alone, joined] : [joined, alone];
  try {
    return JSON.parse(likely);
  } catch {
    // Some hosts repeat the prefill in another spacing, or ignore it.
    return JSON.parse(other);
  }
}

/** The text inside a code fence that surrounds all of it. */
function withoutFence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("```") || !trimmed.endsWith("```")) return text;
  const firstLine = trimmed.indexOf("\n");
  const language = trimmed.slice(3, firstLine).trim();
  return firstLine < 0 || (language !== "" && language !== "json") ? text : trimmed.slice(firstLine + 1, -3);
}
