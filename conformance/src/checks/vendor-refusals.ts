/** Finds what vendors refuse in the body of a request, by protocol. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { objectsIn } from "../disguises/stream-events.ts";

/**
 * Models whose vendors refuse a call without its reasoning, on every host: Kimi from K2.5 on ("reasoning_content is missing in assistant tool call message")
 * and DeepSeek from V3.2 on ("must be passed back to the API").
 */
export const DEMANDS_REASONING: RegExp =
  /(?:^|\/)(?:kimi-k2(?:[.p-][5-9]|-thinking)|kimi-k[3-9]|deepseek-(?:v(?:3[.p]2|[4-9])|(?:flash|pro|chat|reasoner)$))/i;

/** Turns that called a tool and have no reasoning, not even an empty one. */
export function bareCallFaults(body: JsonObject): string[] {
  const { thinking } = body;
  if (isObject(thinking) && thinking["type"] === "disabled") return [];
  const fields = ["reasoning_content", "reasoning", "reasoning_details"];
  return objectsIn(body["messages"])
    .filter((turn) => objectsIn(turn["tool_calls"]).length > 0 && !fields.some((field) => turn[field] !== undefined))
    .map(() => "a turn that called a tool has no reasoning field");
}

/** Why a vendor refuses a body, by protocol. */
export const REFUSALS: Readonly<Partial<Record<string, (body: JsonObject) => string[]>>> = {
  "chat-completions": (body) => {
    const turns = objectsIn(body["messages"]);
    const faults = pairFaults(turns.map(chatTurn));
    for (const { content } of turns) if (Array.isArray(content) && content.length === 0) faults.push("a message has no content");
    for (const call of turns.flatMap((turn) => objectsIn(turn["tool_calls"]))) faults.push(...argumentFaults(fieldsOf(call["function"])));
    for (const one of objectsIn(body["tools"])) faults.push(...rootFaults(fieldsOf(one["function"])["parameters"]));
    if ([body["stop"]].flat().includes("")) faults.push("a stop sequence is empty");
    if (turns.some((turn) => objectsIn(turn["tool_calls"]).some(({ id }) => id === ""))) faults.push("a call has no id");
    return faults;
  },
  responses: (body) => {
    const items = objectsIn(body["input"]);
    const faults = pairFaults(items.map(itemTurn));
    for (const { type, content } of items)
      if (type !== "reasoning" && Array.isArray(content) && content.length === 0) faults.push("an item has no content");
    for (const item of items) if (item["type"] === "function_call") faults.push(...argumentFaults(item));
    for (const { input_audio: audio } of items.flatMap(({ content }) => objectsIn(content)))
      if (isObject(audio) && audio["format"] !== "wav" && audio["format"] !== "mp3")
        faults.push(`audio has the format ${String(audio["format"])}`);
    for (const one of objectsIn(body["tools"])) if (one["type"] === "function") faults.push(...rootFaults(one["parameters"]));
    return faults;
  },
  messages: (body) => {
    const turns = objectsIn(body["messages"]);
    const faults = pairFaults(turns.map(messagesTurn));
    for (const { content } of turns) {
      if (Array.isArray(content) && content.length === 0) faults.push("a message has no content");
      for (const block of objectsIn(content)) {
        if (objectsIn(block["citations"]).some((citation) => "file_id" in citation))
          faults.push("a citation has the field file_id, which only answers have");
        if (block["type"] === "tool_use" && !isObject(block["input"])) faults.push("the arguments of a call are not an object");
        if (block["is_error"] === true && objectsIn(block["content"]).some((inner) => inner["type"] !== "text"))
          faults.push("the result of a failed call has content other than text");
        if (block["is_error"] === true && [block["content"] ?? ""].flat().join("") === "")
          faults.push("the result of a failed call is empty");
      }
    }
    faults.push(...serverToolFaults(turns));
    if ([body["stop_sequences"]].flat().includes("")) faults.push("a stop sequence is empty");
    for (const { input_schema: schema } of objectsIn(body["tools"]))
      if (isObject(schema)) faults.push(...schemaFaults(schema), ...draftFaults(schema, schema));
    return faults;
  },
  "generate-content": (body) => {
    const declared = objectsIn(body["tools"]).flatMap((entry) => objectsIn(entry["functionDeclarations"]));
    const roots = declared.map((one) => one["parametersJsonSchema"] ?? one["parameters"]).filter(isObject);
    const faults = roots.flatMap(rootFaults);
    const [first] = objectsIn(body["contents"]);
    if (first?.["role"] === "model" && objectsIn(first["parts"]).some((part) => part["functionCall"] !== undefined))
      faults.push("a call stands before the first user turn");
    for (const { parts } of objectsIn(body["contents"]))
      if (!Array.isArray(parts) || parts.length === 0) faults.push("a turn has no parts");
    if ([fieldsOf(body["generationConfig"])["stopSequences"]].flat().includes("")) faults.push("a stop sequence is empty");
    return faults;
  },
};

