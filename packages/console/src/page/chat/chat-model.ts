import type { ChatModelAdapter, ChatModelRunResult } from "@assistant-ui/react";
import type { ChatEvent } from "@lumiverse/core";
import { readStream } from "@lumiverse/toolkit/browser";
import { send } from "../api/client.ts";
import { type Answer, type AnswerFailure, failureOf } from "./answer.ts";
import { Arrival } from "./arrival.ts";
import { ArrivingAnswer } from "./arriving-answer.ts";
import type { Chat } from "./chat-provider.tsx";
import type { ChatSettings } from "./chat-settings.ts";
import { requestOf } from "./request.ts";

/** Milliseconds between two drawings of an answer that streams, at least and at most. */
const SHORTEST_FRAME = 40;
const LONGEST_FRAME = 1500;
/**
 * The whole answer is drawn each time, so the time between two drawings grows with its length: one millisecond for so many characters. It stops growing, because
 * an answer that is too long for Markdown is drawn block by block.
 */
const CHARACTERS_PER_MS = 200;

type ChatChoice = Pick<Chat, "settings" | "connection" | "problem">;

/** Chats through the gateway. `choice` returns what the person has chosen when a message is sent. */
export function createChatModel(choice: () => ChatChoice): ChatModelAdapter {
  return {
    async *run({ messages, abortSignal: signal }) {
      const { settings, connection, problem } = choice();
      const { connection: _, model, followsDefault: __, ...requestSettings } = settings;
      if (connection === undefined || model === undefined) {
        yield notSent(problem === undefined ? missingChoice(settings, connection) : unknownConnections(problem));
        return;
      }
      const request = requestOf(messages, settings);
      const answer = new ArrivingAnswer(connection, model, requestSettings);
      try {
        const body = { connection: connection.profile.id, model, request };
        const stream = readStream(send("chat", { method: "POST", body, signal }), { signal });
        for await (const _ of drawings(stream, answer)) yield answer.snapshot();
        yield answer.completed(await stream.response());
      } catch (cause) {
        // The chat component itself marks a message as stopped.
        if (!signal.aborted) yield answer.failed(cause);
      }
    },
  };
}

/** Reads a stream into the answer, and yields when the page is to draw the answer again. A vendor may send pieces faster than a page can draw them. */
async function* drawings(stream: AsyncIterable<ChatEvent>, answer: ArrivingAnswer): AsyncGenerator<void> {
  const arrival = new Arrival();
  const reading = (async () => {
    try {
      for await (const event of stream) {
        answer.add(event);
        arrival.announce();
      }
    } finally {
      arrival.end();
    }
  })();
  // The end of this function awaits it. If the person stops the answer before that, nobody else handles its error.
  reading.catch(() => {});
  while (await arrival.next()) {
    yield;
    const pause = Math.min(LONGEST_FRAME, Math.max(SHORTEST_FRAME, answer.length / CHARACTERS_PER_MS));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  await reading;
}

function missingChoice({ connection: id }: ChatSettings, connection: Chat["connection"]): AnswerFailure {
  return id !== undefined && connection === undefined
    ? {
        message: "The connection of this chat no longer exists. Nothing was sent.",
        hint: "Choose another model above the conversation.",
        code: "not-found",
      }
    : { message: "No model is chosen.", hint: "Choose one above the conversation.", code: "configuration" };
}

function unknownConnections(problem: Error): AnswerFailure {
  const { message, code } = failureOf(problem);
  return { message: `The connections could not be loaded: ${message} Nothing was sent.`, hint: "Load the page again.", code };
}

function notSent(failure: AnswerFailure): ChatModelRunResult {
  const answer: Answer = { connection: "", connectionName: "", model: "", notes: [], attempts: [], failure };
  return { content: [], status: { type: "incomplete", reason: "error", error: failure.message }, metadata: { custom: { answer } } };
}
