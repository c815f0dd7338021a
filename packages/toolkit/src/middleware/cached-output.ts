/** Reads the structured output of a stored answer again, with the validator of the request at hand. */
import type { ChatRequest } from "@lumiverse/core";

/** The value in an answer's text, validated. @throws Error that says what is wrong */
export async function outputOf(text: string, output: NonNullable<ChatRequest["output"]>, prefill = ""): Promise<unknown> {
  const value = parse(text, prefill);
  if (output === "json") return value;
  if (!("~standard" in output) && output.validate !== undefined) return output.validate(value);
  const schema = "~standard" in output ? output : output.schema;
  if (!isStandard(schema)) return value;
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return result.value;
}

interface Validator {
  "~standard": { validate(value: unknown): Awaitable<{ value?: unknown; issues?: readonly { message: string }[] | undefined }> };
}
type Awaitable<T> = T | Promise<T>;

function isStandard(schema: object): schema is Validator {
  return "~standard" in schema;
}

function parse(text: string, prefill: string): unknown {
  const fenced = /^\s*```(?:json)?\n([\s\S]*)```\s*$/.exec(text)?.[1] ?? text;
  for (const candidate of prefill === "" ? [fenced] : [fenced, prefill + fenced]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next candidate may parse; the last attempt below reports what is wrong.
    }
  }
  return JSON.parse(fenced);
}
