/** OpenAI's Responses API, and the hosts that serve it. */
import type { Protocol } from "@lumiverse/core";
import { loadCompiler } from "../schema.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { parseError } from "./errors.ts";
import { ResponsesReader } from "./reader.ts";
import { render } from "./render.ts";

export function responses(dialect: ResponsesDialect = {}): Protocol {
  return {
    id: "responses",
    framing: "sse",
    load: loadCompiler,
    render: (call) => render(call, dialect),
    reader: (call, rendered) => new ResponsesReader(dialect, call, rendered),
    parseError: (failure, call) => parseError(failure, call, dialect),
  };
}

export { countTokens } from "./count.ts";
export type { ResponsesDialect } from "./dialect.ts";
export { openaiErrors } from "./errors.ts";
export { ignored } from "./ignored.ts";
