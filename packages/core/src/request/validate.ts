/** Checks the shape of a request before anything else looks at it, and names a mistake by its path. TypeScript finds most of these; JavaScript and stored transcripts do not. */
import { LumiverseError } from "../chat/errors.ts";
import { isObject, type JsonObject } from "../chat/json.ts";
import type { Message } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { ChatRequest } from "../chat/request.ts";

/** What a field accepts, in words, and the check for it. */
type FieldRule = readonly [accepts: string, check: (value: unknown) => boolean];

const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isInteger = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === "string";
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
  parallelToolCalls: ["true or false", (value) => typeof value === "boolean"],
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
  logprobs: ["true, false or a number of alternatives", (value) => typeof value === "boolean" || isInteger(value)],
  cache: ["false or the cache settings of this call", (value) => value === false || isObject(value)],
  prefill: ["a text", isText],
  providerOptions: ["settings by provider id", isObject],
  parameters: ["an object of the vendor's own fields", isObject],
  spelling: ["the spelling of a gateway's client", isObject],
  vendorFields: ["a source of vendor fields", isObject],
  signal: ["an AbortSignal", (value) => isObject(value) && "aborted" in value && typeof value["addEventListener"] === "function"],
  timeouts: ["milliseconds of at least 0", isTimeouts],
  headers: ["a plain object of header values by name", isTextMap],
};

/** Fields of other APIs and what they are called here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  max_tokens: "maxOutputTokens",
  max_completion_tokens: "maxOutputTokens",
  max_output_tokens: "maxOutputTokens",
  maxTokens: "maxOutputTokens",
  top_p: "topP",
  top_k: "topK",
  min_p: "minP",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  stop_sequences: "stop",
  stopSequences: "stop",
  tool_choice: "toolChoice",
  parallel_tool_calls: "parallelToolCalls",
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

const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  tool_calls: 'Write a call as a part: { type: "tool-call", id, name, arguments }',
  function_call: 'Write a call as a part: { type: "tool-call", id, name, arguments }',
  tool_call_id: 'Write a result as a part: { role: "tool", content: [{ type: "tool-result", id, content }] }',
  parts: "Put the parts into content",
  images: 'Write an image as a part: { type: "image", data, mediaType } or { type: "image", url }',
};

const FOREIGN_PARTS: Readonly<Record<string, string>> = {
  image_url: '{ type: "image", url } or { type: "image", data, mediaType }',
  input_image: '{ type: "image", url } or { type: "image", data, mediaType }',
  input_text: '{ type: "text", text }',
  output_text: '{ type: "text", text }',
  input_audio: '{ type: "audio", data, mediaType }',
  input_file: '{ type: "file", data, mediaType }',
  document: '{ type: "file", data, mediaType }',
  tool_use: '{ type: "tool-call", id, name, arguments }',
  tool_result: '{ type: "tool-result", id, content }',
  thinking: '{ type: "reasoning", text }',
  "tool-invocation": '{ type: "tool-call", id, name, arguments }',
};

/** The parts that each role may hold. `result` is the content of a tool result. */
const PARTS_OF_ROLE: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  user: ["text", "image", "audio", "file"],
  assistant: ["text", "image", "audio", "file", "reasoning", "tool-call", "source", "opaque"],
  tool: ["tool-result"],
};

/** Optional fields of parts that are texts. */
const OPTIONAL_TEXTS = ["mediaType", "url", "data", "filename", "transcript", "detail", "inputError"];

/** The fields that each part needs. */
const PARTS: Readonly<Record<string, (part: JsonObject) => string | undefined>> = {
  text: (part) => (isText(part["text"]) ? undefined : "text: a text"),
  reasoning: (part) => (isText(part["text"]) ? undefined : "text: a text"),
  image: missingMedia,
  audio: missingMedia,
  file: missingMedia,
  "tool-call": (part) =>
    !isText(part["id"])
      ? "id: a text"
      : !isText(part["name"])
        ? "name: a text"
        : !isText(part["arguments"])
          ? "arguments: JSON as a text"
          : undefined,
  "tool-result": (part) =>
    !isText(part["id"])
      ? "id: a text"
      : !isText(part["content"]) && !Array.isArray(part["content"])
        ? "content: a text or a list of parts"
        : undefined,
  source: () => undefined,
  opaque: (part) => (isText(part["kind"]) ? undefined : "kind: a text"),
};

/** A path of the caller's own file system, which no vendor can read. Names without a slash are ids of uploaded files. */
const LOCAL_PATH = /^(?:[./~\\]|[A-Za-z]:[\\/]|file:)/;

function missingMedia(part: JsonObject): string | undefined {
  const { url, data, mediaType } = part;
  if (isText(url) && url !== "")
    return LOCAL_PATH.test(url) ? "url: an address that the vendor fetches. Pass a local file as data and mediaType" : undefined;
  if (!isText(data)) return "data (base64) and mediaType, or url";
  return isText(mediaType) && mediaType.includes("/") ? undefined : "mediaType: a text such as image/png";
}

