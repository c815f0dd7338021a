import type { ErrorCode, FinishReason } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

/** Words seen in recordings and vendors' documentation, lower-cased. Case differs (`STOP` at Pollinations), so all are compared so. */
const WORDS: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  tool_calls: "tool-calls",
  tool_use: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  sensitive: "content-filter",
  safety: "content-filter",
  refusal: "refusal",
  model_context_window_exceeded: "context-overflow",
};

/** Words that are failures wearing a finish reason: no error object comes with them. */
const ERRORS: Readonly<Record<string, ErrorCode>> = {
  error: "server", // KoboldCpp, Mistral, OpenRouter
  network_error: "server", // Z.AI
  insufficient_system_resource: "overloaded", // DeepSeek
  abort: "server", // SGLang
};

export function finishWord(raw: string, dialect: Dialect): FinishReason | undefined {
  const word = raw.toLowerCase();
  return own(dialect.finish, raw) ?? own(WORDS, word);
}

export function finishError(raw: string, dialect: Dialect): ErrorCode | undefined {
  if (own(dialect.finish, raw) !== undefined) return undefined;
  return own(dialect.finishErrors, raw) ?? own(ERRORS, raw.toLowerCase());
}

function own<T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
