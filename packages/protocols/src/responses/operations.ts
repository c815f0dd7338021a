import { endpoint, isObject, type JsonObject, type Operation } from "@lumiverse/core/provider";
import { pickFields, tokenCount } from "../shared/json-values.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { render } from "./request/render.ts";

/** Fields of a request that the counter accepts; it refuses others. https://platform.openai.com/docs/api-reference/responses/input-tokens */
const COUNTED_FIELDS = [
  "model",
  "instructions",
  "input",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "reasoning",
  "previous_response_id",
  "conversation",
  "truncation",
];

/** `POST /responses/input_tokens`: the vendor counts a whole request, images and tools included. It generates nothing. */
export function countTokens<S = unknown>(dialect: ResponsesDialect = {}): Operation<number, S> {
  return {
    origin: "base",
    request(context) {
      const { call } = context;
      const rendered: JsonObject = call === undefined ? {} : (render(call, dialect).request.body ?? {});
      const body = pickFields(rendered, COUNTED_FIELDS);
      return { method: "POST", url: endpoint(context.base, `${dialect.path ?? "/responses"}/input_tokens`), body };
    },
    parse(response) {
      if (response.status >= 400 || !isObject(response.json)) return undefined;
      const value = tokenCount(response.json["input_tokens"]);
      return value === undefined ? undefined : { value };
    },
  };
}
