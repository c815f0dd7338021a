/** Checks the shape of a request before anything else looks at it, and names a mistake by its path. TypeScript finds most of these; JavaScript and stored transcripts do not. */
import { LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject, type JsonObject, ownValue } from "../chat/json.ts";
import type { Message } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest } from "../chat/request.ts";
import { wordOf } from "../chat/text.ts";

/** What a field accepts, in words, the check for it, and the fields of an object that it holds. */
type FieldRule = readonly [accepts: string, check: (value: unknown) => boolean, inner?: readonly string[]];

const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isInteger = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): boolean => typeof value === "boolean";
// An instance of Headers or Map has no own values, so its entries would be lost.
const isTextMap = (value: unknown): boolean =>
  isObject(value) && !(Symbol.iterator in value) && Object.values(value).every((one) => one === undefined || isText(one));
const isTimeouts = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((ms) => ms === undefined || (typeof ms === "number" && ms >= 0));

const LEVELS = ["off", "minimal", "low", "medium", "high", "max"];
const NUMBER: FieldRule = ["a finite number", isNumber];

const FIELDS: { readonly [F in keyof Required<ChatRequest>]: FieldRule } = {
  model: ["the model's id", (value) => isText(value) && value.trim() !== ""],
  messages: ["a list of messages", Array.isArray],
  tools: ["a list of tools", Array.isArray],
  toolChoice: ['"auto", "none", "required" or { name }', isToolChoice],
  parallelToolCalls: ["true or false", isFlag],
  // `readOutputRequest` checks it and names what is wrong.
  output: ['"json", { schema } or a Standard JSON Schema', () => true],
  reasoning: [`${LEVELS.map((level) => `"${level}"`).join(", ")} or { budgetTokens }`, isReasoning],
  maxOutputTokens: ["a whole number of at least 1", (value) => isInteger(value) && Number(value) >= 1],
  temperature: NUMBER,
  topP: NUMBER,
  topK: ["a whole number", isInteger],
  minP: NUMBER,
  frequencyPenalty: NUMBER,
  presencePenalty: NUMBER,
  repetitionPenalty: NUMBER,
  stop: ["a text or a list of texts", (value) => isText(value) || (Array.isArray(value) && value.every(isText))],
  seed: ["a whole number", isInteger],
  logprobs: ["true, false or a number of alternatives", (value) => isFlag(value) || isInteger(value)],
  cache: [
    'false or the cache settings of this call, whose ttl is "5m" or "1h"',
    (value) => value === false || (isObject(value) && ["5m", "1h", undefined].includes(value["ttl"] as undefined)), // `includes` compares any value
    ["ttl", "automatic", "tools", "system", "conversation"],
  ],
  prefill: ["a text", isText],
  providerOptions: ["settings by provider id", isObject],
  parameters: ["an object of the vendor's own fields", isObject],
  spelling: ["the spelling of a gateway's client", isObject],
  vendorFields: ["a source of vendor fields", isObject],
  signal: ["an AbortSignal", (value) => isObject(value) && "aborted" in value && typeof value["addEventListener"] === "function"],
  timeouts: ["milliseconds of at least 0", isTimeouts, ["response", "firstEvent", "idle", "total"]],
  headers: ["a plain object of header values by name", isTextMap],
};

/** Fields of other APIs and what they are called here. Those that differ by their case alone (`top_p`) are not listed. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  max_tokens: "maxOutputTokens",
  max_completion_tokens: "maxOutputTokens",
  maxTokens: "maxOutputTokens",
  stop_sequences: "stop",
  stopSequences: "stop",
  response_format: "output",
  schema: "output",
  reasoning_effort: "reasoning",
  thinking: "reasoning",
  abortSignal: "signal",
  input: "messages",
  prompt: "messages",
};

/** Metadata that applications store with a message. It is not sent. */
const IGNORED_KEYS: ReadonlySet<string> = new Set(["id", "createdAt", "timestamp", "metadata"]);
const MESSAGE_KEYS: ReadonlySet<string> = new Set(["role", "content", "replay", "version"]);
const ROLES: ReadonlySet<string> = new Set(["system", "user", "assistant", "tool"]);

/** Roles of other APIs and what they are called here. */
const OTHER_ROLES: Readonly<Record<string, string>> = { model: "assistant", ai: "assistant", human: "user", function: "tool" };

const TEXT = '{ type: "text", text }';
const CALL = '{ type: "tool-call", id, name, arguments }';
const RESULT = '{ role: "tool", content: [{ type: "tool-result", id, content }] }';
const IMAGE = '{ type: "image", data, mediaType } or { type: "image", url }';

