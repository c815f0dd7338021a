/**
 * Requests that vendors refuse unless a client changes them: odd tool schemas, repeated call ids, pictures of failed calls, answers that are sent back. A typed
 * error is accepted, too.
 */
import { type ChatRequest, isLumiverseError, isObject, type JsonObject, type Message, type ToolResultPart } from "@lumiverse/core/provider";
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { crashOf } from "../play/crash.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { play } from "../play/play.ts";
import { requestOf, type TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";
import { bareCallFaults, DEMANDS_REASONING, REFUSALS } from "./vendor-refusals.ts";

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
  [
    "a failed call without a text",
    {
      messages: [
        hello,
        called("call_0"),
        { role: "tool", content: [{ type: "tool-result", id: "call_0", name: "ferry", isError: true, content: "" }] },
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
      if (!isLumiverseError(error) || crashOf(error) !== undefined) throw error;
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
  ];
}

/** Under `unsupported: "send"` a forced tool choice is sent without `tools`, too: the tools can be in `parameters`. */
async function insistedFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const connection = subject.connection(fixture, { unsupported: "send" });
  const explained = await connection?.explain({ model: fixture.case.model, messages: [hello], toolChoice: "required" });
  if (!isObject(explained?.body)) return [];
  return explained.body["tool_choice"] === undefined && explained.body["toolConfig"] === undefined ? ["the tool choice is lost"] : [];
}
