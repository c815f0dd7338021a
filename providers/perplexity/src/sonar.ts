/** Sonar's Chat Completions: https://docs.perplexity.ai/docs/legacy/sonar/models/sonar */
import { type Emit, isObject, type JsonObject } from "@lumiverse/core";
import type { Dialect, ErrorRule } from "@lumiverse/protocols/chat-completions";

export const errors: readonly ErrorRule[] = [
  {
    status: 403, // told to valid keys
    code: ["chat_completions_not_available", "agent_api_migration_required"],
    is: "unsupported",
    hint: "Sonar's Chat Completions ended on 2026-09-27: set api to auto or agent",
  },
  {
    status: 403,
    text: "is now the agent api",
    is: "unsupported",
    hint: "Sonar's Chat Completions ended on 2026-09-27: set api to auto or agent",
  },
  { code: "too_many_prompt_tokens", is: "context-overflow" },
  {
    code: "invalid_model",
    is: "model-not-found",
    hint: "connection.models() lists what there is; Sonar models are named sonar, sonar-pro, …",
  },
  { code: "request_rate_limit_exceeded", is: "rate-limit" },
  {
    status: 400,
    code: "invalid_message",
    text: "alternate",
    is: "invalid-request",
    hint: "User and assistant turns must alternate, the user's first",
  },
  {
    text: "unknown field",
    is: "invalid-request",
    hint: "The Agent API refuses every field that it does not know: take it out of parameters",
  },
];

export const sonar: Dialect = {
  systemPlace: "leading",
  alternation: "merge", // else 400 `invalid_message`, the most reported error of this vendor
  streamOptions: false, // each chunk carries the usage so far
  files: "file_url", // bare base64, without `data:`
  strict: "omit",
  reasoning: { tags: "leading", replay: "never" }, // <think> at the head, before JSON too
  outputExcludesReasoning: true, // deep research bills both apart, and its total has neither reasoning nor citations
  cost: { path: "cost.total_cost", currency: "USD" }, // with the fee of the request, which no price per token holds
  errors,
  extras,
};

const TOLD = [
  ["images", "images"],
  ["related_questions", "relatedQuestions"],
  ["videos", "videos"],
] as const;

/** Whole lists come again with every chunk: what has grown is told. Concise streams tell the steps of the search before the answer. */
function extras(json: JsonObject, emit: Emit, memory: Record<string, unknown>, index: () => number): void {
  for (const [wire, name] of TOLD) {
    const list = json[wire];
    if (!Array.isArray(list) || list.length === 0 || memory[wire] === list.length) continue;
    memory[wire] = list.length;
    emit({ type: "details", details: { [name]: list } });
  }
  if (json["object"] !== "chat.reasoning") return;
  const choice: unknown = Array.isArray(json["choices"]) ? json["choices"][0] : undefined;
  const delta = isObject(choice) && isObject(choice["delta"]) ? choice["delta"] : {};
  for (const step of Array.isArray(delta["reasoning_steps"]) ? delta["reasoning_steps"] : []) {
    const thought = isObject(step) ? step["thought"] : undefined;
    if (typeof thought !== "string" || thought === "") continue;
    memory["reasoning"] ??= index();
    emit({ type: "reasoning", index: Number(memory["reasoning"]), text: `${thought}\n` });
  }
}
