/** The values that the generated requests give to each field of `ChatRequest`. Each value has a name, which its findings show. */
import type { ChatRequest, JsonObject } from "@lumiverse/core/provider";
import { conversations } from "./conversations.ts";
import { toolSchemas } from "./tool-schemas.ts";

/** One value of one field. */
export interface FieldValue {
  field: GeneratedField;
  name: string;
  value: unknown;
}

/** The fields that end up in a body. `parameters` and `providerOptions` are the caller's own words and are not judged. */
export type GeneratedField = Exclude<
  keyof ChatRequest,
  "model" | "providerOptions" | "parameters" | "spelling" | "vendorFields" | "signal" | "timeouts" | "headers"
>;

const weather = { name: "weather", description: "The weather of a city", parameters: toolSchemas["plain"] ?? {} };
const person: JsonObject = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 }, tags: { type: "array", items: { type: "string" } } },
  required: ["name"],
};
const strictPerson: JsonObject = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: ["integer", "null"] } },
  required: ["name", "age"],
  additionalProperties: false,
};

const values: { readonly [F in GeneratedField]: Readonly<Record<string, unknown>> } = {
  messages: conversations,
  tools: {
    ...Object.fromEntries(
      Object.entries(toolSchemas).map(([name, parameters]) => [
        `schema: ${name}`,
        [{ ...weather, ...(parameters === undefined ? { parameters: undefined } : { parameters }) }],
      ]),
    ),
    "an empty list": [],
    strict: [{ ...weather, strict: true }],
    "strict and closed": [{ ...weather, parameters: strictPerson, strict: true }],
    "strict without parameters": [{ name: "weather", strict: true }],
    "not strict": [{ ...weather, strict: false }],
    "without a description": [{ name: "weather", parameters: weather.parameters }],
    "with an empty description": [{ ...weather, description: "" }],
    "two tools": [weather, { name: "time" }],
    "a name that vendors refuse": [{ ...weather, name: "fs.read/all files" }],
    "a name of 90 characters": [{ ...weather, name: "n".repeat(90) }],
    "a name that starts with a digit": [{ ...weather, name: "1st" }],
    "130 tools": Array.from({ length: 130 }, (_, i) => ({ ...weather, name: `tool_${i}` })),
  },
  toolChoice: { auto: "auto", none: "none", required: "required", named: { name: "weather" } },
  parallelToolCalls: { true: true, false: false },
  output: {
    json: "json",
    schema: { schema: person },
    "strict schema": { schema: strictPerson, strict: true, name: "person", description: "A person" },
    "loose schema": { schema: person, strict: false },
    "strict without closing": { schema: person, strict: true },
    "array at the root": { schema: { type: "array", items: person } },
    "text at the root": { schema: { type: "string" } },
    "anyOf at the root": { schema: { anyOf: [person, strictPerson] } },
    "object without properties": { schema: { type: "object" } },
    "empty schema": { schema: {} },
    "recursive schema": {
      schema: {
        type: "object",
        properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
        required: ["next"],
        additionalProperties: false,
      },
    },
  },
  reasoning: {
    off: "off",
    minimal: "minimal",
    low: "low",
    medium: "medium",
    high: "high",
    max: "max",
    "0 tokens": { budgetTokens: 0 },
    "1 token": { budgetTokens: 1 },
    "512 tokens": { budgetTokens: 512 },
    "2,000 tokens": { budgetTokens: 2000 },
    "100,000 tokens": { budgetTokens: 100_000 },
  },
  maxOutputTokens: { 1: 1, 15: 15, 1000: 1000, 40000: 40_000, 2000000: 2_000_000 },
  temperature: { "-1": -1, 0: 0, 0.3: 0.3, 1: 1, 1.5: 1.5, 2: 2, 3: 3 },
  topP: { 0: 0, 0.5: 0.5, 1: 1, 1.5: 1.5 },
  topK: { "-1": -1, 0: 0, 1: 1, 40: 40, 2.5: 2.5, 1000: 1000 },
  minP: { 0: 0, 0.1: 0.1, 1: 1, 2: 2 },
  frequencyPenalty: { "-3": -3, 0: 0, 0.5: 0.5, 2: 2, 3: 3 },
  presencePenalty: { "-3": -3, 0: 0, 0.5: 0.5, 2: 2, 3: 3 },
  repetitionPenalty: { 0: 0, 0.5: 0.5, 1: 1, 1.2: 1.2, 3: 3 },
  stop: {
    text: "END",
    list: ["END"],
    "an empty list": [],
    "an empty text": "",
    "a list with an empty text": ["", "END"],
    blank: [" \n"],
    five: ["a", "b", "c", "d", "e"],
    twenty: Array.from({ length: 20 }, (_, i) => `stop${i}`),
  },
  seed: { "-1": -1, 0: 0, 42: 42, "2^31": 2 ** 31, "2^53 - 1": Number.MAX_SAFE_INTEGER },
  logprobs: { true: true, false: false, 0: 0, 5: 5, 20: 20, 30: 30 },
  cache: {
    false: false,
    "{}": {},
    automatic: { automatic: true },
    "one hour": { ttl: "1h", automatic: true },
    everything: { ttl: "1h", automatic: true, tools: true, system: true, conversation: true },
    breakpoints: { ttl: "5m", tools: true, system: true, conversation: true },
  },
  prefill: { "": "", "{": "{", Sure: "Sure, ", blank: " " },
};

/** All values of all fields. */
export const fieldValues: readonly FieldValue[] = Object.entries(values).flatMap(
  ([field, named]) => Object.entries(named).map(([name, value]) => ({ field: field as GeneratedField, name, value })), // the keys of `values`
);
