/** Requests with a mistake of the caller. The error must name the path of the mistake. */
import { type ChatRequest, isLumiverseError, type JsonObject } from "@lumiverse/core/provider";
import type { Fixture } from "../fixture/fixture.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

const hello = { role: "user", content: "When does the ferry leave?" };
const call = { type: "tool-call", id: "call_0", name: "ferry", arguments: '{"to":"quay"}', input: { to: "quay" } };

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
        { role: "assistant", content: [call] },
        { role: "tool", content: [{ type: "tool-result", id: "call_0", content: "No.", is_error: true }] },
      ],
    },
  ],
];

/** One check per mistake, for the plain case of a provider. */
export function callerMistakeChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  if (subject.provider === undefined || fixture.name !== "text") return [];
  return MISTAKES.map(([title, path, request]) =>
    check("requests", `${fixture.name}: ${title} is named by its path`, () => mistakeFaults(subject, fixture, path, request)),
  );
}

async function mistakeFaults(subject: TestedSubject, fixture: Fixture, path: string, request: JsonObject): Promise<string[]> {
  // What is wrong with the request is the point of the check.
  const wrong = { model: fixture.case.model, ...request } as unknown as ChatRequest;
  try {
    await subject.connection(fixture)?.explain(wrong);
    return subject.connection(fixture) === undefined ? [] : ["the request was rendered, although it must be refused"];
  } catch (error) {
    if (!isLumiverseError(error)) return [`an untyped error was thrown: ${String(error)}`];
    if (error.code !== "invalid-request") return [`the code is ${error.code}, expected invalid-request`];
    return error.field === path ? [] : [`the error names ${error.field ?? "no field"}, expected ${path}`];
  }
}