const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  tool_calls: CALL,
  function_call: CALL,
  tool_call_id: RESULT,
  parts: "content, a list of parts",
  images: IMAGE,
};

const FOREIGN_PARTS: Readonly<Record<string, string>> = {
  image_url: IMAGE,
  input_image: IMAGE,
  input_text: TEXT,
  output_text: TEXT,
  input_audio: '{ type: "audio", data, mediaType }',
  input_file: '{ type: "file", data, mediaType }',
  document: '{ type: "file", data, mediaType }',
  tool_use: CALL,
  tool_result: RESULT,
  thinking: '{ type: "reasoning", text }',
  "tool-invocation": CALL,
};

/** The parts that each role may hold. `result` is the content of a tool result. */
const PARTS_OF_ROLE: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  user: ["text", "image", "audio", "file"],
  assistant: ["text", "image", "audio", "file", "reasoning", "tool-call", "source", "opaque"],
  tool: ["tool-result"],
};

/** What an optional field of a part accepts, by the field. */
const OPTIONAL: Readonly<Record<string, FieldRule>> = {
  ...Object.fromEntries(
    ["mediaType", "url", "data", "filename", "transcript", "inputError", "name"].map((field) => [field, ["a text", isText]]),
  ),
  detail: ['"auto", "low" or "high"', (value) => value === "auto" || value === "low" || value === "high"],
  isError: ["true or false", isFlag],
};

/** The fields that each part needs. */
const PARTS: Readonly<Record<string, (part: JsonObject) => string | undefined>> = {
  text: texts("text"),
  reasoning: texts("text"),
  image: missingMedia,
  audio: missingMedia,
  file: missingMedia,
  "tool-call": texts("id", "name", "arguments"),
  "tool-result": (part) => texts("id")(part) ?? (isText(part["content"]) || Array.isArray(part["content"]) ? undefined : "content"),
  source: texts(),
  opaque: texts("kind"),
};

function texts(...fields: string[]): (part: JsonObject) => string | undefined {
  return (part) => {
    const missing = fields.find((field) => !isText(part[field]));
    return missing === undefined ? undefined : `${missing}: ${missing === "arguments" ? "JSON as " : ""}a text`;
  };
}

