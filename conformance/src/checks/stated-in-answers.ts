/**
 * Checks that an answer keeps what the host states: why it ended, its ids, and signatures to the last byte. The expectation of a case can't check it, because its
 * author writes down what the provider returns.
 */
import { type ChatResponse, isObject } from "@lumiverse/core/provider";
import { exchangesFor, type Fixture } from "../fixture/fixture.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { type Mode, play } from "../play/play.ts";
import type { TestedSubject } from "../play/subject.ts";

/** Describes what the answers of a case lose. */
export async function answerFaults(subject: TestedSubject, fixture: Fixture, mode: Mode): Promise<string[]> {
  const exchanges = exchangesFor(fixture, mode);
  const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchanges) });
  const stated = statedIn(exchanges.map(({ body }) => new TextDecoder().decode(body)));
  return turns.flatMap(({ response }) =>
    response === undefined ? [] : [...finishFaults(response), ...idFaults(response, stated), ...signatureFaults(response, stated)],
  );
}

/** The vendors' words for an answer that reached the token limit. */
const LIMIT = /^(?:length|max_tokens|max_output_tokens|model_length)$/i;

function finishFaults({ finishReason, rawFinishReason = "", toolCalls }: ChatResponse): string[] {
  if (LIMIT.test(rawFinishReason) && finishReason !== "length")
    return [`the host's finish reason ${rawFinishReason} is read as "${finishReason}", expected "length"`];
  // A call that is cut off can have the finish reason of a complete one.
  return finishReason === "stop" && toolCalls.length > 0
    ? [`the answer calls a tool, but its finish reason is "stop", expected "tool-calls"`]
    : [];
}

/** What the bodies of the answers state. */
interface Stated {
  /** An id of the answer itself. */
  hasId: boolean;
  /** The ids of tool calls. */
  callIds: ReadonlySet<string>;
  /** Signatures and encrypted texts. */
  signatures: string;
}

const SIGNATURE = /signature|encrypted/i;

function statedIn(bodies: readonly string[]): Stated {
  const callIds = new Set<string>();
  const signatures: string[] = [];
  let hasId = false;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isObject(value)) return;
    const isCall = ["function", "arguments", "input", "args"].some((name) => value[name] !== undefined);
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner !== "string" || inner === "") visit(inner);
      else if (isCall && (name === "id" || name === "call_id")) callIds.add(inner);
      else if (SIGNATURE.test(name)) signatures.push(inner);
    }
  };
  for (const json of bodies.flatMap(jsonIn)) {
    visit(json);
    hasId ||= [json, isObject(json) ? json["message"] : undefined, isObject(json) ? json["response"] : undefined].some(
      (one) => isObject(one) && [one["id"], one["responseId"]].some((id) => typeof id === "string" && id !== "" && id !== "null"),
    );
  }
  // A stream can send a signature in pieces.
  return { hasId, callIds, signatures: signatures.join("") };
}

/** The JSON of a body: of all of it, or of its events. */
function jsonIn(body: string): unknown[] {
  const texts = [body, ...body.split(/\r\n|\n|\r/).map((line) => line.replace(/^data:\s?/, ""))];
  return texts.flatMap((text): unknown[] => {
    try {
      return [JSON.parse(text)];
    } catch {
      return [];
    }
  });
}

function idFaults({ id, toolCalls }: ChatResponse, { hasId, callIds }: Stated): string[] {
  // Of calls that share an id, all but one get an id that is made from it.
  const unknown = toolCalls.filter(
    (call) => callIds.size > 0 && ![...callIds].some((known) => call.id === known || call.id.startsWith(`${known}_`)),
  );
  return [
    ...(hasId && id === undefined ? ["the host states an id of the answer, but the response has none"] : []),
    ...unknown.map((call) => `the call ${call.name} has the id ${call.id}, which the host did not send`),
  ];
}

function signatureFaults({ message }: ChatResponse, { signatures }: Stated): string[] {
  const faults: string[] = [];
  JSON.stringify(message, (name, value: unknown) => {
    if (SIGNATURE.test(name) && typeof value === "string" && !signatures.includes(value))
      faults.push(`${name} of the answer differs from what the host sent`);
    return value;
  });
  return faults;
}
