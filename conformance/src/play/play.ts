/** Plays a case: makes its call, its further turns or its operation with a given fetch, and returns what happened as data. */

import type { Connection } from "@lumiverse/core";
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  isLumiverseError,
  type LumiverseError,
  type Part,
} from "@lumiverse/core/provider";
import type { Case, Expect, Fixture } from "../fixture/fixture.ts";
import { crashOf } from "./crash.ts";
import { type OpenOptions, requestOf, type TestedSubject } from "./subject.ts";

/** The two ways to call. */
export type Mode = "stream" | "generate";
/** The result of one call. */
export interface Turn {
  events: ChatEvent[];
  response: ChatResponse | undefined;
  /** The thrown value. */
  error: unknown;
  value: unknown;
  expect: Expect;
}

/** Makes all calls of a case. Stops after a call that failed. */
export async function play(subject: TestedSubject, fixture: Fixture, mode: Mode, options: OpenOptions = {}): Promise<Turn[]> {
  if (fixture.case.operation !== undefined) return [await playOperation(subject, fixture, options)];
  const client = subject.open(fixture, options);
  const turns: Turn[] = [];
  let request: ChatRequest = requestOf(fixture);
  for (const [i, expect] of [fixture.case.expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)].entries()) {
    const previous = turns.at(-1)?.response;
    if (i > 0) {
      if (previous === undefined) break;
      // A transcript must survive JSON, because applications store it.
      const transcript: unknown = JSON.parse(JSON.stringify([...request.messages, previous.message]));
      request = { ...request, messages: [...(transcript as ChatRequest["messages"]), ...(fixture.case.turns?.[i - 1]?.messages ?? [])] }; // just written from messages
    }
    turns.push(await playTurn(client, request, mode, expect));
  }
  return turns;
}

/** Makes one call and reads it to its end. */
export async function playTurn(
  client: ReturnType<TestedSubject["open"]>,
  request: ChatRequest,
  mode: Mode,
  expect: Expect = {},
): Promise<Turn> {
  const turn: Turn = { events: [], response: undefined, error: undefined, value: undefined, expect };
  try {
    if (mode === "generate") turn.response = await client.generate(request);
    else {
      const stream = client.stream(request);
      for await (const event of stream) turn.events.push(event);
      turn.response = await answerOf(stream, turn.events, request.model);
    }
  } catch (error) {
    turn.error = error;
  }
  return turn;
}

async function playOperation(subject: TestedSubject, fixture: Fixture, options: OpenOptions): Promise<Turn> {
  const turn: Turn = { events: [], response: undefined, error: undefined, value: undefined, expect: fixture.case.expect };
  const connection = subject.connection(fixture, options);
  try {
    if (connection === undefined) throw new Error("only a provider has operations");
    const operation = fixture.case.operation ?? "check";
    turn.value = await runOperation(connection, operation, fixture);
  } catch (error) {
    turn.error = error;
  }
  return turn;
}

async function runOperation(connection: Connection, operation: NonNullable<Case["operation"]>, fixture: Fixture): Promise<unknown> {
  if (operation === "countTokens") return connection.countTokens(requestOf(fixture));
  if (operation !== "models") return connection[operation]();
  // The date of a live list is the current date, so a case cannot expect it.
  const { date: _today, ...list } = await connection.models();
  return list;
}

/** The response of a stream that was read to its end: its own `response()`, or what its events add up to if it has none. */
export async function answerOf(
  stream: AsyncIterable<ChatEvent>,
  events: readonly ChatEvent[],
  model: string,
): Promise<ChatResponse | undefined> {
  // Only a connection's stream has the method, and its response is typed there.
  if ("response" in stream && typeof stream.response === "function") return (await stream.response()) as ChatResponse;
  return responseFromEvents(events, model);
}

function responseFromEvents(events: readonly ChatEvent[], model: string): ChatResponse | undefined {
  const finish = events.findLast((event) => event.type === "finish");
  if (finish === undefined) return undefined;
  const slots: (Part | undefined)[] = [];
  for (const event of events)
    if (event.type === "part-end" || event.type === "part" || event.type === "replace") slots[event.index] = event.part;
  const parts = slots.filter((part) => part !== undefined);
  const join = (type: "text" | "reasoning"): string => parts.map((part) => (part.type === type ? part.text : "")).join("");
  const id = events.findLast((event) => event.type === "start")?.id;
  return {
    ...(id === undefined ? {} : { id }),
    model,
    message: { role: "assistant", content: parts },
    text: join("text"),
    reasoning: join("reasoning"),
    toolCalls: parts.filter((part) => part.type === "tool-call"),
    sources: parts.filter((part) => part.type === "source"),
    finishReason: finish.reason,
    usage: events.findLast((event) => event.type === "usage")?.usage ?? { completeness: "unknown" },
    notes: events.flatMap((event) => (event.type === "note" ? [event.note] : [])),
    attempts: [],
    transport: { url: "", status: 200, streamed: true, totalMs: 0 },
    details: {},
  };
}

/** The parts of a turn that do not depend on the clock or the network, as text. Two turns with equal text are equal. */
export function comparableTurn(turn: Turn, withEvents: boolean): string {
  const { response, error } = turn;
  const answer =
    response === undefined
      ? undefined
      : (({ message, text, reasoning, toolCalls, sources, finishReason, usage, output, model, id }) => ({
          id,
          model,
          message,
          text,
          reasoning,
          toolCalls,
          sources,
          finishReason,
          usage,
          output,
        }))(response);
  return JSON.stringify([withEvents ? turn.events : undefined, answer, error === undefined ? undefined : errorOf(error)]);
}

/** The fields of a typed error that are compared. Any other error gets the code `untyped`. */
export function errorOf(
  error: unknown,
): Pick<LumiverseError, "code" | "status" | "message" | "retryable"> | { code: "untyped"; message: string } {
  if (!isLumiverseError(error))
    return { code: "untyped", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { code, status, message, retryable } = error;
  return { code, status, message, retryable };
}

/** Describes how a turn ended. For a crash of the subject it says where the code threw. */
export function describeEnd(turn: Turn): string {
  if (turn.error !== undefined) {
    const { code, message } = errorOf(turn.error);
    const place = /\bat .+:\d+:\d+\)?/.exec(crashOf(turn.error)?.stack ?? "")?.[0];
    return `${code}: ${message.slice(0, 300)}${place === undefined ? "" : ` (${place})`}`;
  }
  if (turn.response !== undefined)
    return `the finish reason "${turn.response.finishReason}" and the text ${JSON.stringify(turn.response.text.slice(0, 60))}`;
  return "neither an answer nor an error";
}