/** What no vendor can fetch: a path or a file name, a page's own object, a scheme without a host or data, or text. Anything else can be the id of an uploaded file. */
const LOCAL =
  /^(?:$|[./~\\]|[a-z]:[\\/]|(?:file|blob):|www\.|https?:(?!\/\/)|[a-z][\w+.-]*:\/\/(?:[/?#]|$)|data:[^,]*,?$|(?!data:).*\s|[^/:]*\.(?:png|jpe?g|gif|webp|mp[34]|wav|pdf|docx)$)/is;
/** The beginning of base64. What follows is not read: it can have megabytes. */
const BASE64 = /^[\w+/=\s-]+$/;

function missingMedia(part: JsonObject): string | undefined {
  const { url, data, mediaType } = part;
  if (isText(url) && url) return undefined;
  if (!isText(data)) return "data (base64) and mediaType, or url";
  if (!BASE64.test(data.slice(0, 16))) return "data: base64. A data URL is a url";
  return isText(mediaType) && mediaType.includes("/") ? undefined : "mediaType, such as image/png";
}

function isToolChoice(value: unknown): boolean {
  return value === "auto" || value === "none" || value === "required" || (isObject(value) && isText(value["name"]));
}

function isReasoning(value: unknown): boolean {
  return (isText(value) && LEVELS.includes(value)) || (isObject(value) && isInteger(value["budgetTokens"]));
}

/**
 * The request, with the role `developer` read as `system`. Everything else stays as it is.
 * @throws LumiverseError `invalid-request` with the path of the mistake in `field`
 */
export function validateRequest(request: ChatRequest, notes: Note[]): ChatRequest {
  validateFields(request);
  validateTools(request);
  const messages = validateMessages(request.messages, notes, request.spelling !== undefined);
  return messages === request.messages ? request : { ...request, messages };
}

/** Checks that the request has the known fields with values of the right type, without looking into messages and tools. */
export function validateFields(request: ChatRequest): void {
  if (!isObject(request)) throw invalid("request", "the request is not an object", "Pass { model, messages }");
  for (const field of Object.keys(request) as (keyof ChatRequest)[]) {
    // others are refused
    const value = request[field];
    if (value === undefined) continue;
    if (!Object.hasOwn(FIELDS, field)) {
      const camel = field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      const known = ownValue(OTHER_NAMES, field) ?? (Object.hasOwn(FIELDS, camel) ? camel : undefined);
      throw invalid(
        field,
        `"${field}" is not a field of a request`,
        known === undefined ? "Put the vendor's own fields into `parameters`" : `Use \`${known}\``,
      );
    }
    const [accepts, check, inner] = FIELDS[field];
    if (!check(value)) throw invalid(field, `${field} is ${shown(value)}; it must be ${accepts}`);
    if (inner !== undefined)
      for (const [key, given] of Object.entries(Object(value)))
        if (given !== undefined && !inner.includes(key)) throw unknownField(field, key, `Its fields are ${inner.join(", ")}`);
  }
  for (const field of ["model", "messages"] as const)
    if (request[field] === undefined) throw invalid(field, `the request has no ${field}`, `Set \`${field}\` to ${FIELDS[field][0]}`);
}

function invalid(field: string, message: string, hint?: string): LumiverseError {
  return new LumiverseError({ code: "invalid-request", field, message, retryable: false, ...definedFields({ hint }) });
}

/** What each field of a tool accepts. */
const TOOL: Readonly<Record<string, FieldRule>> = {
  // The Responses API writes it at every function.
  type: ['"function". A tool that the vendor runs is { hosted: { … } }', (value) => value === "function"],
  name: ["a text. A function tool is { name, description, parameters }", (value) => isText(value) && value !== ""],
  description: ["a text", isText],
  parameters: ["a JSON Schema or a Standard JSON Schema", isSchema],
  strict: ["true or false", isFlag],
};

/** Other spellings of `parameters` and `description`. Any other field of a tool is the application's own. */
const MISSPELT = /^(?:input_?schema|p[ar]{1,4}m[etra]{0,5}s?|desc|d[escri]{2,5}p[tio]*n)$/i;

function validateTools({ tools }: ChatRequest): void {
  if (tools === undefined) return;
  const names = new Set<unknown>();
  for (const [index, given] of (tools as readonly unknown[]).entries()) {
    const path = `tools[${index}]`;
    if (!isObject(given)) throw expected(path, given, "{ name, description, parameters } or { hosted }");
    if ("hosted" in given) {
      if (!isObject(given["hosted"])) throw invalid(`${path}.hosted`, `${path}.hosted must be the tool in the vendor's own spelling`);
      continue;
    }
    if (isObject(given["function"]))
      throw invalid(
        path,
        `${path} has no name`,
        "Write { name, description, parameters }, without the vendor's { type, function } around it",
      );
    const misspelt = Object.keys(given).find((key) => MISSPELT.test(key) && !Object.hasOwn(TOOL, key));
    if (misspelt !== undefined) throw unknownField(path, misspelt, "A tool is { name, description, parameters }");
    for (const [field, [accepts, check]] of Object.entries(TOOL))
      if ((given[field] !== undefined || field === "name") && !check(given[field]))
        throw expected(`${path}.${field}`, given[field], accepts);
    if (names.has(given["name"])) throw invalid(`${path}.name`, `${path} has the name of an earlier tool: ${shown(given["name"])}`);
    names.add(given["name"]);
  }
}

/** True for a JSON Schema, and for a schema of a library that follows Standard Schema. Other objects of libraries have methods. */
function isSchema(value: unknown): boolean {
  if (!isObject(value) && typeof value !== "function") return false;
  if ("~standard" in value) return isObject(value["~standard"]);
  return isObject(value) && !("parse" in value) && !(Symbol.iterator in value);
}

/** `isSpelled`: a gateway's client wrote the request, so its addresses are those of its vendor. */
function validateMessages(messages: readonly Message[], notes: Note[], isSpelled: boolean): readonly Message[] {
  if (messages.length === 0) throw invalid("messages", "messages is an empty list", "Pass at least one user message");
  let changed: Message[] | undefined;
  // `entries` visits holes too.
  for (const [index, given] of (messages as readonly unknown[]).entries()) {
    const path = `messages[${index}]`;
    if (!isObject(given)) throw expected(path, given, "{ role, content }");
    const role = validateRole(given["role"], path);
    if (role !== given["role"]) {
      changed ??= [...messages];
      // Only the role changes; the checks below apply to the rest.
      changed[index] = { ...given, role } as Message;
      notes.push({ kind: "changed", field: `${path}.role`, message: "The role developer was sent as system." });
    }
    validateKeys(given, path);
    validateReplay(given["replay"], path);
    validateContent(given["content"], role, path, isSpelled);
  }
  return changed ?? messages;
}

/** The role that is sent. */
function validateRole(role: unknown, path: string): string {
  if (role === "developer") return "system";
  if (isText(role) && ROLES.has(role)) return role;
  const known = ownValue(OTHER_ROLES, isText(role) ? role : undefined);
  throw expected(`${path}.role`, role, '"system", "user", "assistant" or "tool"', known && `Use the role "${known}"`);
}

function validateKeys(message: JsonObject, path: string): void {
  for (const key of Object.keys(message)) {
    if (MESSAGE_KEYS.has(key) || IGNORED_KEYS.has(key) || message[key] === undefined || message[key] === null) continue;
    const known = ownValue(FOREIGN_KEYS, key);
    throw unknownField(path, key, known === undefined ? "A message is { role, content }" : `Write ${known}`);
  }
}

/** Payloads come from an earlier answer. One that was damaged in storage is named here. */
function validateReplay(replay: unknown, path: string): void {
  if (replay === undefined || (isObject(replay) && isObject(replay["origin"]))) return;
  throw expected(`${path}.replay`, replay, "what an answer had there", "Leave it out, or store messages unchanged");
}

function validateContent(content: unknown, role: string, path: string, isSpelled: boolean): void {
  const field = `${path}.content`;
  if (isText(content) && role !== "tool") return;
  if (!Array.isArray(content))
    throw role === "tool"
      ? expected(field, content, "a list of tool-result parts", `Write ${RESULT}`)
      : expected(field, content, "a text or a list of parts");
  for (const [index, part] of (content as readonly unknown[]).entries()) validatePart(part, role, `${field}[${index}]`, isSpelled);
}

function validatePart(part: unknown, role: string, path: string, isSpelled: boolean): void {
  if (!isObject(part)) throw expected(path, part, `a part such as ${TEXT}`);
  const { type } = part;
  const name = isText(type) ? type : undefined;
  const missingOf = ownValue(PARTS, name);
  if (!isText(type) || missingOf === undefined) {
    const known = ownValue(FOREIGN_PARTS, name);
    throw expected(`${path}.type`, type, `one of ${Object.keys(PARTS).join(", ")}`, known && `Use ${known}`);
  }
  const allowed = PARTS_OF_ROLE[role];
  if (allowed?.includes(type) === false)
    throw invalid(
      `${path}.type`,
      `${path} is a ${type} part; a message with the role ${role} holds ${allowed.join(", ")} parts`,
      type === "tool-result" ? `Write ${RESULT}` : undefined,
    );
  const missing = missingOf(part);
  if (missing !== undefined) throw invalid(path, `${path} is a ${type} part without ${missing}`, hintFor(part));
  const { url } = part;
  // Vendors have addresses of their own. Data URLs have megabytes, of which the beginning is read.
  if (!isSpelled && role !== "assistant" && isText(url) && url && LOCAL.test(url.slice(0, 500).trim()))
    throw invalid(
      path,
      `${path} is a ${type} part whose url is no address that a vendor can fetch. Pass a local file as data and mediaType`,
    );
  for (const [key, [accepts, check]] of Object.entries(OPTIONAL))
    if (part[key] !== undefined && !check(part[key])) throw expected(`${path}.${key}`, part[key], accepts, hintFor(part));
  if ("is_error" in part) throw unknownField(path, "is_error", "The field is `isError`");
  validateReplay(part["replay"], path);
  // Deeper results cannot be sent, and are left out with a note.
  if (role === "tool" && Array.isArray(part["content"]))
    for (const [index, inner] of part["content"].entries()) validatePart(inner, "result", `${path}.content[${index}]`, isSpelled);
}

/** The fields of this library, for a part that has those of another. */
function hintFor(part: JsonObject): string | undefined {
  if ("toolCallId" in part || "tool_use_id" in part)
    return "The fields are `id`, `name` and `arguments` (JSON as a text), or `id` and `content` for a result";
  if (["image", "source", "file", "image_url", "mimeType"].some((key) => key in part) || typeof part["data"] === "object")
    return "The fields are `data` (base64) with `mediaType`, or `url`";
  return undefined;
}

/** The error for a field that is not one of the object at the path. */
function unknownField(path: string, key: string, hint: string): LumiverseError {
  return invalid(`${path}.${key}`, `"${key}" is not a field of ${path}`, hint);
}

/** The error for a value that is something else than the field accepts. */
function expected(path: string, value: unknown, accepts: string, hint?: string): LumiverseError {
  return invalid(path, `${path} is ${shown(value)}; it must be ${accepts}`, hint);
}

/** A value in an error, short and without its contents. */
function shown(value: unknown): string {
  if (!isText(value)) return wordOf(value);
  return value.length <= 40 ? JSON.stringify(value) : `a text of ${value.length} characters`;
}
