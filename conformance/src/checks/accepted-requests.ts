/**
 * Requests that vendors refuse unless a client changes them: odd tool schemas, repeated call ids, pictures of failed calls, answers that are sent back. A typed
 * error is accepted, too. Other requests here contain a mistake of the caller: the error must name its path.
 */
import { type ChatRequest, isLumiverseError, isObject, type JsonObject, type Message, type ToolResultPart } from "@lumiverse/core/provider";
import { objectsIn } from "../disguises/stream-events.ts";
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { isCrash, play } from "../play/play.ts";
import { requestOf, type TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

type Asked = Pick<ChatRequest, "messages" | "tools" | "stop" | "reasoning">;

/** The text of a late system turn, which must not get lost. */
const LATE = "Answer in one word, please.";

const hello: Message = { role: "user", content: "When does the ferry leave?" };
const tool = (parameters: JsonObject): Asked => ({ messages: [hello], tools: [{ name: "ferry", description: "Times", parameters }] });
const called = (id: string): Message => ({
  role: "assistant",
  content: [{ type: "tool-call", id, name: "ferry", arguments: '{"to":"quay"}', input: { to: "quay" } }],
});
const calledWith = (text: string, input?: unknown): Message => ({
  role: "assistant",
  content: [{ type: "tool-call", id: "call_0", name: "ferry", arguments: text, ...(input === undefined ? {} : { input }) }],
});
const result = (id: string): Message => ({ role: "tool", content: [{ type: "tool-result", id, name: "ferry", content: "At nine." }] });
const to = { to: { type: "string" } };
const plainTool = tool({ type: "object", properties: to }).tools ?? [];

const REQUESTS: readonly (readonly [title: string, request: Asked])[] = [
  ["an empty tool schema", tool({})],
  ["an object schema without properties", tool({ type: "object" })],
  ["a tool schema without a type", tool({ properties: to })],
  ["anyOf at the root of a tool schema", tool({ type: "object", properties: to, anyOf: [{ required: ["to"] }, { required: [] }] })],
  ["oneOf at the root of a tool schema", tool({ oneOf: [{ type: "object", properties: to }] })],
  ["allOf at the root of a tool schema", tool({ allOf: [{ type: "object", properties: to }] })],
  ["$ref at the root of a tool schema", tool({ $ref: "#/$defs/a", $defs: { a: { type: "object", properties: to } } })],
  [
    "odd property names",
    tool({ type: "object", properties: { $top: { type: "integer" }, "Due Date": { type: "string" } }, required: ["$top"] }),
  ],
  [
    "one call id in two turns",
    { messages: [hello, called("call_0"), result("call_0"), hello, called("call_0"), result("call_0"), hello], tools: plainTool },
  ],
  ["a call without a result", { messages: [hello, called("call_0"), hello], tools: plainTool }],
  [
    "a failed call with a picture",
    {
      messages: [
        hello,
        called("call_0"),
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              id: "call_0",
              name: "ferry",
              isError: true,
              content: [
                { type: "text", text: "No page." },
                { type: "image", data: "iVBORw0KGgo=", mediaType: "image/png" },
              ],
            },
          ],
        },
      ],
      tools: plainTool,
    },
  ],
  ["an empty list of content", { messages: [hello, { role: "user", content: [] }, hello] }],
  ["arguments that are not an object", { messages: [hello, calledWith("[1]", [1]), result("call_0"), hello], tools: plainTool }],
  ["arguments that do not parse", { messages: [hello, calledWith('{"to":'), result("call_0"), hello], tools: plainTool }],
  ["an empty stop sequence", { messages: [hello], stop: ["", "END"] }],
  [
    "a pattern with lookaround in a tool schema",
    tool({ type: "object", properties: { to: { type: "string", pattern: "^(?!\\.)[a-z.]+$" } } }),
  ],
  ["a property of a tool schema that is not a schema", tool({ type: "object", properties: { ...to, type: "object", none: null } })],
  ["types of a programming language in a tool schema", tool({ type: "object", properties: { to: { type: "str" }, any: { type: "any" } } })],
  ["required as a flag in a tool schema", tool({ type: "object", properties: { to: { type: "string", required: true } } })],
  [
    "bounds of draft 4 in a tool schema",
    tool({ type: "object", properties: { n: { type: "number", minimum: 0, exclusiveMinimum: true } } }),
  ],
  ["a reference to nowhere in a tool schema", tool({ type: "object", properties: { to: { $ref: "#/components/schemas/To" } } })],
  ["an $id that is not a URI in a tool schema", tool({ $id: "Arguments of ferry", type: "object", properties: to })],
  ["a call without an id", { messages: [hello, called(""), result(""), hello], tools: plainTool }],
  ["an assistant turn alone with a call", { messages: [called("call_0"), result("call_0"), hello], tools: plainTool }],
  ["an array without items in a tool schema", tool({ type: "object", properties: { days: { type: "array" } } })],
  ["audio in the format ogg", { messages: [{ role: "user", content: [{ type: "audio", data: "T2dnUw==", mediaType: "audio/ogg" }] }] }],
  ["a system turn at the end", { messages: [hello, { role: "assistant", content: "At nine." }, { role: "system", content: LATE }] }],
];

