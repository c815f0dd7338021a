import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

const SONAR_ENDED_HINT = "Sonar's Chat Completions ended on 2026-09-27: set api to auto or agent";

/** Rules for the vendor's errors, on both of its APIs. */
export const errors: readonly ErrorRule[] = [
  {
    status: 403, // only valid keys get this answer
    code: ["chat_completions_not_available", "agent_api_migration_required"],
    is: "unsupported",
    hint: SONAR_ENDED_HINT,
  },
  {
    status: 403,
    text: "is now the agent api",
    is: "unsupported",
    hint: SONAR_ENDED_HINT,
  },
  { code: "too_many_prompt_tokens", is: "context-overflow" },
  {
    code: "invalid_model",
    is: "model-not-found",
    hint: "connection.models() lists the models. Sonar models are named sonar, sonar-pro, …",
  },
  { code: "request_rate_limit_exceeded", is: "rate-limit" },
  {
    status: 400,
    code: "invalid_message",
    text: "alternate",
    is: "invalid-request",
    hint: "User and assistant turns must alternate and begin with a user turn",
  },
  {
    text: "unknown field",
    is: "invalid-request",
    hint: "The Agent API refuses unknown fields: remove the field from parameters",
  },
];