interface CallTurn {
  calls: unknown[];
  results: unknown[];
}
const chatTurn = (message: JsonObject): CallTurn => ({
  calls: objectsIn(message["tool_calls"]).map(({ id }) => id),
  results: message["role"] === "tool" ? [message["tool_call_id"]] : [],
});
const messagesTurn = ({ content }: JsonObject): CallTurn => ({
  calls: objectsIn(content).flatMap((block) => (block["type"] === "tool_use" ? [block["id"]] : [])),
  results: objectsIn(content).flatMap((block) => (block["type"] === "tool_result" ? [block["tool_use_id"]] : [])),
});

const itemTurn = ({ type, call_id: id }: JsonObject): CallTurn => ({
  calls: type === "function_call" ? [id] : [],
  results: type === "function_call_output" ? [id] : [],
});

const fieldsOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** Chat templates and gateways parse the arguments of earlier calls and read their fields. */
function argumentFaults({ arguments: text }: JsonObject): string[] {
  try {
    return isObject(JSON.parse(String(text))) ? [] : ["the arguments of a call are not an object"];
  } catch {
    return ["the arguments of a call do not parse"];
  }
}

function rootFaults(schema: unknown): string[] {
  if (!isObject(schema)) return [];
  return [...(schema["type"] === "object" ? [] : ["the root of a tool schema is not an object"]), ...draftFaults(schema, schema)];
}

const TYPES: readonly unknown[] = ["object", "array", "string", "integer", "number", "boolean", "null"];

/** What draft 2020-12 of JSON Schema does not allow. Vendors check it: "is not valid under any of the given schemas", "is not of type 'object', 'boolean'". */
function draftFaults(schema: JsonObject, root: JsonObject): string[] {
  const { type, required, exclusiveMinimum: bound, $ref: ref, $id: id, properties } = schema;
  const faults: string[] = [];
  if (type !== undefined && ![type].flat().every((one) => TYPES.includes(one))) faults.push(`a tool schema has the type ${String(type)}`);
  if (required !== undefined && !Array.isArray(required)) faults.push("required in a tool schema is not a list");
  if (typeof bound === "boolean") faults.push("a tool schema has a bound of draft 4");
  if (typeof ref === "string" && ref.startsWith("#/components") && root["components"] === undefined)
    faults.push("a tool schema has a reference that leads nowhere");
  if (id !== undefined && /\s/.test(String(id))) faults.push("the $id of a tool schema is not a URI");
  for (const one of Object.values(fieldsOf(properties)))
    if (isObject(one)) faults.push(...draftFaults(one, root));
    else if (typeof one !== "boolean") faults.push("a property of a tool schema is not a schema");
  return faults;
}

/** A server tool and its result stand in one turn. The vendor refuses a conversation that moved on from one without its result. */
function serverToolFaults(turns: readonly JsonObject[]): string[] {
  return turns.slice(0, -1).flatMap(({ content }) => {
    const blocks = objectsIn(content);
    const results = blocks.map((block) => block["tool_use_id"]);
    return blocks.some((block) => block["type"] === "server_tool_use" && !results.includes(block["id"]))
      ? ["a server tool has no result although the conversation moved on"]
      : [];
  });
}

function pairFaults(turns: readonly CallTurn[]): string[] {
  const ids = turns.flatMap(({ calls }) => calls);
  const answered = turns.flatMap(({ results }) => results);
  const faults: string[] = [];
  if (new Set(ids).size < ids.length) faults.push("two calls have one id");
  if (ids.some((id) => answered.filter((other) => other === id).length !== 1)) faults.push("a call does not have exactly one result");
  if (answered.some((id) => !ids.includes(id))) faults.push("a result has no call");
  return faults;
}

function schemaFaults(schema: JsonObject): string[] {
  const faults = ["anyOf", "oneOf", "allOf"]
    .filter((keyword) => schema[keyword] !== undefined)
    .map((keyword) => `the root of a tool schema has ${keyword}`);
  if (schema["type"] !== "object") faults.push("the root of a tool schema is not an object");
  for (const name of Object.keys(Object(schema["properties"])))
    if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) faults.push(`a property is called ${name}`);
  return faults;
}
