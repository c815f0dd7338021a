import { type AssistantMessage, type Attempt, type Cost, isLumiverseError, type Note, type Usage } from "@lumiverse/core";
import { ApiFailure } from "../api/client.ts";
import type { RequestSettings } from "./chat-settings.ts";

/** What is known about one answer apart from its content. It is kept with the message. */
export interface Answer {
  /** The id of the connection that was asked, and its name at that time. */
  connection: string;
  connectionName: string;
  model: string;
  /** The settings that were sent with the messages before it. Absent: nothing was sent. */
  settings?: RequestSettings;
  /** True when the connection says that front ends hide the reasoning. */
  hidesReasoning?: boolean;
  /** The whole message, with the payloads that its vendor expects back. Absent: the answer is not complete. */
  message?: AssistantMessage;
  /** The model that answered, as the vendor reports it. */
  answeredBy?: string;
  usage?: Usage;
  cost?: Cost;
  notes: readonly Note[];
  attempts: readonly Attempt[];
  finishReason?: string;
  firstTokenMs?: number;
  totalMs?: number;
  url?: string;
  failure?: AnswerFailure;
}

/** Why an answer failed. `code` is the code of the error, such as `rate-limit`. */
export interface AnswerFailure {
  message: string;
  hint?: string;
  code: string;
}

/** The answer behind a message of the chat component. */
export function answerOf(metadata: { custom?: Record<string, unknown> } | undefined): Answer | undefined {
  return metadata?.custom?.["answer"] as Answer | undefined; // written by the chat model
}

export function failureOf(cause: unknown): AnswerFailure {
  const { code, hint } = isLumiverseError(cause) || cause instanceof ApiFailure ? cause : { code: "unknown", hint: undefined };
  return { message: cause instanceof Error ? cause.message : String(cause), code, ...(hint === undefined ? {} : { hint }) };
}
