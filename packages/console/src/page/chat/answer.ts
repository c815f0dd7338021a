import type { AssistantMessage, Attempt, Cost, Note, Usage } from "@lumiverse/core";
import type { RequestSettings } from "./chat-settings.ts";

/** What is known about one answer beside its content. It is kept with the message. */
export interface Answer {
  /** Which connection was asked, and what its name was then. */
  connection: string;
  connectionName: string;
  model: string;
  /** What was sent beside the messages before it, for "show the request". Absent: nothing was sent. */
  settings?: RequestSettings;
  /** True when the connection says that front ends hide the reasoning. */
  hidesReasoning?: boolean;
  /** The whole message, with the payloads that its vendor expects back. Absent: the answer did not end well. */
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
  failure?: { message: string; hint?: string; code: string };
}

/** The answer behind a message of the chat component. */
export function answerOf(metadata: { custom?: Record<string, unknown> } | undefined): Answer | undefined {
  return metadata?.custom?.["answer"] as Answer | undefined; // written by the chat model
}
