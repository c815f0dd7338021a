/**
 * Fixture format v1 as a JSON Schema, and the small validator that reads it: the parser is driven by the document that is published, so
 * the two cannot say different things. `case.schema.json` beside this file is its printed form (test/fixture.test.ts keeps them equal).
 */
import type { Capability, JsonObject } from "@lumiverse/core";

/** Every capability of the closed vocabulary; the `Record` makes the compiler name one that is missing. */
const CAPABILITY: Readonly<Record<Capability, true>> = {
  "input.image": true,
  "input.audio": true,
  "input.file": true,
  "input.video": true,
  "input.url": true,
  "output.image": true,
  "output.audio": true,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true,
  "tools.images": true,
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  reasoning: true,
  "reasoning.off": true,
  "reasoning.budget": true,
  "reasoning.visible": true,
  maxOutputTokens: true,
  temperature: true,
  topP: true,
  topK: true,
  minP: true,
  frequencyPenalty: true,
  presencePenalty: true,
  repetitionPenalty: true,
  stop: true,
  seed: true,
  logprobs: true,
  prefill: true,
  "cache.explicit": true,
  "cache.automatic": true,
  "cache.implicit": true,
  streaming: true,
  sources: true,
  webSearch: true,
  countTokens: true,
  models: true,
  account: true,
};
export const capabilities: readonly Capability[] = Object.keys(CAPABILITY) as Capability[]; // `Object.keys` forgets the key type of a closed record

const text: JsonObject = { type: "string" };
const filled: JsonObject = { type: "string", pattern: "\\S" };
const object: JsonObject = { type: "object" };
const date: JsonObject = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}" };
const stringMap: JsonObject = { type: "object", additionalProperties: text };
const sha256: JsonObject = { type: "string", pattern: "^[0-9a-f]{64}$" };
const body: JsonObject = { description: "Inline body: a string as it is, anything else as compact JSON in this key order." };
const bodyFile: JsonObject = { type: "string", pattern: "^[^/\\\\]+$", description: "A raw file beside case.json." };
const messages: JsonObject = { type: "array", items: { type: "object", required: ["role", "content"] } };

const expect: JsonObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    events: {
      type: "array",
      items: { type: "object", required: ["type"] },
      description: "Every event of the stream, exactly and in order.",
    },
    response: { type: "object", description: "A part of the ChatResponse: what is named must be equal, arrays in full length." },
    error: {
      type: "object",
      required: ["code"],
      additionalProperties: false,
      properties: {
        code: filled,
        status: { type: "integer" },
        vendorCode: text,
        retryable: { type: "boolean" },
        retryAfterMs: { type: "number" },
        field: text,
        message: { type: "string", description: "A piece of the message." },
        hint: { type: "string", description: "A piece of the hint." },
        generation: { type: "string", description: "A piece of the model's text that its vendor rejected." },
        partial: { type: "object", description: "A part of error.partial." },
      },
    },
    notes: {
      type: "array",
      description: "The kinds and fields of all notes of the answer, in any order.",
      items: { type: "object", required: ["kind"], additionalProperties: false, properties: { kind: filled, field: text } },
    },
    sent: {
      type: "object",
      description: "What matters about the request body, by JSON pointer.",
      additionalProperties: false,
      properties: { has: object, lacks: { type: "array", items: { type: "string", pattern: "^/" } } },
    },
    value: { description: "What an operation returns: a part of it, as with `response`." },
  },
};

