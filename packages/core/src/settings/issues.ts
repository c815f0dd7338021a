/** What is wrong with a setting, in plain English. The JSON Schema says what is expected, so that the words do not depend on a validator's library. */
import { isObject, type JsonSchema } from "../chat/json.ts";
import type { SettingIssue } from "../contract/settings.ts";
import { choicesOf, nonNull, rangeOf } from "./fields.ts";

/** The path of an issue, as Standard Schema gives it. */
export type IssuePath = readonly (PropertyKey | { readonly key: PropertyKey })[];

/**
 * The issues at a path that a validator complained about. Where the JSON Schema shows what is wrong, it gives the words; for rules that it can't
 * express or that are not checked here (patterns, pairs of settings), the validator's own message stays.
 */
export function issuesAt(segments: IssuePath, message: string, input: unknown, root: JsonSchema): SettingIssue[] {
  const keys = segments.map((segment) => String(typeof segment === "object" ? segment.key : segment));
  let value = input;
  let schema: JsonSchema | undefined = nonNull(root);
  for (const key of keys) {
    schema = schema === undefined ? undefined : schemaAt(schema, key);
    // An array has its indexes as keys.
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  const path = keys.join(".");
  if (schema === undefined) return [{ path, message }];
  const unknown = unknownKeys(value, schema);
  if (unknown.length > 0) return unknown.map((key) => ({ path: [...keys, key].join("."), message: "there is no such setting" }));
  return [{ path, message: mismatch(value, schema) ?? message }];
}

function schemaAt(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { properties, additionalProperties, items } = schema;
  const child =
    isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : schema["type"] === "array" ? items : additionalProperties;
  return isObject(child) ? nonNull(child) : undefined;
}

function unknownKeys(value: unknown, { properties, additionalProperties }: JsonSchema): string[] {
  if (!isObject(value) || !isObject(properties) || additionalProperties !== false) return [];
  return Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
}

/** "must be …" for a value that the schema does not allow; undefined where nothing is found wrong. */
function mismatch(value: unknown, schema: JsonSchema): string | undefined {
  if (value === undefined) return "is required";
  const choices = choicesOf(schema);
  if (choices !== undefined) {
    const listed = choices.map((choice) => JSON.stringify(choice.value)).join(", ");
    return choices.some((choice) => choice.value === value) ? undefined : `must be ${choices.length > 1 ? "one of " : ""}${listed}`;
  }
  switch (schema["type"]) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "string":
      return typeof value === "string" && hasLength(value.length, schema["minLength"], schema["maxLength"])
        ? undefined
        : `must be ${sized("text", { min: schema["minLength"], max: schema["maxLength"] }, ["character", "characters"])}`;
    case "integer":
    case "number":
      return isInRange(value, schema) ? undefined : `must be ${numberText(schema)}`;
    case "array":
      return Array.isArray(value) && hasLength(value.length, schema["minItems"], schema["maxItems"])
        ? undefined
        : `must be ${sized("a list", { min: schema["minItems"], max: schema["maxItems"] }, ["entry", "entries"])}`;
    case "object":
      return isObject(value) ? undefined : "must be an object";
    default:
      return undefined;
  }
}

function hasLength(length: number, min: unknown, max: unknown): boolean {
  return (typeof min !== "number" || length >= min) && (typeof max !== "number" || length <= max);
}
function sized(noun: string, { min, max }: { min: unknown; max: unknown }, [one, many]: readonly [string, string]): string {
  const [low, high] = [typeof min === "number" && min > 0 ? min : undefined, typeof max === "number" ? max : undefined];
  const unit = (high ?? low) === 1 ? one : many;
  if (low === undefined) return high === undefined ? noun : `${noun} of at most ${high} ${unit}`;
  if (high === undefined) return low === 1 ? `${noun} that is not empty` : `${noun} of at least ${low} ${unit}`;
  return `${noun} of ${low === high ? low : `${low} to ${high}`} ${unit}`;
}

function isInRange(value: unknown, schema: JsonSchema): boolean {
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (schema["type"] === "integer" && !Number.isSafeInteger(value)) return false;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return (
    (typeof minimum !== "number" || value >= minimum) &&
    (typeof maximum !== "number" || value <= maximum) &&
    (typeof exclusiveMinimum !== "number" || value > exclusiveMinimum) &&
    (typeof exclusiveMaximum !== "number" || value < exclusiveMaximum)
  );
}
function numberText(schema: JsonSchema): string {
  const noun = schema["type"] === "integer" ? "a whole number" : "a number";
  const { min, max } = rangeOf(schema);
  const above = schema["minimum"] === undefined && min !== undefined;
  const below = schema["maximum"] === undefined && max !== undefined;
  if (min !== undefined && max !== undefined && !above && !below) return `${noun} from ${min} to ${max}`;
  const limits = [
    ...(min === undefined ? [] : [above ? `above ${min}` : `of at least ${min}`]),
    ...(max === undefined ? [] : [below ? `below ${max}` : `of at most ${max}`]),
  ];
  return [noun, limits.join(" and ")].filter((part) => part !== "").join(" ");
}
