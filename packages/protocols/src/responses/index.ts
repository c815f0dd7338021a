/** OpenAI's Responses API, and the hosts that serve it. */
import type { Protocol } from "@lumiverse/core";
import { all, isRich } from "../plain.ts";
import { loadCompiler } from "../schema.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { rich } from "./input.ts";
import { ResponsesReader } from "./reader.ts";
import { render } from "./render.ts";

export function responses(dialect: ResponsesDialect = {}): Protocol {
  return {
    id: "responses",
    framing: "sse",
    load: (call) => (isRich(call) ? all(rich.enter(), loadCompiler(call)) : undefined),
    render: (call) => render(call, dialect),
    reader: (call, rendered) => new ResponsesReader(dialect, call, rendered),
    parseError: async (failure, call) => (await import("./errors.ts")).parseError(failure, call, dialect),
  };
}

export { countTokens } from "./count.ts";
export type { ResponsesDialect } from "./dialect.ts";
export { ignored } from "./ignored.ts";