export const caseSchema: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://lumiverse.dev/schemas/conformance-case-1.json",
  title: "Lumiverse conformance case, version 1",
  type: "object",
  required: ["version", "title", "claims", "model", "streaming", "expect", "exchanges"],
  additionalProperties: false,
  properties: {
    $schema: text,
    version: { const: 1 },
    title: { ...filled, description: "A sentence about behaviour." },
    claims: {
      type: "array",
      items: { enum: capabilities },
      description: "The capabilities that this case shows; each is checked to be exercised.",
    },
    gotcha: { ...filled, description: "The oddity of the host that this case pins down." },
    model: filled,
    settings: object,
    options: {
      type: "object",
      description: "Options of the connection beside key and settings.",
      additionalProperties: false,
      properties: {
        baseURL: filled,
        unsupported: { enum: ["default", "throw", "warn", "send"] },
        prefill: { enum: ["native", "instruction", "error"] },
        replayScope: { enum: ["own", "vendor"] },
        headers: stringMap,
        retry: { type: "object", additionalProperties: false, properties: { attempts: { type: "integer" }, budgetMs: { type: "number" } } },
      },
    },
    apiKey: {
      anyOf: [
        { enum: ["canary", "none", "service-account"] },
        { type: "object", required: ["exchanged"], additionalProperties: false, properties: { exchanged: { type: "string" } } },
      ],
      description:
        "Which planted key the call is made with; default `canary`. `exchanged`: one of the provider's own shape, exchanged for a token; `{n}` in it counts, so that no earlier token is found in a cache.",
    },
    operation: { enum: ["check", "models", "account", "countTokens", "probe"], description: "An operation in place of a chat." },
    request: { type: "object", required: ["messages"], properties: { messages }, description: "The ChatRequest without `model`." },
    turns: {
      type: "array",
      description: "Further turns: each appends the last answer's message, then these messages, and calls again.",
      items: { type: "object", required: ["messages", "expect"], additionalProperties: false, properties: { messages, expect } },
    },
    streaming: { enum: [true, false, "both"] },
    expect,
    exchanges: {
      type: "array",
      minItems: 0,
      items: {
        type: "object",
        required: ["request", "response", "provenance"],
        additionalProperties: false,
        properties: {
          for: { enum: ["stream", "generate"], description: "Where streaming is `both`: which of the two this exchange belongs to." },
          request: {
            type: "object",
            required: ["method", "url"],
            additionalProperties: false,
            properties: {
              method: { enum: ["GET", "POST", "DELETE"] },
              url: { type: "string", pattern: "^https?://" },
              headers: { ...stringMap, description: "Headers that must be sent with this value; never credentials." },
              body,
              bodyFile,
              match: { enum: ["raw", "url"], description: "`url`: the body differs from call to call (a signed assertion)." },
            },
          },
          response: {
            type: "object",
            required: ["status"],
            additionalProperties: false,
            properties: { status: { type: "integer" }, headers: stringMap, body, bodyFile },
          },
          provenance: {
            type: "object",
            required: ["kind", "source", "date"],
            additionalProperties: false,
            properties: {
              kind: { enum: ["recorded", "derived", "documented"] },
              source: {
                ...filled,
                description: "recorded: the endpoint; derived: the name of the real exchange; documented: the page's URL.",
              },
              date,
              sha256,
            },
          },
        },
      },
    },
    harmless: { ...stringMap, description: "Strings that look like secrets and are none, each with the reason." },
  },
};

/** Every fault of `value` against the schema, as `pointer: sentence`. Knows the keywords that `caseSchema` uses and no others. */
export function faultsOf(schema: JsonObject, value: unknown, at = ""): string[] {
  const where = at === "" ? "(root)" : at;
  if ("const" in schema && value !== schema["const"]) return [`${where}: must be ${JSON.stringify(schema["const"])}, not ${brief(value)}`];
  const either = schema["anyOf"];
  if (Array.isArray(either)) {
    const each = either.map((one: JsonObject) => faultsOf(one, value, at));
    // The first form is the usual one: what it says is what a person wants to know.
    return each.some((faults) => faults.length === 0) ? [] : ((isObject(value) ? each.at(-1) : each[0]) ?? []);
  }
  const choices = schema["enum"];
  if (Array.isArray(choices) && !choices.includes(value)) return [`${where}: must be one of ${choices.join(", ")}, not ${brief(value)}`];
  const type = schema["type"];
  if (typeof type === "string" && !isOf(type, value))
    return [`${where}: must be ${/^[aeiou]/.test(type) ? "an" : "a"} ${type}, not ${brief(value)}`];
  const pattern = schema["pattern"];
  if (typeof pattern === "string" && typeof value === "string" && !new RegExp(pattern).test(value))
    return [`${where}: ${brief(value)} does not match ${pattern}`];
  const faults: string[] = [];
  if (Array.isArray(value)) {
    const items = schema["items"];
    if (isObject(items)) for (const [i, item] of value.entries()) faults.push(...faultsOf(items, item, `${at}/${i}`));
    return faults;
  }
  if (!isObject(value)) return faults;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  for (const key of Array.isArray(schema["required"]) ? (schema["required"] as string[]) : []) // our own constant: `required` lists strings
    if (!Object.hasOwn(value, key)) faults.push(`${where}: ${key} is missing`);
  const rest = schema["additionalProperties"];
  for (const [key, inner] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (isObject(known)) faults.push(...faultsOf(known, inner, `${at}/${key}`));
    else if (rest === false) faults.push(`${where}: ${key} is no field of the format (it has ${Object.keys(properties).join(", ")})`);
    else if (isObject(rest)) faults.push(...faultsOf(rest, inner, `${at}/${key}`));
  }
  return faults;
}

function isOf(type: string, value: unknown): boolean {
  if (type === "object") return isObject(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