/** A call that a model of another vendor made. Its reasoning is unknown. */
const FOREIGN_CALL: Asked = { messages: [hello, called("call_0"), result("call_0"), hello], tools: plainTool, reasoning: "high" };

/**
 * Models whose vendors refuse a call without its reasoning, on every host: Kimi from K2.5 on ("reasoning_content is missing in assistant tool call message")
 * and DeepSeek from V3.2 on ("must be passed back to the API").
 */
const DEMANDS_REASONING =
  /(?:^|\/)(?:kimi-k2(?:[.p-][5-9]|-thinking)|kimi-k[3-9]|deepseek-(?:v(?:3[.p]2|[4-9])|(?:flash|pro|chat|reasoner)$))/i;

/** Turns that called a tool and have no reasoning, not even an empty one. */
function bareCallFaults(body: JsonObject): string[] {
  const { thinking } = body;
  if (isObject(thinking) && thinking["type"] === "disabled") return [];
  const fields = ["reasoning_content", "reasoning", "reasoning_details"];
  return objectsIn(body["messages"])
    .filter((turn) => objectsIn(turn["tool_calls"]).length > 0 && !fields.some((field) => turn[field] !== undefined))
    .map(() => "a turn that called a tool has no reasoning field");
}

/** Why a vendor refuses a body, by protocol. */
const REFUSALS: Readonly<Partial<Record<string, (body: JsonObject) => string[]>>> = {
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

/** One check per request, for the plain case of a protocol whose refusals are known, and one for the answer of each case, sent back. */
export function acceptedRequestChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  const refusals = REFUSALS[subject.protocol(fixture)];
  if (subject.provider === undefined || refusals === undefined) return [];
  const asked = async (title: string, request: Asked, refusalsOf: (body: JsonObject) => string[] = refusals): Promise<string[]> => {
    try {
      const explained = await subject.connection(fixture)?.explain({ model: fixture.case.model, ...request });
      if (!isObject(explained?.body)) return [];
      const faults = refusalsOf(explained.body).map((fault) => `the vendor refuses ${title}: ${fault}`);
      const isLate = request.messages.some(({ content }) => content === LATE);
      return isLate && !JSON.stringify(explained.body).includes(LATE) ? [...faults, "the system turn at the end is lost"] : faults;
    } catch (error) {
      if (!isLumiverseError(error) || isCrash(error.cause)) throw error;
      return [];
    }
  };
  const replay = modesOf(fixture).map((mode) =>
    check("requests", `${fixture.name} (${mode}): the answer is sent back`, async () => {
      const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
      const answer = turns[0]?.response;
      if (answer === undefined) return [];
      const request = requestOf(fixture);
      const results = answer.toolCalls.map(({ id, name }): ToolResultPart => ({ type: "tool-result", id, name, content: "Done." }));
      const next: Message = results.length > 0 ? { role: "tool", content: results } : { role: "user", content: "Go on." };
      return asked("its own answer", { ...request, messages: [...request.messages, answer.message, next] });
    }),
  );
  if (DEMANDS_REASONING.test(fixture.case.model))
    replay.push(
      check("requests", `${fixture.name}: a call of another vendor`, () =>
        asked("a call without a reasoning field", FOREIGN_CALL, bareCallFaults),
      ),
    );
  if (fixture.name !== "text") return replay;
  return [
    ...replay,
    check("requests", `${fixture.name}: what the caller insists on is sent`, () => insistedFaults(subject, fixture)),
    ...REQUESTS.map(([title, request]) => check("requests", `${fixture.name}: ${title}`, () => asked(title, request))),
    ...MISTAKES.map(([title, path, change]) =>
      check("requests", `${fixture.name}: ${title} is named by its path`, () => mistakeFaults(subject, fixture, path, change)),
    ),
  ];
}

