import type { ChatRequest, Message } from "@lumiverse/core";
import type { FieldIssue } from "../error.ts";
import type { Profile, ReasoningBinding } from "./profile.ts";

/** A request without what the profile fills in. */
export type ProfileRequest<T = unknown> = Omit<ChatRequest<T>, "model"> & { model?: string };

/**
 * The request that a profile sends. The profile's model and effort apply unless the request has its own.
 * Reasoning is left out of finished turns only: a turn that still waits for tool results needs it.
 */
export function requestFor<T = unknown>(profile: Pick<Profile, "model" | "reasoning">, request: ProfileRequest<T>): ChatRequest<T> {
  const { effort, history } = profile.reasoning ?? {};
  return {
    ...request,
    model: request.model ?? profile.model,
    messages: history === undefined || history === "keep" ? request.messages : withoutReasoning(request.messages, history),
    ...(request.reasoning !== undefined || effort === undefined ? {} : { reasoning: effort }),
  };
}

function withoutReasoning(messages: readonly Message[], history: "strip" | number): Message[] {
  const turnStart = messages.findLastIndex(({ role }) => role === "user");
  const finished = messages.slice(0, Math.max(turnStart, 0)).filter(({ role }) => role === "assistant").length;
  let toStrip = history === "strip" ? finished : Math.max(0, finished - history);
  return messages.map((message, index) => {
    if (message.role !== "assistant" || index > turnStart || toStrip === 0) return message;
    toStrip--;
    const { content } = message;
    return typeof content === "string" ? message : { ...message, content: content.filter(({ type }) => type !== "reasoning") };
  });
}

const LEVELS: readonly unknown[] = ["off", "minimal", "low", "medium", "high", "max"];

/** Everything that is wrong with a reasoning binding from outside. */
export function reasoningIssues(given: unknown): FieldIssue[] {
  if (given === undefined || given === null) return [];
  if (typeof given !== "object" || Array.isArray(given)) return [{ path: "reasoning", message: "must be an object" }];
  const issues: FieldIssue[] = [];
  const { effort, show, history, ...others } = given as { [F in keyof ReasoningBinding]: unknown }; // each is checked
  if (effort !== undefined && !LEVELS.includes(effort) && !isBudget(effort))
    issues.push({ path: "reasoning.effort", message: `must be one of ${LEVELS.join(", ")}, or a budget of tokens` });
  if (show !== undefined && typeof show !== "boolean") issues.push({ path: "reasoning.show", message: "must be true or false" });
  const isCount = typeof history === "number" && Number.isSafeInteger(history) && history >= 0;
  if (history !== undefined && history !== "keep" && history !== "strip" && !isCount)
    issues.push({ path: "reasoning.history", message: "must be keep, strip or a whole number of at least 0" });
  for (const key of Object.keys(others)) issues.push({ path: `reasoning.${key}`, message: "there is no such setting" });
  return issues;
}

function isBudget(effort: unknown): boolean {
  const tokens = typeof effort === "object" && effort !== null && "budgetTokens" in effort ? effort.budgetTokens : undefined;
  return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens > 0;
}
