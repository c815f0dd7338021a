import type { Protocol } from "@lumiverse/core/provider";
import { loadSchemaCompiler } from "../schema/index.ts";
import type { Dialect } from "./dialect.ts";
import { readFailure } from "./errors.ts";
import { renderChat } from "./request/render.ts";
import { ChatReader } from "./response/reader.ts";
import { billingOf } from "./response/usage.ts";

/** OpenAI Chat Completions in the dialect of one host: https://platform.openai.com/docs/api-reference/chat */
export function chatCompletions(dialect: Dialect): Protocol {
  return {
    id: "chat-completions",
    // Signed blocks are valid for their model only; plain reasoning text is not signed.
    replayBinding: dialect.reasoning?.replayField === "reasoning_details" ? "model" : "protocol",
    loadSchemaCompiler,
    render: (call) => renderChat(call, dialect),
    googleSignatures: dialect.googleSignatures === true,
    reader: ({ call, rendered }) => new ChatReader(dialect, call, rendered),
    billing: billingOf,
    parseError: ({ failure }) => readFailure(failure, dialect),
  };
}
