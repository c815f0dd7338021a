/** Requests that vendors refuse unless a client changes them: odd tool schemas, repeated call ids, pictures of failed calls. A typed refusal is right too. */
import { type ChatRequest, isLumiverseError, isObject, type JsonObject, type Message } from "@lumiverse/core/provider";
import { objectsIn } from "../disguises/stream-events.ts";
import type { Fixture } from "../fixture/fixture.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

type Asked = Pick<ChatRequest, "messages" | "tools">;

const hello: Message = { role: "user", content: "When does the ferry leave?" };
const tool = (parameters: JsonObject): Asked => ({ messages: [hello], tools: [{ name: "ferry", description: "Times", parameters }] });
const called = (id: string): Message => ({
  role: "assistant",
  content: [{ type: "tool-call", id, name: "ferry", arguments: '{"to":"quay"}', input: { to: "quay" } }],
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
];

/** Why a vendor refuses a body, by protocol. */
const REFUSALS: Readonly<Partial<Record<string, (body: JsonObject) => string[]>>> = {
  "chat-completions": (body) => pairFaults(objectsIn(body["messages"]).map(chatTurn)),
  messages: (body) => {
    const turns = objectsIn(body["messages"]);
    const faults = pairFaults(turns.map(messagesTurn));
    for (const { content } of turns) {
      if (Array.isArray(content) && content.length === 0) faults.push("a message has no content");
      for (const block of objectsIn(content))
        if (block["is_error"] === true && objectsIn(block["content"]).some((inner) => inner["type"] !== "text"))
          faults.push("the result of a failed call has content other than text");
    }
    for (const { input_schema: schema } of objectsIn(body["tools"])) if (isObject(schema)) faults.push(...schemaFaults(schema));
    return faults;
  },
  "generate-content": (body) => {
    const declared = objectsIn(body["tools"]).flatMap((entry) => objectsIn(entry["functionDeclarations"]));
    const roots = declared.map((one) => one["parametersJsonSchema"] ?? one["parameters"]).filter(isObject);
    const faults = roots.filter((root) => root["type"] !== "object").map(() => "the root of a tool schema is no object");
    for (const { parts } of objectsIn(body["contents"]))
      if (!Array.isArray(parts) || parts.length === 0) faults.push("a turn has no parts");
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
  if (schema["type"] !== "object") faults.push("the root of a tool schema is no object");
  for (const name of Object.keys(Object(schema["properties"])))
    if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) faults.push(`a property is called ${name}`);
  return faults;
}

/** One check per request, for the plain case of a protocol whose refusals are known. */
export function acceptedRequestChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  const refusals = REFUSALS[subject.protocol(fixture)];
  if (subject.provider === undefined || fixture.name !== "text" || refusals === undefined) return [];
  return REQUESTS.map(([title, request]) =>
    check("requests", `${fixture.name}: ${title}`, async () => {
      try {
        const explained = await subject.connection(fixture)?.explain({ model: fixture.case.model, ...request });
        return isObject(explained?.body) ? refusals(explained.body).map((fault) => `the vendor refuses ${title}: ${fault}`) : [];
      } catch (error) {
        if (isLumiverseError(error)) return [];
        throw error;
      }
    }),
  );
}