// ── mistakes of callers ──────────────────────────────────────────────────────────────────────────────────────────────

/** Mistakes in requests of JavaScript callers and in stored transcripts, with the path that the error must name. */
const MISTAKES: readonly (readonly [title: string, path: string, request: JsonObject])[] = [
  [
    "a part as OpenAI spells it",
    "messages[1].content[0].type",
    { messages: [hello, { role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] }] },
  ],
  ["a role that does not exist", "messages[0].role", { messages: [{ role: "robot", content: "Hi" }] }],
  ["a message without content", "messages[0].content", { messages: [{ role: "user" }] }],
  ["a reasoning level that does not exist", "reasoning", { messages: [hello], reasoning: "hgh" }],
  ["a tool as OpenAI spells it", "tools[0]", { messages: [hello], tools: [{ type: "function", function: { name: "ferry" } }] }],
  [
    "a tool message as OpenAI spells it",
    "messages[1].tool_call_id",
    { messages: [hello, { role: "tool", tool_call_id: "call_0", content: "At nine." }] },
  ],
  [
    "a data URL in the place of base64",
    "messages[0].content[0]",
    { messages: [{ role: "user", content: [{ type: "image", data: "data:image/png;base64,iVBORw0KGgo=", mediaType: "image/png" }] }] },
  ],
  ["a vendor's own tool without hosted", "tools[0].type", { messages: [hello], tools: [{ type: "web_search", name: "web_search" }] }],
  ["a misspelt schema of a tool", "tools[0].paramters", { messages: [hello], tools: [{ name: "ferry", paramters: {} }] }],
  ["a misspelt timeout", "timeouts.totl", { messages: [hello], timeouts: { totl: 5 } }],
  ["a misspelt field of the cache", "cache.sytem", { messages: [hello], cache: { sytem: true } }],
  [
    "a failed result as Anthropic spells it",
    "messages[2].content[0].is_error",
    {
      messages: [
        hello,
        called("call_0"),
        { role: "tool", content: [{ type: "tool-result", id: "call_0", content: "No.", is_error: true }] },
      ],
    },
  ],
];

/** Under `unsupported: "send"` a forced tool choice is sent without `tools`, too: the tools can be in `parameters`. */
async function insistedFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const connection = subject.connection(fixture, { unsupported: "send" });
  const explained = await connection?.explain({ model: fixture.case.model, messages: [hello], toolChoice: "required" });
  if (!isObject(explained?.body)) return [];
  return explained.body["tool_choice"] === undefined && explained.body["toolConfig"] === undefined ? ["the tool choice is lost"] : [];
}

async function mistakeFaults(subject: TestedSubject, fixture: Fixture, path: string, request: JsonObject): Promise<string[]> {
  // What is wrong with the request is the point of the check.
  const wrong = { model: fixture.case.model, ...request } as unknown as ChatRequest;
  try {
    await subject.connection(fixture)?.explain(wrong);
    return subject.connection(fixture) === undefined ? [] : ["the request was rendered"];
  } catch (error) {
    if (!isLumiverseError(error)) return [`an untyped error was thrown: ${String(error)}`];
    if (error.code !== "invalid-request") return [`the code is ${error.code}, expected invalid-request`];
    return error.field === path ? [] : [`the error names ${error.field ?? "no field"}, expected ${path}`];
  }
}
