import type { ChatModelAdapter, ChatModelRunResult, ThreadMessage } from "@assistant-ui/react";
import { type ChatEvent, type ChatRequest, isLumiverseError } from "@lumiverse/core";
import { readStream } from "@lumiverse/toolkit/browser";
import { ApiFailure, send } from "../api/client.ts";
import type { Answer } from "./answer.ts";
import { AnswerParts } from "./answer-parts.ts";
import { Arrival } from "./arrival.ts";
import type { Chat } from "./chat-provider.tsx";
import type { ChatSettings, RequestSettings } from "./chat-settings.ts";
import { type NextMessage, transcriptOf, userMessage } from "./transcript.ts";

/** Milliseconds between two drawings of an answer that streams. */
const FRAME = 40;
/** Each drawing takes as long as the answer has grown, so a long answer is drawn less often: after a millisecond for so many characters. */
const CHARACTERS_PER_MS = 200;
/** Milliseconds between two drawings at most. A very long answer is drawn block by block, so its length matters no more. */
const LONGEST_FRAME = 1500;

/**
 * The request that the conversation makes now.
 * @param next A message that is not sent yet
 */
export function requestOf(messages: readonly ThreadMessage[], settings: RequestSettings, next?: NextMessage): Omit<ChatRequest, "model"> {
  const { system, reasoning, temperature, maxOutputTokens } = settings;
  return {
    messages: [
      ...transcriptOf(messages, system),
      ...(next === undefined ? [] : userMessage([{ type: "text", text: next.text }], next.attachments)),
    ],
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/** Chats through the gateway with whatever is chosen when a message is sent. */
export function createChatModel(context: () => Pick<Chat, "settings" | "connection" | "problem">): ChatModelAdapter {
  return {
    async *run({ messages, abortSignal }) {
      const { settings, connection, problem } = context();
      if (connection === undefined || settings.model === undefined) {
        yield failed(problem === undefined ? missingChoice(settings, connection) : unknownConnections(problem));
        return;
      }
      const request = requestOf(messages, settings);
      const started = performance.now();
      const hidesReasoning = connection.profile.reasoning?.show === false;
      const parts = new AnswerParts(!hidesReasoning);
      const answer: Answer = {
        connection: connection.profile.id,
        connectionName: connection.profile.name,
        model: settings.model,
        settings: withoutChoice(settings),
        ...(hidesReasoning ? { hidesReasoning } : {}),
        notes: [],
        attempts: [],
      };
      const snapshot = (more: Partial<ChatModelRunResult> = {}): ChatModelRunResult => ({
        content: parts.content(),
        ...more,
        metadata: { custom: { answer: { ...answer } } },
      });
      try {
        const body = { connection: connection.profile.id, model: settings.model, request };
        const stream = readStream(send("chat", { method: "POST", body, signal: abortSignal }), { signal: abortSignal });
        const onText = (): void => {
          answer.firstTokenMs ??= performance.now() - started;
        };
        for await (const _ of drawings(stream, parts, onText)) yield snapshot();
        const { message, usage, cost, notes, attempts, finishReason, model, transport } = await stream.response();
        Object.assign(answer, {
          message,
          usage,
          notes,
          attempts,
          finishReason,
          answeredBy: model,
          totalMs: performance.now() - started,
          url: transport.url,
          ...(cost === undefined ? {} : { cost }),
        } satisfies Partial<Answer>);
        yield snapshot({ status: { type: "complete", reason: "stop" } });
      } catch (cause) {
        // The chat component marks the message as stopped.
        if (abortSignal.aborted) return;
        answer.totalMs = performance.now() - started;
        answer.failure = failureOf(cause);
        if (isLumiverseError(cause)) Object.assign(answer, { notes: cause.notes, attempts: cause.attempts });
        yield snapshot({ status: { type: "incomplete", reason: "error", error: answer.failure.message } });
      }
    },
  };
}

/** Reads an answer into its parts, and yields whenever they are to be drawn again. A vendor may send pieces faster than a page can draw them. */
async function* drawings(stream: AsyncIterable<ChatEvent>, parts: AnswerParts, onText: () => void): AsyncGenerator<void> {
  const arrival = new Arrival();
  let length = 0;
  const reading = (async () => {
    try {
      for await (const event of stream) {
        parts.add(event);
        if ("text" in event) length += event.text.length;
        if (event.type === "text" || event.type === "reasoning") onText();
        arrival.announce();
      }
    } finally {
      arrival.end();
    }
  })();
  // Awaited below. A person who stops the answer may leave before that.
  reading.catch(() => {});
  while (await arrival.next()) {
    yield;
    await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_FRAME, Math.max(FRAME, length / CHARACTERS_PER_MS))));
  }
  await reading;
}

type AnswerFailure = NonNullable<Answer["failure"]>;

function missingChoice(settings: ChatSettings, connection: Chat["connection"]): AnswerFailure {
  return settings.connection !== undefined && connection === undefined
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

function withoutChoice({ connection: _, model: __, ...settings }: ChatSettings): RequestSettings {
  return settings;
}

function failed(failure: AnswerFailure): ChatModelRunResult {
  return {
    content: [],
    status: { type: "incomplete", reason: "error", error: failure.message },
    metadata: {
      custom: { answer: { connection: "", connectionName: "", model: "", notes: [], attempts: [], failure } },
    },
  };
}

function failureOf(cause: unknown): AnswerFailure {
  const hint = isLumiverseError(cause) || cause instanceof ApiFailure ? cause.hint : undefined;
  const code = isLumiverseError(cause) || cause instanceof ApiFailure ? cause.code : "unknown";
  return { message: cause instanceof Error ? cause.message : String(cause), code, ...(hint === undefined ? {} : { hint }) };
}
