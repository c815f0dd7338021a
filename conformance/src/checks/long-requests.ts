/** Transcripts of many parts. `list.push(...parts)` fails on them, because an engine limits the arguments of a call. */
import { type ChatRequest, isLumiverseError, type ToolCallPart, type ToolResultPart } from "@lumiverse/core/provider";
import type { Fixture } from "../fixture/fixture.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";

/** More than V8 passes as arguments on its usual stack, about 120,000. */
const MANY = 130_000;

type Messages = ChatRequest["messages"];
const hello = { role: "user", content: "When does the ferry leave?" } as const;

function manyTexts(): Messages {
  const content = Array.from({ length: MANY }, () => ({ type: "text" as const, text: "x" }));
  return [{ role: "system", content }, hello, { role: "assistant", content }, { role: "user", content }, { role: "user", content }];
}

function manyCalls(): Messages {
  const calls = Array.from(
    { length: MANY },
    (_, at): ToolCallPart => ({
      type: "tool-call",
      id: `call-${at}`,
      name: "ferry",
      arguments: "{}",
      input: {},
    }),
  );
  const results = calls.map(({ id }): ToolResultPart => ({ type: "tool-result", id, name: "ferry", content: "x" }));
  return [hello, { role: "assistant", content: calls }, { role: "tool", content: results }];
}

const TRANSCRIPTS: readonly (readonly [title: string, messages: () => Messages])[] = [
  [`${MANY} texts in each message`, manyTexts],
  [`${MANY} tool calls in one message`, manyCalls],
];

/** For the plain case: a transcript of any length is rendered, or refused for another reason. */
export function longRequestChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  if (fixture.name !== "text") return [];
  return TRANSCRIPTS.map(([title, messages]) =>
    check("requests", `${fixture.name}: ${title}`, async () => {
      try {
        await subject.connection(fixture)?.explain({ model: fixture.case.model, messages: messages() });
        return [];
      } catch (error) {
        if (!isLumiverseError(error)) throw error;
        return error.cause instanceof RangeError ? [`a transcript with ${title} is not rendered: ${error.message}`] : [];
      }
    }),
  );
}