function isToolChoice(value: unknown): boolean {
  return value === "auto" || value === "none" || value === "required" || (isObject(value) && isText(value["name"]));
}

function isReasoning(value: unknown): boolean {
  return (isText(value) && LEVELS.includes(value)) || (isObject(value) && isNumber(value["budgetTokens"]));
}

/**
 * The request, with the role `developer` read as `system`. Everything else stays as it is.
 * @throws LumiverseError `invalid-request` with the path of the mistake in `field`
 */
export function validateRequest(provider: string, request: ChatRequest, notes: Note[]): ChatRequest {
  validateFields(provider, request);
  const invalid = invalidFor(provider);
  validateTools(request, invalid);
  return withMessages(request, validateMessages(request.messages, notes, invalid));
}

/** Checks that the request has the known fields with values of the right type, without looking into messages and tools. */
export function validateFields(provider: string, request: ChatRequest): void {
  const invalid = invalidFor(provider);
  if (!isObject(request)) throw invalid("request", "the request is not an object", "Pass { model, messages }");
  for (const [field, value] of Object.entries(request)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(FIELDS, field)) {
      const known = Object.hasOwn(OTHER_NAMES, field) ? OTHER_NAMES[field] : undefined;
      throw invalid(
        field,
        `"${field}" is not a field of a request`,
        known === undefined ? "Put the vendor's own fields into `parameters`" : `Use \`${known}\``,
      );
    }
    const [accepts, check] = FIELDS[field as keyof ChatRequest]; // own keys of FIELDS are the fields of a request
    if (!check(value)) throw mustBe(invalid, field, value, accepts);
  }
  for (const field of ["model", "messages"] as const)
    if (request[field] === undefined) throw invalid(field, `the request has no ${field}`, `Set \`${field}\` to ${FIELDS[field][0]}`);
}

function invalidFor(provider: string): Invalid {
  return (field, message, hint) =>
    new LumiverseError({
      code: "invalid-request",
      provider,
      field,
      message: `${provider}: ${message}`,
      retryable: false,
      ...(hint === undefined ? {} : { hint }),
    });
}

type Invalid = (field: string, message: string, hint?: string) => LumiverseError;

function withMessages(request: ChatRequest, messages: readonly Message[]): ChatRequest {
  return messages === request.messages ? request : { ...request, messages };
}

function validateTools({ tools = [] }: ChatRequest, invalid: Invalid): void {
  const names = new Set<string>();
  tools.forEach((given: unknown, index) => {
    const path = `tools[${index}]`;
    if (!isObject(given)) throw mustBe(invalid, path, given, "{ name, description, parameters } or { hosted }");
    if ("hosted" in given) {
      if (!isObject(given["hosted"])) throw invalid(`${path}.hosted`, `${path}.hosted must be the tool in the vendor's own spelling`);
      return;
    }
    if (!isText(given["name"]) || given["name"] === "")
      throw invalid(
        path,
        `${path} has no name`,
        isObject(given["function"])
          ? "Write { name, description, parameters }, without the vendor's { type, function } around it"
          : "A function tool is { name, description, parameters }; a tool that the vendor runs is { hosted: { … } }",
      );
    if (names.has(given["name"])) throw invalid(`${path}.name`, `${path} has the name of an earlier tool: ${shown(given["name"])}`);
    names.add(given["name"]);
    for (const key of ["inputSchema", "input_schema"])
      if (key in given) throw invalid(`${path}.${key}`, `${path} has "${key}"`, "The schema of the arguments is `parameters`");
    const { parameters, description, strict } = given;
    if (parameters !== undefined && !isSchema(parameters))
      throw mustBe(invalid, `${path}.parameters`, parameters, "a JSON Schema or a Standard JSON Schema");
    if (description !== undefined && !isText(description)) throw mustBe(invalid, `${path}.description`, description, "a text");
    if (strict !== undefined && typeof strict !== "boolean") throw mustBe(invalid, `${path}.strict`, strict, "true or false");
  });
}

/** True for a JSON Schema, and for a schema of a library that follows Standard Schema. */
function isSchema(value: unknown): boolean {
  if (!isObject(value) && typeof value !== "function") return false;
  return !("~standard" in value) || isObject(value["~standard"]);
}

