import type { Protocol } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import { all } from "../plain.ts";
import { loadCompiler } from "../schema.ts";
import type { Dialect } from "./dialect.ts";
import { needsRich, rich } from "./plain.ts";
import { ChatReader } from "./reader.ts";
import { renderChat } from "./render.ts";

/** What the reader must undo of a request. */
export interface State {
  /** Tools that had to be renamed. */
  names?: Names;
  /** The wire name of the tool that carries the structured output. */
  outputTool?: string;
}

/** OpenAI Chat Completions, as a host speaks it: https://platform.openai.com/docs/api-reference/chat */
export function chatCompletions(dialect: Dialect): Protocol {
  return {
    id: "chat-completions",
    framing: "sse",
    // Signed blocks are valid for their model alone; plain reasoning text is not signed.
    binds: dialect.reasoning?.replayField === "reasoning_details" ? "model" : "wire",
    load: (call) => (needsRich(call, dialect) ? all(rich.enter(), loadCompiler(call)) : undefined),
    render: (call) => renderChat(call, dialect),
    reader: (call, rendered) => new ChatReader(dialect, call, rendered),
    parseError: async (failure) => (await import("./errors.ts")).readFailure(failure, dialect),
  };
}
