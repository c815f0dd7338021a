/** Plays a case: its call, its further turns, or its operation, over whatever fetch it is given. What came of it is data. */
import { type ChatEvent, type ChatRequest, type ChatResponse, isLumiverseError, type LumiverseError, type Part } from "@lumiverse/core";
import type { Expect, Fixture } from "./fixture.ts";
import { type Judged, type OpenOptions, requestOf } from "./subject.ts";

export type Mode = "stream" | "generate";
export interface Turn {
  events: ChatEvent[];
  response: ChatResponse | undefined;
  /** Whatever was thrown. */
  error: unknown;
  value: unknown;
  expect: Expect;
}

export async function play(judged: Judged, fixture: Fixture, mode: Mode, options: OpenOptions = {}): Promise<Turn[]> {
  if (fixture.case.operation !== undefined) return [await playOperation(judged, fixture, options)];
  const talk = judged.open(fixture, options);
  const turns: Turn[] = [];
  let request: ChatRequest = requestOf(fixture);
  for (const [i, expect] of [fixture.case.expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)].entries()) {
    const previous = turns.at(-1)?.response;
    if (i > 0) {
      if (previous === undefined) break;
      // Through JSON: a transcript that is stored and read again has to continue.
      const transcript: unknown = JSON.parse(JSON.stringify([...request.messages, previous.message]));
      request = { ...request, messages: [...(transcript as ChatRequest["messages"]), ...(fixture.case.turns?.[i - 1]?.messages ?? [])] }; // just written from messages
    }
    turns.push(await playTurn(talk, request, mode, expect));
  }
  return turns;
}

export async function playTurn(talk: ReturnType<Judged["open"]>, request: ChatRequest, mode: Mode, expect: Expect = {}): Promise<Turn> {
  const turn: Turn = { events: [], response: undefined, error: undefined, value: undefined, expect };
  try {
    if (mode === "generate") turn.response = await talk.generate(request);
    else {
      const stream = talk.stream(request);
      for await (const event of stream) turn.events.push(event);
      turn.response = await answerOf(stream, turn.events, request.model);
    }
  } catch (error) {
    turn.error = error;
  }
  return turn;
}

async function playOperation(judged: Judged, fixture: Fixture, options: OpenOptions): Promise<Turn> {
  const turn: Turn = { events: [], response: undefined, error: undefined, value: undefined, expect: fixture.case.expect };
  const connection = judged.connection(fixture, options);
  try {
    if (connection === undefined) throw new Error("operations are judged of providers alone");
    const operation = fixture.case.operation ?? "check";
    turn.value = operation === "countTokens" ? await connection.countTokens(requestOf(fixture)) : await connection[operation]();
  } catch (error) {
    turn.error = error;
  }
  return turn;
}

/** What a stream that was read to its end came to: by its own word, or, where it has no `response()`, by its events. */
export async function answerOf(
  stream: AsyncIterable<ChatEvent>,
  events: readonly ChatEvent[],
  model: string,
): Promise<ChatResponse | undefined> {
  // Only a connection's stream has the method, and its response is typed there.
  if ("response" in stream && typeof stream.response === "function") return (await stream.response()) as ChatResponse;
  return folded(events, model);
}

function folded(events: readonly ChatEvent[], model: string): ChatResponse | undefined {
  const finish = events.findLast((event) => event.type === "finish");
  if (finish === undefined) return undefined;
  const at: Part[] = [];
  for (const event of events) if (event.type === "part-end" || event.type === "part") at[event.index] = event.part;
  const parts = at.filter((part) => part !== undefined); // a part that was not ended leaves a hole
  const join = (type: "text" | "reasoning"): string => events.map((event) => (event.type === type ? event.text : "")).join("");
  return {
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

/** The part of an answer that does not depend on clock or network, as text: equal text is an equal answer. */
export function meaning(turn: Turn, withEvents: boolean): string {
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

/** The typed facts of an error; an untyped one is marked as such. */
export function errorOf(
  error: unknown,
): Pick<LumiverseError, "code" | "status" | "message" | "retryable"> | { code: "untyped"; message: string } {
  if (!isLumiverseError(error))
    return { code: "untyped", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { code, status, message, retryable } = error;
  return { code, status, message, retryable };
}

/** One sentence about how a turn ended. */
export function ending(turn: Turn): string {
  if (turn.error !== undefined) {
    const { code, message } = errorOf(turn.error);
    return `${code}: ${message.slice(0, 300)}`;
  }
  if (turn.response !== undefined) return `finish ${turn.response.finishReason} with ${JSON.stringify(turn.response.text.slice(0, 60))}`;
  return "nothing: neither an answer nor an error";
}
