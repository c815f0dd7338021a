import { type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { errors, explainError } from "./errors.ts";

export const dialect: Dialect = {
  toolTurnContent: "null", // Nova on Bedrock refuses an empty string
  compileStrictSchema: openaiStrict,
  strict: "requested", // OpenRouter excludes every upstream without support for it, which can leave none (404)
  streamOptions: false, // every stream contains usage, and the field has no effect any more
  reasoning: {
    on: ({ effort }) => ({ reasoning: effort === undefined ? { enabled: true } : { effort } }),
    off: () => ({ reasoning: { effort: "none" } }),
    budget: ({ tokens }) => ({ reasoning: { max_tokens: tokens } }),
    fields: ["reasoning", "reasoning_content"], // the same text also comes in reasoning_details
    replay: "always",
    replayField: "reasoning_details", // whole and once per message; DeepSeek V4 requires an empty list to be sent back too
  },
  // Credits are USD. With the caller's own upstream key, the upstream's cost is reported apart from OpenRouter's fee.
  cost: { path: "cost", currency: "USD", plus: { path: "cost_details.upstream_inference_cost", when: "is_byok" } },
  errors,
  explainError,
};
