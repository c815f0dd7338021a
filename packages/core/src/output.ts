import type { ChatRequest, JsonSchema, Message, NamedSchema, Note, OutputRequest, StandardJsonSchema } from "./chat.ts";
import { LumiverseError } from "./errors.ts";
import type { Facts } from "./facts.ts";
import type { ResolvedOutput } from "./provider.ts";
import { isObject } from "./wire.ts";

/** The JSON Schema of whatever a caller handed in, and how to validate against it. */
export function readSchema(given: OutputRequest): Omit<ResolvedOutput, "strategy"> {
  if (given === "json") return { name: "output" };
  if (isStandard(given)) {
    const standard = given["~standard"];
    if (standard.jsonSchema === undefined)
      throw new LumiverseError({
        code: "configuration",
        field: "output",
        message: `the ${standard.vendor} schema in output can't print itself as JSON Schema`,
        hint: "Give { schema, validate }, with schema from your library's converter (for zod/mini: z.toJSONSchema(schema))",
      });
    return {
      name: "output",
      schema: standard.jsonSchema.input({ target: "draft-2020-12" }),
      validate: async (value) => {
        const result = await standard.validate(value);
        if (result.issues !== undefined) throw new Error(result.issues.map((issue) => issue.message).join("; "));
        return result.value;
      },
    };
  }
  const named = given as Partial<NamedSchema>;
  if (!isObject(named.schema)) return { name: "output", schema: given as JsonSchema };
  return {
    name: named.name ?? "output",
    schema: named.schema,
    ...(named.description === undefined ? {} : { description: named.description }),
    ...(named.strict === undefined ? {} : { strict: named.strict }),
    ...(named.validate === undefined ? {} : { validate: named.validate }),
  };
}
const isStandard = (given: unknown): given is StandardJsonSchema =>
  (typeof given === "object" || typeof given === "function") && given !== null && "~standard" in given;

/** The JSON Schema of a tool's parameters. */
export function parametersOf(given: JsonSchema | StandardJsonSchema | undefined): JsonSchema | undefined {
  return given === undefined ? undefined : isStandard(given) ? readSchema(given).schema : (given as JsonSchema);
}

/** Native schema, JSON mode, one forced tool, or the prompt: the strongest that is not known to fail. Unknown is tried. */
export function resolveOutput(request: ChatRequest, takes: Facts, without: ReadonlySet<string>, notes: Note[]): ResolvedOutput | undefined {
  if (request.output === undefined) return undefined;
  const read = readSchema(request.output);
  const can = (fact: "output.schema" | "output.json"): boolean => takes[fact] !== false && !without.has(fact);
  const beside = request.tools === undefined || takes["output.tools"] !== false;
  let strategy: ResolvedOutput["strategy"];
  if (read.schema !== undefined && can("output.schema") && beside) strategy = "schema";
  else if (can("output.json") && beside) strategy = "json";
  else if (read.schema !== undefined && request.tools === undefined && takes.tools === true && takes["toolChoice.named"] !== false)
    strategy = "tool";
  else strategy = "prompt";
  if (!beside)
    notes.push({
      kind: "changed",
      field: "output",
      message: "the model takes no structured output together with tools: the schema was put into the prompt",
    });
  else if (read.schema !== undefined && strategy !== "schema")
    notes.push({
      kind: "changed",
      field: "output",
      message: `the model takes no JSON Schema here: the output was asked for by ${strategy === "json" ? "JSON mode and prompt" : strategy}`,
    });
  return { ...read, strategy };
}

/** The schema in words, for hosts that take none: joined to the system prompt. */
export function instruct(messages: readonly Message[], output: ResolvedOutput): Message[] {
  const text =
    output.schema === undefined
      ? "Answer with one JSON object and nothing else."
      : `Answer with one JSON value and nothing else: no prose, no code fence. It must match this JSON Schema:\n${JSON.stringify(output.schema)}`;
  const at = messages.findIndex((message) => message.role !== "system");
  const head = at < 0 ? messages.length : at;
  return [...messages.slice(0, head), { role: "system", content: text }, ...messages.slice(head)];
}

/** The value in an answer's text. Throws with what is wrong; the caller puts the partial to it. */
export async function readOutput(text: string, output: ResolvedOutput): Promise<unknown> {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(text);
  const value: unknown = JSON.parse(fenced?.[1] ?? text);
  return output.validate === undefined ? value : await output.validate(value);
}