function validateMessages(messages: readonly Message[], notes: Note[], invalid: Invalid): readonly Message[] {
  if (messages.length === 0) throw invalid("messages", "messages is an empty list", "Pass at least one user message");
  let changed: Message[] | undefined;
  messages.forEach((given: unknown, index) => {
    const path = `messages[${index}]`;
    if (!isObject(given)) throw mustBe(invalid, path, given, "{ role, content }");
    const { role } = given;
    if (!isText(role) || !(ROLES.has(role) || role === "developer"))
      throw mustBe(
        invalid,
        `${path}.role`,
        role,
        '"system", "user", "assistant" or "tool"',
        isText(role) && Object.hasOwn(OTHER_ROLES, role) ? `Use the role "${OTHER_ROLES[role]}"` : undefined,
      );
    if (role === "developer") {
      changed ??= [...messages];
      // Only the role changes; the checks below apply to the rest.
      changed[index] = { ...given, role: "system" } as Message;
      notes.push({ kind: "changed", field: `${path}.role`, message: "The role developer was sent as system." });
    }
    for (const key of Object.keys(given))
      if (!MESSAGE_KEYS.has(key) && !IGNORED_KEYS.has(key) && given[key] !== undefined && given[key] !== null)
        throw invalid(
          `${path}.${key}`,
          `${path} has "${key}", which is not a field of a message`,
          Object.hasOwn(FOREIGN_KEYS, key) ? FOREIGN_KEYS[key] : "A message is { role, content }",
        );
    validateReplay(given["replay"], path, invalid);
    validateContent(given["content"], role === "developer" ? "system" : role, path, invalid);
  });
  return changed ?? messages;
}

/** Payloads come from an earlier answer. One that was damaged in storage is named here. */
function validateReplay(replay: unknown, path: string, invalid: Invalid): void {
  if (replay === undefined || (isObject(replay) && isObject(replay["origin"]))) return;
  throw mustBe(invalid, `${path}.replay`, replay, "what an answer had there", "Leave it out, or store messages unchanged");
}

function validateContent(content: unknown, role: string, path: string, invalid: Invalid): void {
  const field = `${path}.content`;
  if (isText(content) && role !== "tool") return;
  if (!Array.isArray(content))
    throw mustBe(
      invalid,
      field,
      content,
      role === "tool" ? "a list of tool-result parts" : "a text or a list of parts",
      role === "tool" ? 'Write { role: "tool", content: [{ type: "tool-result", id, content }] }' : undefined,
    );
  content.forEach((part: unknown, index) => {
    validatePart(part, role, `${field}[${index}]`, invalid);
  });
}

function validatePart(part: unknown, role: string, path: string, invalid: Invalid): void {
  if (!isObject(part)) throw mustBe(invalid, path, part, 'a part such as { type: "text", text }');
  const { type } = part;
  const check = isText(type) && Object.hasOwn(PARTS, type) ? PARTS[type] : undefined;
  if (!isText(type) || check === undefined) {
    const hint = isText(type) && Object.hasOwn(FOREIGN_PARTS, type) ? `Use ${FOREIGN_PARTS[type]}` : undefined;
    throw mustBe(invalid, `${path}.type`, type, `one of ${Object.keys(PARTS).join(", ")}`, hint);
  }
  const allowed = PARTS_OF_ROLE[role];
  if (allowed?.includes(type) === false)
    throw invalid(
      `${path}.type`,
      `${path} is a ${type} part; a message with the role ${role} holds ${allowed.join(", ")} parts`,
      type === "tool-result" ? 'Write { role: "tool", content: [{ type: "tool-result", id, content }] }' : undefined,
    );
  const missing = check(part);
  if (missing !== undefined) throw invalid(path, `${path} is a ${type} part without ${missing}`, hintFor(part));
  for (const key of OPTIONAL_TEXTS)
    if (part[key] !== undefined && !isText(part[key])) throw mustBe(invalid, `${path}.${key}`, part[key], "a text", hintFor(part));
  validateReplay(part["replay"], path, invalid);
  // Deeper results cannot be sent, and are left out with a note.
  if (role === "tool" && Array.isArray(part["content"]))
    part["content"].forEach((inner: unknown, index) => {
      validatePart(inner, "result", `${path}.content[${index}]`, invalid);
    });
}

/** The fields of this library, for a part that has those of another. */
function hintFor(part: JsonObject): string | undefined {
  if ("toolCallId" in part || "tool_use_id" in part)
    return "The fields are `id`, `name` and `arguments` (JSON as a text), or `id` and `content` for a result";
  if ("image" in part || "source" in part || "file" in part || "image_url" in part)
    return "The fields are `data` (base64) with `mediaType`, or `url`";
  return undefined;
}

/** The error for a value of another kind than the one that is accepted. */
function mustBe(invalid: Invalid, path: string, value: unknown, accepts: string, hint?: string): LumiverseError {
  return invalid(path, `${path} is ${shown(value)}; it must be ${accepts}`, hint);
}

/** A value in an error, short and without its contents. */
function shown(value: unknown): string {
  if (isText(value)) return value.length <= 40 ? JSON.stringify(value) : `a text of ${value.length} characters`;
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(value);
}
