/** Reads invented answers with the real reader and response builder, and renders calls without a connection. */
import {
  type BuiltResponse,
  type CheckedCall,
  type JsonObject,
  type Message,
  type Origin,
  type ReadEvent,
  type Rendered,
  ResponseBuilder,
  type Tool,
} from "@lumiverse/core/provider";
import { readFailure } from "../src/responses/errors.ts";
import { type ResponsesDialect, responses } from "../src/responses/index.ts";
import * as schemaCompiler from "../src/schema/compiler.ts";
import { meant } from "./meaning.ts";

export const origin: Origin = { provider: "test", protocol: "responses", model: "m-1", scope: "vendor" };

export interface Given {
  messages?: Message[];
  tools?: Tool[];
  dialect?: ResponsesDialect;
  [field: string]: unknown;
}

export function callOf({ messages = [{ role: "user", content: "hi" }], tools, dialect = {}, ...more }: Given = {}): CheckedCall {
  const { output, reasoning, capabilities, degradations, streaming, policy, settings, baseURL, ...request } = more;
  return {
    request: { model: "m-1", messages, ...(tools === undefined ? {} : { tools }), ...request },
    settings: settings ?? {},
    streaming: streaming === true,
    hasKey: true,
    policy: { unsupported: {}, replayScope: "own", ...(policy as object) },
    degradations: new Set((degradations as string[] | undefined) ?? []),
    route: { protocol: responses(dialect), base: new URL("https://host.test/v1"), capabilities: capabilities ?? {} },
    origin,
    messages,
    schemaCompiler,
    ...(output === undefined ? {} : { output }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(baseURL === undefined ? {} : { baseURL }),
  } as unknown as CheckedCall; // test calls state only what matters to them
}

export function renderOf(given: Given = {}): Rendered & { body: JsonObject } {
  const call = callOf(given);
  const rendered = call.route.protocol.render(call);
  return { ...rendered, body: rendered.request.body ?? {} };
}

export interface Read extends BuiltResponse {
  events: ReadEvent[];
  phase: string;
}

/** Events as objects, each with its `type`; strings are raw data. */
export function readStream(events: readonly (JsonObject | string)[], given: Given = {}, ends = true): Read {
  const call = callOf(given);
  const reader = meant(call.route.protocol.reader({ call, rendered: call.route.protocol.render(call) }), (failure) =>
    readFailure(failure, call, given.dialect ?? {}),
  );
  const seen: ReadEvent[] = [];
  const builder = new ResponseBuilder(origin);
  const emit = (event: ReadEvent): void => {
    seen.push(event);
    builder.push(event);
  };
  for (const event of events) reader.message({ event: undefined, data: typeof event === "string" ? event : JSON.stringify(event) }, emit);
  if (ends) reader.end(emit);
  return { ...builder.build(), events: seen, phase: reader.phase };
}

export function readBody(body: unknown, given: Given = {}): Read {
  const call = callOf(given);
  const reader = meant(call.route.protocol.reader({ call, rendered: call.route.protocol.render(call) }), (failure) =>
    readFailure(failure, call, given.dialect ?? {}),
  );
  const seen: ReadEvent[] = [];
  const builder = new ResponseBuilder(origin);
  const emit = (event: ReadEvent): void => {
    seen.push(event);
    builder.push(event);
  };
  reader.body(JSON.parse(JSON.stringify(body)), emit);
  reader.end(emit);
  return { ...builder.build(), events: seen, phase: reader.phase };
}

export const usage = {
  input_tokens: 40,
  input_tokens_details: { cached_tokens: 8, cache_write_tokens: 2 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 60,
};

export function answer(output: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return { id: "resp_a1", object: "response", model: "m-1-dated", status: "completed", output, usage, ...more };
}
export const message = (text: string, more: JsonObject = {}): JsonObject => ({
  type: "message",
  id: "msg_a1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
  ...more,
});
export const reasoning = (id: string, ...texts: string[]): JsonObject => ({
  type: "reasoning",
  id,
  summary: texts.map((text) => ({ type: "summary_text", text })),
  encrypted_content: `sealed-${id}`,
});
export const call = (id: string, name: string, args: JsonObject | string, more: JsonObject = {}): JsonObject => ({
  type: "function_call",
  id: `fc_${id}`,
  call_id: `call_${id}`,
  name,
  arguments: typeof args === "string" ? args : JSON.stringify(args),
  status: "completed",
  ...more,
});

/** The events by which items arrive, with the deltas that a real stream has. */
export function stream(items: readonly JsonObject[], end: JsonObject = answer(items)): JsonObject[] {
  const events: JsonObject[] = [
    { type: "response.created", response: { id: "resp_a1", model: "m-1-dated", status: "in_progress", output: [], usage: null } },
  ];
  items.forEach((item, output_index) => {
    const at = { output_index, item_id: item["id"] };
    events.push({
      type: "response.output_item.added",
      output_index,
      item: { ...item, content: [], summary: [], arguments: "", encrypted_content: "half-sealed" },
    });
    for (const [content_index, part] of ((item["content"] as JsonObject[] | undefined) ?? []).entries())
      for (const delta of String(part["text"] ?? "").match(/.{1,4}/gsu) ?? [])
        events.push({
          type: item["type"] === "reasoning" ? "response.reasoning_text.delta" : "response.output_text.delta",
          ...at,
          content_index,
          delta,
        });
    for (const [summary_index, part] of ((item["summary"] as JsonObject[] | undefined) ?? []).entries())
      for (const delta of String(part["text"]).match(/.{1,4}/gsu) ?? [])
        events.push({ type: "response.reasoning_summary_text.delta", ...at, summary_index, delta });
    if (item["type"] === "function_call")
      for (const delta of String(item["arguments"]).match(/.{1,4}/gsu) ?? [])
        events.push({ type: "response.function_call_arguments.delta", ...at, delta });
    events.push({ type: "response.output_item.done", output_index, item });
  });
  events.push({ type: `response.${end["status"] === "incomplete" ? "incomplete" : "completed"}`, response: end });
  return events;
}
