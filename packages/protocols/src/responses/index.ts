/** OpenAI's Responses API, and the hosts that serve it. */
import type { Protocol } from "@lumiverse/core/provider";
import { loadSchemaCompiler } from "../schema/index.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { readFailure } from "./errors.ts";
import { render } from "./request/render.ts";
import { ResponsesReader } from "./response/reader.ts";
import { billingOf } from "./response/usage.ts";

/** The Responses API in the dialect of one host: https://platform.openai.com/docs/api-reference/responses */
export function responses(dialect: ResponsesDialect = {}): Protocol {
  return {
    id: "responses",
    billing: billingOf,
    loadSchemaCompiler,
    render: (call) => render(call, dialect),
    reader: ({ call, rendered }) => new ResponsesReader(dialect, rendered, call.request.vendorFields?.open("responses", dialect)),
    parseError: ({ failure, call }) => readFailure(failure, call, dialect),
  };
}

export type { ErrorRule } from "../shared/errors.ts";
export { openaiErrors } from "../shared/openai-errors.ts";
export type { ResponsesDialect } from "./dialect.ts";
export { ignored } from "./ignored.ts";
